/**
 * Ends an attempt to connect from outside, when its socket is closed meanwhile. What an `AbortController` would do; but
 * there is one for each connection, and an event target of its own would be among the dearest parts of it.
 */
export class HangUp {
  #end: ((error: Error) => void) | null = null;

  /** How the attempt that is under way is ended: it must reject with the error. */
  by(end: (error: Error) => void): void {
    this.#end = end;
  }

  now(error: Error): void {
    this.#end?.(error);
  }
}
