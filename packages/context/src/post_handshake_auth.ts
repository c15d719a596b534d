/**
 * Post-handshake authentication: a server asks for the client's certificate on a connection that is established, for
 * example when a path is requested that needs one. TLS 1.3 only. @see RFC 8446 section 4.6.2
 */
import { requireBoolean } from './arguments.ts';
import { CERT_NONE, CERT_OPTIONAL, CERT_REQUIRED } from './constants.ts';
import type { VerifyMode } from './constants.ts';
import type { ContextState } from './context_state.ts';
import { SSL_VERIFY_FAIL_IF_NO_PEER_CERT, SSL_VERIFY_PEER } from './context_state.ts';
import { SSLError } from './errors.ts';
import type { Ssl } from './native.ts';
import { numberConstant } from './native.ts';
import { contextError, isOpenSSLFailure } from './native_error.ts';

const SSL_VERIFY_POST_HANDSHAKE = numberConstant('SSL_VERIFY_POST_HANDSHAKE');
/** @see SSL_get_shutdown(3) */
const SSL_SENT_SHUTDOWN = 1;

const MODE_BITS: Readonly<Record<VerifyMode, number>> = {
  [CERT_NONE]: 0,
  [CERT_OPTIONAL]: SSL_VERIFY_PEER,
  [CERT_REQUIRED]: SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
};

/** What `verifyMode` and `postHandshakeAuth` mean together, for new connections. */
export function setVerifyMode(state: ContextState, mode: VerifyMode): void {
  const bits = MODE_BITS[mode];
  // Alone, or for a client, the bit would switch verification on (bpo-37428).
  const later = state.postHandshakeAuth && bits !== 0 && !state.isClient ? SSL_VERIFY_POST_HANDSHAKE : 0;
  state.ctx.setVerify(bits | later);
  // The bits are a part of what sessions are bound to: one that was made before the client was asked must not get it
  // past a handshake that asks.
  state.verificationChanged();
}

export function setPostHandshakeAuth(state: ContextState, wanted: unknown, mode: VerifyMode): void {
  state.postHandshakeAuth = requireBoolean('postHandshakeAuth', wanted);
  state.ctx.setPostHandshakeAuth(state.postHandshakeAuth);
  setVerifyMode(state, mode);
}

/**
 * Marks that the client is to be asked. A refusal leaves the connection as it was.
 * @throws SSLError with OpenSSL's reason, and a hint.
 */
export function markRequest(ssl: Ssl, handshakeDone: boolean): void {
  if ((ssl.getShutdown() & SSL_SENT_SHUTDOWN) !== 0) throw nothingAfterCloseNotify();
  try {
    ssl.verifyClientPostHandshake();
  } catch (failure) {
    if (!isOpenSSLFailure(failure)) throw failure;
    const reason = failure.errors.at(-1)?.reason ?? null;
    throw contextError(failure, { hint: handshakeDone ? HINTS[reason ?? ''] : NOT_DONE });
  }
}

const NOT_DONE = 'The handshake is not complete: wait for doHandshake() first.';

const NOT_ANSWERED = 'The client has not answered the last request yet; it does when it reads.';

const HINTS: Readonly<Record<string, string>> = {
  WRONG_SSL_VERSION:
    'Only TLS 1.3 can ask after the handshake. A TLS 1.2 client is asked in the handshake, if verifyMode says so.',
  NOT_SERVER: 'Only a server can ask. A client sets postHandshakeAuth on its context, and answers by itself.',
  EXTENSION_NOT_RECEIVED:
    'The client did not offer it: its context needs postHandshakeAuth = true before the connection is made. Browsers and ' +
    'node:tls do not offer it at all.',
  INVALID_CONFIG:
    'The context of this server needs verifyMode CERT_OPTIONAL or CERT_REQUIRED when the connection is made.',
  STILL_IN_INIT:
    'The client is being asked already: the request leaves with the next write(), read() or doHandshake().',
  REQUEST_PENDING: NOT_ANSWERED,
  REQUEST_SENT: NOT_ANSWERED,
};

function nothingAfterCloseNotify(): SSLError {
  return new SSLError('[SSL: PROTOCOL_IS_SHUTDOWN] protocol is shutdown', {
    errno: 1,
    library: 'SSL',
    reason: 'PROTOCOL_IS_SHUTDOWN',
    hint: 'This side has sent close_notify; nothing may follow it.',
  });
}
