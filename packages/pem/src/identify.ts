import { checkBytes } from './arguments.ts';
import { type DerElement, iterateDer, readDer } from './der.ts';
import { DerError } from './errors.ts';

export type DerKind =
  | 'certificate'
  | 'certificate-request'
  | 'crl'
  | 'pkcs8'
  | 'encrypted-pkcs8'
  | 'pkcs1-private'
  | 'pkcs1-public'
  | 'sec1'
  | 'spki'
  | 'pkcs7'
  | 'dh-parameters'
  | 'unknown';

/**
 * Shapes: the types of the outer elements, then those of the first's and of the second's elements. A letter is a type
 * (see SYMBOLS), a digit a context tag.
 */
const SHAPES: readonly [shape: RegExp, kind: DerKind][] = [
  // RFC 5280 section 4.1: [0] version (absent in v1), serial, algorithm, issuer, validity, subject, key.
  [/^SSB:0?ISSSSS/, 'certificate'],
  // RFC 5280 section 5.1: version (absent in v1), algorithm, issuer, thisUpdate.
  [/^SSB:I?SST/, 'crl'],
  // RFC 2986 section 4: version, subject, key, [0] attributes (left out by some).
  [/^SSB:ISS0?:/, 'certificate-request'],
  // RFC 5280 section 4.1 SubjectPublicKeyInfo.
  [/^SB:O/, 'spki'],
  // RFC 5958 sections 3 and 2: EncryptedPrivateKeyInfo, and OneAsymmetricKey with attributes and public key.
  [/^SX:O/, 'encrypted-pkcs8'],
  [/^ISX0?1?::O/, 'pkcs8'],
  // RFC 8017 appendix A.1.2 RSAPrivateKey, with the other primes of a multi-prime key.
  [/^I{9}S?:/, 'pkcs1-private'],
];

/**
 * What a DER structure is, from the types of its outer elements; at most three levels deep, so that depth is
 * bounded, and nothing is verified beyond that. Bytes after the first element are not looked at: compare
 * `readDer(der).end` with `der.length`. What is not DER is `unknown`.
 *
 * PKCS#1 public keys and PKCS#3 parameters are both two INTEGERs; the second tells them apart, as an exponent is
 * odd and at most 64 bits, while a generator is 2, 5 or large. So a key with the exponent 5 counts as parameters.
 */
export function identifyDer(der: Uint8Array): DerKind {
  checkBytes('der', der);
  try {
    const parts = children(readDer(der));
    const lists = [parts, ...parts.slice(0, 2).map(children), []];
    const shape = lists.map((list) => list.map(symbol).join('')).join(':');
    return (
      SHAPES.find(([pattern]) => pattern.test(shape))?.[1] ??
      kindByValue(
        shape,
        parts.map(({ contents }) => contents),
      )
    );
  } catch (error) {
    if (error instanceof DerError) return 'unknown';
    throw error;
  }
}

/** RFC 2315 section 7 and RFC 5652 section 3 ContentInfo: 1.2.840.113549.1.7.x and 1.9.16.1.x. */
const PKCS = '42,134,72,134,247,13,1,';

/** Where the types alone do not tell. */
function kindByValue(shape: string, [first, second, third]: Uint8Array[]): DerKind {
  // RFC 5915 section 3 ECPrivateKey: version 1, the key, parameters, the public key.
  if (/^IX0?1?:/.test(shape) && first![0] === 1) return 'sec1';
  if (/^O0?:/.test(shape) && `${first}`.startsWith(PKCS)) return 'pkcs7';
  // Shorter than 512 bits is neither modulus nor prime, but may be half of a signature.
  if (!/^II(I+S?)?:/.test(shape) || first!.length < 64) return 'unknown';
  const { length } = second!;
  // PKCS#3: prime, base, [length]. X9.42: p, g, q, … with q shorter than g; DSA: p, q, g, the other way round.
  if (third) return third.length <= 4 || third.length < length ? 'dh-parameters' : 'unknown';
  if (length > 9) return first!.length < 96 ? 'unknown' : 'dh-parameters';
  if (/^[25]$/.test(`${second}`)) return 'dh-parameters';
  return second![length - 1]! & 1 ? 'pkcs1-public' : 'unknown';
}

/** The elements of a SEQUENCE. No structure here has more than ten; of a list of a million that would be too many. */
function children(element: DerElement): DerElement[] {
  const parts: DerElement[] = [];
  if (symbol(element) === 'S') for (const part of iterateDer(element.contents)) if (parts.push(part) > 15) break;
  return parts;
}

/** By universal tag: I INTEGER, B BIT STRING, X OCTET STRING, O OBJECT IDENTIFIER, S SEQUENCE, T times. */
const SYMBOLS = '??IBX?O?????????S??????TT';

function symbol({ class: kind, tag }: DerElement): string {
  return kind === 'context' ? `${tag}` : (kind === 'universal' && SYMBOLS[tag]) || '?';
}
