/** Python's MemoryBIO: a queue of bytes in memory, with an explicit end. */
import type { Buffer } from 'node:buffer';
import { requireBytes, requireInteger, typeMisuse } from './arguments.ts';
import { SSLError } from './errors.ts';
import { firstBytesOf } from './first_bytes.ts';
import type { MemoryBio } from './native.ts';
import { native } from './native.ts';

/** One direction of the ciphertext of an {@link SSLObject}. @see BIO_s_mem(3) */
export class MemoryBIO {
  readonly #bio: MemoryBio = new native.MemoryBio();
  #ended = false;

  constructor() {
    parts.set(this, { bio: this.#bio, firstBytes: null });
  }

  /** Up to `n` bytes; all of them when `n` is negative or omitted. An empty Buffer means "nothing now", or the end: see {@link eof}. */
  read(n = -1): Buffer {
    return this.#bio.read(requireInteger('n', n));
  }

  /**
   * Appends bytes and returns their count.
   * @throws SSLError after {@link writeEof}.
   */
  write(data: Uint8Array): number {
    const bytes = requireBytes('data', data);
    if (this.#ended) throw new SSLError('cannot write() after write_eof()');
    const own = parts.get(this)!;
    if (own.firstBytes === null && bytes.length > 0) own.firstBytes = firstBytesOf(bytes);
    return this.#bio.write(bytes);
  }

  /** Marks the end: once the rest is read, the reader sees the end of the transport. May be called again. */
  writeEof(): void {
    this.#ended = true;
    this.#bio.writeEof();
  }

  /** Bytes waiting to be read. */
  get pending(): number {
    return this.#bio.pending;
  }

  /** The end was written and everything before it was read. */
  get eof(): boolean {
    return this.#bio.eof;
  }
}

interface Parts {
  readonly bio: MemoryBio;
  firstBytes: Uint8Array | null;
}

const parts = new WeakMap<MemoryBIO, Parts>();

/** The addon's object behind a MemoryBIO, and the first bytes that went through it; `TypeError` for anything else. */
export function memoryBioParts(name: string, bio: unknown): Readonly<Parts> {
  const found = bio instanceof MemoryBIO ? parts.get(bio) : undefined;
  if (found === undefined) throw typeMisuse(`${name} must be a MemoryBIO`);
  return found;
}
