import { checkBytes, checkCount } from './arguments.ts';
import { DerError } from './errors.ts';

export type DerClass = 'universal' | 'application' | 'context' | 'private';

/** One tag-length-value, seen from outside: nothing within its contents is looked at. */
export interface DerElement {
  /** The tag number, such as 16 for SEQUENCE. */
  tag: number;
  class: DerClass;
  constructed: boolean;
  /** Bytes of tag and length. */
  headerLength: number;
  /** A view into the input, not a copy. */
  contents: Uint8Array;
  /** The offset in the input just after the element; smaller than the input's length when bytes follow. */
  end: number;
}

const CLASSES: readonly DerClass[] = ['universal', 'application', 'context', 'private'];

/** X.690 section 8: the universal types that are always constructed; in DER all others are primitive (section 10.2). */
const CONSTRUCTED: readonly number[] = [8, 11, 16, 17, 29];

/**
 * Reads the element at `offset` (bytes, default 0). Exact about the frame: tags and lengths in their shortest form,
 * no indefinite length, no more than 4 bytes of either (so up to 4 GiB), no contents beyond the input. It never goes
 * into the contents, so that depth costs nothing until a caller descends with `iterateDer`.
 *
 * @throws DerError `ERR_DER_TRUNCATED`, `ERR_DER_LENGTH`, `ERR_DER_INDEFINITE` or `ERR_DER_TAG`, with the offset.
 * @throws TypeError, RangeError for wrong arguments.
 * @see ITU-T X.690 (2021) sections 8.1 and 10
 */
export function readDer(der: Uint8Array, offset = 0): DerElement {
  checkBytes('der', der);
  checkCount('offset', offset, 0);
  const { tag, at } = readTag(der, offset);
  const { length, from } = readLength(der, at, offset);
  if (length > der.length - from) {
    throw new DerError('ERR_DER_TRUNCATED', `${length} bytes are announced, ${der.length - from} are there`, offset);
  }
  const identifier = der[offset]!;
  const constructed = (identifier & 0x20) !== 0;
  const universal = identifier < 0x40;
  if (universal && constructed !== CONSTRUCTED.includes(tag)) {
    const form = constructed ? 'constructed' : 'primitive';
    throw new DerError('ERR_DER_TAG', `universal type ${tag} is never ${form} in DER`, offset);
  }
  return {
    tag,
    class: CLASSES[identifier >> 6]!,
    constructed,
    headerLength: from - offset,
    contents: der.subarray(from, from + length),
    end: from + length,
  };
}

/**
 * The elements that fill `contents`, one after the other, as a SEQUENCE's contents are.
 *
 * @throws DerError as `readDer`, also when bytes are left that make no element.
 */
export function* iterateDer(contents: Uint8Array): Generator<DerElement, undefined> {
  checkBytes('contents', contents);
  for (let offset = 0; offset < contents.length; ) {
    const element = readDer(contents, offset);
    yield element;
    offset = element.end;
  }
}

/** X.690 section 8.1.2: numbers from 31 on follow in groups of 7 bits, as few as possible. */
function readTag(der: Uint8Array, offset: number): { tag: number; at: number } {
  const identifier = byteAt(der, offset, offset);
  // Universal 0 ends contents of indefinite length, which DER has not (section 10.1).
  if (identifier === 0) throw new DerError('ERR_DER_TAG', 'end-of-contents, which DER has not', offset);
  if ((identifier & 31) !== 31) return { tag: identifier & 31, at: offset + 1 };
  let tag = 0;
  for (let at = offset + 1; at <= offset + 4; at++) {
    const byte = byteAt(der, at, offset);
    tag = tag * 128 + (byte & 127);
    if (tag === 0 || (byte < 128 && tag < 31)) break;
    if (byte < 128) return { tag, at: at + 1 };
  }
  throw new DerError('ERR_DER_TAG', 'a tag that is too large, or not in its shortest form', offset);
}

/** X.690 sections 8.1.3 and 10.1: the definite form, in as few bytes as possible. */
function readLength(der: Uint8Array, at: number, offset: number): { length: number; from: number } {
  const first = byteAt(der, at, offset);
  if (first < 128) return { length: first, from: at + 1 };
  if (first === 128) throw new DerError('ERR_DER_INDEFINITE', 'an indefinite length: this is BER, not DER', offset);
  const count = first & 127;
  if (count > 4) throw new DerError('ERR_DER_LENGTH', `a length of ${count} bytes; 4 are enough for 4 GiB`, offset);
  let length = 0;
  for (let i = 1; i <= count; i++) length = length * 256 + byteAt(der, at + i, offset);
  if (length < 128 || length < 256 ** (count - 1)) {
    throw new DerError('ERR_DER_LENGTH', 'a length that is not in its shortest form', offset);
  }
  return { length, from: at + 1 + count };
}

function byteAt(der: Uint8Array, at: number, offset: number): number {
  const byte = der[at];
  if (byte === undefined) throw new DerError('ERR_DER_TRUNCATED', 'the input ends within a tag or length', offset);
  return byte;
}
