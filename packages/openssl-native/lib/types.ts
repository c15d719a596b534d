/**
 * The shape of the compiled addon. One interface per OpenSSL object; methods are named after the C function they call,
 * without the type's prefix. Nothing here has a policy: defaults, Python's names and error classes live in `@sslkit/context`.
 *
 * Results of the I/O calls are values where the outcome is expected and exceptions where it is not:
 * a number `>= 0` is a count (or success), a negative number is `-SSL_get_error()`, one of {@link Want}.
 */
export type { Binding } from './types/binding.ts';
export type { CipherInfo, CurrentCipher } from './types/cipher.ts';
export type { CertificateAndKey, Encoding, PasswordSource } from './types/credentials.ts';
export type { OpenSSLErrorRecord, OpenSSLFailure } from './types/failure.ts';
export type { MemoryBio } from './types/memory_bio.ts';
export type { ProtocolMessage, TakenMessages } from './types/messages.ts';
export type { NativePskClientCallback, NativePskServerCallback } from './types/psk.ts';
export type { Ssl } from './types/ssl.ts';
export { Want } from './types/ssl.ts';
export type { SslCtx, SslMethod } from './types/ssl_ctx.ts';
export type { SslPipe } from './types/ssl_pipe.ts';
export { Piped } from './types/ssl_pipe.ts';
export type { SslSession } from './types/ssl_session.ts';
export type { StreamBinding, StreamName, StreamOwner, TlsListener, TlsStream } from './types/stream.ts';
export { STREAM_ERROR, StreamEvent } from './types/stream.ts';
export type { CertificateDict, Rdn, X509 } from './types/x509.ts';
export type { X509Store } from './types/x509_store.ts';
