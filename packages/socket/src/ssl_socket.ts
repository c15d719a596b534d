import type { SSLSession } from '@sslkit/context';
import type net from 'node:net';
import type { Address } from './address.ts';
import type { Channel } from './channel.ts';
import { type Source, SocketCore } from './core.ts';
import { SSLDuplex } from './duplex.ts';
import { connectedChannel, engineOf, Inspectors } from './inspectors.ts';
import { Limits, type WaitOptions } from './limits.ts';
import { parseServerName, rangeMisuse, requireBytes, requireInteger, stateMisuse, valueMisuse } from './misuse.ts';
import type { SSLContext } from './ssl_context.ts';
import { type SSLSocketParts, TlsCarrier, type Unwrapped, wouldBlock } from './tls_carrier.ts';
import { readableOf, writableOf } from './web_streams.ts';

export const CONSTRUCT: unique symbol = Symbol('SSLSocket');

/** Internal: as `coreOf`, for TLS. */
export let tlsCoreOf: (socket: SSLSocket) => SocketCore<Channel>;

/** How long the alert of a failed automatic handshake may take to leave, in milliseconds. */
const ALERT_MS = 2_000;
const DEFAULT_READ = 1024;

/**
 * A TLS socket: a `Socket` whose bytes are encrypted. Made by `SSLContext.wrapSocket()`, `wrapSocket()`,
 * `connect()` and `listen()`.
 *
 * Reads, writes and `doHandshake()` wait for the handshake and start it where it has not begun. Reads are answered in the
 * order of the calls, writes too; neither direction waits for the other. After a fatal error every call repeats that error.
 */
export class SSLSocket extends Inspectors {
  readonly #core: SocketCore<Channel>;
  readonly #parts: SSLSocketParts;
  readonly #carrier: TlsCarrier;
  readonly #serverHostname: string | null;
  #context: SSLContext;
  #duplex: SSLDuplex | null = null;
  #readable: ReadableStream<Uint8Array> | null = null;
  #writable: WritableStream<Uint8Array> | null = null;

  static {
    tlsCoreOf = (socket) => socket.#core;
  }

  /** Not public. @throws TypeError always, for users. */
  constructor(token: typeof CONSTRUCT, parts: SSLSocketParts, source: Source, timeoutMs: number | null) {
    if (token !== CONSTRUCT) {
      const text = 'SSLSocket does not have a public constructor. Instances are returned by SSLContext.wrapSocket().';
      throw valueMisuse(text, 'ERR_ILLEGAL_CONSTRUCTOR');
    }
    const carrier = new TlsCarrier(parts);
    const core = new SocketCore<Channel>(carrier);
    super(core);
    this.#core = core;
    this.#carrier = carrier;
    this.#context = parts.context;
    carrier.owner = this;
    const { serverHostname } = parts;
    this.#parts = parts;
    this.#serverHostname = serverHostname === null ? null : parseServerName(serverHostname).name;
    core.timeoutMs = timeoutMs;
    core.adopt(source);
    if (core.channel && parts.doHandshakeOnConnect) this.#handshakeByItself(core.channel);
  }

  /** The context; the SNI callback may assign another one, see `SniCallback`. */
  get context(): SSLContext {
    return this.#context;
  }

  set context(context: SSLContext) {
    connectedChannel(this.#core, 'context').engine.context = context;
    this.#context = context;
  }

  /** True on the server's side. */
  get serverSide(): boolean {
    return this.#parts.serverSide;
  }

  /** The name that the peer must prove, as A-labels, or an address; null: none is expected. */
  get serverHostname(): string | null {
    return this.#serverHostname;
  }

  /** As it was given: whether the handshake starts by itself. */
  get doHandshakeOnConnect(): boolean {
    return this.#parts.doHandshakeOnConnect;
  }

  /** As it was given: whether an end without close_notify reads as the end of data. `truncated` tells either way. */
  get suppressRaggedEofs(): boolean {
    return this.#parts.suppressRaggedEofs;
  }

  /** Connects, then handshakes unless `doHandshakeOnConnect` is false; a failed handshake closes the socket. */
  override async connect(address: Address, options?: WaitOptions): Promise<void> {
    if (this.serverSide) throw valueMisuse("can't connect in server-side mode", 'ERR_SSL_WRONG_ROLE');
    const core = this.#core;
    if (core.phase === 'connected' || core.phase === 'connecting') {
      throw stateMisuse('attempt to connect already-connected SSLSocket!', 'ERR_SOCKET_CONNECTED');
    }
    const limits = core.limits('connect', options);
    const channel = await core.connect(address, limits);
    if (!this.doHandshakeOnConnect) return;
    if (core.nonBlocking) return this.doHandshake();
    try {
      await channel.handshake(limits);
    } catch (error) {
      await core.close({ timeout: ALERT_MS });
      throw error;
    }
  }

  /**
   * The next connection, wrapped with this socket's context, its handshake done unless `doHandshakeOnConnect` is false.
   * A handshake that fails closes that connection and rejects; the listening socket stays as it was.
   */
  override async accept(options?: WaitOptions): Promise<[SSLSocket, Address]> {
    const core = this.#core;
    const limits = core.limits('accept', options);
    const accepted = await core.accept(limits);
    const socket = this.#wrapAccepted(accepted);
    const address = socket.getPeerName();
    if (this.doHandshakeOnConnect) await socket.#handshakeOrClose(limits);
    return [socket, address];
  }

  /**
   * Completes the handshake; does nothing when it is complete. Non-blocking: rejects with {@link SSLWantReadError} or
   * {@link SSLWantWriteError} until it is; wait with `select()` and call again.
   */
  async doHandshake(options?: WaitOptions): Promise<void> {
    const core = this.#core;
    const channel = connectedChannel(this.#core, 'handshake');
    if (!core.nonBlocking || options?.timeout !== undefined)
      return channel.handshake(core.limits('doHandshake', options));
    const outcome = channel.tryHandshake();
    if (outcome !== null) throw wouldBlock(outcome);
  }

  /**
   * Up to `nbytes` decrypted bytes as soon as there are any; an empty Buffer: the peer is finished, or (with
   * `suppressRaggedEofs`) vanished, which {@link truncated} tells.
   */
  read(nbytes?: number, buffer?: null, options?: WaitOptions): Promise<Buffer>;
  /** The same into `buffer`, whole when `nbytes` is omitted, 0, negative or larger; resolves with the count. */
  read(nbytes: number | undefined, buffer: Uint8Array, options?: WaitOptions): Promise<number>;
  read(nbytes?: number, buffer: Uint8Array | null = null, options?: WaitOptions): Promise<Buffer | number> {
    // Not an async function: its promise around the channel's would cost three turns of the microtask queue.
    try {
      return this.#read(nbytes, buffer, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #read(
    nbytes: number | undefined,
    buffer: Uint8Array | null,
    options: WaitOptions | undefined,
  ): Promise<Buffer | number> {
    const core = this.#core;
    if (core.phase !== 'connected') throw stateMisuse('Read on closed or unwrapped SSL socket.', 'ERR_SOCKET_CLOSED');
    const size = nbytes === undefined ? undefined : requireInteger('nbytes', nbytes);
    if (buffer === null) {
      if (size !== undefined && size < 0) throw rangeMisuse('size should not be negative');
      return core.read('read', size ?? DEFAULT_READ, options);
    }
    const room = requireBytes('buffer', buffer);
    const whole = size === undefined || size <= 0 || size >= room.length;
    return core.readInto('read', whole ? room : room.subarray(0, size), options);
  }

  /**
   * Encrypts and sends; resolves with the count, all of it, when it is on its way and the transport would take more. Small
   * writes of one turn of the event loop leave together, at its end. Non-blocking: possibly a part is taken. After a time-out or an abort an unknown part has been sent, and the connection is good for closing only.
   */
  write(data: Uint8Array | string, options?: WaitOptions): Promise<number> {
    const core = this.#core;
    try {
      if (core.phase === 'connected') return core.write('write', data, options);
      throw stateMisuse('Write on closed or unwrapped SSL socket.', 'ERR_SOCKET_CLOSED');
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Sends close_notify: the peer reads the end, and this side can still read. The transport stays open. */
  async closeWrite(options?: WaitOptions): Promise<void> {
    await connectedChannel(this.#core, 'shutdown').closeWrite(this.#core.limits('closeWrite', options));
  }

  /**
   * Ends TLS on both sides and returns what was wrapped, ready for plain text: bytes that the peer sent behind its
   * close_notify are read from there. Refused while decrypted data is unread (`APPLICATION_DATA_AFTER_CLOSE_NOTIFY`): read
   * it and call again; nothing is lost.
   */
  async unwrap(options?: WaitOptions): Promise<Unwrapped> {
    const core = this.#core;
    const channel = core.channel;
    if (core.phase !== 'connected' || !channel) throw this.#noWrapper();
    const tries = core.nonBlocking && options?.timeout === undefined;
    const outcome = tries ? channel.tryUnwrap() : await channel.unwrap(core.limits('unwrap', options));
    if (typeof outcome === 'number') throw wouldBlock(outcome);
    core.phase = 'closed';
    core.stream = null;
    channel.free?.();
    // The stream forgets that it was paused on the next tick; before that, a listener would wait in vain.
    await new Promise<void>((resolve) => process.nextTick(resolve));
    return this.#parts.giveBack(outcome);
  }

  /**
   * Asks the client for its certificate, on an established connection of TLS 1.3; the request is sent at once. The answer
   * comes with what is read next, whether or not anybody reads: then {@link getPeerCert} knows it. A client that has no
   * certificate although `verifyMode` is CERT_REQUIRED, or one that is not trusted, ends the connection: the next `read()`
   * or `write()` rejects with the error. **A client may answer late or never; until `getPeerCert()` tells, it has proven
   * nothing.** Clients must have set `SSLContext.postHandshakeAuth`.
   * @throws SSLError when the client cannot be asked, with OpenSSL's reason and a hint; the connection goes on.
   * @see RFC 8446 section 4.6.2, SSL_verify_client_post_handshake(3)
   */
  verifyClientPostHandshake(): void {
    const { channel, phase } = this.#core;
    if (phase !== 'connected' || !channel) throw this.#noWrapper();
    channel.verifyClientPostHandshake();
  }

  /** The session, to resume it later; null while there is none. With TLS 1.3 it arrives after the handshake. */
  get session(): SSLSession | null {
    const engine = engineOf(this.#core);
    return engine ? engine.session : this.#carrier.session;
  }

  /** Offers a session for resumption; before the handshake only. */
  set session(session: SSLSession | null) {
    const engine = engineOf(this.#core);
    if (engine) engine.session = session as SSLSession;
    else this.#carrier.session = session;
  }

  /** Decrypted bytes as a web stream. Cancelling it closes the socket. */
  get readable(): ReadableStream<Uint8Array> {
    this.#readable ??= readableOf(this);
    return this.#readable;
  }

  /** A web stream that encrypts. Closing it ends this direction; aborting it drops the connection, without close_notify. */
  get writable(): WritableStream<Uint8Array> {
    this.#writable ??= writableOf(this);
    return this.#writable;
  }

  /**
   * A Node stream over this socket, with the members of `tls.TLSSocket`; the same one at each call. Starts the handshake.
   * @throws SocketError `ENOTCONN` while there is no connection.
   */
  toDuplex(): SSLDuplex {
    // One that carried TLS inside TLS has left the socket for good.
    if (this.#duplex === null || this.#duplex.released) this.#duplex = new SSLDuplex(this);
    return this.#duplex;
  }

  #wrapAccepted(accepted: net.Socket): SSLSocket {
    const parts = { ...this.#parts, session: null, doHandshakeOnConnect: false };
    try {
      const { source, giveBack } = parts.wrapAccepted(accepted);
      return new SSLSocket(CONSTRUCT, { ...parts, giveBack }, source, null);
    } catch (error) {
      accepted.destroy();
      throw error;
    }
  }

  /** Nobody waits for this one: a failure stays in the channel and meets the next call. */
  #handshakeByItself(channel: Channel): void {
    const limits = this.#core.limits('doHandshake', undefined);
    channel.handshake(limits).catch((error: Error) => this.#fail(channel, error));
  }

  async #handshakeOrClose(limits: Limits | null): Promise<void> {
    try {
      await connectedChannel(this.#core, 'handshake').handshake(limits);
    } catch (error) {
      await this.#core.close({ timeout: ALERT_MS });
      throw error;
    }
  }

  #fail(channel: Channel, error: Error): Promise<void> {
    channel.engine.fail(error);
    return channel.close(new Limits(ALERT_MS, undefined));
  }

  #noWrapper(): Error {
    return stateMisuse(`No SSL wrapper around ${this.constructor.name}`, 'ERR_SOCKET_CLOSED');
  }
}
