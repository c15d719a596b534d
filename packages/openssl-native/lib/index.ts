/**
 * OpenSSL's objects under OpenSSL's names, bound to the OpenSSL of the running Node. The raw layer under
 * `@sslkit/context`: no policy, no Python; its surface may change between minor versions.
 */
import { loadBinding } from './load.ts';
import type * as types from './types.ts';

export { AddonLoadError } from './load.ts';
export type {
  Binding,
  CertificateAndKey,
  CertificateDict,
  CipherInfo,
  CurrentCipher,
  Encoding,
  NativePskClientCallback,
  NativePskServerCallback,
  OpenSSLErrorRecord,
  OpenSSLFailure,
  PasswordSource,
  ProtocolMessage,
  Rdn,
  SslMethod,
  TakenMessages,
} from './types.ts';
export type { StreamName, StreamOwner } from './stream.ts';
export {
  handshakeThreads,
  STREAM_ERROR,
  StreamEvent,
  takeArrived,
  TlsListener,
  TlsStream,
  unacknowledged,
  wasReset,
} from './stream.ts';
export { Piped, Want } from './types.ts';

/** The whole addon, as compiled. */
export const binding: types.Binding = loadBinding();

export type SslCtx = types.SslCtx;
export const SslCtx: types.Binding['SslCtx'] = binding.SslCtx;
export type Ssl = types.Ssl;
export const Ssl: types.Binding['Ssl'] = binding.Ssl;
export type MemoryBio = types.MemoryBio;
export const MemoryBio: types.Binding['MemoryBio'] = binding.MemoryBio;
export type SslPipe = types.SslPipe;
export const SslPipe: types.Binding['SslPipe'] = binding.SslPipe;
export type X509Store = types.X509Store;
export const X509Store: types.Binding['X509Store'] = binding.X509Store;
export type X509 = types.X509;
export const X509: types.Binding['X509'] = binding.X509;
export type SslSession = types.SslSession;
export const SslSession: types.Binding['SslSession'] = binding.SslSession;

export const constants: types.Binding['constants'] = binding.constants;
export const opensslVersion: types.Binding['opensslVersion'] = binding.opensslVersion;
export const boundLibrary: string = binding.boundLibrary;
export const defaultPaths: types.Binding['defaultPaths'] = binding.defaultPaths;
export const has: types.Binding['has'] = binding.has;
export const hasProtocol: types.Binding['hasProtocol'] = binding.hasProtocol;
export const objSn2nid: types.Binding['objSn2nid'] = binding.objSn2nid;
export const x509VerifyCertErrorString: types.Binding['x509VerifyCertErrorString'] = binding.x509VerifyCertErrorString;
export const errorRecord: types.Binding['errorRecord'] = binding.errorRecord;
export const randStatus: types.Binding['randStatus'] = binding.randStatus;
export const randAdd: types.Binding['randAdd'] = binding.randAdd;
export const randBytes: types.Binding['randBytes'] = binding.randBytes;
