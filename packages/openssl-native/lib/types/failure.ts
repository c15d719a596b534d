/** One record drained from OpenSSL's error queue. @see ERR_get_error_all(3) */
export interface OpenSSLErrorRecord {
  /** The packed error code. */
  readonly code: number;
  /** Short library name, for example `SSL`, `X509`, `PEM`; null when OpenSSL gave none. */
  readonly library: string | null;
  /** The reason as OpenSSL's macro spells it, for example `CERTIFICATE_VERIFY_FAILED`; null for OpenSSL-wide reasons (`ERR_R_*`). */
  readonly reason: string | null;
  /** The reason as text, for example `certificate verify failed` or `PEM lib`. */
  readonly reasonText: string | null;
  /** Extra data of the record, for example a file name; null when there is none. */
  readonly data: string | null;
}

/** What every failing call throws: an `Error` with these properties and `code: 'ERR_OPENSSL'`. */
export interface OpenSSLFailure extends Error {
  readonly code: 'ERR_OPENSSL';
  /** The C function that failed. */
  readonly operation: string;
  /** SSL_get_error(3) of an `Ssl` call; 0 for every other call. */
  readonly sslError: number;
  /** The drained error queue, oldest first; the most telling record is the last, as in CPython. */
  readonly errors: readonly OpenSSLErrorRecord[];
}
