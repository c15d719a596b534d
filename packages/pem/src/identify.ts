import { checkType } from './arguments.ts';
import { type DerElement, iterateDer, readDer } from './der.ts';

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
 * them; and RFC 7468 section 4's label, where it is not the kind in capitals.
 */
const SHAPES: readonly [shape: RegExp, kind: DerKind, label?: string][] = [
  // RFC 5280 section 4.1: [0] version (absent in v1), serial, algorithm, issuer, validity, subject, key.
  [/^SSB:0?[a-z]SSSSS/, 'certificate'],
  // RFC 5280 section 5.1: version (absent in v1), algorithm, issuer, thisUpdate.
  [/^SSB:[a-z]?SST/, 'crl', 'X509 CRL'],
  // RFC 2986 section 4: version, subject, key, [0] attributes (left out by some).
  [/^SSB:[a-z]SS0?:/, 'certificate-request'],
  // RFC 5280 section 4.1 SubjectPublicKeyInfo.
  [/^SB:O/, 'spki', 'PUBLIC KEY'],
  // RFC 5958 sections 3 and 2: EncryptedPrivateKeyInfo, and OneAsymmetricKey with attributes and public key.
  [/^SX:O/, 'encrypted-pkcs8', 'ENCRYPTED PRIVATE KEY'],
  [/^[a-z]SX0?1?::O/, 'pkcs8', 'PRIVATE KEY'],
  // RFC 8017 appendix A.1.2 RSAPrivateKey, with the other primes of a multi-prime key.
  [/^[a-z]{9}S?:/, 'pkcs1-private', 'RSA PRIVATE KEY'],
  // RFC 5915 section 3 ECPrivateKey: version 1, the key, parameters, the public key.
  [/^vX0?1?:/, 'sec1', 'EC PRIVATE KEY'],
  // RFC 2315 section 7 and RFC 5652 section 3 ContentInfo.
  [/^P0?:/, 'pkcs7'],
  // RFC 8017 appendix A.1.1 RSAPublicKey: modulus, exponent.
  [/^[lm][ev]:/, 'pkcs1-public', 'RSA PUBLIC KEY'],
  // PKCS#3: prime, base, [length]. X9.42: p, g, q, … with q shorter than g; DSA: p, q, g, the other way round.
  [/^[lm]g:|^l[lmn]:|^[lm]([a-z][egiv]|l[mn]|mn)[a-z]*S?:/, 'dh-parameters'],
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
  checkType('der', der, 'Uint8Array');
  return shapeOf(der)?.[1] ?? 'unknown';
}

/** The label for the one structure that `der` is; undefined when it is none that is known, or more. */
export function labelOf(der: Uint8Array): string | undefined {
  const [, kind, label] = shapeOf(der) ?? [];
  return kind && readDer(der).end === der.length ? (label ?? kind.toUpperCase().replace('-', ' ')) : undefined;
}

function shapeOf(der: Uint8Array): (typeof SHAPES)[number] | undefined {
  try {
    const parts = children(readDer(der));
    const shape = [parts, ...parts.slice(0, 2).map(children), []].map((list) => list.map(symbol).join('')).join(':');
    return SHAPES.find(([pattern]) => pattern.test(shape));
  } catch {
    // No DER: nothing else throws here.
    return;
  }
}

/** The elements of a SEQUENCE. No structure here has more than ten; of a list of a million that would be too many. */
function children(element: DerElement): DerElement[] {
  const parts: DerElement[] = [];
  if (symbol(element) === 'S') for (const part of iterateDer(element.contents)) if (parts.push(part) > 15) break;
  return parts;
}

/** By universal tag: I INTEGER, B BIT STRING, X OCTET STRING, O OBJECT IDENTIFIER, S SEQUENCE, T times. */
const SYMBOLS = '??IBX?O?????????S??????TT';

/** 1.2.840.113549.1.7.x and 1.9.16.1.x. */
const CONTENT_TYPE = /^42,134,72,134,247,13,1,(7|9,16,1),/;

/**
 * A letter for a type: see SYMBOLS, and small ones for INTEGERs. P is the OBJECT IDENTIFIER of a ContentInfo. Context
 * tags are digits.
 */
function symbol({ class: kind, tag, contents }: DerElement): string {
  if (kind === 'context') return `${tag}`;
  const letter = (kind === 'universal' && SYMBOLS[tag]) || '?';
  if (letter === 'I') return integerSymbol(contents);
  return letter === 'O' && CONTENT_TYPE.test(contents.join()) ? 'P' : letter;
}

const SMALL: Partial<Record<string, string>> = { 1: 'v', 2: 'g', 5: 'g' };

/**
 * Shorter than 512 bits (m) is neither modulus nor prime, and shorter than 768 (l) may be half of a signature; n is
 * longer than any exponent. Of the others g is a generator, v a version, e an odd exponent.
 */
function integerSymbol(contents: Uint8Array): string {
  const { length } = contents;
  if (length > 9) return length < 64 ? 'n' : length < 96 ? 'm' : 'l';
  return SMALL[contents.join()] ?? (contents[length - 1]! & 1 ? 'e' : 'i');
}
