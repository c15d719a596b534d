/** The defaults of a new context, exactly those of CPython. */
import { rangeMisuse, requireInteger, valueMisuse } from './arguments.ts';
import type { Protocol } from './constants.ts';
import * as constants from './constants.ts';
import { ContextState, SSL_VERIFY_FAIL_IF_NO_PEER_CERT, SSL_VERIFY_PEER } from './context_state.ts';
import { SSLError } from './errors.ts';
import type { SslMethod } from './native.ts';
import { native, numberConstant } from './native.ts';
import { inContext } from './native_error.ts';

const { Protocol: P } = constants;

/** CPython's cipher list (its own, not OpenSSL's), for TLS 1.2 and below. */
const DEFAULT_CIPHERS = '@SECLEVEL=2:ECDH+AESGCM:ECDH+CHACHA20:ECDH+AES:DHE+AES:!aNULL:!eNULL:!aDSS:!SHA1:!AESCCM';

/** Contexts of one version: which one, on the wire. */
export const PINNED_VERSION: ReadonlyMap<Protocol, number> = new Map<Protocol, number>([
  [P.PROTOCOL_SSLv3, 0x300],
  [P.PROTOCOL_TLSv1, 0x301],
  [P.PROTOCOL_TLSv1_1, 0x302],
  [P.PROTOCOL_TLSv1_2, 0x303],
]);

const TLS1_2 = 0x303;

const PROTOCOLS: readonly number[] = Object.values(P);

const DEFAULT_OPTIONS =
  constants.OP_ALL |
  constants.OP_NO_SSLv2 |
  constants.OP_CIPHER_SERVER_PREFERENCE |
  constants.OP_SINGLE_DH_USE |
  constants.OP_SINGLE_ECDH_USE;
const DEFAULT_OPTIONS_NO_SSL3 = DEFAULT_OPTIONS | constants.OP_NO_SSLv3;

const DEFAULT_MODE =
  numberConstant('SSL_MODE_RELEASE_BUFFERS') |
  numberConstant('SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER') |
  numberConstant('SSL_MODE_AUTO_RETRY');

const NO_PARTIAL_WILDCARDS = numberConstant('X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS');
const { VERIFY_X509_TRUSTED_FIRST } = constants;

/**
 * @throws TypeError (`ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`) for what is no protocol.
 * @throws SSLError for a protocol that this OpenSSL was built without; the message names the version.
 */
export function newContextState(protocol: unknown): ContextState {
  const valid = checkProtocol(protocol);
  const pinned = PINNED_VERSION.get(valid);
  const ctx = inContext(() => new native.SslCtx(methodOf(valid)));
  const state = new ContextState(ctx, valid);
  setDefaultOptions(state);
  inContext(() => ctx.setCipherList(DEFAULT_CIPHERS));
  if (pinned === undefined) ctx.setMinProtoVersion(TLS1_2);
  else pinVersion(state, pinned);
  setDefaultVerification(state);
  return state;
}

function checkProtocol(protocol: unknown): Protocol {
  const number = requireInteger('protocol', protocol);
  if (!PROTOCOLS.includes(number)) {
    throw valueMisuse(`invalid or unsupported protocol version ${number}`);
  }
  const available = number === P.PROTOCOL_SSLv2 ? false : hasVersion(PINNED_VERSION.get(number as Protocol));
  if (!available) {
    const name = constants.getProtocolName(number);
    const hint =
      number === P.PROTOCOL_SSLv2
        ? 'SSLv2 was removed from OpenSSL 1.1.0. Use PROTOCOL_TLS_CLIENT or PROTOCOL_TLS_SERVER.'
        : 'Use PROTOCOL_TLS_CLIENT or PROTOCOL_TLS_SERVER, or an OpenSSL that was built with this protocol.';
    throw new SSLError(`${name} is not available in ${constants.OPENSSL_VERSION}`, {
      library: 'SSL',
      reason: 'UNSUPPORTED_PROTOCOL',
      hint,
    });
  }
  return number as Protocol;
}

function hasVersion(version: number | undefined): boolean {
  return version === undefined || native.hasProtocol(version);
}

function methodOf(protocol: Protocol): SslMethod {
  if (protocol === P.PROTOCOL_TLS_CLIENT) return 'TLS_client';
  return protocol === P.PROTOCOL_TLS_SERVER ? 'TLS_server' : 'TLS';
}

function setDefaultOptions(state: ContextState): void {
  const { ctx, protocol } = state;
  ctx.setOptions(protocol === P.PROTOCOL_SSLv3 ? DEFAULT_OPTIONS : DEFAULT_OPTIONS_NO_SSL3);
  ctx.setMode(DEFAULT_MODE);
}

/** `TLSv1_method()` and its like, which the addon does not have, by other means. */
function pinVersion({ ctx }: ContextState, version: number): void {
  ctx.setMinProtoVersion(version);
  ctx.setMaxProtoVersion(version);
}

function setDefaultVerification(state: ContextState): void {
  const { ctx, protocol } = state;
  state.hostFlags = NO_PARTIAL_WILDCARDS;
  ctx.setHostflags(state.hostFlags);
  ctx.setVerifyFlags(ctx.getVerifyFlags() | VERIFY_X509_TRUSTED_FIRST);
  const client = protocol === P.PROTOCOL_TLS_CLIENT;
  state.checkHostname = client;
  ctx.setVerify(client ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0);
}

/** Whether minimumVersion and maximumVersion can be set. */
export function hasVersionRange(protocol: Protocol): boolean {
  return !PINNED_VERSION.has(protocol);
}

/** Sets one end of the version range by Python's rules about its two markers. */
export function setVersionBound(state: ContextState, end: 'minimum' | 'maximum', value: unknown): void {
  const version = requireInteger(`${end}Version`, value);
  if (!hasVersionRange(state.protocol)) {
    throw valueMisuse("The context's protocol doesn't support modification of highest and lowest version.");
  }
  if (!(Object.values(constants.TLSVersion) as number[]).includes(version)) throw unsupportedVersion(version);
  const { ctx } = state;
  const wire = wireVersion(end, version);
  if (end === 'minimum' && version === constants.TLSVersion.SSLv3) ctx.clearOptions(constants.OP_NO_SSLv3);
  const done = end === 'minimum' ? ctx.setMinProtoVersion(wire) : ctx.setMaxProtoVersion(wire);
  if (!done) throw unsupportedVersion(version);
}

/** OpenSSL's 0 means "no bound": the marker of this end. The marker of the other end is a real version. */
function wireVersion(end: 'minimum' | 'maximum', version: number): number {
  const { MINIMUM_SUPPORTED, MAXIMUM_SUPPORTED } = constants.TLSVersion;
  const built = [0x300, 0x301, 0x302, 0x303, 0x304].filter((candidate) => native.hasProtocol(candidate));
  if (version === MINIMUM_SUPPORTED) return end === 'minimum' ? 0 : (built[0] ?? 0);
  if (version === MAXIMUM_SUPPORTED) return end === 'maximum' ? 0 : (built.at(-1) ?? 0);
  return version;
}

function unsupportedVersion(version: number): RangeError {
  const shown = version < 0 ? `-0x${(-version).toString(16)}` : `0x${version.toString(16)}`;
  return rangeMisuse(`Unsupported TLS/SSL version ${shown}`);
}
