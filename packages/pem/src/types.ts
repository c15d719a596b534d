/** One block of a PEM text, from its BEGIN to its END. */
export interface PemBlock {
  /** What stands between `-----BEGIN ` and `-----`, as written. */
  label: string;
  /** RFC 1421 headers such as `Proc-Type` and `DEK-Info`, in order; empty for everything RFC 7468 defines. Not to be written to. */
  headers: ReadonlyMap<string, string>;
  /**
   * The decoded contents. For an encrypted legacy key they are ciphertext, not DER. A private key is in memory of its
   * own; other small blocks may share an ArrayBuffer, as Buffers do, so hand out `der`, not `der.buffer`.
   */
  der: Uint8Array;
  /** Where `-----BEGIN` starts: bytes for byte inputs, UTF-16 code units for strings. */
  start: number;
  /** Just after the last hyphen of the END line, in the unit of `start`. */
  end: number;
  /**
   * The text since the previous block (or the start), without a byte order mark. At most its last `maxBlockBytes`
   * are kept, so that a stream needs bounded memory.
   */
  preamble: string;
}

/**
 * Which of RFC 7468's grammars a block must match: `strict` is figure 3, `standard` figure 1 and RFC 1421's headers,
 * `lax` figure 2, headers, and BEGIN anywhere in a line. Text outside the blocks is never an error (section 2).
 */
export type PemMode = 'strict' | 'standard' | 'lax';

/** Options of {@link parsePem}, {@link iteratePem}, {@link parsePemStream} and {@link splitBundle}. */
export interface PemParseOptions {
  /** Default `standard`. */
  mode?: PemMode;
  /** Give only blocks with this label, or one of these; it is an error if there is none. */
  label?: string | readonly string[];
  /** The longest block, from BEGIN to the end of its END line, in bytes of text (code units for strings). Default 16 MiB. */
  maxBlockBytes?: number;
}
