/**
 * The SNI callback: a server decides by the name that a client asks for.
 *
 * It never runs inside OpenSSL. The handshake stops at the ClientHello, the callback runs here, at once or over many
 * turns, and the handshake goes on with its answer.
 */
import { Buffer } from 'node:buffer';
import { describe, typeMisuse, valueMisuse } from './arguments.ts';
import { AlertDescription } from './constants.ts';
import type { SSLContext } from './context.ts';
import type { ContextState } from './context_state.ts';
import { digestOf, stateOf } from './context_state.ts';
import { parseServerName } from './hostname.ts';
import type { Ssl } from './native.ts';

/** What every connection has, `SSLObject` and `SSLSocket` alike: enough for an SNI callback. */
export interface SniConnection {
  /** Assign another context to serve with its certificate. */
  context: SSLContext;
  readonly serverSide: boolean;
  readonly serverHostname: string | null;
  /** null: the callback runs before a version is agreed on. */
  version(): string | null;
}

/** Nothing: go on. A fatal alert, one of `AlertDescription`: refuse the client with it. */
// biome-ignore lint/suspicious/noConfusingVoidType: a callback without a return statement is meant.
export type SniAnswer = number | null | undefined | void;

/**
 * Called for every client of a server, also for one that resumes a session: with the connection (the `SSLSocket` or
 * `SSLObject`), the name that the client asks for, as A-labels, or null when it asks for none, and the context whose
 * callback this is. It may be async; the handshake waits, and other connections do not.
 *
 * To serve another certificate assign `connection.context`. Certificate and key, signature algorithms, Diffie-Hellman
 * parameters, ALPN protocols, trusted authorities and the ciphers of TLS 1.2 are then those of the other context; verify mode,
 * versions, groups and options stay.
 *
 * What it throws refuses the client with `handshake_failure` and is the `cause` of the connection's error.
 */
// A method's parameters are bivariant, so that a callback may name the class of the connections that it will get.
export type SniCallback = {
  callback(
    connection: SniConnection,
    serverName: string | null,
    context: SSLContext,
  ): SniAnswer | PromiseLike<SniAnswer>;
}['callback'];

/** What `SSLContext.sniCallback = …` does. */
export function setSniCallback(state: ContextState, callback: unknown): void {
  if (state.isClient) throw valueMisuse('sni_callback cannot be set on TLS_CLIENT context', 'ERR_SSL_WRONG_ROLE');
  if (callback !== null && typeof callback !== 'function') {
    throw typeMisuse(`sniCallback must be a function or null, not ${describe(callback)}`);
  }
  state.sniCallback = callback as SniCallback | null;
  state.ctx.setClientHelloCb(callback !== null);
}

/** Python's older way: the name goes through IDNA, which refuses labels that cannot be. */
export function encodingServername(callback: unknown): SniCallback | null {
  if (callback === null) return null;
  if (typeof callback !== 'function') throw typeMisuse(`not a callable object: ${describe(callback)}`);
  const inner = callback as SniCallback;
  return (connection, serverName, context) =>
    inner(connection, serverName === null ? null : parseServerName(serverName).name, context);
}

/** A connection, as the question about its ClientHello sees it. */
export interface Asked {
  /** The context that the connection was made with, and its state. */
  readonly context: SSLContext;
  readonly state: ContextState;
  /** What the callback is given. */
  readonly connection: SniConnection;
  /** null: it was given back meanwhile. */
  readonly ssl: () => Ssl | null;
}

/** The question about one ClientHello, from the call of the callback until its answer is with OpenSSL. */
export class SniQuestion {
  readonly #asked: Asked;
  #open = true;
  /** Why the client is refused; part of the connection's error. */
  refusal: Refusal | null = null;
  /** The context that the callback has chosen. */
  context: SSLContext;
  /** Resolves when the handshake can go on; never rejects. */
  readonly settled: Promise<void>;
  #settle: () => void = () => {};

  constructor(asked: Asked) {
    this.#asked = asked;
    this.context = asked.context;
    this.settled = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** The callback has not answered. */
  get open(): boolean {
    return this.#open;
  }

  /** Calls the callback, which may answer before this returns. */
  ask(): void {
    const { state, connection, context } = this.#asked;
    const callback = state.sniCallback;
    // Taken away since the ClientHello arrived.
    if (callback === null) {
      this.#goOn();
      return;
    }
    try {
      const answer = callback(connection, this.#asked.ssl()?.clientHelloServername() ?? null, context);
      if (isPromiseLike(answer)) this.#await(answer);
      else this.#answer(answer);
    } catch (error) {
      this.#threw(error);
    }
  }

  #await(answer: PromiseLike<unknown>): void {
    Promise.resolve(answer).then(
      (value) => this.#answer(value),
      (error: unknown) => this.#threw(error),
    );
  }

  #answer(answer: unknown): void {
    if (answer === null || answer === undefined) this.#goOn();
    else if (isRefusal(answer)) this.#refuse({ alert: answer });
    else this.#refuse({ alert: AlertDescription.ALERT_DESCRIPTION_INTERNAL_ERROR, error: notAnAnswer(answer) });
  }

  #threw(error: unknown): void {
    this.#refuse({ alert: AlertDescription.ALERT_DESCRIPTION_HANDSHAKE_FAILURE, error });
  }

  #refuse(refusal: Refusal): void {
    this.refusal = refusal;
    this.#close((ssl) => ssl.answerClientHello(refusal.alert, null));
  }

  #goOn(): void {
    const { context, state } = this.#asked;
    const other = this.context === context ? null : stateOf(this.context);
    if (other === null) {
      this.#close((ssl) => ssl.answerClientHello(0, null));
    } else {
      const binding = digestOf(state.verificationFingerprint(), other.verificationFingerprint());
      this.#close((ssl) => ssl.answerClientHello(0, other.ctx, Buffer.from(binding, 'hex')));
    }
  }

  #close(tell: (ssl: Ssl) => void): void {
    this.#open = false;
    // A connection that was closed meanwhile needs no answer.
    const ssl = this.#asked.ssl();
    if (ssl !== null) tell(ssl);
    this.#settle();
  }
}

/** Why a client was refused: the alert, and what the callback threw or should not have returned. */
export interface Refusal {
  readonly alert: AlertDescription;
  readonly error?: unknown;
}

/** Alerts that say "closed" or "never mind": they refuse nobody. RFC 8446 section 6.1, RFC 5246 section 7.2.2. */
const NOT_FATAL: ReadonlySet<number> = new Set([
  AlertDescription.ALERT_DESCRIPTION_CLOSE_NOTIFY,
  AlertDescription.ALERT_DESCRIPTION_USER_CANCELLED,
  AlertDescription.ALERT_DESCRIPTION_NO_RENEGOTIATION,
]);

function isRefusal(answer: unknown): answer is AlertDescription {
  const known = Object.values(AlertDescription) as unknown[];
  return known.includes(answer) && !NOT_FATAL.has(answer as number);
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

function notAnAnswer(answer: unknown): TypeError {
  const text = `an SNI callback must return null, undefined or a fatal AlertDescription, not ${shown(answer)}`;
  return valueMisuse(text, 'ERR_INVALID_RETURN_VALUE');
}

function shown(value: unknown): string {
  return typeof value === 'number' ? String(value) : describe(value);
}

/** The name of an alert, for messages: `ACCESS_DENIED`. */
export function alertName(alert: number): string {
  const names = Object.entries(AlertDescription).filter(([, value]) => value === alert);
  return names[0]?.[0].replace('ALERT_DESCRIPTION_', '') ?? String(alert);
}
