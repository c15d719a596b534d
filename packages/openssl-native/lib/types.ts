/**
 * The shape of the compiled addon. One interface per OpenSSL object; methods are named after the C function they call,
 * without the type's prefix. Nothing here has a policy: defaults, Python's names and error classes live in `@sslkit/context`.
 *
 * Results of the I/O calls are values where the outcome is expected and exceptions where it is not:
 * a number `>= 0` is a count (or success), a negative number is `-SSL_get_error()`, one of {@link Want}.
 */
import type { StreamBinding } from './stream_types.ts';

/** One record drained from OpenSSL's error queue. @see ERR_get_error_all(3) */
export interface OpenSSLErrorRecord {
  /** The packed error code. */
  readonly code: number;
  /** Short library name, for example `SSL`, `X509`, `PEM`; null when OpenSSL gave none. */
  readonly library: string | null;
  /** The reason as OpenSSL's macro spells it, for example `CERTIFICATE_VERIFY_FAILED`; null for OpenSSL-wide reasons (`ERR_R_*`). */
  readonly reason: string | null;
  /** The reason as text, for example `certificate verify failed` or `PEM lib`. */
  readonly reasonText: string | null;
  /** Extra data of the record, for example a file name; null when there is none. */
  readonly data: string | null;
}

/** What every failing call throws: an `Error` with these properties and `code: 'ERR_OPENSSL'`. */
export interface OpenSSLFailure extends Error {
  readonly code: 'ERR_OPENSSL';
  /** The C function that failed. */
  readonly operation: string;
  /** SSL_get_error(3) of an `Ssl` call; 0 for every other call. */
  readonly sslError: number;
  /** The drained error queue, oldest first; the most telling record is the last, as in CPython. */
  readonly errors: readonly OpenSSLErrorRecord[];
}

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

/** Encoding of certificates and keys handed over as bytes. */
export type Encoding = 'pem' | 'der';

/**
 * Supplies the password of an encrypted key, synchronously. What it throws is rethrown unchanged by the call that needed
 * the password. Longer than 1024 bytes: `RangeError`, code `ERR_PASSWORD_TOO_LONG`. Other types: `TypeError`, code
 * `ERR_PASSWORD_TYPE`. Not called for a key that is not encrypted.
 */
export type PasswordSource = () => string | Uint8Array;

/** A memory BIO: bytes in, bytes out, with an explicit end. @see BIO_s_mem(3) */
export interface MemoryBio {
  /** Reads up to `n` bytes; all when `n` is omitted or negative. */
  read(n?: number): Buffer;
  /** Appends; returns the count. The addon copies. Throws code `ERR_BIO_EOF` after {@link writeEof}. */
  write(data: Uint8Array): number;
  writeEof(): void;
  readonly pending: number;
  /** End written and everything read. */
  readonly eof: boolean;
}

export interface CertificateAndKey {
  /** PEM: leaf first, then its chain. DER: the leaf alone. */
  readonly cert: Uint8Array;
  readonly certEncoding: Encoding;
  readonly key: Uint8Array;
  readonly keyEncoding: Encoding;
  readonly password?: PasswordSource | null;
}

/** What `ctx.getCiphers()` gives of one cipher. @see SSL_CIPHER_get_name(3) */
export interface CipherInfo {
  readonly id: number;
  readonly name: string;
  /** SSL_CIPHER_get_version: the protocol that defined it, for example `TLSv1.2`. */
  readonly protocol: string;
  readonly description: string;
  readonly strengthBits: number;
  readonly algBits: number;
  readonly aead: boolean;
  readonly symmetric: string | null;
  readonly digest: string | null;
  readonly kea: string | null;
  readonly auth: string | null;
}

/** X509_STORE: trusted certificates and CRLs. May be shared by contexts. */
export interface X509Store {
  /** A store with the same objects and its own life. Lookup directories are not copied. */
  clone(): X509Store;
  /** All certificates and CRLs of a PEM bundle; returns how many were found. Duplicates are no error. As X509_load_cert_crl_file(3). */
  addPem(pem: Uint8Array): number;
  /** All certificates of PEM text (CRLs skipped), as CPython's `cadata` str; returns the count; 0 is the caller's to refuse. */
  addPemCerts(pem: Uint8Array): number;
  /** Concatenated DER certificates; returns the count. */
  addDer(der: Uint8Array): number;
  /** A folder in OpenSSL's hashed layout. @see X509_LOOKUP_hash_dir(3) */
  addDir(path: string): void;
  stats(): { x509: number; crl: number; x509Ca: number };
  /** DER of the certificates for which X509_check_ca(3) holds. */
  caCerts(): Buffer[];
}

/**
 * `hint`: what the server said, null when nothing and in TLS 1.3. `hello`: it is asked for a ClientHello of TLS 1.3. The identity: up to 256 bytes without a zero, null for
 * none. The key: up to 512 bytes; empty: there is none.
 */
export type NativePskClientCallback = (
  hint: Buffer | null,
  hello: boolean,
) => readonly [identity: Uint8Array | null, key: Uint8Array];
/** In TLS 1.3 a part of a session ticket may come as an identity, too. */
export type NativePskServerCallback = (identity: Buffer | null) => Uint8Array;

/** What was sent or received of the protocol itself. @see SSL_CTX_set_msg_callback(3) */
export interface ProtocolMessage {
  readonly sent: boolean;
  /** On the wire: 0x303 is TLS 1.2. */
  readonly version: number;
  /** SSL3_RT_* */
  readonly contentType: number;
  readonly data: Buffer;
}

/** `lost`: how many more there were than could be kept. */
export interface TakenMessages {
  readonly messages: readonly ProtocolMessage[];
  readonly lost: number;
}

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

export interface SslSession {
  getId(): Buffer;
  /** Seconds since the epoch. */
  getTime(): number;
  /** Seconds. */
  getTimeout(): number;
  /** Seconds. */
  getTicketLifetimeHint(): number;
  hasTicket(): boolean;
  isResumable(): boolean;
  getProtocolVersion(): number;
  getHostname(): string | null;
  toDer(): Buffer;
}

export interface CurrentCipher {
  readonly name: string;
  /** SSL_CIPHER_get_version */
  readonly protocol: string;
  readonly secretBits: number;
}

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

/**
 * Both ends of an {@link Ssl} at once, over memory that the caller lends for the length of one call: ciphertext is decrypted
 * from where it arrived, records are written to where they leave from. One call for each chunk and one for each write.
 * What does not fit waits in a queue of the pipe's own. Errors and codes as with {@link Ssl}.
 *
 * Results of `open` and `seal` are packed, see {@link Piped}.
 */
export interface SslPipe {
  /**
   * Decrypts what was fed and then `ciphertext`, across records, into `room`; the count of bytes is in the result. All of
   * `ciphertext` is taken. Outcome `DONE`: `room` was too small, call again. With plaintext there is no failure yet.
   */
  open(ciphertext: Uint8Array, room: Uint8Array): number;
  /**
   * Encrypts all of `plaintext` into `room`, behind what waits to be sent; or nothing of it, when the outcome is one of
   * {@link Want}: then call again with the same bytes. What does not fit into `room` waits to be taken.
   */
  seal(plaintext: Uint8Array, room: Uint8Array): number;
  /** Appends ciphertext for a later `open` or a call of the `Ssl`. */
  feed(ciphertext: Uint8Array): void;
  /** The peer sends no more. */
  feedEnd(): void;
  /** Everything that waits to be sent; null when nothing does. */
  take(): Buffer | null;
  /** The ciphertext that was fed and not used; null when there is none. */
  rest(): Buffer | null;
}

/** How the results of {@link SslPipe} are read. */
export const Piped = {
  /** `result >> COUNT`: the bytes that are in the room now. */
  COUNT: 5,
  /** `result & OUTPUT`: there is something to {@link SslPipe.take}. */
  OUTPUT: 16,
  /** `result & OUTCOME`: {@link DONE}, {@link FAILED} or one of {@link Want}, negated. */
  OUTCOME: 15,
  DONE: 0,
  /** The next call throws; this one had something to deliver first. */
  FAILED: 1,
} as const;

export type Rdn = readonly (readonly [name: string, value: string])[];

/**
 * Python's `getpeercert()` dict. Keys are in Python's order; the optional ones are absent when the certificate has no such
 * extension. As in CPython, a name extension without names gives an empty `subjectAltName`; the lists of URIs are absent
 * when empty.
 */
export interface CertificateDict {
  readonly subject: readonly Rdn[];
  readonly issuer: readonly Rdn[];
  readonly version: number;
  readonly serialNumber: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly subjectAltName?: readonly (readonly [type: string, value: string | readonly Rdn[]])[];
  readonly OCSP?: readonly string[];
  readonly caIssuers?: readonly string[];
  readonly crlDistributionPoints?: readonly string[];
}

export interface X509 {
  toDer(): Buffer;
  /**
   * The full dict. Bytes of a value that are not UTF-8 come as U+DC80…U+DCFF (Python's `surrogateescape`): lossless, and
   * equal to no real name. A value that is no text at all (a bit string, a broken BMPString) has each byte, ASCII too, as
   * U+DC00 + byte.
   */
  toDict(): CertificateDict;
  /** X509_check_ca(3). */
  checkCa(): number;
}

export type SslMethod = 'TLS' | 'TLS_client' | 'TLS_server';

/** Everything the addon exports. */
export interface Binding extends StreamBinding {
  readonly SslCtx: new (method: SslMethod) => SslCtx;
  readonly Ssl: new (ctx: SslCtx, server: boolean) => Ssl;
  readonly MemoryBio: new () => MemoryBio;
  readonly SslPipe: new (ssl: Ssl) => SslPipe;
  readonly X509Store: new () => X509Store;
  readonly X509: { fromDer(der: Uint8Array): X509; fromPem(pem: Uint8Array): X509 };
  readonly SslSession: { fromDer(der: Uint8Array): SslSession };

  /** Text of an X509_V_ERR_* code. @see X509_verify_cert_error_string(3) */
  x509VerifyCertErrorString(code: number): string;
  /** The names of a packed error code; `data` is null. @see ERR_reason_error_string(3) */
  errorRecord(code: number): OpenSSLErrorRecord;
  /** The number of an object by its short name, as `prime256v1`; 0: there is none. @see OBJ_sn2nid(3) */
  objSn2nid(name: string): number;
  randStatus(): boolean;
  randAdd(bytes: Uint8Array, entropyBytes: number): void;
  randBytes(n: number): Buffer;
  /** Whether this OpenSSL was built with a protocol version (0x0300…0x0304). */
  hasProtocol(version: number): boolean;

  /** Of the library that is really bound. */
  readonly opensslVersion: {
    readonly text: string;
    readonly number: number;
    readonly major: number;
    readonly minor: number;
    readonly patch: number;
  };
  /** Path of the file whose OpenSSL is bound, from dladdr(3): equal versions prove nothing. */
  readonly boundLibrary: string;
  /** OPENSSLDIR-derived default places and their environment variables. @see X509_get_default_cert_file(3) */
  readonly defaultPaths: {
    readonly certFile: string;
    readonly certDir: string;
    readonly certFileEnv: string;
    readonly certDirEnv: string;
  };
  /** `SSL_OP_*` as bigint; `SSL_VERIFY_*`, `X509_V_*`, `SSL_MODE_*`, `SSL_SESS_CACHE_*`, `SSL_AD_*`, `X509_CHECK_FLAG_*` as numbers. */
  readonly constants: Readonly<Record<string, number | bigint>>;
  /** Capabilities probed at run time. */
  readonly has: Readonly<
    Record<
      | 'psk'
      | 'pha'
      | 'ktls'
      | 'compression'
      | 'getGroupName'
      | 'certCompression'
      | 'rawPublicKeys'
      | 'implementedGroups'
      | 'signatureNames',
      boolean
    >
  >;
}
