/**
 * Both ends of an {@link Ssl} at once, over memory that the caller lends for the length of one call: ciphertext is decrypted
 * from where it arrived, records are written to where they leave from. One call for each chunk and one for each write.
 * What does not fit waits in a queue of the pipe's own. Errors and codes as with {@link Ssl}.
 *
 * Results of `open` and `seal` are packed, see {@link Piped}.
 */
export interface SslPipe {
  /**
   * Decrypts what was fed and then `ciphertext`, across records, into `room`; the count of bytes is in the result. All of
   * `ciphertext` is taken. Outcome `DONE`: `room` was too small, call again. With plaintext there is no failure yet.
   */
  open(ciphertext: Uint8Array, room: Uint8Array): number;
  /**
   * Encrypts all of `plaintext` into `room`, behind what waits to be sent; or nothing of it, when the outcome is one of
   * {@link Want}: then call again with the same bytes. What does not fit into `room` waits to be taken.
   */
  seal(plaintext: Uint8Array, room: Uint8Array): number;
  /** Appends ciphertext for a later `open` or a call of the `Ssl`. */
  feed(ciphertext: Uint8Array): void;
  /** The peer sends no more. */
  feedEnd(): void;
  /** Everything that waits to be sent; null when nothing does. */
  take(): Buffer | null;
  /** The ciphertext that was fed and not used; null when there is none. */
  rest(): Buffer | null;
}

/** How the results of {@link SslPipe} are read. */
export const Piped = {
  /** `result >> COUNT`: the bytes that are in the room now. */
  COUNT: 5,
  /** `result & OUTPUT`: there is something to {@link SslPipe.take}. */
  OUTPUT: 16,
  /** `result & OUTCOME`: {@link DONE}, {@link FAILED} or one of {@link Want}, negated. */
  OUTCOME: 15,
  DONE: 0,
  /** The next call throws; this one had something to deliver first. */
  FAILED: 1,
} as const;
