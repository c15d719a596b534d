import 'reflect-metadata';
import { createHash } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/**
 * The eight hex digits that name a certificate in a `capath` directory (`X509_NAME_hash`): the first four bytes, little
 * end first, of SHA-1 over the canonical subject.
 *
 * Covers what the testkit mints: attributes that hold strings. OpenSSL's canonical form is the concatenated RDNs, without
 * the outer SEQUENCE, each string as a UTF8String in lower case with runs of white space collapsed.
 *
 * @see openssl-rehash(1)
 */
export function subjectHash(certDer: Uint8Array): string {
  const canonical = new x509.X509Certificate(certDer).subjectName.toJSON().map(canonicalRdn);
  const digest = createHash('sha1').update(Buffer.concat(canonical)).digest();
  return digest.readUInt32LE(0).toString(16).padStart(8, '0');
}

const OID_DER: Readonly<Record<string, Buffer>> = {
  CN: Buffer.from('0603550403', 'hex'),
  O: Buffer.from('060355040a', 'hex'),
  OU: Buffer.from('060355040b', 'hex'),
  C: Buffer.from('0603550406', 'hex'),
};

function canonicalRdn(rdn: Readonly<Record<string, readonly string[]>>): Buffer {
  const attributes = Object.entries(rdn).flatMap(([type, values]) => values.map((value) => attribute(type, value)));
  return der(0x31, Buffer.concat(attributes));
}

function attribute(type: string, value: string): Buffer {
  const oid = OID_DER[type];
  if (!oid) throw new RangeError(`subjectHash knows no attribute ${type}`);
  const canonical = value
    .trim()
    .replace(/\s+/g, ' ')
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return der(0x30, Buffer.concat([oid, der(0x0c, Buffer.from(canonical, 'utf8'))]));
}

function der(tag: number, contents: Buffer): Buffer {
  if (contents.length > 127) throw new RangeError('subjectHash covers short names only');
  return Buffer.concat([Buffer.from([tag, contents.length]), contents]);
}
