import { SocketError } from '@sslkit/context';
import { Engine } from '@sslkit/context/engine';
import { TlsStream } from '@sslkit/openssl-native';
import type net from 'node:net';
import { DEFAULT_BACKLOG } from './acceptor.ts';
import { type Address, parseAddress, peerAddress } from './address.ts';
import { listensNatively } from './choose_channel.ts';
import { limitsOf } from './connect.ts';
import { HandshakeWatch } from './handshake_watch.ts';
import { Limits, timedOut, type WaitOptions } from './limits.ts';
import { checkOptions, describe, rangeMisuse, requireBoolean, typeMisuse } from './misuse.ts';
import { type Incoming, listenNatively, listenWithNode } from './incoming.ts';
import { Socket } from './socket.ts';
import { acceptedParts, SSLContext, wrapNative, wrapsItself } from './ssl_context.ts';
import { type SSLSocket, tlsCoreOf } from './ssl_socket.ts';
import { systemError } from './system_error.ts';
import type { SSLSocketParts } from './tls_carrier.ts';
import { WaitLine } from './wait_line.ts';

/** Options of {@link listen}. */
export interface ListenOptions {
  /** Certificate and settings of the server. */
  readonly context: SSLContext;
  /** How many connections may wait for `accept()`; further ones are refused. Default 511. */
  readonly backlog?: number;
  /** Milliseconds that a handshake may take, before the client is dropped; default 60000. */
  readonly handshakeTimeout?: number;
  /** How many handshakes may be under way at once; further clients are refused. Default 1000. */
  readonly maxHandshakes?: number;
  /** Read a transport's end without close_notify as an end; default true. */
  readonly suppressRaggedEofs?: boolean;
  /**
   * Run the public-key work of handshakes on threads of their own while other connections are open, so that those do not
   * wait for it; default true. How many: the smaller of 4 and the number of cores, or `SSLKIT_HANDSHAKE_THREADS` (0: none).
   */
  readonly handshakeThreads?: boolean;
  /** Told of each client that was dropped before its handshake was done: the error, and where it came from. */
  readonly onClientError?: (error: Error, client: { readonly address: Address | null }) => void;
  /** Closes the listener. */
  readonly signal?: AbortSignal;
}

/** A TLS server. Iterate over it, or call {@link accept}. */
export interface SSLListener extends AsyncIterable<SSLSocket>, AsyncDisposable {
  /**
   * The next connection. Its handshake may still be under way: its `read`, `write` and `doHandshake` wait for it, so that
   * a slow client never holds up the next one.
   */
  accept(options?: WaitOptions): Promise<SSLSocket>;
  /** Where it listens; for a Unix-domain socket its path and port 0. */
  getSockName(): [host: string, port: number];
  /** Stops listening, and drops clients that were not accepted yet. Accepted ones go on. */
  close(): Promise<void>;
}

const OPTIONS = [
  'context',
  'backlog',
  'handshakeTimeout',
  'maxHandshakes',
  'suppressRaggedEofs',
  'handshakeThreads',
  'onClientError',
  'signal',
] as const;

/**
 * Listens for TLS clients. A client that misbehaves costs a bounded time and a bounded place, and nobody else anything.
 * @throws SSLError when the context is for clients; TypeError when it checks host names, which clients have not.
 */
export async function listen(address: Address, options: ListenOptions): Promise<SSLListener> {
  const given = checkOptions('listen', options, OPTIONS);
  if (!(given.context instanceof SSLContext)) {
    throw typeMisuse(`listen: context must be an SSLContext of '@sslkit/socket', not ${describe(given.context)}`);
  }
  const endpoint = parseAddress('listen', address);
  // A context that cannot serve would otherwise fail every client, and nobody would be told.
  new Engine(given.context, { serverSide: true });
  const settings = {
    backlog: positive('backlog', given.backlog, DEFAULT_BACKLOG),
    handshakeTimeout: positive('handshakeTimeout', given.handshakeTimeout, 60_000),
    maxHandshakes: positive('maxHandshakes', given.maxHandshakes, 1000),
    suppressRaggedEofs: requireBoolean('suppressRaggedEofs', given.suppressRaggedEofs ?? true),
    handshakeThreads: requireBoolean('handshakeThreads', given.handshakeThreads ?? true),
  };
  // Checks the signal, and refuses one that is aborted already.
  Limits.from('listen', limitsOf(given), null);
  const start = listensNatively() && !wrapsItself(given.context) ? listenNatively : listenWithNode;
  return new Listener(await start(endpoint, settings.backlog), { ...given, ...settings });
}

type Checked = 'backlog' | 'handshakeTimeout' | 'maxHandshakes' | 'suppressRaggedEofs' | 'handshakeThreads';
type Settings = ListenOptions & Required<Pick<ListenOptions, Checked>>;

class Listener implements SSLListener {
  readonly #incoming: Incoming;
  readonly #settings: Settings;
  readonly #watch: HandshakeWatch;
  readonly #parts: SSLSocketParts;
  readonly #line = new WaitLine<null, SSLSocket>();
  readonly #queue: SSLSocket[] = [];
  readonly #name: [host: string, port: number];
  #closed = false;

  constructor(incoming: Incoming, settings: Settings) {
    this.#incoming = incoming;
    this.#settings = settings;
    this.#watch = new HandshakeWatch(settings.handshakeTimeout);
    const { context, suppressRaggedEofs, handshakeThreads } = settings;
    this.#parts = acceptedParts(context, { suppressRaggedEofs, handshakeThreads });
    this.#name = incoming.name;
    incoming.onConnection = (connection) => this.#onConnection(connection);
    // One that could not be taken: whoever waits is told, and the server goes on. Without descriptors nobody is: libuv turns
    // such clients away by itself (EMFILE).
    incoming.onError = (error) => this.#line.first?.fail(error);
    settings.signal?.addEventListener('abort', this.#abort, { once: true });
  }

  accept(options?: WaitOptions): Promise<SSLSocket> {
    let limits: Limits | null;
    try {
      limits = Limits.of('accept', options, null);
    } catch (error) {
      return Promise.reject(error);
    }
    if (this.#closed) return Promise.reject(systemError('EBADF', 'accept'));
    const socket = this.#queue.shift();
    return socket ? Promise.resolve(socket) : this.#line.wait(null, limits, 'accept operation');
  }

  getSockName(): [host: string, port: number] {
    return [...this.#name];
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#settings.signal?.removeEventListener('abort', this.#abort);
    this.#line.failAll(systemError('EBADF', 'accept'));
    this.#incoming.close();
    await Promise.all(this.#queue.splice(0).map((socket) => socket.close({ timeout: 0 })));
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** By hand: an async generator would put three promises around each connection. */
  [Symbol.asyncIterator](): AsyncIterator<SSLSocket, void, undefined> {
    const over: IteratorResult<SSLSocket, void> = { done: true, value: undefined };
    const found = (value: SSLSocket): IteratorResult<SSLSocket, void> => ({ done: false, value });
    const failed = (error: unknown): IteratorResult<SSLSocket, void> => {
      if (this.#closed) return over;
      throw error;
    };
    return {
      next: () => (this.#closed ? Promise.resolve(over) : this.accept().then(found, failed)),
      return: () => Promise.resolve(over),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  readonly #abort = (): void => void this.close();

  #onConnection(connection: net.Socket | TlsStream): void {
    // Asked now: a connection that is gone has no address any more.
    const address = this.#settings.onClientError ? peerAddress(connection) : null;
    const full = this.#watch.size >= this.#settings.maxHandshakes ? 'handshakes' : 'connections waiting for accept()';
    if (this.#watch.size >= this.#settings.maxHandshakes || this.#queue.length >= this.#settings.backlog) {
      if (connection instanceof TlsStream) connection.reset();
      else connection.resetAndDestroy();
      this.#report(new SocketError(`refused a client: too many ${full}`, { code: 'ERR_TOO_MANY_CLIENTS' }), address);
      return;
    }
    try {
      this.#take(connection, address);
    } catch (error) {
      // A context that was changed since and cannot serve any more fails each connection, not the server.
      if (connection instanceof TlsStream) connection.close();
      else connection.destroy();
      this.#report(error as Error, address);
    }
  }

  #take(connection: net.Socket | TlsStream, address: Address | null): void {
    const socket = this.#wrap(connection);
    this.#handshake(socket, address);
    const waiting = this.#line.first;
    if (waiting) waiting.done(socket);
    else this.#queue.push(socket);
  }

  #wrap(connection: net.Socket | TlsStream): SSLSocket {
    if (connection instanceof TlsStream) return wrapNative(this.#parts, connection);
    const { context, suppressRaggedEofs, handshakeThreads } = this.#settings;
    const wrapping = { serverSide: true, doHandshakeOnConnect: false, suppressRaggedEofs, handshakeThreads };
    return context.wrapSocket(new Socket(connection), wrapping);
  }

  #handshake(socket: SSLSocket, address: Address | null): void {
    const channel = tlsCoreOf(socket).connected('accept');
    const expire = (): void => {
      const { engine } = channel;
      const error = timedOut('handshake operation', engine.asksCallback ? UNANSWERED : undefined);
      engine.fail(error);
      channel.destroy(error);
    };
    const entry = this.#watch.add(expire);
    channel.handshake(null).then(
      () => this.#watch.remove(entry),
      (error: Error) => {
        this.#watch.remove(entry);
        this.#drop(socket, error, address);
      },
    );
  }

  #drop(socket: SSLSocket, error: Error, address: Address | null): void {
    const at = this.#queue.indexOf(socket);
    if (at >= 0) this.#queue.splice(at, 1);
    // The transport goes; the socket itself keeps the error for whoever holds it.
    void tlsCoreOf(socket).channel?.close(new Limits(2_000, undefined));
    if (tlsCoreOf(socket).phase !== 'closed') this.#report(error, address);
  }

  #report(error: Error, address: Address | null): void {
    const { onClientError } = this.#settings;
    // On its own turn: what it throws is its own, and surfaces as an uncaught exception.
    if (onClientError) process.nextTick(onClientError, error, { address });
  }
}

const UNANSWERED = 'The SNI callback has not answered: what it waits for did not come.';

function positive(name: string, value: unknown, fallback: number): number {
  if (value === undefined) return fallback;
  if (typeof value !== 'number') throw typeMisuse(`${name} must be a number, not ${describe(value)}`);
  if (!(value >= 1)) throw rangeMisuse(`${name} must be at least 1`);
  return value;
}
