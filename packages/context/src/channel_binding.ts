/** Channel bindings: a value that both ends of one connection share and no other connection has. */
import { createHash } from 'node:crypto';
import { stateMisuse, valueMisuse } from './arguments.ts';
import { CHANNEL_BINDING_TYPES } from './constants.ts';
import type { ChannelBindingType } from './constants.ts';
import { signatureHash } from './signature_hash.ts';
import type { Ssl } from './native.ts';

/** What a binding is computed from. */
export interface BindingSource {
  readonly ssl: Ssl;
  readonly serverSide: boolean;
  /** DER of the certificate that the server showed; null when it is not known. */
  readonly serverCertificate: () => Uint8Array | null;
}

/** Throws for a type that does not exist, before anything else is looked at, as Python does. */
export function checkBindingType(type: string): asserts type is ChannelBindingType {
  if (!(CHANNEL_BINDING_TYPES as readonly string[]).includes(type)) {
    throw valueMisuse(`${JSON.stringify(type)} channel binding type not implemented`);
  }
}

/** @see RFC 5929 (tls-unique, tls-server-end-point), RFC 9266 (tls-exporter) */
export function channelBinding(source: BindingSource, type: ChannelBindingType): Buffer | null {
  switch (type) {
    case 'tls-unique':
      return tlsUnique(source);
    case 'tls-exporter':
      return source.ssl.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', new Uint8Array(0));
    case 'tls-server-end-point':
      return serverEndPoint(source);
  }
}

/** The first Finished message of the handshake: the client's in a full one, the server's in a resumed one. */
function tlsUnique({ ssl, serverSide }: BindingSource): Buffer | null {
  if (ssl.getVersion() === 'TLSv1.3') {
    throw stateMisuse(
      'tls-unique does not exist on TLS 1.3 (RFC 8446 appendix C.5); use tls-exporter',
      'ERR_SSL_UNSUPPORTED',
    );
  }
  const ours = ssl.sessionReused() === serverSide;
  const finished = ours ? ssl.getFinished() : ssl.getPeerFinished();
  return finished.length === 0 ? null : finished;
}

/** The certificate hashed with its own signature's hash; MD5 and SHA-1 are replaced by SHA-256. */
function serverEndPoint({ serverCertificate }: BindingSource): Buffer | null {
  const der = serverCertificate();
  if (der === null) return null;
  const hash = signatureHash(der);
  if (hash === null) {
    throw stateMisuse('tls-server-end-point is not defined for this signature algorithm', 'ERR_SSL_UNSUPPORTED');
  }
  return createHash(hash).update(der).digest();
}
