/**
 * TLS over any `stream.Duplex`: the one drive loop.
 *
 * Theory of operation. The engine is synchronous and sees no transport, only the memory that each call lends it: a pipe.
 * Everything happens on two occasions. A chunk arrives: the handshake goes on if it is not done, and every byte of
 * plaintext in it is decrypted at once, in one call, into the memory of the reader that waits, else into memory that all
 * channels share, from where it goes to the inbox. Or a caller acts: writes are encrypted, when the transport takes them,
 * into the memory that the transport is given; reads take from the inbox. Nobody else touches the engine, and nothing waits
 * while touching it.
 *
 * Invariants:
 * - Touch the engine, take its ciphertext and queue it with no await between. So records leave in the order in which the
 *   engine made them, whoever called. (Small writes of one turn of the event loop are gathered, encrypted together and
 *   sent in one piece at its end, or when the process exits.)
 * - Sending goes before receiving: what the engine has to say leaves before anybody is woken, so that an answer can never
 *   depend on a caller's next step.
 * - A chunk is fed once and used up: between turns the pipe holds at most a part of one record. So close_notify is
 *   found in the turn in which it arrives, and what follows it goes back into the transport in the same turn, before the
 *   transport can reach its own end (bytes cannot be put back behind that).
 * - Plaintext is delivered in order before whatever ended it: close_notify, end of transport, alert or reset.
 * - The first permanent error wins, in the engine, and sticks. On a fatal error the alert is sent once; after that the
 *   connection is broken for writers at once, and for readers after the last good byte.
 * - Memory is bounded: reading stops while the inbox is full or while the peer does not take what is sent to it, and
 *   writes wait for the transport, slice by slice.
 */
import { SSLEOFError } from '@sslkit/context';
import { type Engine, Piped, type SslPipe, Want } from '@sslkit/context/engine';
import type { Duplex } from 'node:stream';
import { Blocked, type Channel, type ChannelOptions } from './channel.ts';
import { Inbox } from './inbox.ts';
import { Landing } from './landing.ts';
import { LateTickets } from './late_tickets.ts';
import type { Limits } from './limits.ts';
import { stateMisuse } from './misuse.ts';
import { Outbox } from './outbox.ts';
import { dataAfterCloseNotify, protocolIsShutdown, shutdownWhileInInit } from './refusals.ts';
import { Sealer } from './sealer.ts';
import { flushAtEndOfTurn, polled } from './turn.ts';
import { StreamTransport, type TransportSink } from './transport.ts';
import { WaitLine } from './wait_line.ts';

/** Plaintext that may wait for a reader before the transport is paused. */
const INBOX_BYTES = 128 * 1024;
/** Ciphertext that may wait in the transport while its peer goes on sending: room for answers, not for floods. */
const UNSENT_BYTES = 1024 * 1024;
/** What one write encrypts at a time. */
const SLICE_BYTES = 128 * 1024;
/** In place of the error of a channel that was closed while nobody waited: nobody will see it. */
const CLOSED: Error = stateMisuse('The socket was closed.', 'ERR_SOCKET_CLOSED');
/** What a record is longer than its plaintext, at the least. */
const MIN_OVERHEAD = 22;

const NOTHING: Buffer = Buffer.alloc(0);

export class StreamChannel implements Channel, TransportSink {
  readonly engine: Engine;
  readonly #transport: StreamTransport;
  readonly #pipe: SslPipe;
  readonly #sealer: Sealer;
  readonly #inbox = new Inbox(() => this.#regulate());
  readonly #outbox = new Outbox(
    { ready: () => this.#canSend(), send: (slice) => this.#encrypt(slice), settled: () => !this.#sealer.stalled },
    SLICE_BYTES,
  );
  readonly #tickets: LateTickets | null;
  #handshakers: WaitLine<null, void> | null = null;
  #closers: WaitLine<null, Duplex> | null = null;
  #watchers: WaitLine<null, void> | null = null;
  #writableWatchers: WaitLine<null, void> | null = null;
  readonly #suppressRaggedEofs: boolean;
  #started = false;
  #open = false;
  /** The handshake went on since the last try that had to wait. */
  #progress = false;
  /** Writes are gathered until the end of this turn. */
  #gathering = false;
  /** The engine may have something to say. */
  #speaks = false;
  #sentClose = false;
  #receivedClose = false;
  #truncated = false;
  /** Why writes fail: the engine's failure, or that the channel was closed. */
  #broken: Error | null = null;
  #released = false;
  /** Closing: nobody will have what still arrives. */
  #dropping = false;

  constructor(engine: Engine, stream: Duplex, options: ChannelOptions) {
    this.engine = engine;
    this.#tickets = engine.serverSide ? null : new LateTickets();
    this.#sealer = new Sealer(engine, this.#send);
    this.#suppressRaggedEofs = options.suppressRaggedEofs;
    this.#pipe = engine.attachPipe();
    this.#transport = new StreamTransport(stream, this);
  }

  get truncated(): boolean {
    return this.#truncated;
  }

  get pending(): number {
    return this.#inbox.size;
  }

  get readableNow(): boolean {
    return this.#inbox.ready || this.#progress;
  }

  get writableNow(): boolean {
    return this.#broken !== null || !this.#transport.needDrain;
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
    this.#inbox.discard(closed);
    if (this.#closers?.first) this.#closers.failAll(closed());
    if (!this.#outbox.busy && this.#handshakers?.first) this.#handshakers.failAll(closed());
    try {
      if (this.#outbox.busy) await this.#whileReading(this.#outbox.idle(limits, 'close operation'));
      this.#sendClose();
      this.#flush();
      this.#drop();
      await this.#transport.finish(limits, 'close operation');
      if (this.#tickets) await this.#tickets.wait(this.engine, limits);
      await polled();
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
    this.#transport.destroy();
  }

  tryHandshake(): null | Blocked {
    this.#start();
    this.#progress = false;
    if (this.#open) return null;
    if (this.#broken) throw this.#broken;
    return this.#blocked(this.#transport.needDrain ? Blocked.WRITE : Blocked.READ);
  }

  tryRead(max: number): Buffer | Blocked {
    this.#start();
    return this.#inbox.tryRead(max) ?? this.#blocked(Blocked.READ);
  }

  tryWrite(data: Uint8Array): number | Blocked {
    this.#start();
    if (this.#sentClose) throw this.#broken ?? protocolIsShutdown();
    const written = this.#outbox.tryWrite(data);
    if (written > 0) return written;
    return this.#blocked(this.#open ? Blocked.WRITE : Blocked.READ);
  }

  waitReadable(limits: Limits | null): Promise<void> {
    this.#start();
    this.#watchers ??= new WaitLine();
    return this.readableNow ? Promise.resolve() : this.#watchers.wait(null, limits, 'wait');
  }

  waitWritable(limits: Limits | null): Promise<void> {
    this.#writableWatchers ??= new WaitLine();
    return this.writableNow ? Promise.resolve() : this.#writableWatchers.wait(null, limits, 'wait');
  }

  unread(bytes: Buffer): void {
    this.#inbox.unshift(bytes);
  }

  release(): Duplex {
    this.#flush();
    this.#released = true;
    const stream = this.#transport.release();
    this.#closers?.doneAll(stream);
    this.#break(stateMisuse('The TLS layer was removed from this socket.', 'ERR_SOCKET_CLOSED'));
    return stream;
  }

  onChunk(chunk: Buffer): void {
    if (this.#open) this.#tickets?.heard();
    if (this.#dropping) return;
    if (this.#receivedClose || this.#broken) {
      // Behind close_notify, or behind a failure: not ours. It stays with the transport.
      this.#transport.pause();
      if (this.#receivedClose) this.#transport.unshift(chunk);
      return;
    }
    if (this.engine.wantsFirstBytes) this.engine.noteFirstBytes(chunk);
    this.#advance(chunk);
  }

  onEnd(): void {
    this.#tickets?.heard();
    if (this.#receivedClose || this.#released || this.#dropping) return;
    this.#pipe.feedEnd();
    this.#advance(NOTHING);
  }

  onError(error: Error): void {
    this.#tickets?.heard();
    if (this.#released) return;
    if (!this.#receivedClose || !this.#sentClose) this.engine.fail(error);
    this.#break(error);
  }

  onDrain(): void {
    this.#pump();
    this.#regulate();
    if (this.writableNow) this.#writableWatchers?.doneAll();
  }

  #start(): void {
    if (this.#started || this.#broken) return;
    this.#started = true;
    this.#transport.resume();
    this.#advance(NOTHING);
  }

  /** Does everything that the bytes at hand allow, sends what came of it, then wakes whoever waited. */
  #advance(chunk: Buffer): void {
    try {
      if (this.#open) this.#decrypt(chunk);
      else this.#handshake(chunk);
      if (this.#sealer.stalled && !this.#broken && this.#sealer.retry()) this.#pump();
    } catch (error) {
      this.#speaks = true;
      this.#flush();
      this.#end(error as Error);
    }
    this.#flush();
    this.#regulate();
    if (this.readableNow) this.#watchers?.doneAll();
  }

  #handshake(chunk: Buffer): void {
    this.#progress = true;
    this.#speaks = true;
    this.#pipe.feed(chunk);
    if (this.engine.handshake() !== 1) return;
    this.#openUp();
    this.#decrypt(NOTHING);
  }

  #openUp(): void {
    this.#open = true;
    this.#flush();
    // Who waits for the handshake itself needs no further sign of it.
    if (this.#handshakers?.first) this.#progress = false;
    this.#handshakers?.doneAll();
    this.#pump();
  }

  /** What writers were waiting to send, and at once. */
  #pump(): void {
    this.#outbox.pump();
    this.#flush();
  }

  #decrypt(chunk: Buffer): void {
    let ciphertext = chunk;
    for (;;) {
      const target = this.#roomFor(ciphertext);
      const result = this.engine.open(ciphertext, target ?? Landing.memory);
      const count = result >> Piped.COUNT;
      if ((result & Piped.OUTPUT) !== 0) this.#speaks = true;
      if (count > 0 && target) this.#inbox.filled(count);
      else if (count > 0) this.#inbox.push(Landing.take(count));
      const outcome = result & Piped.OUTCOME;
      ciphertext = NOTHING;
      if (outcome === Piped.DONE || outcome === Piped.FAILED) continue;
      if (outcome === -Want.ZERO_RETURN) this.#onCloseNotify();
      break;
    }
    if (this.#closers?.first && this.#inbox.size > 0) this.#closers?.failAll(dataAfterCloseNotify());
  }

  /** The memory of the reader that waits, when all that may be in the chunk fits there. */
  #roomFor(chunk: Buffer): Uint8Array | null {
    const target = this.#inbox.direct;
    return target !== null && target.length > 0 && target.length + MIN_OVERHEAD >= chunk.length ? target : null;
  }

  #onCloseNotify(): void {
    if (this.#receivedClose) return;
    this.#receivedClose = true;
    this.#transport.pause();
    const rest = this.#transport.over ? null : this.#pipe.rest();
    if (rest) this.#transport.unshift(rest);
    this.#inbox.finish(null);
    if (this.#closers?.first) this.release();
  }

  /** A failure that the engine found: after the good bytes for readers, at once for everyone else. */
  #end(error: Error): void {
    if (error instanceof SSLEOFError && this.#open && this.#suppressRaggedEofs) {
      this.#truncated = true;
      this.#inbox.finish(null);
    }
    this.#break(error);
  }

  #break(error: Error): void {
    this.#broken ??= this.engine.failure ?? error;
    this.#inbox.finish(this.#broken);
    this.#outbox.fail(this.#broken);
    this.#handshakers?.failAll(this.#broken);
    this.#closers?.failAll(this.#broken);
    this.#transport.pause();
    this.#watchers?.doneAll();
    this.#writableWatchers?.doneAll();
  }

  #canSend(): boolean {
    return this.#open && !this.#sealer.stalled && !this.#transport.needDrain;
  }

  #encrypt(slice: Uint8Array): void {
    try {
      this.#sealer.add(slice);
    } catch (error) {
      this.#speaks = true;
      this.#flush();
      this.#end(error as Error);
      throw error;
    }
    this.#tickets?.wrote();
    if (this.#gathering) return;
    this.#gathering = true;
    flushAtEndOfTurn(this.#flushGathered);
  }

  readonly #flushGathered = (): void => {
    this.#gathering = false;
    this.#flush();
  };

  readonly #send = (ciphertext: Buffer): void => {
    if (!this.#released && this.#transport.stream.writable) this.#transport.write(ciphertext);
  };

  /** Hands to the transport what was gathered, and what the engine has to say. */
  #flush(): void {
    if (this.#released) return;
    const failure = this.#seal();
    if (this.#speaks || failure) {
      this.#speaks = false;
      const ciphertext = this.engine.take();
      if (ciphertext) this.#send(ciphertext);
    }
    if (failure) this.#end(failure);
  }

  #seal(): Error | null {
    if (!this.#open || this.engine.failure) return null;
    try {
      this.#sealer.seal();
      return null;
    } catch (error) {
      return error as Error;
    }
  }

  /** Reads from the transport only while somebody will have the bytes. */
  #regulate(): void {
    if (!this.#started || this.#receivedClose || this.#broken || this.#released) return;
    const full = this.#inbox.size >= INBOX_BYTES && !this.#closers?.first;
    const flooded = this.#transport.needDrain && this.#transport.queued > UNSENT_BYTES;
    if (full || flooded) this.#transport.pause();
    else this.#transport.resume();
  }

  #sendClose(): void {
    if (this.#sentClose || !this.#open || this.engine.failure) return;
    // Before close_notify goes what was written before it.
    this.#flush();
    this.engine.shutdown();
    this.#sentClose = true;
    this.#speaks = true;
    this.#flush();
  }

  /** Reads on and drops it: a connection that is closed with unread bytes in it is reset, see {@link LateTickets}. */
  #drop(): void {
    this.#dropping = true;
    this.#transport.resume();
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

  /** A handshake or a drain that the promise waits for may need bytes from the peer. */
  #whileReading<T>(promise: Promise<T>): Promise<T> {
    this.#regulate();
    return promise;
  }
}
