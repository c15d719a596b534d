/** Which hash a certificate's signature uses, read from its DER: needed by tls-server-end-point (RFC 5929 section 4.1). */
import type { DerElement } from '@sslkit/pem';
import { DerError, iterateDer, readDer } from '@sslkit/pem';

const HASH_OF_SIGNATURE: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.4': 'sha256', // md5WithRSAEncryption: RFC 5929 replaces MD5
  '1.2.840.113549.1.1.5': 'sha256', // sha1WithRSAEncryption: and SHA-1
  '1.2.840.10045.4.1': 'sha256', // ecdsa-with-SHA1
  '1.2.840.113549.1.1.14': 'sha224',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.1': 'sha224',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
};

const HASH_OF_OID: Readonly<Record<string, string>> = {
  '1.3.14.3.2.26': 'sha256', // SHA-1 in RSASSA-PSS parameters
  '2.16.840.1.101.3.4.2.4': 'sha224',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

const RSASSA_PSS = '1.2.840.113549.1.1.10';

/** Name for `crypto.createHash`; null where RFC 5929 defines none (Ed25519, unknown algorithms, malformed DER). */
export function signatureHash(der: Uint8Array): string | null {
  try {
    const { oid, parameters } = signatureAlgorithm(der);
    return oid === RSASSA_PSS ? pssHash(parameters) : (HASH_OF_SIGNATURE[oid] ?? null);
  } catch (error) {
    if (error instanceof DerError) return null;
    throw error;
  }
}

interface Algorithm {
  readonly oid: string;
  readonly parameters: Uint8Array;
}

/** Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue } */
function signatureAlgorithm(der: Uint8Array): Algorithm {
  const { contents } = readDer(der);
  return algorithm(readDer(contents, readDer(contents).end));
}

/** AlgorithmIdentifier ::= SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY OPTIONAL } */
function algorithm({ contents }: DerElement): Algorithm {
  const oid = readDer(contents);
  return { oid: dotted(oid.contents), parameters: contents.subarray(oid.end) };
}

/** RSASSA-PSS-params ::= SEQUENCE { hashAlgorithm [0] AlgorithmIdentifier DEFAULT sha1, … }; the default counts as SHA-1. */
function pssHash(parameters: Uint8Array): string | null {
  const [first] = iterateDer(readDer(parameters).contents);
  if (first?.class !== 'context' || first.tag !== 0) return 'sha256';
  return HASH_OF_OID[algorithm(readDer(first.contents)).oid] ?? null;
}

/** @see X.690 section 8.19: base 128, and the first two arcs share a number. */
function dotted(contents: Uint8Array): string {
  const arcs: number[] = [];
  let value = 0;
  for (const octet of contents) {
    value = value * 128 + (octet & 0x7f);
    if (octet & 0x80) continue;
    if (arcs.length === 0) arcs.push(value < 80 ? Math.floor(value / 40) : 2, value < 80 ? value % 40 : value - 80);
    else arcs.push(value);
    value = 0;
  }
  return arcs.join('.');
}
