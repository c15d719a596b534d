/**
 * TLS over a libuv stream that the addon owns and drives (`TlsStream`). Same behaviour as the stream channel, one test
 * suite.
 *
 * Theory of operation. The addon tells when to look again; everything is then pulled. `READABLE`: all plaintext that has
 * arrived is decrypted at once, into the memory of the reader that waits, else into one piece of memory that all channels
 * share; it is copied out of that, or, when it fills a good part of it, handed out as it is and replaced. Writes go to the addon, which gathers them until the end
 * of the turn; when it takes only a part, the kernel is full and the rest waits for `DRAIN`.
 *
 * Invariants, beyond those of every channel:
 * - The addon is asked for bytes only while the inbox has room. When it is not asked, it stops reading by itself.
 * - What the addon throws or returns as a failure goes through the engine once, which keeps the first.
 * - Failures of the sending direction are looked at after what has been received: an alert says more than EPIPE.
 */
import { type Engine, Want } from '@sslkit/context/engine';
import { StreamEvent, type StreamOwner, type TlsStream } from '@sslkit/openssl-native';
import type { Duplex } from 'node:stream';
import { Blocked, type ChannelOptions } from './channel.ts';
import { Landing } from './landing.ts';
import type { Lender } from './lender.ts';
import type { LateTickets } from './late_tickets.ts';
import type { Limits } from './limits.ts';
import { stateMisuse } from './misuse.ts';
import { isStreamError, isTransportFailure, streamError, uvError } from './native_error.ts';
import { NativeNet, type NetFace, socketOf } from './native_net.ts';
import { NativeOutbox } from './native_outbox.ts';
import { leftWhileAsked } from './refusals.ts';
import { systemError } from './system_error.ts';
import { TlsChannel } from './tls_channel.ts';
import { polled } from './turn.ts';

export class NativeChannel extends TlsChannel implements StreamOwner {
  readonly transport: TlsStream;
  protected readonly outbox: NativeOutbox;
  readonly #handshakeThreads: boolean;
  readonly #lender: Lender | null;
  /** Made when it is asked for, and kept: it knows how the connection was tuned. */
  #net: NativeNet | null = null;
  /** The addon will say when there is more. */
  #armed = false;
  #pulling = false;
  /** Nothing will be read later. */
  #rest = false;

  /**
   * `lender` is the socket that has lent the connection, if there is one: it is given back, and whoever destroys it ends
   * the connection. `options.handshakeThreads`: run the public-key work of the handshake on a thread of the addon's pool.
   */
  constructor(engine: Engine, stream: TlsStream, lender: Lender | null, options: ChannelOptions) {
    super(engine, options);
    this.transport = stream;
    this.#handshakeThreads = options.handshakeThreads === true;
    this.#lender = lender;
    this.outbox = new NativeOutbox(stream, (failure) => this.#onSendFailure(failure));
    engine.attachStream(stream);
    stream.owner = this;
    lender?.watch((error) => this.#onLenderGone(error));
  }

  get net(): NetFace {
    this.#net ??= new NativeNet(this.transport, this.#lender?.socket ?? null);
    return this.#net;
  }

  get busy(): boolean {
    return !this.open && this.transport.busy();
  }

  get writableNow(): boolean {
    return this.broken !== null || !this.outbox.full;
  }

  override write(data: Uint8Array, limits: Limits | null): Promise<number> {
    this.engine.stepped();
    this.tickets?.wrote();
    this.#lender?.touch();
    return super.write(data, limits);
  }

  override tryWrite(data: Uint8Array): number | Blocked {
    this.engine.stepped();
    this.tickets?.wrote();
    this.#lender?.touch();
    return super.tryWrite(data);
  }

  /** The connection as a net.Socket of its own, with the unread bytes in it. */
  release(): Duplex {
    const detached = this.transport.detach();
    if (typeof detached === 'number') throw uvError(detached, 'detach');
    this.released = true;
    this.break(stateMisuse('The TLS layer was removed from this socket.', 'ERR_SOCKET_CLOSED'));
    const [fd, rest, unsent] = detached;
    const socket = this.#lender?.takeBack(fd) ?? this.#net?.socketOf(fd) ?? socketOf(fd);
    if (unsent.length > 0) socket.write(unsent);
    if (rest.length > 0) socket.unshift(rest);
    return socket;
  }

  onStreamEvent(event: StreamEvent): void {
    if (this.released) return;
    this.#lender?.touch();
    if (event === StreamEvent.READABLE) this.#onReadable();
    else if (event === StreamEvent.HANDSHAKE) this.#advance();
    else if (event === StreamEvent.DRAIN) this.#onDrain();
  }

  protected flush(): void {
    this.outbox.drained();
  }

  protected begin(): void {
    this.#advance();
  }

  protected regulate(): void {
    if (this.open && !this.#armed && this.wantsMore()) this.#pull();
  }

  protected handshakeBlockedOn(): Blocked {
    return Blocked.READ;
  }

  protected sayClose(): void {
    this.engine.stepped();
    this.sentClose = true;
    try {
      this.transport.closeNotify();
    } catch (error) {
      this.#fail(error);
    }
  }

  protected async sendRest(limits: Limits | null): Promise<void> {
    if (this.outbox.busy) await this.outbox.idle(limits, 'close operation');
    this.sendClose();
    if (!this.outbox.drained()) await this.outbox.drain(limits, 'close operation');
    if (this.tickets?.due(this.engine)) {
      await this.#settle(this.tickets, limits);
      return;
    }
    // A peer that is still sending gets a moment to read what came last, before its bytes meet a reset.
    if (this.released || !this.transport.dropInput()) return;
    await polled();
    if (!this.released) this.transport.dropInput();
  }

  protected letProcessEnd(): void {
    this.transport.unref();
  }

  protected dropTransport(): void {
    this.transport.close();
    const { failure } = this.engine;
    this.#lender?.destroy(isTransportFailure(failure) && failure.cause instanceof Error ? failure.cause : undefined);
  }

  protected resetTransport(): void {
    // The option to reset is the connection's, not the descriptor's: whoever closes last sends it.
    this.transport.reset();
    this.#lender?.destroy();
  }

  #advance(): void {
    this.engine.stepped();
    this.progress = true;
    try {
      let result = this.transport.handshake(this.#handshakeThreads);
      while (result === Want.CLIENT_HELLO_CB && this.answered()) {
        result = this.transport.handshake(this.#handshakeThreads);
      }
      if (isStreamError(result)) throw streamError(result, 'read');
      if (result === Want.ZERO_RETURN) throw leftWhileAsked();
      if (result === 1) {
        this.engine.opened();
        this.openUp();
        this.outbox.open();
        this.#pull();
      }
    } catch (error) {
      this.#fail(error);
    }
    this.wakeReaders();
  }

  #onDrain(): void {
    this.engine.stepped();
    this.outbox.pump();
    this.wakeWriters();
  }

  #onReadable(): void {
    if (this.open) this.tickets?.heard();
    if (this.closing) this.#drop();
    else this.#pull();
  }

  async #settle(tickets: LateTickets, limits: Limits | null): Promise<void> {
    this.#drop();
    this.transport.shutdown();
    await tickets.settled(() => this.transport.fileno(), limits);
    this.lingers = true;
  }

  /** Reads on and drops it, see {@link LateTickets}. */
  #drop(): void {
    if (!this.open || this.released) return;
    let count = 1;
    try {
      while (count > 0) count = this.transport.read(Landing.memory, 0, Landing.memory.length);
    } catch {
      // A failure now is as good as an end.
      count = Want.ZERO_RETURN;
    }
    if (count !== Want.READ) this.tickets?.over();
  }

  /** Decrypts what is there while somebody will have it. */
  #pull(): void {
    if (!this.open || this.#pulling || this.receivedClose || this.closing || this.broken) return;
    this.engine.stepped();
    this.#armed = false;
    this.#pulling = true;
    try {
      while (this.#rest || this.wantsMore()) {
        const direct = this.inbox.direct;
        const target = direct ?? Landing.memory;
        const count = this.transport.read(target, 0, target.length);
        if (count > 0 && direct) this.inbox.filled(count);
        else if (count > 0) this.inbox.push(Landing.take(count));
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
    this.refuseDataBeforeClose();
    this.wakeReaders();
  }

  /** Decrypts all that has arrived, whether or not somebody waits for it: the connection is as good as closed. */
  #pullRest(): void {
    this.transport.takeArrived();
    this.#rest = true;
    this.#pull();
  }

  #onCloseNotify(): void {
    this.receivedClose = true;
    this.inbox.finish(null);
    const closers = this.closers;
    this.closers = null;
    if (closers?.first) closers.doneAll(this.release());
  }

  #fail(failure: unknown): void {
    if (this.engine.wantsFirstBytes) this.engine.noteFirstBytes(this.transport.firstBytes());
    this.engine.fail(failure);
    this.failInput(this.engine.failure as Error);
    this.#dropDead(failure);
  }

  /** A connection that the operating system has given up holds nothing any more; nor should it hold a descriptor. */
  #dropDead(failure: unknown): void {
    if (isTransportFailure(failure) && !this.released) this.destroy(failure);
  }

  #onSendFailure(failure: unknown): void {
    if (this.released) return;
    if (!this.closing) this.#pullRest();
    if (this.broken) return;
    if (!this.receivedClose || !this.sentClose) this.engine.fail(failure);
    this.break(this.engine.failure ?? (failure as Error));
    this.#dropDead(failure);
  }

  /** As a stream that is closed from outside: an error of its own, or the end. */
  #onLenderGone(error: Error | null): void {
    if (this.released) return;
    if (error === null) this.transport.endInput();
    this.#onSendFailure(error ?? systemError('EPIPE', 'write'));
    this.released = true;
    this.transport.close();
  }
}
