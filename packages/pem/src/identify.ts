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
    const outer = readDer(der);
    return symbol(outer) === 'S' ? kindOf(children(outer)) : 'unknown';
  } catch (error) {
    if (error instanceof DerError) return 'unknown';
    throw error;
  }
}

function kindOf(parts: readonly DerElement[]): DerKind {
  const shape = shapeOf(parts);
  // RFC 5280 sections 4.1 and 5.1, RFC 2986 section 4: SIGNED{ToBeSigned}.
  if (shape === 'SSB') return kindOfSigned(inside(parts[0]));
  // RFC 5280 section 4.1 SubjectPublicKeyInfo.
  if (shape === 'SB' && inside(parts[0]).startsWith('O')) return 'spki';
  // RFC 5958 sections 3 and 2: EncryptedPrivateKeyInfo, and OneAsymmetricKey with attributes and public key.
  if (shape === 'SX' && inside(parts[0]).startsWith('O')) return 'encrypted-pkcs8';
  if (/^ISX0?1?$/.test(shape) && inside(parts[1]).startsWith('O')) return 'pkcs8';
  // RFC 5915 section 3 ECPrivateKey: version 1, the key, parameters, the public key.
  if (/^IX0?1?$/.test(shape) && parts[0]!.contents[0] === 1) return 'sec1';
  // RFC 8017 appendix A.1.2 RSAPrivateKey, with the other primes of a multi-prime key.
  if (/^I{9}S?$/.test(shape)) return 'pkcs1-private';
  if (shape.startsWith('II')) return kindOfIntegers(shape, parts);
  // RFC 2315 section 7 and RFC 5652 section 3 ContentInfo: 1.2.840.113549.1.7.x and 1.9.16.1.x.
  return /^O0?$/.test(shape) && startsWith(parts[0]!.contents, PKCS) ? 'pkcs7' : 'unknown';
}

const PKCS = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01];

function kindOfSigned(toBeSigned: string): DerKind {
  // [0] version (absent in v1), serial, algorithm, issuer, validity, subject, key.
  if (/^0?ISSSSS/.test(toBeSigned)) return 'certificate';
  // version (absent in v1), algorithm, issuer, thisUpdate.
  if (/^I?SST/.test(toBeSigned)) return 'crl';
  // version, subject, key, [0] attributes (left out by some).
  return /^ISS0?$/.test(toBeSigned) ? 'certificate-request' : 'unknown';
}

/** Structures of INTEGERs alone: PKCS#1 public key, PKCS#3 and X9.42 parameters, DSA parameters, ECDSA signature. */
function kindOfIntegers(shape: string, parts: readonly DerElement[]): DerKind {
  const [first, second, third] = parts.map(({ contents }) => contents);
  // Shorter than 512 bits is neither modulus nor prime, but may be half of a signature.
  if (first === undefined || second === undefined || first.length < 64) return 'unknown';
  // PKCS#3: prime, base, [length]. X9.42: p, g, q, … with q shorter than g; DSA: p, q, g, the other way round.
  if (third !== undefined) {
    const parameters = third.length <= 4 || third.length < second.length;
    return /^III+S?$/.test(shape) && parameters ? 'dh-parameters' : 'unknown';
  }
  if (shape !== 'II') return 'unknown';
  if (second.length > 9) return first.length < 96 ? 'unknown' : 'dh-parameters';
  const value = second.length === 1 ? second[0]! : 0;
  if (value === 2 || value === 5) return 'dh-parameters';
  return (second[second.length - 1]! & 1) === 1 ? 'pkcs1-public' : 'unknown';
}

/** The types of an element's children, one letter each. */
function inside(element: DerElement | undefined): string {
  return element === undefined ? '' : shapeOf(children(element));
}

/** No structure here has more than ten parts; of a list of a million that would be too many. */
function children({ contents }: DerElement): DerElement[] {
  const parts: DerElement[] = [];
  for (const part of iterateDer(contents)) {
    if (parts.push(part) === 16) break;
  }
  return parts;
}

function shapeOf(parts: readonly DerElement[]): string {
  return parts.map(symbol).join('');
}

/** S SEQUENCE, I INTEGER, B BIT STRING, X OCTET STRING, O OBJECT IDENTIFIER, T time; a digit for a context tag. */
function symbol({ class: kind, tag }: DerElement): string {
  if (kind === 'context') return String(tag);
  return (kind === 'universal' && { 16: 'S', 2: 'I', 3: 'B', 4: 'X', 6: 'O', 23: 'T', 24: 'T' }[tag]) || '?';
}

function startsWith(bytes: Uint8Array, prefix: readonly number[]): boolean {
  return prefix.every((byte, i) => bytes[i] === byte);
}
