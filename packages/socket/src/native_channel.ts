/**
 * TLS over a libuv stream that the addon owns and drives (`TlsStream`). The stream channel's twin: same behaviour, one
 * test suite.
 *
 * Theory of operation. The addon tells when to look again; everything is then pulled. `READABLE`: all plaintext that has
 * arrived is decrypted at once, into the memory of the reader that waits, else into one piece of memory that all channels
 * share; it is copied out of that, or, when it fills a good part of it, handed out as it is and replaced. Writes go to the addon, which gathers them until the end
 * of the turn; when it takes only a part, the kernel is full and the rest waits for `DRAIN`.
 *
 * Invariants, beyond those of the stream channel:
 * - The addon is asked for bytes only while the inbox has room. When it is not asked, it stops reading by itself.
 * - What the addon throws or returns as a failure goes through the engine once, which keeps the first.
 * - Failures of the sending direction are looked at after what has been received: an alert says more than EPIPE.
 */
import { SSLEOFError } from '@sslkit/context';
import { type Engine, Want } from '@sslkit/context/engine';
import { StreamEvent, type StreamOwner, type TlsStream } from '@sslkit/openssl-native';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { Blocked, type Channel, type ChannelOptions } from './channel.ts';
import { Inbox } from './inbox.ts';
import { Landing } from './landing.ts';
import type { Lender } from './lender.ts';
import { LateTickets } from './late_tickets.ts';
import type { Limits } from './limits.ts';
import { stateMisuse } from './misuse.ts';
import { isStreamError, isTransportFailure, streamError, uvError } from './native_error.ts';
import { NativeOutbox } from './native_outbox.ts';
import { dataAfterCloseNotify, protocolIsShutdown, shutdownWhileInInit } from './refusals.ts';
import { systemError } from './system_error.ts';
import { polled } from './turn.ts';
import { WaitLine } from './wait_line.ts';

/** Plaintext that may wait for a reader before the addon is not asked any more. */
const INBOX_BYTES = 128 * 1024;
/** In place of the error of a channel that was closed while nobody waited: nobody will see it. */
const CLOSED: Error = stateMisuse('The socket was closed.', 'ERR_SOCKET_CLOSED');

export class NativeChannel implements Channel, StreamOwner {
  readonly engine: Engine;
  readonly transport: TlsStream;
  readonly #suppressRaggedEofs: boolean;
  readonly #handshakeThreads: boolean;
  readonly #lender: Lender | null;
  readonly #inbox = new Inbox(() => this.#regulate());
  readonly #outbox: NativeOutbox;
  readonly #tickets: LateTickets | null;
  #handshakers: WaitLine<null, void> | null = null;
  #closers: WaitLine<null, Duplex> | null = null;
  #watchers: WaitLine<null, void> | null = null;
  #writableWatchers: WaitLine<null, void> | null = null;
  #started = false;
  #open = false;
  /** The addon will say when there is more. */
  #armed = false;
  #pulling = false;
  /** The handshake went on since the last try that had to wait. */
  #progress = false;
  #sentClose = false;
  #receivedClose = false;
  #truncated = false;
  #closing = false;
  /** Why writes fail: the engine's failure, or that the channel was closed. */
  #broken: Error | null = null;
  #released = false;

  /**
   * `lender` is the socket that has lent the connection, if there is one: it is given back, and whoever destroys it ends
   * the connection. `options.handshakeThreads`: run the public-key work of the handshake on a thread of the addon's pool.
   */
  constructor(engine: Engine, stream: TlsStream, lender: Lender | null, options: ChannelOptions) {
    this.engine = engine;
    this.transport = stream;
    this.#suppressRaggedEofs = options.suppressRaggedEofs;
    this.#handshakeThreads = options.handshakeThreads === true;
    this.#lender = lender;
    this.#tickets = engine.serverSide ? null : new LateTickets();
    this.#outbox = new NativeOutbox(stream, (failure) => this.#onSendFailure(failure));
    engine.attachStream(stream);
    stream.owner = this;
    lender?.watch((error) => this.#onLenderGone(error));
  }

  get truncated(): boolean {
    return this.#truncated;
  }

  get busy(): boolean {
    return !this.#open && this.transport.busy();
  }

  get pending(): number {
    return this.#inbox.size;
  }

  get readableNow(): boolean {
    return this.#inbox.ready || this.#progress;
  }

  get writableNow(): boolean {
    return this.#broken !== null || !this.#outbox.full;
  }

  handshake(limits: Limits | null): Promise<void> {
    this.#start();
    if (this.#open) return Promise.resolve();
    if (this.#broken) return Promise.reject(this.#broken);
    this.#handshakers ??= new WaitLine();
    return this.#handshakers.wait(null, limits, 'handshake operation');
  }

  read(max: number, limits: Limits | null): Promise<Buffer> {
    this.#start();
    return this.#inbox.read(max, limits);
  }

  readInto(target: Uint8Array, limits: Limits | null): Promise<number> {
    this.#start();
    return this.#inbox.readInto(target, limits);
  }

  write(data: Uint8Array, limits: Limits | null): Promise<number> {
    this.#start();
    this.#tickets?.wrote();
    if (this.#sentClose) return Promise.reject(this.#broken ?? protocolIsShutdown());
    return this.#outbox.write(data, limits);
  }

  async closeWrite(limits: Limits | null): Promise<void> {
    await this.handshake(limits);
    await this.#outbox.idle(limits, 'shutdown operation');
    this.#sendClose();
    if (this.#broken) throw this.#broken;
  }

  async unwrap(limits: Limits | null): Promise<Duplex> {
    this.#checkUnwrap();
    await this.#outbox.idle(limits, 'shutdown operation');
    const stream = this.#shutDown();
    if (stream) return stream;
    this.#closers ??= new WaitLine();
    const unwrapped = this.#closers.wait(null, limits, 'shutdown operation');
    this.#regulate();
    return unwrapped;
  }

  tryUnwrap(): Duplex | Blocked {
    this.#checkUnwrap();
    if (this.#outbox.busy) return Blocked.WRITE;
    return this.#shutDown() ?? this.#blocked(Blocked.READ);
  }

  async close(limits: Limits | null): Promise<void> {
    if (this.#released) return;
    const closed = (): Error => this.engine.failure ?? stateMisuse('The socket was closed.', 'ERR_SOCKET_CLOSED');
    this.#closing = true;
    this.#inbox.discard(closed);
    if (this.#closers?.first) this.#closers.failAll(closed());
    if (!this.#outbox.busy && this.#handshakers?.first) this.#handshakers.failAll(closed());
    try {
      if (this.#outbox.busy) await this.#outbox.idle(limits, 'close operation');
      this.#sendClose();
      if (!this.#outbox.drained()) await this.#outbox.drain(limits, 'close operation');
      if (this.#tickets?.due(this.engine)) await this.#awaitTickets(limits);
      // A peer that is still sending gets a moment to read what came last, before its bytes meet a reset.
      if (!this.#released && this.transport.dropInput()) {
        await polled();
        if (!this.#released) this.transport.dropInput();
      }
    } catch {
      // Bounded and final: what could not be sent in time is given up.
      this.destroy(closed());
      return;
    }
    this.destroy(CLOSED);
  }

  /** Frees OpenSSL's part of it; the failure stays. */
  free(): void {
    this.engine.free();
  }

  destroy(error: Error): void {
    if (this.#released) return;
    this.#break(error);
    this.#released = true;
    this.transport.close();
    this.#lender?.destroy();
  }

  tryHandshake(): null | Blocked {
    this.#start();
    if (this.#open) return null;
    if (this.#broken) throw this.#broken;
    return this.#blocked(Blocked.READ);
  }

  tryRead(max: number): Buffer | Blocked {
    this.#start();
    return this.#inbox.tryRead(max) ?? this.#blocked(Blocked.READ);
  }

  tryWrite(data: Uint8Array): number | Blocked {
    this.#start();
    this.#tickets?.wrote();
    if (this.#sentClose) throw this.#broken ?? protocolIsShutdown();
    const written = this.#outbox.tryWrite(data);
    if (written > 0) return written;
    return this.#blocked(this.#open ? Blocked.WRITE : Blocked.READ);
  }

  waitReadable(limits: Limits | null): Promise<void> {
    this.#progress = false;
    this.#start();
    if (this.readableNow) return Promise.resolve();
    this.#watchers ??= new WaitLine();
    return this.#watchers.wait(null, limits, 'wait');
  }

  waitWritable(limits: Limits | null): Promise<void> {
    if (this.writableNow) return Promise.resolve();
    this.#writableWatchers ??= new WaitLine();
    return this.#writableWatchers.wait(null, limits, 'wait');
  }

  unread(bytes: Buffer): void {
    this.#inbox.unshift(bytes);
  }

  /** The connection as a net.Socket of its own, with the unread bytes in it. */
  release(): Duplex {
    const detached = this.transport.detach();
    if (typeof detached === 'number') throw uvError(detached, 'detach');
    this.#released = true;
    this.#break(stateMisuse('The TLS layer was removed from this socket.', 'ERR_SOCKET_CLOSED'));
    const [fd, rest, unsent] = detached;
    const socket = this.#lender?.takeBack(fd) ?? socketOf(fd);
    if (unsent.length > 0) socket.write(unsent);
    if (rest.length > 0) socket.unshift(rest);
    return socket;
  }

  onStreamEvent(event: StreamEvent): void {
    if (this.#released) return;
    if (event === StreamEvent.READABLE) this.#onReadable();
    else if (event === StreamEvent.HANDSHAKE) this.#advance();
    else if (event === StreamEvent.DRAIN) this.#onDrain();
  }

  #start(): void {
    if (this.#started || this.#broken) return;
    this.#started = true;
    this.#advance();
  }

  #advance(): void {
    this.#progress = true;
    try {
      const result = this.transport.handshake(this.#handshakeThreads);
      if (isStreamError(result)) throw streamError(result, 'read');
      if (result === 1) {
        this.engine.opened();
        this.#openUp();
      }
    } catch (error) {
      this.#fail(error);
    }
    if (this.readableNow) this.#watchers?.doneAll();
  }

  #openUp(): void {
    this.#open = true;
    // Who waits for the handshake itself needs no further sign of it.
    if (this.#handshakers?.first) this.#progress = false;
    this.#handshakers?.doneAll();
    this.#handshakers = null;
    this.#outbox.open();
    this.#pull();
  }

  #onDrain(): void {
    this.#outbox.pump();
    if (this.writableNow) this.#writableWatchers?.doneAll();
  }

  #onReadable(): void {
    if (this.#open) this.#tickets?.heard();
    if (this.#closing) this.#drop();
    else this.#pull();
  }

  #awaitTickets(limits: Limits | null): Promise<void> {
    this.#drop();
    return (this.#tickets as LateTickets).wait(this.engine, limits);
  }

  /** Reads on and drops it, until the tickets have come. */
  #drop(): void {
    if (!this.#open || this.#released) return;
    let count = 1;
    try {
      while (count > 0) count = this.transport.read(Landing.memory, 0, Landing.memory.length);
    } catch {
      // A failure now is as good as an end.
      count = Want.ZERO_RETURN;
    }
    if (count !== Want.READ) this.#tickets?.heard();
  }

  /** Decrypts what is there while somebody will have it. */
  #pull(): void {
    if (!this.#open || this.#pulling || this.#receivedClose || this.#closing || this.#broken) return;
    this.#armed = false;
    this.#pulling = true;
    try {
      while (this.#wantsMore()) {
        const direct = this.#inbox.direct;
        const target = direct ?? Landing.memory;
        const count = this.transport.read(target, 0, target.length);
        if (count > 0 && direct) this.#inbox.filled(count);
        else if (count > 0) this.#inbox.push(Landing.take(count));
        if (count === Want.READ || (count > 0 && count < target.length)) {
          this.#armed = true;
          break;
        }
        if (count > 0) continue;
        if (isStreamError(count)) throw streamError(count, 'read');
        if (count === Want.ZERO_RETURN) this.#onCloseNotify();
        break;
      }
    } catch (error) {
      this.#fail(error);
    }
    this.#pulling = false;
    if (this.#closers?.first && this.#inbox.size > 0) this.#closers.failAll(dataAfterCloseNotify());
    if (this.readableNow) this.#watchers?.doneAll();
  }

  #wantsMore(): boolean {
    return this.#inbox.size < INBOX_BYTES || this.#closers?.first !== undefined;
  }

  #onCloseNotify(): void {
    this.#receivedClose = true;
    this.#inbox.finish(null);
    const closers = this.#closers;
    this.#closers = null;
    if (closers?.first) closers.doneAll(this.release());
  }

  /** A failure on the way in: after the good bytes for readers, at once for everyone else. */
  #fail(failure: unknown): void {
    if (this.engine.wantsFirstBytes) this.engine.noteFirstBytes(this.transport.firstBytes());
    this.engine.fail(failure);
    const error = this.engine.failure as Error;
    if (error instanceof SSLEOFError && this.#open && this.#suppressRaggedEofs) {
      this.#truncated = true;
      this.#inbox.finish(null);
    }
    this.#break(error);
    this.#dropDead(failure);
  }

  /** A connection that the operating system has given up holds nothing any more; nor should it hold a descriptor. */
  #dropDead(failure: unknown): void {
    if (isTransportFailure(failure) && !this.#released) this.destroy(failure);
  }

  #onSendFailure(failure: unknown): void {
    if (this.#released) return;
    if (!this.#closing) this.#pull();
    if (this.#broken) return;
    if (!this.#receivedClose || !this.#sentClose) this.engine.fail(failure);
    this.#break(this.engine.failure ?? (failure as Error));
    this.#dropDead(failure);
  }

  /** As a stream that is closed from outside: an error of its own, or the end. */
  #onLenderGone(error: Error | null): void {
    if (this.#released) return;
    if (error === null) this.transport.endInput();
    this.#onSendFailure(error ?? systemError('EPIPE', 'write'));
    this.#released = true;
    this.transport.close();
  }

  #break(error: Error): void {
    this.#broken ??= this.engine.failure ?? error;
    this.#inbox.finish(this.#broken);
    this.#outbox.fail(this.#broken);
    this.#handshakers?.failAll(this.#broken);
    this.#closers?.failAll(this.#broken);
    this.#watchers?.doneAll();
    this.#writableWatchers?.doneAll();
  }

  #regulate(): void {
    if (this.#open && !this.#armed && this.#wantsMore()) this.#pull();
  }

  #sendClose(): void {
    if (this.#sentClose || !this.#open || this.engine.failure) return;
    this.#sentClose = true;
    try {
      this.transport.closeNotify();
    } catch (error) {
      this.#fail(error);
    }
  }

  #checkUnwrap(): void {
    if (this.#broken) throw this.engine.failure ?? this.#broken;
    if (!this.#open) throw shutdownWhileInInit();
    if (this.#inbox.size > 0) throw dataAfterCloseNotify();
  }

  /** Sends our close_notify; the transport when the peer's has come as well, else null. */
  #shutDown(): Duplex | null {
    this.#sendClose();
    if (this.#broken) throw this.#broken;
    return this.#receivedClose ? this.release() : null;
  }

  #blocked(outcome: Blocked): Blocked {
    this.#progress = false;
    return outcome;
  }
}

/** Half-open, as the sockets that this package opens by itself. */
function socketOf(fd: number): net.Socket {
  return new net.Socket({ fd, allowHalfOpen: true, readable: true, writable: true });
}
