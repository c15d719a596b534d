/** A certificate as data: what `getPeerCert` gives, and what people look up besides. */
import { createHash, type KeyObject, X509Certificate } from 'node:crypto';
import { iterateDer, readDer } from '@sslkit/pem';
import { objectIdentifier, objectName } from './object_identifiers.ts';
import { spkiOf, spkiPin } from './public_keys.ts';
import { type CertificateReport, describeCertificate } from './session.ts';

/** A certificate of `cert inspect --json`. */
export interface InspectedCertificate extends CertificateReport {
  /** SHA-1 of the DER form, lower-case hex: for comparing with old lists only. */
  readonly sha1: string;
  /** SHA-256 over the SubjectPublicKeyInfo, base64, as pins have it. */
  readonly spkiSha256: string;
  readonly key: KeyReport;
  /** Of the signature algorithm; `name` is null for one that is not known here. */
  readonly signature: NamedObject;
  /** It may issue others. */
  readonly ca: boolean;
  /** What extended key usage allows; null when it is not limited. */
  readonly extendedKeyUsage: readonly NamedObject[] | null;
}

export interface NamedObject {
  readonly oid: string;
  readonly name: string | null;
}

export interface KeyReport {
  /** `rsa`, `rsa-pss`, `ec`, `ed25519`, …; null when OpenSSL does not know it. */
  readonly kind: string | null;
  /** Of the modulus of RSA and DSA. */
  readonly bits: number | null;
  /** For example `prime256v1`. */
  readonly curve: string | null;
}

/** @throws SSLError when it is no certificate */
export async function inspectCertificate(der: Uint8Array): Promise<InspectedCertificate> {
  const { decodeCertificate } = await import('@sslkit/context');
  const report = describeCertificate(der, { decodeCertificate });
  const x509 = new X509Certificate(der);
  return {
    ...report,
    sha1: createHash('sha1').update(der).digest('hex'),
    spkiSha256: spkiPin(spkiOf(der)),
    key: keyReport(x509),
    signature: signatureOf(der),
    ca: x509.ca,
    // Node's keyUsage is the extended one. @see https://nodejs.org/api/crypto.html#x509keyusage
    extendedKeyUsage: x509.keyUsage?.map((oid) => ({ oid, name: objectName(oid) })) ?? null,
  };
}

/** A key on one line: `RSA, 2048 bits`. */
export function keyLine({ kind, bits, curve }: KeyReport): string {
  if (kind === null) return 'of a kind that OpenSSL does not know';
  return [
    kind.startsWith('ed') ? kind : kind.toUpperCase(),
    ...(bits ? [`${bits} bits`] : []),
    ...(curve ? [curve] : []),
  ].join(', ');
}

function keyReport(x509: X509Certificate): KeyReport {
  let key: KeyObject;
  try {
    key = x509.publicKey;
  } catch {
    return { kind: null, bits: null, curve: null };
  }
  const details = key.asymmetricKeyDetails;
  return {
    kind: key.asymmetricKeyType ?? null,
    bits: details?.modulusLength ?? null,
    curve: details?.namedCurve ?? null,
  };
}

/** RFC 5280 section 4.1: tbsCertificate, signatureAlgorithm { algorithm, parameters }, signatureValue. */
function signatureOf(der: Uint8Array): NamedObject {
  const [, algorithm] = [...iterateDer(readDer(der).contents)];
  const [identifier] = [...iterateDer(algorithm!.contents)];
  const oid = objectIdentifier(identifier!.contents);
  return { oid, name: objectName(oid) };
}
