/**
 * Base64 (RFC 4648 section 4) in two speeds.
 *
 * Public data goes through Node's fast coder where there is one; private keys go through arithmetic that
 * neither branches on the data nor indexes a table by it, as what a branch predictor or a cache line sees of a
 * look-up tells of the key (Sieck et al., "Util::Lookup", CCS 2021). That arithmetic is also the fall-back for
 * public data, so there is one decoder to check. What JavaScript cannot promise is in the README.
 */

/** What a platform may have; never imported, so that no bundler pulls in a polyfill. */
interface Platform {
  Buffer?: { from(buffer: ArrayBufferLike, offset?: number, length?: number): NodeBuffer };
}

interface NodeBuffer extends Omit<Uint8Array<ArrayBuffer>, 'toString'> {
  write(text: string, offset: number, length: number, encoding: 'base64'): number;
  toString(encoding: 'base64' | 'latin1'): string;
}

const { Buffer } = globalThis as unknown as Platform;

/** V8 knows of a string of one-byte characters that this cannot match, without looking. */
const WIDE = /[^\0-\xff]/;

/**
 * Memory of its own costs a small block more than its decoding, so public blocks share slabs, as Node's Buffers
 * do. Secrets never do: a view that leaks must not reach a key.
 */
const SLAB_BYTES = 32_768;
let slab: NodeBuffer | undefined;
let used = 0;

/**
 * Decodes `text`, in which there are `characters` besides line ends; null when it is no base64. Node's decoder skips
 * foreign characters, but each skipped one makes the result shorter: comparing lengths is the validation. Only `-` and
 * `_`, which Node takes for base64url, must be looked for, and characters beyond Latin-1, of which it takes the low byte.
 */
export function decode(text: string, characters: number, secret?: boolean): Uint8Array | null {
  const pads = padding(text);
  const length = (characters / 4) * 3 - pads;
  if (characters % 4 || pads > 2 || length < 0) return null;
  if (!Buffer || secret || WIDE.test(text)) return decodeSlowly(text.replace(/[\r\n]/g, ''), length);
  // A caller may have transferred the slab away; then its length is 0.
  if (!slab || used + length > slab.length) {
    slab = Buffer.from(new ArrayBuffer(Math.max(length, SLAB_BYTES)));
    used = 0;
  }
  if (slab.write(text, used, length, 'base64') !== length || text.includes('_') || text.includes('-')) return null;
  used += length;
  return new Uint8Array(slab.buffer, used - length, length);
}

/** In a time that depends on the length alone. */
function decodeSlowly(text: string, length: number): Uint8Array | null {
  const bytes = new Uint8Array(length);
  let invalid = 0;
  let bits = 0;
  let at = 0;
  const data = text.length - padding(text);
  for (let i = 0; i < data; i++) {
    const value = sextetOf(text.charCodeAt(i));
    invalid |= value;
    bits = (bits << 6) | (value & 63);
    // Which of the four characters of a group this is depends on the position only.
    if (i & 3) bytes[at++] = bits >> (6 - 2 * (i & 3));
  }
  return invalid < 0 || at !== length ? null : bytes;
}

/** The bits of the last character that reach no byte; RFC 4648 section 3.5 wants them zero. */
export function spareBits(text: string): number {
  const pads = padding(text);
  return sextetOf(text.charCodeAt(text.length - pads - 1)) & (4 ** pads - 1);
}

/** The number of `=` at the end, 3 standing for too many. */
function padding(text: string): number {
  let pads = 0;
  while (pads < 3 && text.charCodeAt(text.length - 1 - pads) === 61) pads++;
  return pads;
}

/** Secrets are encoded in a time that depends on the length alone. */
export function encode(bytes: Uint8Array, secret?: boolean): string {
  if (Buffer && !secret) return toText(bytes, 'base64');
  const characters = new Uint8Array(Math.ceil(bytes.length / 3) * 4).fill(61);
  for (let i = 0, at = 0; i < bytes.length; i += 3) {
    const group = (bytes[i]! << 16) | (bytes[i + 1]! << 8) | bytes[i + 2]!;
    for (let k = 0; k < 4; k++, at++) {
      if (k <= bytes.length - i) characters[at] = letterOf((group >> (18 - 6 * k)) & 63);
    }
  }
  return toText(characters);
}

/** One character a byte, U+0000 to U+00FF, so that offsets into the text are offsets into the bytes. */
export function toText(bytes: Uint8Array, encoding: 'base64' | 'latin1' = 'latin1'): string {
  if (Buffer) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString(encoding);
  let text = '';
  // Engines limit the number of arguments; 8192 is below every limit.
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return text;
}

/** All ones where `c` lies strictly between the bounds, the signs spread over all bits; zero elsewhere. */
function between(low: number, c: number, high: number): number {
  return ((low - c) & (c - high)) >> 31;
}

/** 0 to 63, or -1 for a foreign character. Each term adds the value + 1 in its range. */
function sextetOf(c: number): number {
  return (
    -1 +
    (between(64, c, 91) & (c - 64)) + // A to Z
    (between(96, c, 123) & (c - 70)) + // a to z
    (between(47, c, 58) & (c + 5)) + // 0 to 9
    (between(42, c, 44) & 63) + // +
    (between(46, c, 48) & 64) // /
  );
}

/** The inverse: starts at `A` and adds the gap to the next range where `value` is beyond the range's end. */
function letterOf(value: number): number {
  return (
    value +
    65 +
    (((25 - value) >> 31) & 6) - // a to z
    (((51 - value) >> 31) & 75) - // 0 to 9
    (((61 - value) >> 31) & 15) + // +
    (((62 - value) >> 31) & 3) // /
  );
}
