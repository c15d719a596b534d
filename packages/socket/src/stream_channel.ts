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
 * Invariants, beyond those of every channel:
 * - Touch the engine, take its ciphertext and queue it with no await between. So records leave in the order in which the
 *   engine made them, whoever called. (Small writes of one turn of the event loop are gathered, encrypted together and
 *   sent in one piece at its end, or when the process exits.)
 * - Sending goes before receiving: what the engine has to say leaves before anybody is woken, so that an answer can never
 *   depend on a caller's next step.
 * - A chunk is fed once and used up: between turns the pipe holds at most a part of one record. So close_notify is
 *   found in the turn in which it arrives, and what follows it goes back into the transport in the same turn, before the
 *   transport can reach its own end (bytes cannot be put back behind that).
 * - Plaintext is delivered in order before whatever ended it: close_notify, end of transport, alert or reset.
 * - On a fatal error the alert is sent once.
 * - Memory is bounded: reading stops while the inbox is full or while the peer does not take what is sent to it, and
 *   writes wait for the transport, slice by slice.
 */
import { type Engine, Piped, type SslPipe, Want } from '@sslkit/context/engine';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { Blocked, type ChannelOptions } from './channel.ts';
import { descriptorOf } from './descriptor.ts';
import { Landing } from './landing.ts';
import type { Limits } from './limits.ts';
import { stateMisuse } from './misuse.ts';
import { Outbox } from './outbox.ts';
import { leftWhileAsked } from './refusals.ts';
import { Sealer } from './sealer.ts';
import { TlsChannel } from './tls_channel.ts';
import { StreamTransport, type TransportSink } from './transport.ts';
import { flushAtEndOfTurn, polled } from './turn.ts';

/** Ciphertext that may wait in the transport while its peer goes on sending: room for answers, not for floods. */
const UNSENT_BYTES = 1024 * 1024;
/** Ciphertext that may wait for an answer of the SNI callback before no more is read. */
const SUSPENDED_BYTES = 64 * 1024;
/** What one write encrypts at a time. */
const SLICE_BYTES = 128 * 1024;
/** What a record is longer than its plaintext, at the least. */
const MIN_OVERHEAD = 22;

const NOTHING: Buffer = Buffer.alloc(0);

export class StreamChannel extends TlsChannel implements TransportSink {
  protected readonly outbox: Outbox = new Outbox(
    { ready: () => this.#canSend(), send: (slice) => this.#encrypt(slice), settled: () => !this.#sealer.stalled },
    SLICE_BYTES,
  );
  readonly #transport: StreamTransport;
  readonly #pipe: SslPipe;
  readonly #sealer: Sealer;
  /** Writes are gathered until the end of this turn. */
  #gathering = false;
  /** The engine may have something to say. */
  #speaks = false;
  /** What still arrives is dropped. */
  #dropping = false;
  /** How much was read while the handshake is suspended. */
  #kept = 0;
  /** The peer has asked for our certificate more than once; the next answer, a signature, has a turn of its own. */
  #answering = false;

  constructor(engine: Engine, stream: Duplex, options: ChannelOptions) {
    super(engine, options);
    this.#sealer = new Sealer(engine, this.#send);
    this.#pipe = engine.attachPipe();
    this.#transport = new StreamTransport(stream, this);
  }

  get writableNow(): boolean {
    return this.broken !== null || !this.#transport.needDrain;
  }

  release(): Duplex {
    this.#flush();
    this.released = true;
    const stream = this.#transport.release();
    this.closers?.doneAll(stream);
    this.break(stateMisuse('The TLS layer was removed from this socket.', 'ERR_SOCKET_CLOSED'));
    return stream;
  }

  onChunk(chunk: Buffer): void {
    if (this.open) this.tickets?.heard();
    if (this.#dropping) return;
    if (this.receivedClose || this.broken) {
      // Behind close_notify, or behind a failure: not ours. It stays with the transport.
      this.#transport.pause();
      if (this.receivedClose) this.#transport.unshift(chunk);
      return;
    }
    if (this.engine.wantsFirstBytes) this.engine.noteFirstBytes(chunk);
    if (this.suspended) this.#keep(chunk);
    else this.#advance(chunk);
  }

  onEnd(): void {
    this.tickets?.over();
    if (this.receivedClose || this.released || this.#dropping) return;
    if (this.suspended) {
      this.engine.fail(leftWhileAsked());
      this.failInput(this.engine.failure as Error);
      return;
    }
    this.#pipe.feedEnd();
    this.#advance(NOTHING);
  }

  onError(error: Error): void {
    this.tickets?.over();
    if (this.released) return;
    if (!this.receivedClose || !this.sentClose) this.engine.fail(error);
    this.break(error);
  }

  onDrain(): void {
    this.#pump();
    if (this.#answering) this.#answerSoon();
    this.regulate();
    this.wakeWriters();
  }

  protected flush(): void {
    this.#speaks = true;
    this.#flush();
  }

  protected begin(): void {
    this.#transport.resume();
    this.#advance(NOTHING);
  }

  /** Reads from the transport only while somebody will have the bytes. */
  protected regulate(): void {
    if (!this.started || this.receivedClose || this.broken || this.released) return;
    if (this.#flooded || this.#answering || !this.#wantsBytes()) this.#transport.pause();
    else this.#transport.resume();
  }

  #wantsBytes(): boolean {
    return this.suspended ? this.#kept < SUSPENDED_BYTES : this.wantsMore();
  }

  /** Reading on is what finds a client that leaves. */
  #keep(chunk: Buffer): void {
    this.#pipe.feed(chunk);
    this.#kept += chunk.length;
    this.regulate();
  }

  /** The peer does not take what is sent to it. */
  get #flooded(): boolean {
    return this.#transport.needDrain && this.#transport.queued > UNSENT_BYTES;
  }

  protected handshakeBlockedOn(): Blocked {
    return this.#transport.needDrain ? Blocked.WRITE : Blocked.READ;
  }

  protected sayClose(): void {
    // Before close_notify goes what was written before it.
    this.#flush();
    this.engine.shutdown();
    this.sentClose = true;
    this.#speaks = true;
    this.#flush();
  }

  protected async sendRest(limits: Limits | null): Promise<void> {
    if (this.outbox.busy) {
      // What it waits for may need bytes from the peer.
      this.regulate();
      await this.outbox.idle(limits, 'close operation');
    }
    this.sendClose();
    this.#flush();
    this.#drop();
    await this.#transport.finish(limits, 'close operation');
    if (this.tickets?.due(this.engine)) {
      const { stream } = this.#transport;
      const known = descriptorOf(stream) !== null;
      await this.tickets.settled(() => (known ? (descriptorOf(stream) ?? -1) : null), limits);
      this.lingers = known;
    }
    await polled();
  }

  protected letProcessEnd(): void {
    const { stream } = this.#transport;
    if (stream instanceof net.Socket) stream.unref();
  }

  protected dropTransport(): void {
    this.#transport.destroy();
  }

  protected resetTransport(): void {
    this.#transport.reset();
  }

  protected override break(error: Error): void {
    super.break(error);
    if (!this.lingers) this.#transport.pause();
  }

  /** Does everything that the bytes at hand allow, sends what came of it, then wakes whoever waited. */
  #advance(chunk: Buffer): void {
    try {
      if (this.open) this.#decrypt(chunk);
      else this.#handshake(chunk);
      if (this.#sealer.stalled && !this.broken && this.#sealer.retry()) this.#pump();
    } catch (error) {
      this.#speaks = true;
      this.#flush();
      this.failInput(error as Error);
    }
    this.#flush();
    this.regulate();
    this.wakeReaders();
  }

  #handshake(chunk: Buffer): void {
    this.progress = true;
    this.#speaks = true;
    this.#pipe.feed(chunk);
    let result = this.engine.handshake();
    while (result === Want.CLIENT_HELLO_CB && this.answered()) result = this.engine.handshake();
    if (result !== 1) return;
    this.open = true;
    this.#flush();
    this.openUp();
    this.#pump();
    this.#decrypt(NOTHING);
  }

  /** What writers were waiting to send, and at once. */
  #pump(): void {
    this.outbox.pump();
    this.#flush();
  }

  #decrypt(chunk: Buffer): void {
    let ciphertext = chunk;
    for (;;) {
      const target = this.#roomFor(ciphertext);
      const result = this.engine.open(ciphertext, target ?? Landing.memory);
      const count = result >> Piped.COUNT;
      if ((result & Piped.OUTPUT) !== 0) this.#speaks = true;
      if (count > 0 && target) this.inbox.filled(count);
      else if (count > 0) this.inbox.push(Landing.take(count));
      const outcome = result & Piped.OUTCOME;
      ciphertext = NOTHING;
      if (outcome === Piped.DONE || outcome === Piped.FAILED) continue;
      if (outcome === -Want.ZERO_RETURN) this.#onCloseNotify();
      if (outcome === -Want.X509_LOOKUP) this.#answerSoon();
      break;
    }
    this.refuseDataBeforeClose();
  }

  #answerSoon(): void {
    this.#answering = true;
    setImmediate(() => {
      if (!this.#answering || this.#flooded || this.#dropping || this.released || this.broken) return;
      this.#answering = false;
      this.#advance(NOTHING);
    });
  }

  /** The memory of the reader that waits, when all that may be in the chunk fits there. */
  #roomFor(chunk: Buffer): Uint8Array | null {
    const target = this.inbox.direct;
    return target !== null && target.length > 0 && target.length + MIN_OVERHEAD >= chunk.length ? target : null;
  }

  #onCloseNotify(): void {
    if (this.receivedClose) return;
    this.receivedClose = true;
    this.#transport.pause();
    const rest = this.#transport.over ? null : this.#pipe.rest();
    if (rest) this.#transport.unshift(rest);
    this.inbox.finish(null);
    if (this.unwrapping) this.release();
  }

  #canSend(): boolean {
    return this.open && !this.#sealer.stalled && !this.#transport.needDrain;
  }

  #encrypt(slice: Uint8Array): void {
    try {
      this.#sealer.add(slice);
    } catch (error) {
      this.#speaks = true;
      this.#flush();
      this.failInput(error as Error);
      throw error;
    }
    this.tickets?.wrote();
    if (this.#gathering) return;
    this.#gathering = true;
    flushAtEndOfTurn(this.#flushGathered);
  }

  readonly #flushGathered = (): void => {
    this.#gathering = false;
    this.#flush();
  };

  readonly #send = (ciphertext: Buffer): void => {
    if (!this.released && this.#transport.stream.writable) this.#transport.write(ciphertext);
  };

  /** Hands to the transport what was gathered, and what the engine has to say. */
  #flush(): void {
    if (this.released) return;
    const failure = this.#seal();
    if (this.#speaks || failure) {
      this.#speaks = false;
      const ciphertext = this.engine.take();
      if (ciphertext) this.#send(ciphertext);
    }
    if (failure) this.failInput(failure);
  }

  #seal(): Error | null {
    if (!this.open || this.engine.failure) return null;
    try {
      this.#sealer.seal();
      return null;
    } catch (error) {
      return error as Error;
    }
  }

  /** Reads on and drops it: a connection that is closed with unread bytes in it is reset, see {@link LateTickets}. */
  #drop(): void {
    this.#dropping = true;
    this.#transport.resume();
  }
}
