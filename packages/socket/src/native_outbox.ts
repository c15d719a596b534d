import type { TlsStream } from '@sslkit/openssl-native';
import type { Limits } from './limits.ts';
import { isStreamError, streamError } from './native_error.ts';
import { WaitLine } from './wait_line.ts';

const OPERATION = 'write operation';

interface Job {
  readonly data: Uint8Array;
  sent: number;
}

/**
 * Writers of a native channel, in the order in which they called. The addon bounds what it takes; when it takes only a
 * part, the rest waits for its `DRAIN`. A write is over when its last byte has been taken.
 */
export class NativeOutbox {
  readonly #stream: TlsStream;
  readonly #onFailure: (failure: unknown) => void;
  #writers: WaitLine<Job, number> | null = null;
  #idlers: WaitLine<null, void> | null = null;
  #drainers: WaitLine<null, void> | null = null;
  #open = false;
  #full = false;
  #failure: Error | null = null;

  /** `onFailure` is told what the addon threw, and calls {@link fail} with what became of it. */
  constructor(stream: TlsStream, onFailure: (failure: unknown) => void) {
    this.#stream = stream;
    this.#onFailure = onFailure;
  }

  get busy(): boolean {
    return this.#writers !== null && !this.#writers.empty;
  }

  /** The kernel takes no more for now. */
  get full(): boolean {
    return this.#full;
  }

  /** The handshake is done: application data may be sent. */
  open(): void {
    this.#open = true;
    this.pump();
  }

  write(data: Uint8Array, limits: Limits | null): Promise<number> {
    if (this.#failure) return Promise.reject(this.#failure);
    let sent = 0;
    if (this.#open && !this.#full && !this.busy) {
      sent = this.#send(data, 0);
      if (sent === data.length) return Promise.resolve(sent);
      if (this.#failure) return Promise.reject(this.#failure);
    }
    this.#writers ??= new WaitLine();
    return this.#writers.wait({ data, sent }, limits, OPERATION);
  }

  /** What is taken at once; 0 when it would have to wait. */
  tryWrite(data: Uint8Array): number {
    if (this.#failure) throw this.#failure;
    if (!this.#open || this.#full || this.busy) return 0;
    const sent = this.#send(data, 0);
    if (this.#failure) throw this.#failure;
    return sent;
  }

  /** Goes on after the addon said that it takes more. */
  pump(): void {
    this.#full = false;
    for (let writer = this.#writers?.first; writer && !this.#failure; writer = this.#writers?.first) {
      const { request } = writer;
      request.sent += this.#send(request.data, request.sent);
      if (request.sent < request.data.length) return;
      writer.done(request.data.length);
    }
    if (!this.busy) this.#idlers?.doneAll();
    if (this.#drainers?.first && this.drained()) this.#drainers.doneAll();
  }

  /** Resolves when all that was written so far has been taken. */
  idle(limits: Limits | null, operation: string): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (!this.busy) return Promise.resolve();
    this.#idlers ??= new WaitLine();
    return this.#idlers.wait(null, limits, operation);
  }

  /** Whether the kernel has everything, or never will. */
  drained(): boolean {
    return this.#stream.drain() !== 0;
  }

  /** Resolves when the kernel has everything. */
  drain(limits: Limits | null, operation: string): Promise<void> {
    this.#drainers ??= new WaitLine();
    return this.#drainers.wait(null, limits, operation);
  }

  /** Nothing can be sent any more. The first failure stays. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#writers?.failAll(this.#failure);
    this.#idlers?.failAll(this.#failure);
    this.#drainers?.doneAll();
  }

  #send(data: Uint8Array, from: number): number {
    try {
      const taken = this.#stream.write(data, from, data.length - from);
      if (isStreamError(taken)) throw streamError(taken, 'write');
      this.#full = taken < data.length - from;
      return taken;
    } catch (failure) {
      this.#onFailure(failure);
      return 0;
    }
  }
}
