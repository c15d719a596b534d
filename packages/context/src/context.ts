/** SSLContext: settings, certificates and trust that many connections share. */
import { loadCertChain } from './cert_chain.ts';
import type { Password, PathOrPem } from './cert_chain.ts';
import { alpnWire } from './alpn.ts';
import { describe, rangeMisuse, requireBoolean, requireInteger, typeMisuse, valueMisuse } from './arguments.ts';
import { CallbackSettings } from './callback_settings.ts';
import type { Protocol, TLSVersion, VerifyMode } from './constants.ts';
import { CERT_NONE, CERT_OPTIONAL, CERT_REQUIRED, TLSVersion as Version } from './constants.ts';
import type { ContextState } from './context_state.ts';
import { registerState, SSL_VERIFY_FAIL_IF_NO_PEER_CERT, SSL_VERIFY_PEER } from './context_state.ts';
import type { MemoryBIO } from './memory_bio.ts';
import type { CertificateDict } from './native.ts';
import { native, numberConstant } from './native.ts';
import { inContext } from './native_error.ts';
import { hasVersionRange, newContextState, setVersionBound } from './new_context.ts';
import { checkOptions } from './options.ts';
import { setPostHandshakeAuth, setVerifyMode } from './post_handshake_auth.ts';
import { Purpose } from './purpose.ts';
import type { SSLSession } from './session.ts';
import { createSSLObject } from './ssl_object.ts';
import type { SSLObject } from './ssl_object.ts';
import { loadSystemTrust } from './system_trust.ts';
import type { VerifyLocations } from './verify_locations.ts';
import { loadVerifyLocations } from './verify_locations.ts';

const NEVER_CHECK_SUBJECT = numberConstant('X509_CHECK_FLAG_NEVER_CHECK_SUBJECT');

/** Options of {@link SSLContext.wrapBio}. */
export interface WrapBioOptions {
  /** Default false: a client. */
  readonly serverSide?: boolean;
  /** The name (or address) the server must prove; sent as SNI. */
  readonly serverHostname?: string | null;
  /** To resume, on a client; made under another name or other settings it is left aside. */
  readonly session?: SSLSession | null;
}

/** Counters of sessions. @see SSL_CTX_sess_number(3) */
export type SessionStats = Readonly<Record<string, number>>;

/**
 * Everything that connections have in common. A connection takes the settings as they are when it is made.
 * @see SSL_CTX_new(3)
 */
export class SSLContext extends CallbackSettings {
  readonly #state: ContextState;

  /**
   * @param protocol one of `PROTOCOL_*`; `PROTOCOL_TLS_CLIENT` verifies the peer and its name by default.
   * @throws SSLError when this OpenSSL was built without the protocol.
   */
  constructor(protocol: Protocol) {
    super();
    this.#state = newContextState(protocol);
    registerState(this, this.#state);
  }

  /** What it was made for. */
  get protocol(): Protocol {
    return this.#state.protocol;
  }

  /** `OP_*` bits; assigning replaces all of them. */
  get options(): bigint {
    return this.#state.ctx.getOptions();
  }

  set options(options: bigint) {
    if (typeof options !== 'bigint') throw typeMisuse(`options must be a bigint, not ${describe(options)}`);
    if (options < 0n || options >= 1n << 64n) throw rangeMisuse('options must be an unsigned 64-bit number');
    const { ctx } = this.#state;
    const before = ctx.getOptions();
    ctx.clearOptions(before & ~options);
    ctx.setOptions(options & ~before);
  }

  /** One of `CERT_*`. CERT_NONE is refused while {@link checkHostname} is on. */
  get verifyMode(): VerifyMode {
    const bits = this.#state.ctx.getVerify();
    if ((bits & SSL_VERIFY_PEER) === 0) return CERT_NONE;
    return (bits & SSL_VERIFY_FAIL_IF_NO_PEER_CERT) === 0 ? CERT_OPTIONAL : CERT_REQUIRED;
  }

  set verifyMode(mode: VerifyMode) {
    const wanted = requireInteger('verifyMode', mode);
    if (wanted !== CERT_NONE && wanted !== CERT_OPTIONAL && wanted !== CERT_REQUIRED) {
      throw valueMisuse('invalid value for verify_mode');
    }
    if (wanted === CERT_NONE && this.#state.checkHostname) {
      throw valueMisuse('Cannot set verify_mode to CERT_NONE when check_hostname is enabled.');
    }
    setVerifyMode(this.#state, wanted);
  }

  /** Whether the certificate must be for `serverHostname`. Switching it on makes CERT_NONE CERT_REQUIRED. */
  get checkHostname(): boolean {
    return this.#state.checkHostname;
  }

  set checkHostname(check: boolean) {
    const wanted = requireBoolean('checkHostname', check);
    if (wanted && this.verifyMode === CERT_NONE) setVerifyMode(this.#state, CERT_REQUIRED);
    this.#state.checkHostname = wanted;
    this.#state.verificationChanged();
  }

  /**
   * TLS 1.3 only, false by default. A client with it can be asked for its certificate after the handshake, and answers by
   * itself. A server with it asks nobody in the handshake, only by `verifyClientPostHandshake()`; {@link verifyMode} says
   * whether the client must have one then. **So a server must ask, and wait for the answer, before it trusts a client.**
   * @see RFC 8446 section 4.6.2, SSL_CTX_set_post_handshake_auth(3)
   */
  get postHandshakeAuth(): boolean {
    return this.#state.postHandshakeAuth;
  }

  set postHandshakeAuth(wanted: boolean) {
    setPostHandshakeAuth(this.#state, wanted, this.verifyMode);
  }

  /** `VERIFY_*` bits; assigning replaces all of them. */
  get verifyFlags(): number {
    return this.#state.ctx.getVerifyFlags();
  }

  set verifyFlags(flags: number) {
    const wanted = requireInteger('verifyFlags', flags);
    if (wanted < 0 || wanted > 0xffff_ffff) throw rangeMisuse('verifyFlags must be an unsigned 32-bit number');
    this.#state.ctx.setVerifyFlags(wanted);
    this.#state.verificationChanged();
  }

  /** The time at which certificates are judged; null: now. */
  get verifyTime(): Date | null {
    const time = this.#state.verifyTime;
    return time === null ? null : new Date(time);
  }

  set verifyTime(time: Date | null) {
    if (time !== null && !(time instanceof Date))
      throw typeMisuse(`verifyTime must be a Date or null, not ${describe(time)}`);
    if (time !== null && Number.isNaN(time.getTime())) throw valueMisuse('verifyTime is an invalid Date');
    this.#state.ctx.setVerifyTime(time === null ? null : Math.floor(time.getTime() / 1000));
    this.#state.verifyTime = time === null ? null : new Date(time);
    this.#state.verificationChanged();
  }

  /** The lowest version to be spoken; `TLSVersion.MAXIMUM_SUPPORTED` reads back as the highest that is built. */
  get minimumVersion(): TLSVersion {
    const version = hasVersionRange(this.protocol) ? this.#state.ctx.getMinProtoVersion() : 0;
    return version === 0 ? Version.MINIMUM_SUPPORTED : (version as TLSVersion);
  }

  set minimumVersion(version: TLSVersion) {
    setVersionBound(this.#state, 'minimum', version);
  }

  /** The highest version to be spoken; `TLSVersion.MINIMUM_SUPPORTED` reads back as the lowest that is built. */
  get maximumVersion(): TLSVersion {
    const version = hasVersionRange(this.protocol) ? this.#state.ctx.getMaxProtoVersion() : 0;
    return version === 0 ? Version.MAXIMUM_SUPPORTED : (version as TLSVersion);
  }

  set maximumVersion(version: TLSVersion) {
    setVersionBound(this.#state, 'maximum', version);
  }

  /** Set by `@SECLEVEL=n` in {@link setCiphers}. @see SSL_CTX_set_security_level(3) */
  get securityLevel(): number {
    return this.#state.ctx.getSecurityLevel();
  }

  /** Whether a certificate without a DNS name may be matched by its common name. */
  get hostnameChecksCommonName(): boolean {
    return (this.#state.hostFlags & NEVER_CHECK_SUBJECT) === 0;
  }

  set hostnameChecksCommonName(check: boolean) {
    const wanted = requireBoolean('hostnameChecksCommonName', check);
    const flags = this.#state.hostFlags & ~NEVER_CHECK_SUBJECT;
    this.#state.hostFlags = wanted ? flags : flags | NEVER_CHECK_SUBJECT;
    this.#state.ctx.setHostflags(this.#state.hostFlags);
    this.#state.verificationChanged();
  }

  /** How many TLS 1.3 tickets a server sends after a handshake. */
  get numTickets(): number {
    return this.#state.ctx.getNumTickets();
  }

  set numTickets(count: number) {
    const wanted = requireInteger('numTickets', count);
    if (wanted < 0 || wanted > MAX_TICKETS) throw rangeMisuse(`numTickets must be from 0 to ${MAX_TICKETS}`);
    if (this.#state.isClient) throw valueMisuse('SSLContext is not a server context.', 'ERR_SSL_WRONG_ROLE');
    this.#state.ctx.setNumTickets(wanted);
  }

  /**
   * The own certificate, its chain (leaf first) and the private key; `keyfile` may be omitted when the key is in
   * `certfile`. May be called again for a key of another type. A failure leaves what was there before.
   *
   * @throws SocketError (`ENOENT`, `EISDIR`, …) when a file cannot be read.
   * @throws SSLError when a file is not what it should be (`hint` tells what is wrong where), or key and certificate do
   *   not belong together (`KEY_VALUES_MISMATCH`).
   */
  loadCertChain(certfile: PathOrPem, keyfile: PathOrPem | null = null, options?: { password?: Password }): void {
    loadCertChain(this.#state, certfile, keyfile, options);
  }

  /**
   * Adds trusted certificates and CRLs.
   * @throws SocketError when `cafile` cannot be read or `capath` is no folder.
   * @throws SSLError when there is nothing usable in it.
   */
  loadVerifyLocations(locations: VerifyLocations): void {
    loadVerifyLocations(this.#state, locations);
  }

  /** Adds the system's trusted certificates. */
  loadDefaultCerts(purpose: Purpose = Purpose.SERVER_AUTH): void {
    if (!(purpose instanceof Purpose)) throw typeMisuse(`purpose must be a Purpose, not ${describe(purpose)}`);
    this.setDefaultVerifyPaths();
  }

  /** Adds what is at the default places; silent when there is nothing. */
  setDefaultVerifyPaths(): void {
    loadSystemTrust(this.#state);
  }

  /**
   * Protocols to agree on, the preferred one first; the server's order decides. With `required`, a connection without
   * agreement fails; by default it goes on and `selectedAlpnProtocol()` is null.
   * @see RFC 7301
   */
  setAlpnProtocols(protocols: readonly string[], options?: { required?: boolean }): void {
    const { required = false } = checkOptions('setAlpnProtocols', options, ['required']);
    const wire = alpnWire(protocols);
    this.#state.alpnRequired = requireBoolean('required', required) && wire.length > 0;
    inContext(() => this.#state.ctx.setAlpn(wire, this.#state.alpnRequired));
  }

  /** The CA certificates that are loaded, decoded or as DER. Those of a `capath` appear once they were used. */
  getCaCerts(options: { binaryForm: true }): Buffer[];
  getCaCerts(options?: { binaryForm?: false }): CertificateDict[];
  getCaCerts(options?: { binaryForm?: boolean }): Buffer[] | CertificateDict[] {
    const { binaryForm = false } = checkOptions('getCaCerts', options, ['binaryForm']);
    const certificates = this.#state.store?.caCerts() ?? [];
    return binaryForm ? certificates : certificates.map((der) => native.X509.fromDer(der).toDict());
  }

  /** Counts of what {@link loadVerifyLocations} loaded. */
  certStoreStats(): { x509: number; crl: number; x509Ca: number } {
    return this.#state.store?.stats() ?? { x509: 0, crl: 0, x509Ca: 0 };
  }

  /** Counts of sessions made, resumed and missed. */
  sessionStats(): SessionStats {
    return this.#state.ctx.sessionStats();
  }

  /**
   * A TLS connection over two memory buffers.
   * @throws SSLError when the protocol of this context is for the other role.
   * @throws TypeError when {@link checkHostname} is on and there is no `serverHostname`.
   */
  wrapBio(incoming: MemoryBIO, outgoing: MemoryBIO, options?: WrapBioOptions): SSLObject {
    const known = checkOptions('wrapBio', options, ['serverSide', 'serverHostname', 'session']);
    const serverSide = requireBoolean('serverSide', known.serverSide ?? false);
    return createSSLObject(this, incoming, outgoing, { ...known, serverSide });
  }
}

/** More would only waste the client's memory. */
const MAX_TICKETS = 255;
