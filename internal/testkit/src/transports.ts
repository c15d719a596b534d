/**
 * In-memory transports: pairs of `stream.Duplex` that are no sockets, with the semantics of one.
 *
 * A pair is two sides, each with an inbox of what the other has written. A write is acknowledged only when the reader has
 * taken all of it, so that backpressure is end to end. Nothing is delivered inside the writer's own call: a real socket
 * never does, and code that works only when data arrives synchronously must fail here.
 */
import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';

export interface PairOptions {
  /** Of each side, both directions, in bytes; default 16384. */
  highWaterMark?: number;
  /** How many of the `available` bytes the next chunk delivers; default all. At least one is delivered. */
  chunk?: (available: number) => number;
  /** Awaited before each chunk is delivered; default the next tick. */
  pace?: () => Promise<void>;
}

/**
 * Two connected streams. `end()` ends the other's readable side only. `destroy()` lets the other read what was
 * acknowledged, then end, and fails its writes with EPIPE; `destroy(error)` fails the other with ECONNRESET.
 */
export function duplexPair(options: PairOptions = {}): [Duplex, Duplex] {
  const left = new PairSide(options);
  const right = new PairSide(options);
  left.connectTo(right);
  right.connectTo(left);
  return [left, right];
}

/** `inner`, one byte at a time, each on its own turn of the event loop. */
export function slowDuplex(inner: Duplex): Duplex {
  return throughDuplex(inner, { chunk: () => 1, pace: () => turn() });
}

/** `inner`, with what goes through it in either direction cut into other chunks; end and errors pass through. */
export function throughDuplex(inner: Duplex, options: PairOptions): Duplex {
  const [user, relay] = duplexPair(options);
  relay.pipe(inner);
  inner.pipe(relay);
  inner.once('error', (error) => relay.destroy(error));
  inner.once('close', () => inner.readableEnded || relay.destroy());
  relay.once('error', (error) => inner.destroy(error));
  // destroy() by the user: what was acknowledged is still sent, then nothing is taken any more, as with a socket.
  user.once('close', () => {
    if (user.readableEnded) return;
    if (inner.writableFinished) inner.destroy();
    else inner.once('finish', () => inner.destroy());
  });
  return user;
}

/** Split patterns for `chunk`: how one implementation's records must not matter to the other's reads. */
export const SPLITS: Readonly<Record<'whole' | 'single' | 'header' | 'growing', () => (available: number) => number>> =
  {
    /** As it was written. */
    whole: () => (available) => available,
    /** One byte at a time. */
    single: () => () => 1,
    /** Five bytes (a record header), then the rest. */
    header: () => alternating(5),
    /** 1, 2, 3, … bytes: crosses every boundary at some point. */
    growing: () => {
      let size = 0;
      return () => {
        size += 1;
        return size;
      };
    },
  };

interface Parcel {
  data: Buffer;
  taken: (error?: Error | null) => void;
}

class PairSide extends Duplex {
  readonly #chunk: (available: number) => number;
  readonly #pace: () => Promise<void>;
  readonly #inbox: Parcel[] = [];
  #peer: PairSide | null = null;
  #ending = false;
  #wanted = false;
  #delivering = false;

  constructor(options: PairOptions) {
    const highWaterMark = options.highWaterMark ?? 16_384;
    super({ allowHalfOpen: true, readableHighWaterMark: highWaterMark, writableHighWaterMark: highWaterMark });
    this.#chunk = options.chunk ?? ((available) => available);
    this.#pace = options.pace ?? (() => new Promise((resolve) => process.nextTick(resolve)));
  }

  connectTo(peer: PairSide): void {
    this.#peer = peer;
  }

  override _read(): void {
    this.#wanted = true;
    void this.#deliver();
  }

  override _write(data: Buffer, _encoding: BufferEncoding, taken: (error?: Error | null) => void): void {
    const peer = this.#peer;
    if (!peer || peer.destroyed) {
      process.nextTick(taken, systemError('EPIPE', 'write'));
      return;
    }
    // A copy: the writer may reuse its buffer as soon as the write is acknowledged, while the reader still holds a chunk.
    peer.#inbox.push({ data: Buffer.from(data), taken });
    void peer.#deliver();
  }

  override _final(done: (error?: Error | null) => void): void {
    const peer = this.#peer;
    if (peer) peer.#finish();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    for (const parcel of this.#inbox.splice(0)) parcel.taken(systemError('EPIPE', 'write'));
    const peer = this.#peer;
    if (peer && !peer.destroyed) {
      if (error) peer.destroy(systemError('ECONNRESET', 'read'));
      else peer.#finish();
    }
    done(error);
  }

  #finish(): void {
    this.#ending = true;
    void this.#deliver();
  }

  /** The only place that pushes; one run at a time, so that order is kept across the awaited pace. */
  async #deliver(): Promise<void> {
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      while (this.#wanted && (this.#inbox.length > 0 || this.#ending)) {
        await this.#pace();
        if (this.destroyed || !this.#deliverOne()) return;
      }
    } finally {
      this.#delivering = false;
    }
  }

  /** Pushes one chunk, or the end; false after the end. */
  #deliverOne(): boolean {
    const parcel = this.#inbox[0];
    if (!parcel) {
      this.push(null);
      return false;
    }
    const size = Math.max(1, Math.min(parcel.data.length, this.#chunk(parcel.data.length)));
    const piece = parcel.data.subarray(0, size);
    parcel.data = parcel.data.subarray(size);
    this.#wanted = this.push(piece);
    if (parcel.data.length === 0 && this.#inbox[0] === parcel) {
      this.#inbox.shift();
      parcel.taken();
    }
    return true;
  }
}

function alternating(first: number): (available: number) => number {
  let chunks = 0;
  return (available) => {
    chunks += 1;
    return chunks % 2 === 1 ? first : available;
  };
}

function systemError(code: 'EPIPE' | 'ECONNRESET', syscall: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${syscall} ${code}`), { code, syscall });
}
