import type { Limits } from './limits.ts';
import { WaitLine } from './wait_line.ts';

const OPERATION = 'write operation';

interface Job {
  readonly data: Uint8Array;
  sent: number;
}

/** Where an {@link Outbox} sends to. */
export interface Outlet {
  /** Whether it takes more now. While false the owner promises a later call of {@link Outbox.pump}. */
  ready(): boolean;
  /** Whether all that was sent is on its way. While false the owner promises a later call of {@link Outbox.pump}. */
  settled(): boolean;
  /** Sends a slice; throws what makes sending impossible for good. */
  send(slice: Uint8Array): void;
}

/**
 * Writers in the order in which they called. One writer is sent whole before the next begins, in slices, so that memory
 * stays bounded however much is written at once. A write is over when its last byte has been sent and the outlet would
 * take more.
 */
export class Outbox {
  readonly #writers = new WaitLine<Job, number>();
  readonly #idlers = new WaitLine<null, void>();
  readonly #outlet: Outlet;
  readonly #sliceBytes: number;
  #failure: Error | null = null;

  constructor(outlet: Outlet, sliceBytes: number) {
    this.#outlet = outlet;
    this.#sliceBytes = sliceBytes;
  }

  get busy(): boolean {
    return !this.#writers.empty;
  }

  /** A write would be taken now, at least in part, or would fail at once. */
  get ready(): boolean {
    return this.#failure !== null || (!this.busy && this.#outlet.ready());
  }

  write(data: Uint8Array, limits: Limits | null): Promise<number> {
    if (this.#failure) return Promise.reject(this.#failure);
    const job: Job = { data, sent: 0 };
    if (!this.busy) {
      try {
        if (this.#advance(job)) return Promise.resolve(data.length);
      } catch (error) {
        return Promise.reject(error);
      }
    }
    return this.#writers.wait(job, limits, OPERATION);
  }

  /** Sends at most one slice, at once; 0 when it would have to wait. */
  tryWrite(data: Uint8Array): number {
    if (this.#failure) throw this.#failure;
    if (this.busy || !this.#outlet.ready()) return 0;
    const slice = data.subarray(0, this.#sliceBytes);
    this.#outlet.send(slice);
    return slice.length;
  }

  /** Sends what can be sent now. */
  pump(): void {
    for (let writer = this.#writers.first; writer && !this.#failure; writer = this.#writers.first) {
      try {
        if (!this.#advance(writer.request)) return;
      } catch (error) {
        writer.fail(error);
        continue;
      }
      writer.done(writer.request.data.length);
    }
    if (!this.busy && this.#outlet.settled()) this.#idlers.doneAll();
  }

  /** Resolves when all that was written so far has been sent. */
  idle(limits: Limits | null, operation: string): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (!this.busy && this.#outlet.settled()) return Promise.resolve();
    return this.#idlers.wait(null, limits, operation);
  }

  /** Nothing can be sent any more. The first failure stays. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#writers.failAll(this.#failure);
    this.#idlers.failAll(this.#failure);
  }

  /** True when the whole job is sent and the outlet would take more. */
  #advance(job: Job): boolean {
    while (this.#outlet.ready()) {
      if (job.sent >= job.data.length) return true;
      const slice = job.data.subarray(job.sent, job.sent + this.#sliceBytes);
      job.sent += slice.length;
      this.#outlet.send(slice);
    }
    return false;
  }
}
