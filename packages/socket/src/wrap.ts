import { CERT_NONE, CERT_OPTIONAL, CERT_REQUIRED, PROTOCOL_TLS, type Protocol, type VerifyMode } from '@sslkit/context';
import { checkOptions, requireInteger, valueMisuse } from './misuse.ts';
import { SSLContext, type Wrappable } from './ssl_context.ts';
import type { SSLSocket } from './ssl_socket.ts';

import type { PathLike, PathOrPem } from '@sslkit/context';

/** Options of {@link wrapSocket}: the seed's arguments with its defaults. */
export interface WrapSocketFunctionOptions {
  /** The private key; default: it is in `certfile`. */
  readonly keyfile?: PathOrPem | null;
  /** The certificate of this side and its chain. Required for a server. */
  readonly certfile?: PathOrPem | null;
  /** Default false. */
  readonly serverSide?: boolean;
  /** Default CERT_NONE: **the peer is not verified**. */
  readonly certReqs?: VerifyMode;
  /** Default: negotiate (PROTOCOL_SSLv23, today's PROTOCOL_TLS). */
  readonly sslVersion?: Protocol;
  /** PEM file of the authorities to verify the peer against. */
  readonly caCerts?: PathLike | null;
  /** Default true. */
  readonly doHandshakeOnConnect?: boolean;
  /** Default true. */
  readonly suppressRaggedEofs?: boolean;
  /** OpenSSL cipher list, for TLS 1.2 and below. */
  readonly ciphers?: string | null;
}

const OPTIONS = [
  'keyfile',
  'certfile',
  'serverSide',
  'certReqs',
  'sslVersion',
  'caCerts',
  'doHandshakeOnConnect',
  'suppressRaggedEofs',
  'ciphers',
] as const;

let warned = false;

/**
 * The seed's `ssl.wrap_socket`: puts TLS around a socket, under a context of its own.
 *
 * Its defaults are the seed's: a client that does not ask for `certReqs: CERT_REQUIRED` talks to **anybody**, and no host
 * name is ever checked. The first such client in a process causes a warning with code `SSLKIT_UNVERIFIED`. Prefer
 * `connect()`, or `createDefaultContext().wrapSocket()`.
 */
export function wrapSocket(sock: Wrappable, options?: WrapSocketFunctionOptions): SSLSocket {
  const given = checkOptions('wrapSocket', options, OPTIONS);
  const { certfile, keyfile, serverSide = false, doHandshakeOnConnect = true, suppressRaggedEofs = true } = given;
  if (serverSide && !certfile) throw valueMisuse('certfile must be specified for server-side operations');
  if (keyfile && !certfile) throw valueMisuse('certfile must be specified');
  const context = contextFor(given);
  if (!serverSide && context.verifyMode === CERT_NONE) warnOnce();
  return context.wrapSocket(sock, { serverSide, doHandshakeOnConnect, suppressRaggedEofs });
}

function contextFor(given: WrapSocketFunctionOptions): SSLContext {
  const certReqs = requireInteger('certReqs', given.certReqs ?? CERT_NONE);
  const context = new SSLContext(given.sslVersion ?? PROTOCOL_TLS);
  // The seed knows no host names; a context that would check them could never be wrapped.
  context.checkHostname = false;
  if (certReqs !== CERT_NONE && certReqs !== CERT_OPTIONAL && certReqs !== CERT_REQUIRED) {
    throw valueMisuse('invalid value for certReqs');
  }
  context.verifyMode = certReqs;
  if (given.caCerts) context.loadVerifyLocations({ cafile: given.caCerts });
  if (given.certfile) context.loadCertChain(given.certfile, given.keyfile);
  if (given.ciphers) context.setCiphers(given.ciphers);
  return context;
}

function warnOnce(): void {
  if (warned) return;
  warned = true;
  const message = 'wrapSocket() with certReqs CERT_NONE does not verify the server: anybody can be at the other end.';
  process.emitWarning(message, {
    type: 'SecurityWarning',
    code: 'SSLKIT_UNVERIFIED',
    detail: 'Use connect(), or certReqs: CERT_REQUIRED with caCerts and a check of the host name.',
  });
}
