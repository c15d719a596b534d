/**
 * What every socket is made of, whatever it carries: its phase, its transport, its own time-out, and the rules of
 * Python's `socket.socket`. `Socket` and `SSLSocket` are faces over it; how bytes are carried is the opener's to say.
 */
import { TlsStream } from '@sslkit/openssl-native';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { Acceptor, createServer, startListening } from './acceptor.ts';
import { type Address, type Endpoint, localAddress, parseAddress, peerAddress } from './address.ts';
import type { Blocked, ByteChannel, Transport } from './channel.ts';
import { type DialOptions, dial } from './dial.ts';
import { HangUp } from './hang_up.ts';
import { AbortError, Limits, type WaitOptions } from './limits.ts';
import { rangeMisuse, requireInteger, stateMisuse, typeMisuse, describe } from './misuse.ts';
import { systemError } from './system_error.ts';
import { requireFree } from './taken.ts';

/** How long close() may take by default to send what was written, in milliseconds. */
const CLOSE_MS = 5_000;

export type Phase = 'fresh' | 'connecting' | 'connected' | 'listening' | 'closed';

/** What a core takes over, and what it can be emptied into again. */
export type Source =
  | { readonly kind: 'fresh'; readonly socket: net.Socket | null; readonly bound: Acceptor | null }
  | { readonly kind: 'stream'; readonly stream: Duplex }
  | { readonly kind: 'native'; readonly stream: TlsStream }
  | { readonly kind: 'server'; readonly acceptor: Acceptor };

type Dial = (endpoint: Endpoint, limits: Limits | null, options: DialOptions, hangUp: HangUp) => Promise<Transport>;

/** How a socket carries bytes and words its refusals. */
export interface Carrier<Channel extends ByteChannel> {
  open(stream: Transport): Channel;
  /** Connects in a way of its own; default: {@link dial}. */
  readonly dial?: Dial | null;
  /** The error of a call that would have to wait, in non-blocking mode. */
  blocked(outcome: Blocked, syscall: string): Error;
}

export class SocketCore<Channel extends ByteChannel = ByteChannel> {
  phase: Phase = 'fresh';
  /** The transport; null before a connection and after it was given up. */
  stream: Transport | null = null;
  channel: Channel | null = null;
  acceptor: Acceptor | null = null;
  /** Milliseconds; null: without limit; 0: non-blocking. */
  timeoutMs: number | null = null;
  readonly #carrier: Carrier<Channel>;
  #dialled: net.Socket | null = null;
  /** Ends a connect() that is under way when the socket is closed. */
  #hangUp: HangUp | null = null;
  #readShut = false;

  constructor(carrier: Carrier<Channel>) {
    this.#carrier = carrier;
  }

  get nonBlocking(): boolean {
    return this.timeoutMs === 0;
  }

  adopt(source: Source): void {
    if (source.kind === 'server') {
      this.acceptor = source.acceptor;
      this.phase = 'listening';
    } else if (source.kind === 'fresh') {
      this.#dialled = source.socket;
      this.acceptor = source.bound;
      this.phase = 'fresh';
    } else {
      this.attach(source.stream);
    }
  }

  attach(stream: Transport): Channel {
    this.channel = this.#carrier.open(stream);
    this.stream = stream;
    this.#readShut = false;
    this.phase = 'connected';
    return this.channel;
  }

  /** Empties this core; it behaves as closed afterwards. */
  handOver(): Exclude<Source, { kind: 'native' }> {
    if (this.phase === 'connecting')
      throw stateMisuse('The socket is connecting; wait for it first.', 'ERR_SOCKET_MODE');
    const { phase, acceptor, channel } = this;
    if (phase === 'closed') throw systemError('EBADF', 'detach');
    // It may refuse (a thread has the handshake, no descriptor is left); then this stays as it was, and can be closed.
    const stream = channel?.release();
    this.phase = 'closed';
    this.channel = null;
    this.acceptor = null;
    this.stream = null;
    if (stream) return { kind: 'stream', stream };
    if (phase === 'listening' && acceptor) return { kind: 'server', acceptor };
    const socket = this.#dialled;
    this.#dialled = null;
    return { kind: 'fresh', socket, bound: acceptor };
  }

  async bind(address: Address): Promise<void> {
    const endpoint = parseAddress('bind', address);
    if (this.phase !== 'fresh' || this.acceptor)
      throw systemError(this.phase === 'closed' ? 'EBADF' : 'EINVAL', 'bind');
    const server = createServer();
    // The port is taken now, so that an address in use shows now; whoever connects before listen() is turned away.
    this.acceptor = new Acceptor(server, false);
    try {
      await startListening(server, endpoint, 511);
    } catch (error) {
      this.acceptor = null;
      throw error;
    }
  }

  async listen(backlog: number): Promise<void> {
    requireInteger('backlog', backlog);
    if (this.phase === 'closed') throw systemError('EBADF', 'listen');
    if (this.phase === 'connected' || this.phase === 'connecting') throw systemError('EINVAL', 'listen');
    if (!this.acceptor) await this.bind(['0.0.0.0', 0]);
    this.acceptor?.open(backlog);
    this.phase = 'listening';
  }

  async connect(address: Address, limits: Limits | null): Promise<Channel> {
    const endpoint = parseAddress('connect', address);
    if (this.phase === 'closed') throw systemError('EBADF', 'connect');
    if (this.phase !== 'fresh') throw systemError('EISCONN', 'connect');
    this.phase = 'connecting';
    let socket: Transport;
    try {
      socket = await this.#dial(endpoint, limits);
    } catch (error) {
      if (!this.#isPhase('connecting')) throw systemError('EBADF', 'connect');
      this.phase = 'fresh';
      throw error;
    }
    if (!this.#isPhase('connecting')) {
      discard(socket);
      throw systemError('EBADF', 'connect');
    }
    try {
      return this.attach(socket);
    } catch (error) {
      // Misuse that shows only now, for example a context for the other role; nothing may stay open behind it.
      discard(socket);
      this.phase = 'fresh';
      throw error;
    }
  }

  accept(limits: Limits | null): Promise<net.Socket> {
    const acceptor = this.#listening();
    if (!this.nonBlocking) return acceptor.accept(limits);
    const socket = acceptor.tryAccept();
    return socket ? Promise.resolve(socket) : Promise.reject(systemError('EAGAIN', 'accept'));
  }

  read(where: string, max: number, options: WaitOptions | undefined): Promise<Buffer> {
    const channel = this.connected(where);
    const limits = this.limits(where, options);
    if (max === 0 || this.#readShut) return Promise.resolve(Buffer.alloc(0));
    if (!this.#tries(options)) return channel.read(max, limits);
    const got = channel.tryRead(max);
    return typeof got === 'number' ? Promise.reject(this.#carrier.blocked(got, where)) : Promise.resolve(got);
  }

  readInto(where: string, target: Uint8Array, options: WaitOptions | undefined): Promise<number> {
    const channel = this.connected(where);
    const limits = this.limits(where, options);
    if (target.length === 0 || this.#readShut) return Promise.resolve(0);
    if (!this.#tries(options)) return channel.readInto(target, limits);
    const got = channel.tryRead(target.length);
    if (typeof got === 'number') return Promise.reject(this.#carrier.blocked(got, where));
    target.set(got);
    return Promise.resolve(got.length);
  }

  write(where: string, data: Uint8Array | string, options: WaitOptions | undefined): Promise<number> {
    const channel = this.connected(where);
    const bytes = bytesOf(where, data);
    const limits = this.limits(where, options);
    if (bytes.length === 0) return Promise.resolve(0);
    if (!this.#tries(options)) return channel.write(bytes, limits);
    const written = channel.tryWrite(bytes);
    return written < 0 ? Promise.reject(this.#carrier.blocked(written as Blocked, where)) : Promise.resolve(written);
  }

  async shutdown(how: unknown): Promise<void> {
    if (how !== 'read' && how !== 'write' && how !== 'both') {
      throw typeMisuse(`shutdown: how must be 'read', 'write' or 'both', not ${describe(how)}`);
    }
    const channel = this.connected('shutdown');
    if (how !== 'write') this.#readShut = true;
    if (how !== 'read') await channel.closeWrite(this.limits('shutdown', undefined));
  }

  async close(options: WaitOptions | undefined): Promise<void> {
    const limits = closingLimits(options);
    if (this.phase === 'closed') return;
    this.phase = 'closed';
    const { channel, acceptor } = this;
    this.#hangUp?.now(systemError('EBADF', 'connect'));
    this.#dialled?.destroy();
    if (channel) await channel.close(limits);
    if (acceptor) await acceptor.close();
    channel?.free?.();
    this.stream = null;
  }

  setTimeout(seconds: unknown): void {
    if (seconds !== null && typeof seconds !== 'number') {
      throw typeMisuse(`setTimeout: seconds must be a number or null, not ${describe(seconds)}`);
    }
    if (seconds !== null && !(seconds >= 0)) throw rangeMisuse('Timeout value out of range');
    this.timeoutMs = seconds === null ? null : seconds * 1000;
  }

  /** The limits of one call. A non-blocking socket has none of its own. */
  limits(where: string, options: WaitOptions | undefined): Limits | null {
    return Limits.of(where, options, this.nonBlocking ? null : this.timeoutMs);
  }

  connected(syscall: string): Channel {
    if (this.phase === 'connected' && this.channel) return this.channel;
    throw systemError(this.phase === 'closed' ? 'EBADF' : 'ENOTCONN', syscall);
  }

  peerName(): Address {
    const address = isConnection(this.stream) ? peerAddress(this.stream) : null;
    if (address) return address;
    const carried = this.phase === 'connected' && !isConnection(this.stream);
    throw systemError(this.phase === 'closed' ? 'EBADF' : carried ? 'EOPNOTSUPP' : 'ENOTCONN', 'getpeername');
  }

  sockName(): Address {
    if (this.phase === 'closed') throw systemError('EBADF', 'getsockname');
    const holder = this.acceptor?.server ?? this.stream;
    if (!holder) return ['0.0.0.0', 0];
    const address = isConnection(holder) || holder instanceof net.Server ? localAddress(holder) : null;
    if (!address) throw systemError('EOPNOTSUPP', 'getsockname');
    return address;
  }

  /** The descriptor of the transport, or -1. */
  fileno(): number {
    const holder = this.acceptor?.server ?? this.stream;
    if (holder instanceof TlsStream) return holder.fileno();
    const handle = (holder as { _handle?: { fd?: number } | null } | null)?._handle;
    return this.phase === 'closed' ? -1 : (handle?.fd ?? -1);
  }

  async #dial(endpoint: Endpoint, limits: Limits | null): Promise<Transport> {
    const existing = this.#dialled;
    const own = existing === null ? this.#carrier.dial : null;
    const hangUp = new HangUp();
    this.#hangUp = hangUp;
    try {
      const local = this.acceptor ? await this.#unbind(this.acceptor) : ANYWHERE;
      if (!this.#isPhase('connecting')) throw systemError('EBADF', 'connect');
      return await (own
        ? own(endpoint, limits, local, hangUp)
        : dial(endpoint, limits, local, hangUp, existing ?? undefined));
    } finally {
      this.#hangUp = null;
      this.#dialled = null;
    }
  }

  /** Whether a call should not wait: non-blocking mode, unless the call has a time-out of its own. */
  #tries(options: WaitOptions | undefined): boolean {
    return this.timeoutMs === 0 && options?.timeout === undefined;
  }

  #listening(): Acceptor {
    if (this.phase === 'listening' && this.acceptor) return this.acceptor;
    throw systemError(this.phase === 'closed' ? 'EBADF' : 'EINVAL', 'accept');
  }

  /** A socket that was bound to connect from there: the address is free again, for the connection to take. */
  async #unbind(acceptor: Acceptor): Promise<DialOptions> {
    const address = localAddress(acceptor.server);
    this.acceptor = null;
    await acceptor.close();
    return Array.isArray(address) ? { localAddress: address[0], localPort: address[1] } : {};
  }

  /** Asked anew after an await, when the phase may have changed. */
  #isPhase(phase: Phase): boolean {
    return this.phase === phase;
  }
}

const ANYWHERE: DialOptions = {};

function isConnection(stream: unknown): stream is net.Socket | TlsStream {
  return stream instanceof net.Socket || stream instanceof TlsStream;
}

function discard(transport: Transport): void {
  if (transport instanceof TlsStream) transport.close();
  else transport.destroy();
}

/** Closing cannot be refused: a signal that is aborted already leaves it no time to send what is waiting. */
function closingLimits(options: WaitOptions | undefined): Limits | null {
  try {
    return Limits.of('close', options, CLOSE_MS);
  } catch (error) {
    if (error instanceof AbortError) return new Limits(0, undefined);
    throw error;
  }
}

function bytesOf(where: string, data: unknown): Uint8Array {
  if (data instanceof Uint8Array) return data;
  if (typeof data === 'string') return Buffer.from(data);
  throw typeMisuse(`${where}: data must be a Uint8Array or a string, not ${describe(data)}`);
}

/** What a user's object is, as a source. */
export function sourceOf(existing: unknown): Source {
  if (typeof existing === 'object' && existing !== null) requireFree(existing);
  if (existing instanceof net.Server) return { kind: 'server', acceptor: new Acceptor(existing, true) };
  if (existing instanceof net.Socket && existing.pending && !existing.connecting && !existing.destroyed) {
    return { kind: 'fresh', socket: existing, bound: null };
  }
  if (isDuplex(existing)) return { kind: 'stream', stream: existing };
  throw typeMisuse(`a socket must be a Socket, net.Socket, net.Server or stream.Duplex, not ${describe(existing)}`);
}

function isDuplex(value: unknown): value is Duplex {
  const stream = value as Partial<Duplex> | null;
  return (
    typeof stream?.read === 'function' && typeof stream.write === 'function' && typeof stream.unshift === 'function'
  );
}
