import type { CipherInfo } from './cipher.ts';
import type { CertificateAndKey } from './credentials.ts';
import type { NativePskClientCallback, NativePskServerCallback } from './psk.ts';
import type { X509Store } from './x509_store.ts';

/** For both roles or for one. @see TLS_method(3) */
export type SslMethod = 'TLS' | 'TLS_client' | 'TLS_server';

/** What connections are made with. @see SSL_CTX_new(3) */
export interface SslCtx {
  /** Options are 64 bits wide. @see SSL_CTX_set_options(3) */
  getOptions(): bigint;
  setOptions(bits: bigint): bigint;
  clearOptions(bits: bigint): bigint;
  getMode(): number;
  setMode(bits: number): number;
  clearMode(bits: number): number;
  /**
   * Wire version (0x0301…), 0 for the lowest/highest built. False for what is no version; a version that exists but is
   * not built is accepted, as by the C function: ask {@link Binding.hasProtocol}.
   */
  setMinProtoVersion(version: number): boolean;
  getMinProtoVersion(): number;
  setMaxProtoVersion(version: number): boolean;
  getMaxProtoVersion(): number;
  getSecurityLevel(): number;
  setSecurityLevel(level: number): void;
  setCipherList(list: string): void;
  setCiphersuites(list: string): void;
  getCiphers(): CipherInfo[];
  /** One group, by OpenSSL's number of the object (see {@link Binding.objSn2nid}). @see SSL_CTX_set1_groups(3) */
  setGroups(nid: number): void;
  setGroupsList(list: string): void;
  /**
   * Names of the groups that could be used between the lowest and the highest version, each once, or with its other names
   * behind it. Before OpenSSL 3.5 found in the providers, with the same result. @see SSL_CTX_get0_implemented_groups(3)
   */
  getImplementedGroups(aliases: boolean): string[];
  setSigalgsList(list: string): void;
  setClientSigalgsList(list: string): void;
  /**
   * PEM of DH parameters, PKCS #3 or X9.42; what stands before them is passed over. `operation` is `DH parameters` for
   * what does not parse. @see PEM_read_DHparams(3), SSL_CTX_set0_tmp_dh_pkey(3)
   */
  setTmpDh(pem: Uint8Array): void;

  /**
   * Certificate, chain and private key at once: everything is parsed and matched before anything is replaced.
   * A failure to parse carries the record `SSL: PEM lib` last, as the C functions that read files do; `operation` is
   * `certificate`, `private key` or `match` for the step that failed. A mismatch has reason `KEY_VALUES_MISMATCH`.
   * @see SSL_CTX_use_cert_and_key(3)
   */
  useCertAndKey(input: CertificateAndKey): void;

  /** SSL_VERIFY_* bits. */
  setVerify(mode: number): void;
  getVerify(): number;
  /**
   * Whether clients say that they can be asked for a certificate after the handshake; of a server's side the bit
   * SSL_VERIFY_POST_HANDSHAKE of {@link setVerify} decides. @see SSL_CTX_set_post_handshake_auth(3)
   */
  setPostHandshakeAuth(offer: boolean): void;
  /** X509_V_FLAG_* bits of the context's verification parameters. */
  getVerifyFlags(): number;
  /** Replaces all flags. */
  setVerifyFlags(flags: number): void;
  getVerifyDepth(): number;
  setVerifyDepth(depth: number): void;
  /** Seconds since the epoch at which certificates are judged; null: now. @see X509_VERIFY_PARAM_set_time(3) */
  setVerifyTime(seconds: number | null): void;
  getHostflags(): number;
  setHostflags(flags: number): void;
  /** The store that verifies peers; it is shared, not copied. @see SSL_CTX_set1_cert_store(3) */
  setCertStore(store: X509Store): void;
  /** Names of acceptable CAs that a server sends, from PEM or from the store's CAs. */
  setClientCaList(certs: readonly Uint8Array[]): void;

  /**
   * Whether a handshake on the server's side stops at the ClientHello with {@link Want.CLIENT_HELLO_CB}, until
   * {@link Ssl.answerClientHello} was called. @see SSL_CTX_set_client_hello_cb(3)
   */
  setClientHelloCb(ask: boolean): void;
  /**
   * Who knows the pre-shared key of a client, for connections that are made from now on; null: nobody. Called inside
   * OpenSSL, in the middle of a handshake step, on this thread: the connection itself cannot be used meanwhile
   * (`ERR_SSL_BUSY`), except to be freed. What it throws fails the handshake, and is the `cause` of its error.
   * @see SSL_CTX_set_psk_client_callback(3)
   */
  setPskClientCallback(callback: NativePskClientCallback | null): void;
  /**
   * The same for a server. The hint goes to clients of TLS 1.2.
   * @throws OpenSSLFailure for a hint of more than 256 bytes.
   * @see SSL_CTX_set_psk_server_callback(3), SSL_CTX_use_psk_identity_hint(3)
   */
  setPskServerCallback(callback: NativePskServerCallback | null, identityHint: string | null): void;
  /**
   * Whether connections that are made from now on collect what they send and receive, for {@link Ssl.takeMessages}.
   * @see SSL_CTX_set_msg_callback(3)
   */
  setMsgCallback(report: boolean): void;
  /**
   * A descriptor that is open for appending: the secrets of connections are written to a duplicate of it, a line each, in
   * NSS's key log format. null: nowhere. @see SSL_CTX_set_keylog_callback(3)
   */
  setKeylogFile(fd: number | null): void;
  /** Length-prefixed wire form; empty: none. A server selects by its own order; `required`: fail with no_application_protocol. */
  setAlpn(wire: Uint8Array, required: boolean): void;
  setSessionIdContext(id: Uint8Array): void;
  /** SSL_SESS_CACHE_* bits; returns the previous ones. */
  setSessionCacheMode(mode: number): number;
  getNumTickets(): number;
  setNumTickets(n: number): void;
  /**
   * Counters under the ends of their C names, as Python's `session_stats()`: number, connect, connect_good,
   * connect_renegotiate, accept, accept_good, accept_renegotiate, hits, misses, timeouts, cache_full.
   */
  sessionStats(): Record<string, number>;
}
