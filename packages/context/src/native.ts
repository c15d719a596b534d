/**
 * The one place that reaches into the addon. Everything else in this package sees the addon's contract only, so that
 * tests and readers know where OpenSSL begins.
 */
import type { Binding } from '@sslkit/openssl-native';
import { binding } from '@sslkit/openssl-native';

export { Piped, Want } from '@sslkit/openssl-native';
export type {
  CertificateDict,
  CipherInfo,
  CurrentCipher,
  Encoding,
  MemoryBio,
  OpenSSLErrorRecord,
  OpenSSLFailure,
  PasswordSource,
  Rdn,
  Ssl,
  SslCtx,
  SslMethod,
  SslPipe,
  SslSession,
  TakenMessages,
  TlsStream,
  X509Store,
} from '@sslkit/openssl-native';

export const native: Binding = binding;

/** A numeric constant of OpenSSL's headers; asking for one that the addon does not know is a bug here, not a user's error. */
export function numberConstant(name: string): number {
  const value = native.constants[name];
  if (typeof value !== 'number') throw new Error(`the addon has no numeric constant ${name}`);
  return value;
}

/** A 64-bit constant (`SSL_OP_*`) of OpenSSL's headers. */
export function bigintConstant(name: string): bigint {
  const value = native.constants[name];
  if (typeof value !== 'bigint') throw new Error(`the addon has no 64-bit constant ${name}`);
  return value;
}
