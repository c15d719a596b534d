/** A memory BIO: bytes in, bytes out, with an explicit end. @see BIO_s_mem(3) */
export interface MemoryBio {
  /** Reads up to `n` bytes; all when `n` is omitted or negative. */
  read(n?: number): Buffer;
  /** Appends; returns the count. The addon copies. Throws code `ERR_BIO_EOF` after {@link writeEof}. */
  write(data: Uint8Array): number;
  writeEof(): void;
  readonly pending: number;
  /** End written and everything read. */
  readonly eof: boolean;
}
