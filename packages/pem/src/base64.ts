/**
 * Base64 (RFC 4648 section 4) in two speeds.
 *
 * Public data goes through whatever fast decoder the platform has; private keys go through arithmetic that
 * neither branches on the data nor indexes a table by it, as what a branch predictor or a cache line sees of a
 * look-up tells of the key (Sieck et al., "Util::Lookup", CCS 2021). That arithmetic is also the fall-back for
 * public data, so there is one decoder to check. What JavaScript cannot promise is in the README.
 */

/** What a platform may have; never imported, so that no bundler pulls in a polyfill. */
interface Platform {
  Buffer?: BufferClass;
}

interface BufferClass {
  from(buffer: ArrayBufferLike, offset: number, length: number): BufferBytes;
}

interface BufferBytes {
  write(text: string, offset: number, length: number, encoding: 'base64'): number;
  toString(encoding: 'base64' | 'latin1'): string;
}

interface Base64Bytes {
  fromBase64?(text: string): Uint8Array;
}

const { Buffer } = globalThis as unknown as Platform;
const fromBase64 = (Uint8Array as unknown as Base64Bytes).fromBase64;

/**
 * How many bytes `characters` base64 characters stand for, `padding` of them `=`; -1 where no such encoding exists.
 */
export function decodedLength(characters: number, padding: number): number {
  const data = characters - padding;
  return characters % 4 === 0 && padding < 3 && data >= 0 ? Math.floor((data * 3) / 4) : -1;
}

/**
 * Decodes `text`, which must stand for exactly `length` bytes; null when it does not. Line ends within it are
 * skipped. The platforms' decoders skip foreign characters, too, but each skipped character makes the result
 * shorter than `length`: comparing lengths is the validation. Only `-` and `_`, which Node takes for base64url,
 * must be looked for here. The caller sees to it that there is no character beyond Latin-1: Buffers decode its low byte.
 */
export function decodePublic(text: string, length: number): Uint8Array | null {
  if (Buffer !== undefined) {
    const written = reserve(Buffer, length).write(text, slabUsed, length, 'base64');
    if (written !== length || text.includes('_') || text.includes('-')) return null;
    const bytes = new Uint8Array(slab.buffer, slabUsed, length);
    slabUsed += length;
    return bytes;
  }
  if (fromBase64 !== undefined) {
    try {
      const bytes = fromBase64.call(Uint8Array, text);
      return bytes.length === length ? bytes : null;
    } catch {
      return null;
    }
  }
  return decodeSecret(text.replace(/[\r\n]/g, ''), length);
}

/**
 * Memory of its own costs a small block more than its decoding, so small public blocks share slabs, as Node's Buffers
 * do. Secrets never do: a view that leaks must not reach a key.
 */
const SLAB_BYTES = 32_768;
let slab = new Uint8Array();
let slabBuffer: BufferBytes | undefined;
let slabUsed = 0;

/** Makes room for `length` bytes at `slabUsed`. A caller may have transferred the slab away; then its length is 0. */
function reserve(buffer: BufferClass, length: number): BufferBytes {
  if (slabBuffer === undefined || slabUsed + length > slab.length) {
    slab = new Uint8Array(Math.max(length, SLAB_BYTES));
    slabBuffer = buffer.from(slab.buffer, 0, slab.length);
    slabUsed = 0;
  }
  return slabBuffer;
}

/** Decodes base64 without line ends in a time that depends on its length alone; null when it is malformed. */
export function decodeSecret(text: string, length: number): Uint8Array | null {
  const bytes = new Uint8Array(length);
  const data = text.length - padding(text);
  let invalid = 0;
  let bits = 0;
  let at = 0;
  for (let i = 0; i < data; i++) {
    const value = sextetOf(text.charCodeAt(i));
    invalid |= value;
    bits = (bits << 6) | (value & 63);
    // Which of the four characters of a group this is depends on the position only.
    if ((i & 3) !== 0) bytes[at++] = bits >> (6 - 2 * (i & 3));
  }
  return invalid < 0 || at !== length ? null : bytes;
}

/** The bits of the last character that reach no byte; RFC 4648 section 3.5 wants them zero. */
export function spareBits(text: string): number {
  const pads = padding(text);
  return sextetOf(text.charCodeAt(text.length - pads - 1)) & [0, 3, 15][pads]!;
}

/** The number of `=` at the end, 3 standing for too many. */
export function padding(text: string): number {
  let pads = 0;
  while (pads < 3 && text.charCodeAt(text.length - 1 - pads) === 61) pads++;
  return pads;
}

export function encodePublic(bytes: Uint8Array): string {
  if (Buffer === undefined) return encodeSecret(bytes);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}

/** Encodes in a time that depends on the length alone. */
export function encodeSecret(bytes: Uint8Array): string {
  const characters = new Uint8Array(Math.ceil(bytes.length / 3) * 4).fill(61);
  let at = 0;
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const group = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    for (let k = 0; k < 4; k++) {
      if (k <= left) characters[at] = letterOf((group >> (18 - 6 * k)) & 63);
      at++;
    }
  }
  return latin1(characters);
}

/** One character a byte, U+0000 to U+00FF, so that offsets into the text are offsets into the bytes. */
export function latin1(bytes: Uint8Array): string {
  if (Buffer !== undefined) {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  }
  let text = '';
  // Engines limit the number of arguments; 8192 is below every limit.
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return text;
}

/**
 * 0 to 63, or -1 for a foreign character. Each line adds `value + 1` where `c` lies strictly between the two
 * bounds: the product of the signs, spread over all bits by the shift, is all ones there and zero elsewhere.
 */
function sextetOf(c: number): number {
  return (
    -1 +
    ((((64 - c) & (c - 91)) >> 31) & (c - 64)) + // A to Z
    ((((96 - c) & (c - 123)) >> 31) & (c - 70)) + // a to z
    ((((47 - c) & (c - 58)) >> 31) & (c + 5)) + // 0 to 9
    ((((42 - c) & (c - 44)) >> 31) & 63) + // +
    ((((46 - c) & (c - 48)) >> 31) & 64) // /
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
