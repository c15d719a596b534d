/** How long a call may wait: a total deadline and an AbortSignal. No timer exists unless the caller asked for one. */
import { SocketError } from '@sslkit/context';
import { checkOptions, describe, rangeMisuse, typeMisuse } from './misuse.ts';

/** Every method that may wait on the network takes these. */
export interface WaitOptions {
  /**
   * Milliseconds that the whole call may take, whatever it waits for; 0 or more. Default: what `setTimeout()` of the
   * socket says, else without limit. When it has passed the call rejects with `SocketError`, code `ERR_SOCKET_TIMEOUT`.
   */
  readonly timeout?: number;
  /** Aborts the wait: the call rejects with an `AbortError`, code `ABORT_ERR`, whose `cause` is the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A call was aborted by its `AbortSignal`, in Node's own shape. */
export class AbortError extends Error {
  static {
    AbortError.prototype.name = 'AbortError';
  }
  /** As Node's own. */
  readonly code = 'ABORT_ERR' as const;

  constructor(reason: unknown) {
    super('The operation was aborted', { cause: reason });
  }
}

/** setTimeout(3) of Node fires at once beyond this; longer limits mean "without limit". */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The limits of one public call, counted from its start. */
export class Limits {
  readonly signal: AbortSignal | undefined;
  /** `performance.now()` at which the call must be over. */
  readonly #end: number;

  constructor(timeoutMs: number | undefined, signal: AbortSignal | undefined) {
    this.signal = signal;
    this.#end = timeoutMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + timeoutMs;
  }

  /**
   * What the options and the socket's own time-out (milliseconds) ask for; null when nothing limits the call.
   * @throws AbortError when the signal has been aborted already: such a call must do nothing at all.
   */
  static of(where: string, options: WaitOptions | undefined, ownTimeoutMs: number | null): Limits | null {
    if (options === undefined) return ownTimeoutMs === null ? null : new Limits(ownTimeoutMs, undefined);
    checkOptions(where, options, ['timeout', 'signal']);
    return Limits.from(where, options, ownTimeoutMs);
  }

  /** As {@link of}, for an options object that has further keys, already checked. */
  static from(where: string, options: WaitOptions, ownTimeoutMs: number | null): Limits | null {
    const timeout = checkTimeout(where, options.timeout) ?? ownTimeoutMs ?? undefined;
    const signal = checkSignal(where, options.signal);
    if (signal?.aborted) throw new AbortError(signal.reason);
    return timeout === undefined && signal === undefined ? null : new Limits(timeout, signal);
  }

  /** Milliseconds left, never negative; undefined when there is no deadline. */
  remaining(): number | undefined {
    const left = this.#end - performance.now();
    return left > MAX_TIMER_MS ? undefined : Math.max(0, left);
  }

  /** The error of a call that may not go on; null when it may. */
  exceeded(operation: string): Error | null {
    if (this.signal?.aborted) return new AbortError(this.signal.reason);
    return this.#end <= performance.now() ? timedOut(operation) : null;
  }
}

/** Python's text; `operation` is for example `read operation`. `hint`: when it is known what did not answer. */
export function timedOut(operation: string, hint: string | undefined = SILENT[operation]): SocketError {
  return new SocketError(`The ${operation} timed out`, { code: 'ERR_SOCKET_TIMEOUT', hint });
}

/** What is likely when an operation finds no answer. */
const SILENT: Readonly<Record<string, string>> = {
  'connect operation': 'No answer: a firewall may drop the packets, or the host is down.',
  'handshake operation':
    'The peer took the connection but does not answer the handshake: it may not speak TLS on this port, wait for ' +
    'STARTTLS first, or be overloaded.',
};

function checkTimeout(where: string, timeout: unknown): number | undefined {
  if (timeout === undefined) return undefined;
  if (typeof timeout !== 'number') {
    throw typeMisuse(`${where}: timeout must be a number of milliseconds, not ${describe(timeout)}`);
  }
  if (!(timeout >= 0)) throw rangeMisuse(`${where}: timeout must be 0 or more milliseconds, not ${timeout}`);
  return timeout;
}

function checkSignal(where: string, signal: unknown): AbortSignal | undefined {
  if (signal === undefined) return undefined;
  if (!(signal instanceof AbortSignal)) {
    throw typeMisuse(`${where}: signal must be an AbortSignal, not ${describe(signal)}`);
  }
  return signal;
}
