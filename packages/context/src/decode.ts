/** Certificates decoded without a connection and without trust. */
import { Buffer } from 'node:buffer';
import { describe, typeMisuse } from './arguments.ts';
import { certificateHint } from './hints_pem.ts';
import type { CertificateDict } from './native.ts';
import { native } from './native.ts';
import { contextError } from './native_error.ts';

/**
 * The full dict of `getPeerCert`, of a certificate in PEM (string or bytes) or DER. Nothing is verified.
 * @throws SSLError when it is no certificate.
 */
export function decodeCertificate(cert: string | Uint8Array): CertificateDict {
  if (typeof cert !== 'string' && !(cert instanceof Uint8Array)) {
    throw typeMisuse(`cert must be a string or a Uint8Array, not ${describe(cert)}`);
  }
  const bytes = typeof cert === 'string' ? Buffer.from(cert) : cert;
  const encoding = typeof cert === 'string' || bytes[0] !== SEQUENCE ? 'pem' : 'der';
  const parse = encoding === 'der' ? native.X509.fromDer : native.X509.fromPem;
  try {
    return parse(bytes).toDict();
  } catch (failure) {
    throw contextError(failure, { hint: certificateHint({ bytes, path: undefined, encoding }) });
  }
}

/** Every DER certificate begins with it, and no PEM text does: that is the digit 0. */
const SEQUENCE = 0x30;
