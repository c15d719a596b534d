/**
 * A text that is not the PEM it should be. The message names the cause, `hint` what to do about it.
 * Neither ever holds a byte of the block's contents: the block may be a private key.
 */
export class PemError extends Error {
  /** Stable, e.g. `ERR_PEM_TRUNCATED`; the README lists them all. */
  declare readonly code: `ERR_PEM_${string}`;
  /** Where it went wrong: bytes from the start for byte inputs, UTF-16 code units for strings. */
  declare readonly offset: number;
  /** The line of `offset`, counted from 1; CRLF, CR and LF each end a line. */
  declare readonly line: number;
  /** What to do about it, when that is known. */
  declare readonly hint?: string;

  constructor(code: `ERR_PEM_${string}`, message: string, at: { offset: number; line: number }, hint?: string) {
    super(message);
    Object.assign(this, { name: 'PemError', code, offset: at.offset, line: at.line }, hint && { hint });
  }
}

/** Bytes that break the distinguished encoding rules (X.690). */
export class DerError extends Error {
  /** Stable: `ERR_DER_TRUNCATED`, `ERR_DER_LENGTH`, `ERR_DER_INDEFINITE` or `ERR_DER_TAG`. */
  declare readonly code: `ERR_DER_${string}`;
  /** Bytes from the start of the input to the element at fault. */
  declare readonly offset: number;

  constructor(code: `ERR_DER_${string}`, message: string, offset: number) {
    super(message);
    Object.assign(this, { name: 'DerError', code, offset });
  }
}
