import { type PathLike, CERT_NONE, CERT_REQUIRED, PROTOCOL_TLS_CLIENT, type Protocol, SSLError } from '@sslkit/context';
import { derCertToPemCert } from '@sslkit/context/engine';
import type { Address } from './address.ts';
import { connect, limitsOf } from './connect.ts';
import type { WaitOptions } from './limits.ts';
import { checkOptions } from './misuse.ts';
import { SSLContext } from './ssl_context.ts';

/** Options of {@link getServerCertificate}. */
export interface ServerCertificateOptions extends WaitOptions {
  /** Default PROTOCOL_TLS_CLIENT. */
  readonly sslVersion?: Protocol;
  /** PEM file of authorities. With it the chain is verified; without it **nothing is**. The name never is. */
  readonly caCerts?: PathLike | null;
}

/** The certificate of the server at `address`, as PEM; the host is sent as SNI. */
export async function getServerCertificate(address: Address, options?: ServerCertificateOptions): Promise<string> {
  const given = checkOptions('getServerCertificate', options, ['sslVersion', 'caCerts', 'timeout', 'signal']);
  const context = new SSLContext(given.sslVersion ?? PROTOCOL_TLS_CLIENT);
  context.checkHostname = false;
  context.verifyMode = given.caCerts ? CERT_REQUIRED : CERT_NONE;
  if (given.caCerts) context.loadVerifyLocations({ cafile: given.caCerts });
  const socket = await connect(address, { context, ...limitsOf(given) });
  try {
    const der = socket.getPeerCert(true);
    if (der) return derCertToPemCert(der);
  } finally {
    await socket.close();
  }
  throw new SSLError('the server sent no certificate', { reason: 'PEER_DID_NOT_RETURN_A_CERTIFICATE' });
}
