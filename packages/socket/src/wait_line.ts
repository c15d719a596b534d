import { AbortError, type Limits, timedOut } from './limits.ts';

/** One caller that waits. It leaves the line by being answered, by its deadline or by its signal, whichever is first. */
export interface Ticket<Request, Result> {
  readonly request: Request;
  /** Answers; takes the ticket out of its line. */
  done(result: Result): void;
  /** Refuses; takes the ticket out of its line. */
  fail(error: unknown): void;
}

/** Callers that wait for the same thing, in the order in which they came. */
export class WaitLine<Request, Result> {
  readonly #line: Waiter<Request, Result>[] = [];

  get length(): number {
    return this.#line.length;
  }

  get first(): Ticket<Request, Result> | undefined {
    return this.#line[0];
  }

  /** Joins the line. `operation` is named in a time-out, for example `read operation`. */
  wait(request: Request, limits: Limits | null, operation: string): Promise<Result> {
    const over = limits?.exceeded(operation);
    if (over) return Promise.reject(over);
    return new Promise((resolve, reject) => {
      const waiter = new Waiter(request, this.#line, resolve, reject);
      this.#line.push(waiter);
      if (limits) waiter.limit(limits, operation);
    });
  }

  doneAll(result: Result): void {
    for (const waiter of this.#line.slice()) waiter.done(result);
  }

  failAll(error: unknown): void {
    for (const waiter of this.#line.slice()) waiter.fail(error);
  }
}

class Waiter<Request, Result> implements Ticket<Request, Result> {
  readonly request: Request;
  readonly #line: Waiter<Request, Result>[];
  readonly #resolve: (result: Result) => void;
  readonly #reject: (error: unknown) => void;
  #release: (() => void) | null = null;

  constructor(
    request: Request,
    line: Waiter<Request, Result>[],
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
    const at = this.#line.indexOf(this);
    if (at === 0) this.#line.shift();
    else if (at > 0) this.#line.splice(at, 1);
    this.#release?.();
    this.#release = null;
  }
}
