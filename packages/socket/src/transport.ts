/**
 * What a TLS channel needs from a byte transport, over any `stream.Duplex`.
 *
 * Theory of operation. While attached, the transport is the stream's only reader. It reads in flowing mode (the chunk
 * goes from the stream's source to the sink without being buffered), and whatever the stream had buffered before comes
 * first. When the sink wants no more it pauses, and further bytes stay in the stream: the transport itself never holds
 * any. That matters twice. Backpressure reaches the peer. And a stream with bytes in it does not emit 'end', so that
 * bytes given back with {@link StreamTransport.unshift} (what follows close_notify) can still be read by whoever owns the
 * stream next; unshift() after 'end' would lose them.
 *
 * The stream is kept half-open while attached, whatever it was before: with TLS the end of one direction is the
 * protocol's to judge.
 *
 * A stream that fails delivers nothing more of what it holds, and a `net.Socket` whose write failed reads nothing more. But
 * what the peer said last tells why the write failed. So when a failure shows, everything that has arrived is taken out of
 * the stream and out of the system, and delivered before the failure.
 */
import type { Duplex } from 'node:stream';
import { arrivedFor, resetOf } from './descriptor.ts';
import type { Limits } from './limits.ts';
import { valueMisuse } from './misuse.ts';
import { socketError, systemError } from './system_error.ts';
import { markFree, markTaken } from './taken.ts';
import { WaitLine } from './wait_line.ts';

/** Who receives what the transport delivers. Never called synchronously from a method of the transport. */
export interface TransportSink {
  onChunk(chunk: Buffer): void;
  /** The other side will send no more; also when the stream was destroyed without an error. Called once. */
  onEnd(): void;
  /** The transport failed; nothing comes after it. Called once. */
  onError(error: Error): void;
  /** Writes may go on. */
  onDrain(): void;
}

export class StreamTransport {
  readonly stream: Duplex;
  readonly #sink: TransportSink;
  readonly #allowHalfOpen: boolean;
  readonly #finishers = new WaitLine<null, void>();
  #reading = false;
  #flowing = false;
  #over = false;
  #destroyed = false;
  #needDrain = false;
  /** What had arrived when the stream failed. */
  #last: Buffer[] = [];

  /** Listens for failures at once; reads nothing before {@link resume}. */
  constructor(stream: Duplex, sink: TransportSink) {
    if (stream.readableEncoding) {
      throw valueMisuse(
        `the stream decodes to ${stream.readableEncoding}; TLS needs its bytes, so do not call setEncoding()`,
      );
    }
    markTaken(stream);
    this.stream = stream;
    this.#sink = sink;
    this.#allowHalfOpen = stream.allowHalfOpen;
    stream.allowHalfOpen = true;
    stream.on('error', this.#onError);
    stream.on('close', this.#onClose);
    stream.on('drain', this.#onDrain);
    if (stream.destroyed || stream.readableEnded) process.nextTick(this.#onGone);
    else if (!stream.writable) process.nextTick(this.#onError, systemError('EPIPE', 'write'));
  }

  /** Whether writes should wait for `onDrain`. */
  get needDrain(): boolean {
    return this.#needDrain;
  }

  /** Bytes that were written and that the stream still holds. */
  get queued(): number {
    return this.stream.writableLength;
  }

  /** Nothing more will be delivered. */
  get over(): boolean {
    return this.#over;
  }

  resume(): void {
    if (this.#flowing || this.#over) return;
    this.#flowing = true;
    if (!this.#reading) {
      this.#reading = true;
      this.stream.on('data', this.#onData);
      this.stream.on('end', this.#onEnd);
    }
    this.stream.resume();
  }

  pause(): void {
    if (!this.#flowing) return;
    this.#flowing = false;
    this.stream.pause();
  }

  write(chunk: Buffer): void {
    if (!this.stream.write(chunk, this.#onWritten)) this.#needDrain = true;
    // Before the stream flows again, which would drop what it holds.
    if (this.stream.errored) this.#salvage();
  }

  /** Puts bytes back in front of what the stream has not delivered yet. */
  unshift(chunk: Buffer): void {
    if (chunk.length > 0) this.stream.unshift(chunk);
  }

  /** Ends the sending direction and resolves when the stream has taken everything. */
  finish(limits: Limits | null, operation: string): Promise<void> {
    const { stream } = this;
    if (stream.writableFinished || stream.destroyed) return Promise.resolve();
    if (!stream.writableEnded) stream.end(() => this.#finishers.doneAll());
    else stream.once('finish', () => this.#finishers.doneAll());
    return this.#finishers.wait(null, limits, operation);
  }

  destroy(): void {
    this.#destroyed = true;
    markFree(this.stream);
    this.#finishers.doneAll();
    this.stream.destroy();
  }

  /** As {@link destroy}, with a reset where the stream can do that. */
  reset(): void {
    this.#destroyed = true;
    markFree(this.stream);
    this.#finishers.doneAll();
    const stream = this.stream as Duplex & { resetAndDestroy?: () => unknown };
    // Danger: net.Socket loses the handle, and its descriptor, when the system refuses the reset; libuv does so while the end
    // is on its way. Then the peer has all of it, and an end in place of the reset.
    const ending = stream.writableEnded && !stream.writableFinished && stream.writableLength === 0;
    try {
      if (!ending) stream.resetAndDestroy?.();
    } catch {
      // Node's refuses a Unix-domain socket, which has no such thing.
    }
    stream.destroy();
  }

  /**
   * Lets go of the stream: as it was handed over, unread bytes in it, neither paused nor flowing.
   *
   * Danger: a write of ours may still fail, and an 'error' that nobody listens to ends the process. While one is under way
   * or has failed just now, a listener stays behind; the new owner sees it in `destroyed` and `errored`.
   */
  release(): Duplex {
    const { stream } = this;
    markFree(stream);
    this.#over = true;
    this.#flowing = false;
    stream.pause();
    stream.off('data', this.#onData).off('end', this.#onEnd);
    stream.off('error', this.#onError).off('close', this.#onClose).off('drain', this.#onDrain);
    if (stream.errored || stream.writableLength > 0) stream.on('error', ignore);
    if (!stream.readableEnded) stream.allowHalfOpen = this.#allowHalfOpen;
    clearPause(stream);
    return stream;
  }

  readonly #onData = (data: Buffer | Uint8Array | string): void => {
    const chunk = bytesOf(data);
    if (chunk) this.#sink.onChunk(chunk);
    else this.stream.destroy(valueMisuse('a stream that carries TLS must deliver bytes, not objects'));
  };

  readonly #onEnd = (): void => {
    if (this.#over) return;
    const reset = resetOf(this.stream);
    this.#over = true;
    if (reset) this.stream.destroy(reset);
    else this.#sink.onEnd();
  };

  /** Called before the stream is destroyed. */
  readonly #onWritten = (error?: Error | null): void => {
    if (error) this.#salvage();
  };

  #salvage(): void {
    if (this.#over) return;
    // Some versions of Node hear read() as the flow, some do not.
    this.stream.off('data', this.#onData);
    for (let chunk = this.stream.read(); chunk !== null; chunk = this.stream.read()) this.#last.push(chunk);
    const arrived = arrivedFor(this.stream);
    if (arrived) this.#last.push(arrived);
  }

  readonly #onError = (error: Error): void => {
    this.#finishers.failAll(socketError(error));
    this.#salvage();
    for (const chunk of this.#last.splice(0)) this.#onData(chunk);
    // A failure of the sending direction is news even after the end of the other one.
    this.#over = true;
    this.#sink.onError(socketError(error));
  };

  readonly #onClose = (): void => {
    this.#finishers.doneAll();
    if (!this.#over) this.#onEnd();
    // News only to a sink that did not destroy the stream itself.
    if (!this.#destroyed) this.#sink.onError(systemError('EPIPE', 'write'));
  };

  readonly #onDrain = (): void => {
    this.#needDrain = false;
    this.#sink.onDrain();
  };

  /** The stream was over before it was handed over, so its events have passed. */
  readonly #onGone = (): void => {
    if (this.stream.errored) this.#onError(this.stream.errored);
    else if (this.stream.destroyed) this.#onClose();
    else this.#onEnd();
  };
}

/**
 * Undoes the explicit pause, which would keep a later `on('data')` from flowing. Adding and removing a 'readable'
 * listener is the public way back to `readableFlowing === null`; it takes effect on the next tick.
 */
export function clearPause(stream: Duplex): void {
  if (stream.destroyed || stream.readableEnded) return;
  const nobody = (): void => {};
  stream.on('readable', nobody);
  stream.off('readable', nobody);
}

function ignore(): void {}

function bytesOf(data: unknown): Buffer | null {
  if (Buffer.isBuffer(data)) return data;
  if (data instanceof Uint8Array) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return typeof data === 'string' ? Buffer.from(data) : null;
}
