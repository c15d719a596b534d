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
  [/^PPC:0?.PPPPP/, 'certificate'],
  // RFC 5280 section 5.1: version (absent in v1), algorithm, issuer, thisUpdate.
  [/^PPC:i?PP[WX]/, 'crl'],
  // RFC 2986 section 4: version, subject, key, [0] attributes (left out by some).
  [/^PPC:iPP0?:/, 'certificate-request'],
  // RFC 5280 section 4.1 SubjectPublicKeyInfo.
  [/^PC:F/, 'spki'],
  // RFC 5958 sections 3 and 2: EncryptedPrivateKeyInfo, and OneAsymmetricKey with attributes and public key.
  [/^PD:F/, 'encrypted-pkcs8'],
  [/^iPD0?1?::F/, 'pkcs8'],
  // RFC 8017 appendix A.1.2 RSAPrivateKey, with the other primes of a multi-prime key.
  [/^[il]{9}P?:/, 'pkcs1-private'],
  // RFC 5915 section 3 ECPrivateKey: version, the key, parameters, the public key.
  [/^iD0?1?:/, 'sec1'],
  // RFC 2315 section 7 and RFC 5652 section 3 ContentInfo.
  [/^F0:/, 'pkcs7'],
  // RFC 8017 appendix A.1.1 RSAPublicKey: modulus, exponent.
  [/^li:/, 'pkcs1-public'],
  // PKCS#3: prime, base, [length]. X9.42: p, g, q, … with q shorter than g; DSA has p, q, g.
  [/^l[gl]/, 'dh-parameters'],
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
  if (symbol(element) === 'P') {
    for (const part of iterateDer(element.contents)) {
      types += symbol(part);
      if (!depth && types.length < 3) inside += `:${shapeOf(part, 1)}`;
      if (types.length > 15) break;
    }
  }
  return types + inside;
};

/**
 * A letter for a type, by its tag: C BIT STRING, D OCTET STRING, F OBJECT IDENTIFIER, P SEQUENCE, W and X times; context
 * tags are digits. An INTEGER is l if it is longer than half of any signature, so a modulus or a prime, g if it is a
 * usual generator, and else i.
 */
const symbol = ({ class: kind, tag, contents }: DerElement): string => {
  if (kind === 'context') return `${tag}`;
  if (tag === 2) return contents.length > 66 ? 'l' : /^[25]$/.test(contents.join()) ? 'g' : 'i';
  return String.fromCodePoint(64 + tag);
};
