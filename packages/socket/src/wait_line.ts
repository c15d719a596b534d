import { AbortError, type Limits, timedOut } from './limits.ts';

/** One caller that waits. It leaves the line by being answered, by its deadline or by its signal, whichever is first. */
export interface Ticket<Request, Result> {
  readonly request: Request;
  /** Answers; takes the ticket out of its line. */
  done(result: Result): void;
  /** Refuses; takes the ticket out of its line. */
  fail(error: unknown): void;
}

/**
 * Callers that wait for the same thing, in the order in which they came. A list of linked tickets: most lines hold one
 * ticket or none, there are several to each connection, and an array with its spare room is larger than all of that.
 */
export class WaitLine<Request, Result> {
  #first: Waiter<Request, Result> | null = null;
  #last: Waiter<Request, Result> | null = null;

  get empty(): boolean {
    return this.#first === null;
  }

  get first(): Ticket<Request, Result> | null {
    return this.#first;
  }

  /** Joins the line. `operation` is named in a time-out, for example `read operation`. */
  wait(request: Request, limits: Limits | null, operation: string): Promise<Result> {
    const over = limits?.exceeded(operation);
    if (over) return Promise.reject(over);
    return new Promise((resolve, reject) => {
      const waiter = new Waiter<Request, Result>(request, this, resolve, reject);
      waiter.before = this.#last;
      if (this.#last) this.#last.behind = waiter;
      else this.#first = waiter;
      this.#last = waiter;
      if (limits) waiter.limit(limits, operation);
    });
  }

  /** Answers all that wait now; who joins meanwhile waits on. */
  doneAll(result: Result): void {
    this.#settleAll((waiter) => waiter.done(result));
  }

  failAll(error: unknown): void {
    this.#settleAll((waiter) => waiter.fail(error));
  }

  #settleAll(settle: (waiter: Waiter<Request, Result>) => void): void {
    const last = this.#last;
    for (let waiter = this.#first; waiter; waiter = this.#first) {
      settle(waiter);
      if (waiter === last) return;
    }
  }

  /** Internal: takes a ticket out. */
  leave(waiter: Waiter<Request, Result>): void {
    const { before, behind } = waiter;
    if (before) before.behind = behind;
    else if (this.#first === waiter) this.#first = behind;
    else return; // It has left already.
    if (behind) behind.before = before;
    else this.#last = before;
    waiter.before = null;
    waiter.behind = null;
  }
}

class Waiter<Request, Result> implements Ticket<Request, Result> {
  readonly request: Request;
  before: Waiter<Request, Result> | null = null;
  behind: Waiter<Request, Result> | null = null;
  readonly #line: WaitLine<Request, Result>;
  readonly #resolve: (result: Result) => void;
  readonly #reject: (error: unknown) => void;
  #release: (() => void) | null = null;

  constructor(
    request: Request,
    line: WaitLine<Request, Result>,
    resolve: (result: Result) => void,
    reject: (error: unknown) => void,
  ) {
    this.request = request;
    this.#line = line;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  done(result: Result): void {
    this.#leave();
    this.#resolve(result);
  }

  fail(error: unknown): void {
    this.#leave();
    this.#reject(error);
  }

  limit(limits: Limits, operation: string): void {
    const { signal } = limits;
    const remaining = limits.remaining();
    const onAbort = (): void => this.fail(new AbortError(signal?.reason));
    const timer = remaining === undefined ? undefined : setTimeout(() => this.fail(timedOut(operation)), remaining);
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#release = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
  }

  #leave(): void {
    this.#line.leave(this);
    this.#release?.();
    this.#release = null;
  }
}
