/**
 * Bytes over a `stream.Duplex`, without TLS.
 *
 * The stream's own buffer is the only one: a read takes exactly the bytes that it returns out of the stream and leaves
 * the rest there. So the stream can be handed on at any moment, to TLS or to the caller, with nothing lost.
 */
import type { Duplex } from 'node:stream';
import { Blocked, type ByteChannel } from './channel.ts';
import { resetOf } from './descriptor.ts';
import type { Limits } from './limits.ts';
import { valueMisuse } from './misuse.ts';
import { Outbox } from './outbox.ts';
import { socketError, systemError } from './system_error.ts';
import { markFree, markTaken } from './taken.ts';
import { WaitLine } from './wait_line.ts';

const SLICE_BYTES = 256 * 1024;
const NOTHING: Buffer = Buffer.alloc(0);

export class PlainChannel implements ByteChannel {
  readonly #stream: Duplex;
  readonly #readers = new WaitLine<number | Uint8Array, Buffer | number>();
  readonly #watchers = new WaitLine<null, void>();
  readonly #writableWatchers = new WaitLine<null, void>();
  readonly #outbox: Outbox;
  #failure: Error | null = null;
  #reading = false;
  #sending = false;

  constructor(stream: Duplex) {
    if (stream.readableEncoding) {
      throw valueMisuse(`the stream decodes to ${stream.readableEncoding}; a socket needs its bytes`);
    }
    this.#stream = stream;
    markTaken(stream);
    this.#outbox = new Outbox(
      { ready: () => !this.#sending, send: (slice) => this.#send(slice), settled: () => true },
      SLICE_BYTES,
    );
    stream.on('error', this.#onError);
    stream.on('close', this.#onClose);
    if (stream.errored) this.#failure = socketError(stream.errored);
  }

  get pending(): number {
    return this.#stream.readableLength;
  }

  get readableNow(): boolean {
    return this.#stream.readableLength > 0 || this.#ended;
  }

  get writableNow(): boolean {
    return this.#outbox.ready;
  }

  read(max: number, limits: Limits | null): Promise<Buffer> {
    return this.#request(max, limits) as Promise<Buffer>;
  }

  readInto(target: Uint8Array, limits: Limits | null): Promise<number> {
    return this.#request(target, limits) as Promise<number>;
  }

  write(data: Uint8Array, limits: Limits | null): Promise<number> {
    return this.#outbox.write(data, limits);
  }

  async closeWrite(limits: Limits | null): Promise<void> {
    await this.#outbox.idle(limits, 'shutdown operation');
    this.#outbox.fail(systemError('EPIPE', 'write'));
    if (!this.#stream.writableEnded) this.#stream.end();
  }

  async close(limits: Limits | null): Promise<void> {
    this.#readers.failAll(systemError('EBADF', 'read'));
    const flushed = new WaitLine<null, void>();
    try {
      await this.#outbox.idle(limits, 'close operation');
      this.#stream.end(() => flushed.doneAll());
      if (!this.#stream.destroyed) await flushed.wait(null, limits, 'close operation');
    } catch {
      // Bounded and final: what could not be sent in time is given up.
    }
    this.destroy(systemError('EBADF', 'read'));
  }

  destroy(error: Error): void {
    this.#fail(error);
    markFree(this.#stream);
    this.#stream.destroy();
  }

  tryRead(max: number): Buffer | Blocked {
    this.#start();
    return this.#take(max) ?? Blocked.READ;
  }

  tryWrite(data: Uint8Array): number | Blocked {
    // A copy: the caller may reuse the buffer as soon as this returns.
    return this.#outbox.ready ? this.#outbox.tryWrite(Uint8Array.from(data.subarray(0, SLICE_BYTES))) : Blocked.WRITE;
  }

  waitReadable(limits: Limits | null): Promise<void> {
    this.#start();
    return this.readableNow ? Promise.resolve() : this.#watchers.wait(null, limits, 'wait');
  }

  waitWritable(limits: Limits | null): Promise<void> {
    return this.writableNow ? Promise.resolve() : this.#writableWatchers.wait(null, limits, 'wait');
  }

  unread(bytes: Buffer): void {
    if (bytes.length > 0) this.#stream.unshift(bytes);
  }

  release(): Duplex {
    const stream = this.#stream;
    markFree(stream);
    stream.off('readable', this.#onReadable).off('end', this.#onEnd);
    stream.off('error', this.#onError).off('close', this.#onClose);
    const gone = systemError('EBADF', 'read');
    this.#failure ??= gone;
    this.#readers.failAll(gone);
    this.#watchers.failAll(gone);
    this.#writableWatchers.failAll(gone);
    this.#outbox.fail(gone);
    return stream;
  }

  get #ended(): boolean {
    return this.#failure !== null || this.#stream.readableEnded || this.#stream.destroyed;
  }

  #request(request: number | Uint8Array, limits: Limits | null): Promise<Buffer | number> {
    this.#start();
    if (this.#readers.empty) {
      try {
        const taken = typeof request === 'number' ? this.#take(request) : this.#fill(request);
        if (taken !== null) return Promise.resolve(taken);
      } catch (error) {
        return Promise.reject(error);
      }
    }
    return this.#readers.wait(request, limits, 'read operation');
  }

  #start(): void {
    if (this.#reading || this.#ended) return;
    this.#reading = true;
    this.#stream.on('readable', this.#onReadable);
    this.#stream.on('end', this.#onEnd);
  }

  /** Bytes; empty at the end; null when there is nothing yet. */
  #take(max: number): Buffer | null {
    const there = this.#stream.readableLength;
    if (there > 0) {
      const chunk = this.#stream.read(Math.min(max, there)) as Buffer | null;
      if (chunk) return chunk;
    }
    if (this.#failure) throw this.#failure;
    // Makes an end that is waiting behind the last byte come out.
    if (this.#reading) this.#stream.read(0);
    return this.#ended ? NOTHING : null;
  }

  #fill(target: Uint8Array): number | null {
    const chunk = this.#take(target.length);
    if (chunk === null) return null;
    target.set(chunk);
    return chunk.length;
  }

  #send(slice: Uint8Array): void {
    if (!this.#stream.writable) throw this.#failure ?? systemError('EPIPE', 'write');
    this.#sending = true;
    // The stream keeps a reference until the callback, so the write is not over before it.
    this.#stream.write(slice, (error) => {
      this.#sending = false;
      if (error) this.#outbox.fail(this.#failure ?? socketError(error));
      this.#outbox.pump();
      if (this.writableNow) this.#writableWatchers.doneAll();
    });
  }

  readonly #onReadable = (): void => {
    for (let reader = this.#readers.first; reader; reader = this.#readers.first) {
      try {
        const { request } = reader;
        const taken = typeof request === 'number' ? this.#take(request) : this.#fill(request);
        if (taken === null) return;
        reader.done(taken);
      } catch (error) {
        reader.fail(error);
      }
    }
    if (this.readableNow) this.#watchers.doneAll();
  };

  readonly #onEnd = (): void => {
    const reset = resetOf(this.#stream);
    if (reset) {
      this.#fail(socketError(reset));
      this.#stream.destroy(reset);
    } else this.#onReadable();
  };

  readonly #onError = (error: Error): void => this.#fail(socketError(error));

  readonly #onClose = (): void => {
    this.#outbox.fail(this.#failure ?? systemError('EPIPE', 'write'));
    this.#onReadable();
  };

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#outbox.fail(this.#failure);
    this.#onReadable();
    this.#readers.failAll(this.#failure);
    this.#watchers.doneAll();
    this.#writableWatchers.doneAll();
  }
}
