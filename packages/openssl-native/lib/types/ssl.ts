import type { CurrentCipher } from './cipher.ts';
import type { MemoryBio } from './memory_bio.ts';
import type { TakenMessages } from './messages.ts';
import type { SslCtx } from './ssl_ctx.ts';
import type { SslSession } from './ssl_session.ts';
import type { X509 } from './x509.ts';

/** Expected outcomes of the I/O calls of {@link Ssl}, as negative numbers. @see SSL_get_error(3) */
export const Want = {
  READ: -2,
  WRITE: -3,
  X509_LOOKUP: -4,
  /** Peer sent close_notify (SSL_ERROR_ZERO_RETURN). */
  ZERO_RETURN: -6,
  CLIENT_HELLO_CB: -11,
  RETRY_VERIFY: -12,
} as const;
export type Want = (typeof Want)[keyof typeof Want];

/**
 * An SSL object driven sans-I/O over two memory BIOs, or by a `TlsStream`. While a stream or a handshake job drives it,
 * every call throws code `ERR_SSL_BUSY`; after {@link Ssl.free}, code `ERR_SSL_FREED`.
 */
export interface Ssl {
  /** Gives the object and its buffers back at once instead of at garbage collection. Idempotent. */
  free(): void;
  /** Both BIOs are referenced, not copied. Several `Ssl` may share one. */
  setBio(incoming: MemoryBio, outgoing: MemoryBio): void;
  /** SNI host name to send. @see SSL_set_tlsext_host_name(3) */
  setTlsextHostName(name: string): void;
  /** Verify the peer's certificate against a DNS name inside the handshake. @see X509_VERIFY_PARAM_set1_host(3) */
  setHost(name: string): void;
  /** Verify against an IP address in text form. @see X509_VERIFY_PARAM_set1_ip_asc(3) */
  setIp(ip: string): void;

  /** The name that the ClientHello asks for; null: it asks for none, or there was no question. */
  clientHelloServername(): string | null;
  /**
   * Answers {@link Want.CLIENT_HELLO_CB}, for the next call of the handshake: the fatal alert that refuses, or 0 to go on,
   * with the certificate, ALPN list and authorities of `ctx` when that is given; sessions are then bound to
   * `sessionIdContext`, up to 32 bytes. Verify mode, versions and options stay those of the own context. Only the first
   * answer counts. @see SSL_set_SSL_CTX(3)
   */
  answerClientHello(alert: number, ctx: SslCtx | null, sessionIdContext?: Uint8Array): void;
  /** 1 when complete, else one of {@link Want}. */
  doHandshake(): number;
  /** Decrypts into `buffer`; count, or one of {@link Want}. At most one record a call. */
  read(buffer: Uint8Array): number;
  /**
   * Decrypts everything that is there, up to `maxBytes` (default 256 KiB), across records, into one new Buffer;
   * an empty Buffer never comes back: a {@link Want} does. What follows data (end, error) is found by the next call.
   */
  readAvailable(maxBytes?: number): Buffer | number;
  /** Count (all of it), or one of {@link Want}. Over memory BIOs that is always all. */
  write(data: Uint8Array): number;
  /** 0: sent ours, 1: both sides closed, or one of {@link Want}. @see SSL_shutdown(3) */
  shutdown(): number;
  /**
   * Marks that the client is to be asked for a certificate; the next handshake, read or write asks. A failure leaves the
   * connection as it was. @see SSL_verify_client_post_handshake(3)
   */
  verifyClientPostHandshake(): void;
  pending(): number;
  hasPending(): boolean;
  /** What came since the last time, in order, up to 4 MiB. @see SslCtx.setMsgCallback */
  takeMessages(): TakenMessages;

  isInitFinished(): boolean;
  /** `TLSv1.3` …; null before the handshake is done. */
  getVersion(): string | null;
  getCurrentCipher(): CurrentCipher | null;
  /** Ciphers that both sides have, server side; null when unknown. Triples name, protocol, bits. */
  getSharedCiphers(): CurrentCipher[] | null;
  getCompression(): string | null;
  getAlpnSelected(): string | null;
  /** SNI name received (server) or sent (client). */
  getServername(): string | null;
  /** The own certificate; with several loaded, the one that a full handshake has chosen. @see SSL_get_certificate(3) */
  getCertificate(): X509 | null;
  /**
   * The peer's leaf certificate; null when there is none. While a client that was asked again has not proven its key, and
   * when it has failed to, the one from before; the chains likewise.
   */
  getPeerCertificate(): X509 | null;
  /** DER of what the peer sent, leaf first, on both roles; also after a failed verification. */
  getPeerChain(): Buffer[];
  /** DER of the chain OpenSSL built, leaf first, root last. @see SSL_get0_verified_chain(3) */
  getVerifiedChain(): Buffer[];
  /** X509_V_OK (0) or an X509_V_ERR_* code. */
  getVerifyResult(): number;
  getVerifyMode(): number;
  /** SSL_SENT_SHUTDOWN (1) | SSL_RECEIVED_SHUTDOWN (2). */
  getShutdown(): number;
  getGroup(): string | null;
  /** Server: the n-th group that both sides have, by OpenSSL's number; -1: how many there are. @see SSL_get_shared_group(3) */
  getSharedGroup(n: number): number;
  /** Server: how many groups the client has offered. @see SSL_get1_groups(3) */
  getGroups(): number;
  /**
   * The algorithm with which this side has signed in the handshake, under its name in RFC 8446; null when it has not, and
   * before the handshake is done. Before OpenSSL 3.5 from its parts, null where they do not tell it.
   * @see SSL_get0_signature_name(3)
   */
  getSignatureName(): string | null;
  /** The same of the peer. @see SSL_get0_peer_signature_name(3) */
  getPeerSignatureName(): string | null;
  getFinished(): Buffer;
  getPeerFinished(): Buffer;
  exportKeyingMaterial(length: number, label: string, context: Uint8Array | null): Buffer;
  getSession(): SslSession | null;
  setSession(session: SslSession): void;
  sessionReused(): boolean;
}
