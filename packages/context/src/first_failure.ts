/**
 * How a connection ended. The first fatal error is *the* error: every later handshake, read, write and shutdown throws the
 * same object. A later read therefore never looks like a clean end (OpenSSL would report one after a fatal alert).
 */
import { SSLError } from './errors.ts';
import { type ConnectionFacts, connectionError } from './native_error.ts';

export class FirstFailure {
  #error: Error | null = null;

  get error(): Error | null {
    return this.#error;
  }

  throwIfThere(): void {
    if (this.#error !== null) throw this.#error;
  }

  /** Ends the connection with an error that came from elsewhere; gives the one that counts. */
  keep(error: unknown): Error {
    this.#error ??= error instanceof Error ? error : new SSLError('the transport failed', { cause: error });
    return this.#error;
  }

  /** The error to throw for what a step of the connection threw; a fatal one is kept. */
  of(failure: unknown, facts: ConnectionFacts): unknown {
    const error = connectionError(failure, facts);
    if (isFatal(error)) this.#error = error;
    return error;
  }
}

function isFatal(error: unknown): error is SSLError {
  return error instanceof SSLError && !NOT_FATAL.has(error.reason);
}

/**
 * Failures that leave the connection as it was: the call came at the wrong time. Everything else that OpenSSL reports
 * puts its state machine into the error state for good.
 */
const NOT_FATAL: ReadonlySet<string | null> = new Set(['PROTOCOL_IS_SHUTDOWN', 'SHUTDOWN_WHILE_IN_INIT']);
