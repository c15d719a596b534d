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
  Buffer?: {
    alloc(size: number): NodeBuffer;
    from(buffer: ArrayBufferLike, offset: number, length: number): NodeBuffer;
  };
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
const SLAB_BYTES = 2 ** 16;
let slab: NodeBuffer | undefined;
/** Asking the slab for its memory each time costs a sixth of a certificate. */
let memory: ArrayBuffer;
let used = 0;

/**
 * Decodes `text`, in which there are `characters` besides line ends and no `-`; null when it is no base64. Node's decoder skips
 * foreign characters, but each skipped one makes the result shorter: comparing lengths is the validation. Only `_`,
 * which Node takes for base64url as it does `-`, must be looked for, and characters beyond Latin-1, of which it takes the
 * low byte.
 */
export const decode = (text: string, characters: number, secret?: boolean): Uint8Array | null => {
  // A third `=` is a foreign character.
  const length = (characters / 4) * 3 - (text.endsWith('==') ? 2 : +text.endsWith('='));
  if (characters % 4) return null;
  if (!Buffer || secret || WIDE.test(text)) return text.length > characters ? null : decodeSlowly(text, length);
  // A caller may have transferred the slab away; then its length is 0.
  if (!slab || used + length > slab.length) {
    slab = Buffer.alloc(Math.max(length, SLAB_BYTES));
    memory = slab.buffer;
    used = 0;
  }
  if (slab.write(text, used, length, 'base64') !== length || text.includes('_')) return null;
  used += length;
  return new Uint8Array(memory, used - length, length);
};

/** In a time that depends on the length alone. */
const decodeSlowly = (text: string, length: number): Uint8Array | null => {
  let invalid = 0;
  // By position: engines look strings of one letter up in a table, and so they would be if this iterated over the text.
  const values = new Uint8Array(Math.ceil((length * 4) / 3)).map((_, i) => {
    const value = convert(text.charCodeAt(i), 0);
    invalid |= value;
    return value;
  });
  return invalid < 0 ? null : regroup(values, 6, 8, length);
};

/** The low `from` bits of each number as `length` numbers of `to` bits. Which bits go where depends on positions only. */
const regroup = (numbers: Uint8Array, from: number, to: number, length: number): Uint8Array => {
  const groups = new Uint8Array(length);
  let bits = 0;
  let held = 0;
  for (let i = 0, at = 0; at < length; at++) {
    for (; held < to; held += from) bits = (bits << from) | numbers[i++]!;
    held -= to;
    groups[at] = (bits >> held) & (2 ** to - 1);
  }
  return groups;
};

/** Base64 with the padding that is due after `letters`. */
export const pad = (letters: string): string => {
  return letters + '='.repeat(-letters.length & 3);
};

/** Secrets are encoded in a time that depends on the length alone. */
export const encode = (bytes: Uint8Array, secret?: boolean): string => {
  if (Buffer && !secret) return toText(bytes, 'base64');
  const sextets = regroup(bytes, 8, 6, Math.ceil((bytes.length * 4) / 3));
  return pad(toText(sextets.map((value) => convert(value, 1))));
};

/** One character a byte, U+0000 to U+00FF, so that offsets into the text are offsets into the bytes. */
export const toText = (bytes: Uint8Array, encoding: 'base64' | 'latin1' = 'latin1'): string => {
  if (Buffer) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString(encoding);
  let text = '';
  // Engines limit the number of arguments; 8192 is below every limit.
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return text;
};

/** Ranges of letters, and how much more than its value each letter is. */
const RANGES: readonly (readonly [first: number, last: number, shift: number])[] = [
  [65, 90, 65], // A to Z
  [97, 122, 71], // a to z
  [48, 57, -4], // 0 to 9
  [43, 43, -19], // +
  [47, 47, -16], // /
];

/** The value 0 to 63 of a letter, or -1 for a foreign character; with `way` 1 the letter of a value. */
const convert = (x: number, way: 0 | 1): number => {
  let sum = -1;
  for (const [first, last, shift] of RANGES) {
    const back = way * shift;
    // All ones where x lies in the range, the signs spread over all bits; zero elsewhere.
    const mask = ((first - back - 1 - x) & (x - last + back - 1)) >> 31;
    sum += mask & (x + 1 - shift + 2 * back);
  }
  return sum;
};
