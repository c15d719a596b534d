/**
 * A text that is not the PEM it should be. The message names the cause, `hint` who puts up with it.
 * Neither ever holds a byte of the block's contents: the block may be a private key.
 */
export class PemError extends Error {
  override readonly name = 'PemError';
  /** Stable, e.g. `ERR_PEM_TRUNCATED`; the README lists them all. */
  declare readonly code: `ERR_PEM_${string}`;
  /** Where it went wrong: bytes from the start for byte inputs, UTF-16 code units for strings. */
  declare readonly offset: number;
  /** The line of `offset`, counted from 1; CRLF, CR and LF each end a line. */
  declare readonly line: number;
  /** What to do about it, when that is known. */
  declare readonly hint?: string | undefined;
}

/** Bytes that break the distinguished encoding rules (X.690). */
export class DerError extends Error {
  override readonly name = 'DerError';
  /** Stable: `ERR_DER_TRUNCATED`, `ERR_DER_LENGTH`, `ERR_DER_INDEFINITE` or `ERR_DER_TAG`. */
  declare readonly code: `ERR_DER_${string}`;
  /** Bytes from the start of the input to the element at fault. */
  declare readonly offset: number;
}

/** An error with what a program can read of it. */
export const failure = <E extends Error>(
  kind: new (message: string) => E,
  code: string,
  message: string,
  facts?: object,
): E => {
  return Object.assign(new kind(message), { code: `ERR_${code}` }, facts);
};

/** What is wrong at `offset`, which is in `line`. Without `what` the cause is the code in words. */
export const pemError = (code: string, offset: number, line: number, what?: string, isMendable?: boolean): PemError => {
  return failure(PemError, `PEM_${code}`, `line ${line}: ${what || toWords(code)}`, {
    offset,
    line,
    hint: isMendable ? 'try repairPem()' : undefined,
  });
};

/** RFC 7468 section 3: eol = CRLF / CR / LF. */
const LINE_END = /\r\n?|\n/g;

/** One by one, as a list of short lines takes many times the memory of their text. */
export const countLineEnds = (text: string): number => {
  let count = 0;
  while (LINE_END.test(text)) count++;
  return count;
};

/** `LABEL_MISMATCH` as `label mismatch`. */
export const toWords = (code: string, between = ' '): string => {
  return code.toLowerCase().replace('_', between);
};

/** What anyone may have written, short enough for a message. */
export const quote = (text: string): string => {
  return JSON.stringify(text.slice(0, 40));
};
