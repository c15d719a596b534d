import type { Limits } from './limits.ts';
import { type Ticket, WaitLine } from './wait_line.ts';

const OPERATION = 'read operation';
const NOTHING: Buffer = Buffer.alloc(0);

/** What a reader asks for: up to `max` bytes, or as many as fit into `target`. */
type Request = { readonly max: number; readonly target: null } | { readonly target: Uint8Array };

/** The failure that ended the data, also as a function that makes it when somebody is to be told; null: a clean end. */
export type Reason = Error | (() => Error) | null;

/**
 * Bytes that have arrived and the readers that wait for bytes; one of the two is always empty. Readers are served in the
 * order in which they called. What arrived before an end or an error is delivered before it; the end repeats, and so does
 * the error.
 */
export class Inbox {
  readonly #readers = new WaitLine<Request, Buffer | number>();
  readonly #onTaken: () => void;
  /** Null: there are none. */
  #chunks: Buffer[] | null = null;
  #size = 0;
  #ended = false;
  #reason: Reason = null;

  /** `onTaken` is called after bytes have been taken, so that the owner may fetch more. */
  constructor(onTaken: () => void) {
    this.#onTaken = onTaken;
  }

  /** Bytes that wait to be read. */
  get size(): number {
    return this.#size;
  }

  /** A read would not wait. */
  get ready(): boolean {
    return this.#size > 0 || this.#ended;
  }

  /** The memory of the first reader, when bytes may be put straight there; then {@link filled} says how many. */
  get direct(): Uint8Array | null {
    return this.#size === 0 && !this.#ended ? (this.#readers.first?.request.target ?? null) : null;
  }

  /** So many bytes are in the memory that {@link direct} gave. */
  filled(count: number): void {
    this.#readers.first?.done(count);
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0 || this.#ended) return;
    if (this.#chunks) this.#chunks.push(chunk);
    else this.#chunks = [chunk];
    this.#size += chunk.length;
    this.#serve();
  }

  /** Puts bytes back in front; they are read before anything else, also before an end. */
  unshift(chunk: Buffer): void {
    if (chunk.length === 0) return;
    if (this.#chunks) this.#chunks.unshift(chunk);
    else this.#chunks = [chunk];
    this.#size += chunk.length;
    this.#serve();
  }

  /** The end of data, or the failure that ended it. The first one stays. */
  finish(reason: Reason): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#reason = reason;
    this.#serve();
  }

  /** As {@link finish}, and forgets what nobody will read any more. */
  discard(reason: Reason): void {
    this.#chunks = null;
    this.#size = 0;
    this.#ended = true;
    this.#reason = reason;
    this.#serve();
  }

  /** One chunk of up to `max` bytes; empty at the end. */
  read(max: number, limits: Limits | null): Promise<Buffer> {
    if (this.ready && this.#readers.empty) return this.#settled(() => this.#take(max));
    return this.#readers.wait({ max, target: null }, limits, OPERATION) as Promise<Buffer>;
  }

  /** Fills `target` as far as the bytes that are there reach; 0 at the end. */
  readInto(target: Uint8Array, limits: Limits | null): Promise<number> {
    if (this.ready && this.#readers.empty) return this.#settled(() => this.#fill(target));
    return this.#readers.wait({ target }, limits, OPERATION) as Promise<number>;
  }

  /** One chunk, empty at the end, or null when a read would wait. Throws the failure that ended the data. */
  tryRead(max: number): Buffer | null {
    return this.ready ? this.#take(max) : null;
  }

  #serve(): void {
    while (this.#readers.first && this.ready) this.#answer(this.#readers.first);
  }

  #answer(reader: Ticket<Request, Buffer | number>): void {
    const { request } = reader;
    let result: Buffer | number;
    try {
      result = request.target === null ? this.#take(request.max) : this.#fill(request.target);
    } catch (error) {
      reader.fail(error);
      return;
    }
    reader.done(result);
  }

  #settled<T>(take: () => T): Promise<T> {
    try {
      return Promise.resolve(take());
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #take(max: number): Buffer {
    const chunks = this.#chunks;
    const chunk = chunks?.[0];
    if (!chunks || !chunk) return this.#atEnd();
    if (chunk.length > max) chunks[0] = chunk.subarray(max);
    else if (chunks.length > 1) chunks.shift();
    else this.#chunks = null;
    const taken = chunk.length <= max ? chunk : chunk.subarray(0, max);
    this.#size -= taken.length;
    this.#onTaken();
    return taken;
  }

  #fill(target: Uint8Array): number {
    if (this.#size === 0) return this.#atEnd().length;
    let filled = 0;
    while (filled < target.length && this.#size > 0) {
      const chunk = this.#take(target.length - filled);
      target.set(chunk, filled);
      filled += chunk.length;
    }
    return filled;
  }

  #atEnd(): Buffer {
    if (typeof this.#reason === 'function') this.#reason = this.#reason();
    if (this.#reason) throw this.#reason;
    return NOTHING;
  }
}
