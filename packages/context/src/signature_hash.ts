/** Which hash a certificate's signature uses, read from its DER: needed by tls-server-end-point (RFC 5929 section 4.1). */

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
  const algorithm = signatureAlgorithm(der);
  if (algorithm === null) return null;
  if (algorithm.oid === RSASSA_PSS) return pssHash(algorithm.parameters);
  return HASH_OF_SIGNATURE[algorithm.oid] ?? null;
}

interface Element {
  readonly tag: number;
  readonly contents: Uint8Array;
  readonly end: number;
}

/** Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue } */
function signatureAlgorithm(der: Uint8Array): { oid: string; parameters: Uint8Array } | null {
  const certificate = element(der, 0);
  if (certificate === null) return null;
  const tbs = element(certificate.contents, 0);
  const algorithm = tbs && element(certificate.contents, tbs.end);
  const oid = algorithm && element(algorithm.contents, 0);
  if (algorithm === null || oid?.tag !== 0x06) return null;
  return { oid: dotted(oid.contents), parameters: algorithm.contents.subarray(oid.end) };
}

/** RSASSA-PSS-params ::= SEQUENCE { hashAlgorithm [0] AlgorithmIdentifier DEFAULT sha1, … }; the default counts as SHA-1. */
function pssHash(parameters: Uint8Array): string | null {
  const sequence = element(parameters, 0);
  const tagged = sequence && element(sequence.contents, 0);
  if (tagged?.tag !== 0xa0) return 'sha256';
  const algorithm = element(tagged.contents, 0);
  const oid = algorithm && element(algorithm.contents, 0);
  return oid ? (HASH_OF_OID[dotted(oid.contents)] ?? null) : null;
}

function element(bytes: Uint8Array, offset: number): Element | null {
  const tag = bytes[offset];
  const first = bytes[offset + 1];
  if (tag === undefined || first === undefined) return null;
  let length = first;
  let start = offset + 2;
  if (first & 0x80) {
    const octets = first & 0x7f;
    if (octets === 0 || octets > 3) return null;
    length = 0;
    for (let i = 0; i < octets; i++) length = length * 256 + (bytes[start + i] ?? 0);
    start += octets;
  }
  if (start + length > bytes.length) return null;
  return { tag, contents: bytes.subarray(start, start + length), end: start + length };
}

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
