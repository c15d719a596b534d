/**
 * Pre-shared keys: both sides know a key, and prove that to each other instead of showing certificates.
 *
 * OpenSSL asks for the key in the middle of a handshake and has no place to wait for the answer, so these callbacks are
 * called from inside it, and answer at once. Handshakes of connections that may ask stay on JavaScript's own thread.
 */
import { Buffer, isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { describe, rangeMisuse, stateMisuse, typeMisuse, valueMisuse } from './arguments.ts';
import { HAS_PSK, PROTOCOL_TLS_CLIENT, PROTOCOL_TLS_SERVER } from './constants.ts';
import type { ContextState } from './context_state.ts';
import { SSLError } from './errors.ts';
import { inContext } from './native_error.ts';
import { checkOptions } from './options.ts';

/**
 * Tells the identity of this client, up to 256 bytes of UTF-8 without NUL, and its key, up to 512 bytes; an empty key: none.
 *
 * `hint` is what a server of TLS 1.2 says to help in choosing; null when it says nothing, and in TLS 1.3, where the identity
 * must not be null. One handshake may ask more than once: with null for the ClientHello if TLS 1.3 is enabled, again
 * when the server wants another ClientHello, and with the hint if it comes to TLS 1.2.
 */
export type PskClientCallback = (hint: string | null) => readonly [identity: string | null, psk: Uint8Array];

/**
 * Tells the key of the client that claims to be `identity`, up to 512 bytes; empty: there is no such client. Then TLS 1.2
 * fails with the alert `unknown_psk_identity`, and TLS 1.3 goes on with certificates, if there are any.
 *
 * null: a client of TLS 1.2 that does not say who it is.
 */
export type PskServerCallback = (identity: string | null) => Uint8Array;

/** Options of `SSLContext.setPskServerCallback`. */
export interface PskServerOptions {
  /** Sent to clients of TLS 1.2, up to 256 bytes of UTF-8. */
  readonly identityHint?: string | null;
}

/** OpenSSL's PSK_MAX_IDENTITY_LEN. */
const MAX_IDENTITY = 256;
/** OpenSSL's PSK_MAX_PSK_LEN. */
const MAX_KEY = 512;

const NO_KEY: Uint8Array = new Uint8Array(0);

/** What `SSLContext.setPskClientCallback` does. */
export function setPskClientCallback(state: ContextState, callback: unknown): void {
  if (state.protocol === PROTOCOL_TLS_SERVER) throw wrongRole('client', 'SERVER');
  const ask = callbackOf('setPskClientCallback', callback);
  inContext(() => state.ctx.setPskClientCallback(ask && ((hint, hello) => clientAnswer(ask(textOf(hint)), hello))));
  state.pskClient = bindingOf(ask, state.pskClient);
  state.verificationChanged();
}

/** What `SSLContext.setPskServerCallback` does. */
export function setPskServerCallback(state: ContextState, callback: unknown, options: unknown): void {
  if (state.protocol === PROTOCOL_TLS_CLIENT) throw wrongRole('server', 'CLIENT');
  const ask = callbackOf('setPskServerCallback', callback);
  const { identityHint = null } = checkOptions('setPskServerCallback', options as PskServerOptions | undefined, [
    'identityHint',
  ]);
  const hint = hintOf(identityHint);
  const answer = (identity: Buffer | null): Uint8Array => {
    // Nobody that was given a key: a session ticket, or bytes that no JavaScript string can be.
    if (identity !== null && !isUtf8(identity)) return NO_KEY;
    return checkedKey((ask as PskServerCallback)(textOf(identity)));
  };
  inContext(() => state.ctx.setPskServerCallback(ask && answer, ask && hint));
  state.pskServer = bindingOf(ask, state.pskServer);
  state.verificationChanged();
}

/**
 * What sessions are bound to: the callback, as one call has set it. A session that was made when another one was asked, or
 * none, must not be resumed, because resuming asks nobody. Never one that was there before.
 */
function bindingOf(callback: unknown, before: string): string {
  return callback === null && before === '' ? '' : randomUUID();
}

function callbackOf(method: string, callback: unknown): ((text: string | null) => unknown) | null {
  if (!HAS_PSK) throw stateMisuse(`${method}: this OpenSSL was built without pre-shared keys`, 'ERR_SSL_UNSUPPORTED');
  if (callback === null) return null;
  if (typeof callback === 'function') return callback as (text: string | null) => unknown;
  throw typeMisuse(`${method}: the callback must be a function or null, not ${describe(callback)}`);
}

function wrongRole(role: string, protocol: string): SSLError {
  const text = `Cannot add PSK ${role} callback to a PROTOCOL_TLS_${protocol} context`;
  return new SSLError(text, { code: 'ERR_SSL_WRONG_ROLE' });
}

function textOf(bytes: Buffer | null): string | null {
  return bytes === null ? null : bytes.toString('utf8');
}

function hintOf(hint: unknown): string | null {
  if (hint === null) return null;
  if (typeof hint !== 'string') throw typeMisuse(`identityHint must be a string or null, not ${describe(hint)}`);
  checkText('identityHint', hint);
  return hint;
}

function clientAnswer(answer: unknown, hello: boolean): [Uint8Array | null, Uint8Array] {
  if (!Array.isArray(answer) || answer.length !== 2) throw notAnAnswer('[identity, psk]', answer);
  const [identity, psk] = answer as unknown[];
  const key = checkedKey(psk);
  if (identity === null || identity === '') {
    if (hello && key.length > 0)
      throw wrongAnswer('TLS 1.3 needs an identity; without one set maximumVersion to TLS 1.2');
    return [null, key];
  }
  if (typeof identity !== 'string')
    throw wrongAnswer(`the identity must be a string or null, not ${describe(identity)}`);
  checkText('the identity', identity);
  return [Buffer.from(identity), key];
}

function checkedKey(psk: unknown): Uint8Array {
  if (!(psk instanceof Uint8Array)) throw notAnAnswer('a Uint8Array', psk);
  if (psk.length > MAX_KEY) throw rangeMisuse(`the pre-shared key must be at most ${MAX_KEY} bytes long`);
  return psk;
}

/** OpenSSL takes C strings, and Buffer would replace a lone surrogate by U+FFFD: another identity. */
function checkText(name: string, text: string): void {
  if (text.includes('\0')) throw valueMisuse(`${name} must not contain NUL`);
  const bytes = Buffer.from(text);
  if (bytes.toString() !== text) throw valueMisuse(`${name} must not contain a lone surrogate`);
  if (bytes.length > MAX_IDENTITY)
    throw rangeMisuse(`${name} must be at most ${MAX_IDENTITY} bytes long, not ${bytes.length}`);
}

function wrongAnswer(text: string): TypeError {
  return valueMisuse(`PSK callback: ${text}`, 'ERR_INVALID_RETURN_VALUE');
}

function notAnAnswer(expected: string, answer: unknown): TypeError {
  if (typeof (answer as { then?: unknown } | null | undefined)?.then !== 'function') {
    return wrongAnswer(`must return ${expected}, not ${describe(answer)}`);
  }
  // What becomes of it no longer matters, not even that it fails.
  Promise.resolve(answer as PromiseLike<unknown>).catch(() => {});
  return wrongAnswer(
    `must return ${expected} at once, not a promise: OpenSSL cannot wait for it. Look keys up beforehand.`,
  );
}
