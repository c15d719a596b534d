import type { Engine } from '@sslkit/context/engine';

/** One full record (RFC 8446 5.1). */
const RECORD_BYTES = 16 * 1024;
/** From here on a copy costs more than it saves. */
const DIRECT_BYTES = 4 * 1024;
/** How many gathering buffers are kept for the next turn. */
const SPARE_BUFFERS = 8;

const spares: Buffer[] = [];

/**
 * Encrypts, with small writes gathered into full records: a record costs some 22 bytes and a pass through the cipher's
 * start and end, however little is in it.
 *
 * While the peer renegotiates (TLS 1.2) OpenSSL takes no data, even over memory BIOs. What it refused is kept and offered
 * again, the same bytes in the same order.
 */
export class Sealer {
  readonly #engine: Engine;
  #gathered: Buffer | null = null;
  #used = 0;
  #refused: Uint8Array[] = [];

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** OpenSSL refuses data for now; add nothing before {@link retry} has succeeded. */
  get stalled(): boolean {
    return this.#refused.length > 0;
  }

  /** Takes plaintext; what is small is copied, and encrypted at the next {@link seal}. */
  add(bytes: Uint8Array): void {
    if (bytes.length >= DIRECT_BYTES) {
      this.seal();
      this.#write(bytes);
      return;
    }
    if (this.#used + bytes.length > RECORD_BYTES) this.seal();
    this.#gathered ??= spares.pop() ?? Buffer.allocUnsafeSlow(RECORD_BYTES);
    this.#gathered.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  /** Encrypts what was gathered. */
  seal(): void {
    const buffer = this.#gathered;
    if (buffer === null) return;
    const bytes = buffer.subarray(0, this.#used);
    this.#gathered = null;
    this.#used = 0;
    try {
      this.#write(bytes);
    } finally {
      // Plaintext may be secret: it must not outlive its use in a pool.
      bytes.fill(0);
      if (spares.length < SPARE_BUFFERS) spares.push(buffer);
    }
  }

  /** Offers again what was refused; false while it still is. */
  retry(): boolean {
    while (this.#refused[0]) {
      if (this.#engine.write(this.#refused[0]) < 0) return false;
      this.#refused.shift();
    }
    return true;
  }

  #write(bytes: Uint8Array): void {
    if (!this.stalled && this.#engine.write(bytes) >= 0) return;
    this.#refused.push(Uint8Array.from(bytes));
  }
}
