import { checkType } from './arguments.ts';
import { type DerElement, iterateDer, readDer } from './der.ts';

/** What {@link identifyDer} tells apart. */
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
 * Shapes: the types of the outer elements, then those of the first's and of the second's elements, as `symbol` writes
 * them.
 */
const SHAPES: readonly [shape: RegExp, kind: DerKind][] = [
  // RFC 5280 section 4.1: [0] version (absent in v1), serial, algorithm, issuer, validity, subject, key.
  [/^SSB:0?.SSSSS/, 'certificate'],
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
  [/^[IL]{9}S?:/, 'pkcs1-private'],
  // RFC 5915 section 3 ECPrivateKey: version, the key, parameters, the public key.
  [/^IX0?1?:/, 'sec1'],
  // RFC 2315 section 7 and RFC 5652 section 3 ContentInfo.
  [/^O0:/, 'pkcs7'],
  // RFC 8017 appendix A.1.1 RSAPublicKey: modulus, exponent.
  [/^LI:/, 'pkcs1-public'],
  // PKCS#3: prime, base, [length]. X9.42: p, g, q, … with q shorter than g; DSA has p, q, g.
  [/^L[GL]/, 'dh-parameters'],
];

/**
 * What a DER structure is, from the types of its outer elements; at most three levels deep, so that depth is
 * bounded, and nothing is verified beyond that. Bytes after the first element are not looked at: compare
 * `readDer(der).end` with `der.length`. What is not DER is `unknown`.
 *
 * PKCS#1 public keys and PKCS#3 parameters are both two INTEGERs; the second tells them apart, as an exponent is
 * odd and short, while a generator is 2, 5 or large. So a key with the exponent 5 counts as parameters.
 */
export const identifyDer = (der: Uint8Array): DerKind => {
  checkType('der', der, 'Uint8Array');
  try {
    const shape = shapeOf(readDer(der));
    for (const [pattern, kind] of SHAPES) if (pattern.test(shape)) return kind;
  } catch {
    // No DER: nothing else throws here.
  }
  return 'unknown';
};

/** No structure here has more than ten elements; of a list of a million that would be too many. */
const shapeOf = (element: DerElement, depth = 0): string => {
  let types = '';
  let inside = '';
  if (symbol(element) === 'S') {
    for (const part of iterateDer(element.contents)) {
      types += symbol(part);
      if (!depth && types.length < 3) inside += `:${shapeOf(part, 1)}`;
      if (types.length > 15) break;
    }
  }
  return types + inside;
};

/**
 * A letter for a type: B BIT STRING, X OCTET STRING, O OBJECT IDENTIFIER, S SEQUENCE, T times; context tags are digits.
 * An INTEGER is L if it is longer than half of any signature, so a modulus or a prime, G if it is a usual generator, and
 * else I.
 */
const symbol = ({ class: kind, tag, contents }: DerElement): string => {
  if (kind === 'context') return `${tag}`;
  if (tag === 2) return contents.length > 66 ? 'L' : /^[25]$/.test(contents.join()) ? 'G' : 'I';
  return '???BX?O?????????S??????TT'[tag] ?? '?';
};
