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
  let at = offset;
  const check = (right: unknown, code: string, what: string) => {
    if (!right) throw new DerError(`ERR_DER_${code}`, what, offset);
  };
  const read = () => {
    check(at < der.length, 'TRUNCATED', CUT);
    return der[at++]!;
  };
  const identifier = read();
  const tag = readTag(identifier, read, check);
  const length = readLength(read, check);
  const end = at + length;
  check(end <= der.length, 'TRUNCATED', CUT);
  const constructed = (identifier & 32) > 0;
  check(identifier > 63 || constructed === CONSTRUCTED.includes(tag), 'TAG', `type ${tag} is not of this form in DER`);
  return {
    tag,
    class: CLASSES[identifier >> 6]!,
    constructed,
    headerLength: at - offset,
    contents: der.subarray(at, end),
    end,
  };
}

type Check = (right: unknown, code: string, what: string) => void;

/** X.690 section 8.1.2: numbers from 31 on follow in groups of 7 bits, as few as possible. */
function readTag(identifier: number, read: () => number, check: Check): number {
  // Universal 0 ends contents of indefinite length, which DER has not (section 10.1).
  check(identifier, 'TAG', 'end-of-contents, as in BER');
  let tag = identifier & 31;
  if (tag < 31) return tag;
  let byte = 128;
  tag = 0;
  for (let i = 0; i < 4 && byte > 127; i++) {
    byte = read();
    tag = tag * 128 + (byte & 127);
    check(tag, 'TAG', NOT_SHORTEST);
  }
  check(byte < 128 && tag > 30, 'TAG', NOT_SHORTEST);
  return tag;
}

/** X.690 sections 8.1.3 and 10.1: the definite form, in as few bytes as possible. */
function readLength(read: () => number, check: Check): number {
  const first = read();
  if (first < 128) return first;
  const count = first - 128;
  check(count, 'INDEFINITE', 'an indefinite length, as in BER');
  check(count < 5, 'LENGTH', NOT_SHORTEST);
  let length = 0;
  for (let i = 0; i < count; i++) length = length * 256 + read();
  check(length > 127 && length >= 256 ** (count - 1), 'LENGTH', NOT_SHORTEST);
  return length;
}

const CUT = 'the input ends within the element';
const NOT_SHORTEST = 'too large, or not in its shortest form';

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
