import { checkCount, checkType } from './arguments.ts';
import { DerError, failure, toWords } from './errors.ts';

/** The class of a tag. @see X.690 section 8.1.2.2 */
export type DerClass = 'universal' | 'application' | 'context' | 'private';

/** One tag-length-value, seen from outside: nothing within its contents is looked at. */
export interface DerElement {
  /** The tag number, such as 16 for SEQUENCE. */
  tag: number;
  /** Bits 8 and 7 of the first byte. */
  class: DerClass;
  /** Its contents are elements themselves, for {@link iterateDer}. */
  constructed: boolean;
  /** Bytes of tag and length. */
  headerLength: number;
  /** A view into the input, not a copy. */
  contents: Uint8Array;
  /** The offset in the input just after the element; smaller than the input's length when bytes follow. */
  end: number;
}

/**
 * Reads the element at `offset` (bytes, default 0). Exact about the frame: tags and lengths in their shortest form,
 * no indefinite length, no more than 4 bytes of either (so up to 4 GiB), no contents beyond the input. It never goes
 * into the contents, so that depth costs nothing until a caller descends with `iterateDer`.
 *
 * @throws DerError `ERR_DER_TRUNCATED`, `ERR_DER_LENGTH`, `ERR_DER_INDEFINITE` or `ERR_DER_TAG`, with the offset.
 * @throws TypeError, RangeError for wrong arguments.
 * @see ITU-T X.690 (2021) sections 8.1 and 10
 */
export const readDer = (der: Uint8Array, offset = 0): DerElement => {
  checkType('der', der, 'Uint8Array');
  checkCount('offset', offset, 0);
  let at = offset;
  const check = (right: unknown, code: string) => {
    if (!right) throw failure(DerError, `DER_${code}`, `byte ${offset}: ${toWords(code)}`, { offset });
  };
  const read = () => {
    check(at < der.length, 'TRUNCATED');
    return der[at++]!;
  };
  const identifier = read();
  // Universal 0 ends contents of indefinite length, which DER has not (section 10.1).
  check(identifier, 'TAG');
  let tag = identifier & 31;
  if (tag > 30) {
    // Section 8.1.2: numbers from 31 on follow in groups of 7 bits, as few as possible.
    let byte = 0;
    tag = 0;
    do {
      byte = read();
      tag = tag * 128 + (byte & 127);
      check(tag && tag < 2 ** 28 && (byte > 127 || tag > 30), 'TAG');
    } while (byte > 127);
  }
  let length = read();
  if (length > 127) {
    // Sections 8.1.3 and 10.1: the definite form, in as few bytes as possible.
    const count = length - 128;
    check(count, 'INDEFINITE');
    check(count < 5, 'LENGTH');
    length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + read();
    check(length > 127 && length >= 256 ** (count - 1), 'LENGTH');
  }
  const end = at + length;
  check(end <= der.length, 'TRUNCATED');
  const constructed = (identifier & 32) > 0;
  // Section 8: the universal types that are always constructed; in DER all others are primitive (section 10.2).
  check(identifier > 63 || constructed === [8, 11, 16, 17, 29].includes(tag), 'TAG');
  const kind = (['universal', 'application', 'context', 'private'] as const)[identifier >> 6]!;
  return { tag, class: kind, constructed, headerLength: at - offset, contents: der.subarray(at, end), end };
};

/**
 * The elements that fill `contents`, one after the other, as a SEQUENCE's contents are.
 *
 * @throws DerError as `readDer`, also when bytes are left that make no element.
 */
export function* iterateDer(contents: Uint8Array): Generator<DerElement, undefined> {
  checkType('contents', contents, 'Uint8Array');
  for (let offset = 0; offset < contents.length; ) {
    const element = readDer(contents, offset);
    yield element;
    offset = element.end;
  }
}
