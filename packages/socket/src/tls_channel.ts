/**
 * What TLS channels have in common, whatever carries them: who waits for what, how far the connection is, and what ended
 * it. A channel adds how bytes come and go.
 *
 * Invariants:
 * - The first permanent error wins, in the engine, and sticks: broken for writers at once, for readers after the last
 *   good byte, for everyone else at once.
 * - close_notify is sent once, after what was written before it.
 */
import { SSLEOFError } from '@sslkit/context';
import type { Engine } from '@sslkit/context/engine';
import type { Duplex } from 'node:stream';
import { Blocked, type Channel, type ChannelOptions } from './channel.ts';
import { Inbox } from './inbox.ts';
import { LateTickets } from './late_tickets.ts';
import type { Limits } from './limits.ts';
import { closedMisuse } from './misuse.ts';
import { dataAfterCloseNotify, protocolIsShutdown, shutdownWhileInInit, stillInInit } from './refusals.ts';
import { WaitLine } from './wait_line.ts';

/** Plaintext that may wait for a reader before no more is read. */
export const INBOX_BYTES: number = 128 * 1024;
/** In place of the error of a channel that was closed while nobody waited: nobody will see it. */
const CLOSED: Error = closedMisuse();

/** The writers of a channel, in the order in which they called. */
export interface ChannelOutbox {
  readonly busy: boolean;
  write(data: Uint8Array, limits: Limits | null): Promise<number>;
  tryWrite(data: Uint8Array): number;
  /** Resolves when all that was written so far is on its way. */
  idle(limits: Limits | null, operation: string): Promise<void>;
  fail(error: Error): void;
}

export abstract class TlsChannel implements Channel {
  readonly engine: Engine;
  protected readonly inbox: Inbox = new Inbox(() => this.regulate());
  protected readonly tickets: LateTickets | null;
  protected abstract readonly outbox: ChannelOutbox;
  protected handshakers: WaitLine<null, void> | null = null;
  protected closers: WaitLine<null, Duplex> | null = null;
  protected watchers: WaitLine<null, void> | null = null;
  protected writableWatchers: WaitLine<null, void> | null = null;
  protected started = false;
  protected open = false;
  /** The handshake waits for the SNI callback. What is read meanwhile is kept, up to a bound; an end ends the handshake. */
  protected suspended = false;
  /** The handshake went on since the last try that had to wait. */
  protected progress = false;
  protected sentClose = false;
  protected receivedClose = false;
  /** Nobody will have what still arrives. */
  protected closing = false;
  protected released = false;
  /** Closed, and kept for what may still come: see {@link LateTickets}. */
  protected lingers = false;
  /** Why writes fail: the engine's failure, or that the channel was closed. */
  protected broken: Error | null = null;
  readonly #suppressRaggedEofs: boolean;
  #truncated = false;

  constructor(engine: Engine, options: ChannelOptions) {
    this.engine = engine;
    engine.onReportFailure = (error) => {
      if (!this.released) this.failInput(error);
    };
    this.tickets = engine.serverSide ? null : new LateTickets();
    this.#suppressRaggedEofs = options.suppressRaggedEofs;
  }

  abstract readonly writableNow: boolean;

  get truncated(): boolean {
    return this.#truncated;
  }

  get pending(): number {
    return this.inbox.size;
  }

  get readableNow(): boolean {
    return this.inbox.ready || this.progress;
  }

  handshake(limits: Limits | null): Promise<void> {
    this.start();
    if (this.open) return Promise.resolve();
    if (this.broken) return Promise.reject(this.broken);
    this.handshakers ??= new WaitLine();
    return this.handshakers.wait(null, limits, 'handshake operation');
  }

  read(max: number, limits: Limits | null): Promise<Buffer> {
    this.start();
    return this.inbox.read(max, limits);
  }

  readInto(target: Uint8Array, limits: Limits | null): Promise<number> {
    this.start();
    return this.inbox.readInto(target, limits);
  }

  write(data: Uint8Array, limits: Limits | null): Promise<number> {
    this.start();
    if (this.sentClose) return Promise.reject(this.broken ?? protocolIsShutdown());
    return this.outbox.write(data, limits);
  }

  verifyClientPostHandshake(): void {
    if (this.broken) throw this.broken;
    if (!this.open) throw stillInInit();
    if (this.sentClose) throw protocolIsShutdown();
    // What was written before the request leaves before it.
    this.flush();
    this.engine.verifyClientPostHandshake();
    try {
      this.engine.handshake();
    } catch (error) {
      this.failInput(error as Error);
      throw error;
    } finally {
      this.flush();
    }
  }

  async closeWrite(limits: Limits | null): Promise<void> {
    await this.handshake(limits);
    await this.outbox.idle(limits, 'shutdown operation');
    this.sendClose();
    if (this.broken) throw this.broken;
  }

  async unwrap(limits: Limits | null): Promise<Duplex> {
    this.#checkUnwrap();
    await this.outbox.idle(limits, 'shutdown operation');
    const stream = this.#shutDown();
    if (stream) return stream;
    this.closers ??= new WaitLine();
    const unwrapped = this.closers.wait(null, limits, 'shutdown operation');
    this.regulate();
    return unwrapped;
  }

  tryUnwrap(): Duplex | Blocked {
    this.#checkUnwrap();
    if (this.outbox.busy) return Blocked.WRITE;
    return this.#shutDown() ?? this.#blocked(Blocked.READ);
  }

  async close(limits: Limits | null): Promise<void> {
    if (this.released) return;
    this.closing = true;
    const closed = (): Error => this.engine.failure ?? closedMisuse();
    this.inbox.discard(closed);
    if (this.closers?.first) this.closers.failAll(closed());
    if (!this.outbox.busy && this.handshakers?.first) this.handshakers.failAll(closed());
    try {
      await this.sendRest(limits);
    } catch {
      // Bounded and final: what could not be sent in time is given up.
      this.destroy(closed());
      return;
    }
    if (!this.lingers || !this.tickets || this.released) {
      this.destroy(CLOSED);
      return;
    }
    this.break(CLOSED);
    this.letProcessEnd();
    this.tickets.linger(() => this.destroy(CLOSED));
  }

  /** Frees OpenSSL's part of it; the failure stays. */
  free(): void {
    this.engine.free();
  }

  destroy(error: Error): void {
    if (this.released) return;
    this.break(error);
    this.released = true;
    this.dropTransport();
  }

  reset(): void {
    if (this.released) return;
    this.break(closedMisuse());
    this.released = true;
    this.resetTransport();
  }

  tryHandshake(): null | Blocked {
    this.start();
    this.progress = false;
    if (this.open) return null;
    if (this.broken) throw this.broken;
    return this.handshakeBlockedOn();
  }

  tryRead(max: number): Buffer | Blocked {
    this.start();
    return this.inbox.tryRead(max) ?? this.#blocked(Blocked.READ);
  }

  tryWrite(data: Uint8Array): number | Blocked {
    this.start();
    if (this.sentClose) throw this.broken ?? protocolIsShutdown();
    const written = this.outbox.tryWrite(data);
    if (written > 0) return written;
    return this.#blocked(this.open ? Blocked.WRITE : Blocked.READ);
  }

  waitReadable(limits: Limits | null): Promise<void> {
    this.start();
    if (this.readableNow) return Promise.resolve();
    this.watchers ??= new WaitLine();
    return this.watchers.wait(null, limits, 'wait');
  }

  waitWritable(limits: Limits | null): Promise<void> {
    if (this.writableNow) return Promise.resolve();
    this.writableWatchers ??= new WaitLine();
    return this.writableWatchers.wait(null, limits, 'wait');
  }

  unread(bytes: Buffer): void {
    this.inbox.unshift(bytes);
  }

  abstract release(): Duplex;

  /** Sends what is gathered, and what the engine has to say. */
  protected abstract flush(): void;
  /** Begins the handshake, or goes on with it. */
  protected abstract begin(): void;
  /** Somebody will have more bytes than before, or nobody will: reads on, or not. */
  protected abstract regulate(): void;
  protected abstract handshakeBlockedOn(): Blocked;
  /** Sends close_notify, and sets `sentClose`. */
  protected abstract sayClose(): void;
  /**
   * For close(): sends what was written, then close_notify by `sendClose`, and waits until all is on its way. Sets `lingers`
   * when what may still come must not meet a closed transport; then this side of it has been ended.
   */
  protected abstract sendRest(limits: Limits | null): Promise<void>;
  /** The transport keeps no process alive any more. */
  protected abstract letProcessEnd(): void;
  protected abstract dropTransport(): void;
  protected abstract resetTransport(): void;

  protected start(): void {
    if (this.started || this.broken) return;
    this.started = true;
    this.begin();
  }

  /**
   * Asks the SNI callback, which the engine waits for. False: the handshake goes on by `begin` when it has answered, or not
   * at all, because it has closed this.
   */
  protected answered(): boolean {
    const answer = this.engine.clientHelloAnswer();
    if (answer !== null && !this.suspended) {
      this.suspended = true;
      void answer.then(() => {
        this.suspended = false;
        if (!this.#over) this.begin();
      });
    }
    return answer === null && !this.#over;
  }

  /** Nobody will have the handshake's result: neither who closed this, nor what was written before. */
  get #over(): boolean {
    return this.released || this.broken !== null || (this.closing && !this.outbox.busy);
  }

  /** The handshake is done. */
  protected openUp(): void {
    this.open = true;
    // Who waits for the handshake itself needs no further sign of it.
    if (this.handshakers?.first) this.progress = false;
    this.handshakers?.doneAll();
    this.handshakers = null;
  }

  protected wakeReaders(): void {
    if (this.readableNow) this.watchers?.doneAll();
  }

  protected wakeWriters(): void {
    if (this.writableNow) this.writableWatchers?.doneAll();
  }

  protected wantsMore(): boolean {
    return this.inbox.size < INBOX_BYTES || this.unwrapping;
  }

  protected get unwrapping(): boolean {
    return this.closers !== null && !this.closers.empty;
  }

  /** An unwrap() wants close_notify next; data before it have nowhere to go. */
  protected refuseDataBeforeClose(): void {
    if (this.unwrapping && this.inbox.size > 0) this.closers?.failAll(dataAfterCloseNotify());
  }

  /** A failure on the way in: after the good bytes for readers, at once for everyone else. */
  protected failInput(error: Error): void {
    if (error instanceof SSLEOFError && this.open && this.#suppressRaggedEofs) {
      this.#truncated = true;
      this.inbox.finish(null);
    }
    this.break(error);
  }

  protected break(error: Error): void {
    this.broken ??= this.engine.failure ?? error;
    this.inbox.finish(this.broken);
    this.outbox.fail(this.broken);
    this.handshakers?.failAll(this.broken);
    this.closers?.failAll(this.broken);
    this.watchers?.doneAll();
    this.writableWatchers?.doneAll();
  }

  protected sendClose(): void {
    if (!this.sentClose && this.open && !this.engine.failure) this.sayClose();
  }

  #checkUnwrap(): void {
    if (this.broken) throw this.engine.failure ?? this.broken;
    if (!this.open) throw shutdownWhileInInit();
    if (this.inbox.size > 0) throw dataAfterCloseNotify();
  }

  /** Sends our close_notify; the transport when the peer's has come as well, else null. */
  #shutDown(): Duplex | null {
    this.sendClose();
    if (this.broken) throw this.broken;
    return this.receivedClose ? this.release() : null;
  }

  #blocked(outcome: Blocked): Blocked {
    this.progress = false;
    return outcome;
  }
}
