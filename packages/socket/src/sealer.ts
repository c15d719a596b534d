import { type Engine, Piped } from '@sslkit/context/engine';

/** One full record (RFC 8446 5.1). */
const RECORD_BYTES = 16 * 1024;
/** Plaintext that is gathered before it must leave within the turn. */
const GATHER_BYTES = 4 * RECORD_BYTES;
/** From here on a copy costs more than it saves. */
const DIRECT_BYTES = RECORD_BYTES;
/** How many gathering buffers are kept for the next turn. */
const SPARE_BUFFERS = 4;
/** What a record adds to its plaintext: header, type and tag of an AEAD in TLS 1.3 (RFC 8446 5.2). */
const TLS13_OVERHEAD = 22;
/** The most that it may add (RFC 5246 6.2.3). */
const MAX_OVERHEAD = 5 + 2048;

const NOTHING = new Uint8Array(0);
const spares: Buffer[] = [];

/**
 * Encrypts and hands out ciphertext, with small writes gathered into full records and sent in one piece: a record costs
 * some 22 bytes and a pass through the cipher's start and end, however little is in it, and a piece costs the transport
 * more than that.
 *
 * While the peer renegotiates (TLS 1.2) OpenSSL takes no data. What it refused is kept and offered again, the same bytes in
 * the same order.
 */
export class Sealer {
  readonly #engine: Engine;
  readonly #send: (ciphertext: Buffer) => void;
  #gathered: Buffer | null = null;
  #used = 0;
  #refused: Uint8Array[] = [];
  #overhead = TLS13_OVERHEAD;

  /** `send` is given memory of its own. */
  constructor(engine: Engine, send: (ciphertext: Buffer) => void) {
    this.#engine = engine;
    this.#send = send;
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
    if (this.#used + bytes.length > GATHER_BYTES) this.seal();
    this.#gathered ??= spares.pop() ?? Buffer.allocUnsafeSlow(GATHER_BYTES);
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
      if (!this.#encrypt(this.#refused[0])) return false;
      this.#refused.shift();
    }
    return true;
  }

  #write(bytes: Uint8Array): void {
    if (!this.stalled && this.#encrypt(bytes)) return;
    this.#refused.push(Uint8Array.from(bytes));
  }

  /** Straight into the memory that is sent, which fits exactly once the overhead is known. */
  #encrypt(bytes: Uint8Array): boolean {
    const records = Math.ceil(bytes.length / RECORD_BYTES);
    const room = Buffer.allocUnsafe(bytes.length + records * this.#overhead);
    const result = this.#engine.seal(bytes, room);
    const count = result >> Piped.COUNT;
    if (count > 0) this.#send(count === room.length ? room : room.subarray(0, count));
    if ((result & Piped.OUTPUT) !== 0) {
      const rest = this.#engine.take();
      const more = count + (rest?.length ?? 0) - bytes.length;
      this.#overhead = Math.min(MAX_OVERHEAD, Math.max(this.#overhead, Math.ceil(more / records)));
      if (rest) this.#send(rest);
    }
    const outcome = result & Piped.OUTCOME;
    if (outcome === Piped.FAILED) this.#engine.seal(NOTHING, room);
    return outcome === Piped.DONE;
  }
}
