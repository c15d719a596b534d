/**
 * Sessions. Resuming one skips the certificate altogether, so a session carries what it was verified under: the server
 * name and the context's verification settings. Where those differ, the connection makes a full handshake instead.
 */
import { Buffer } from 'node:buffer';
import { requireBytes, stateMisuse, typeMisuse, valueMisuse } from './arguments.ts';
import { stateOf } from './context_state.ts';
import type { SslSession } from './native.ts';
import { native } from './native.ts';

/** What a session was made under. */
export interface SessionBinding {
  readonly serverHostname: string | null;
  /** {@link ContextState.verificationFingerprint} at that time. */
  readonly fingerprint: string;
}

const CONSTRUCT: unique symbol = Symbol('SSLSession');

/**
 * A TLS session that can be resumed: hand it to a new connection of the same context as `session`.
 *
 * On TLS 1.3 the ticket arrives after the handshake, with the first data that is read; `hasTicket` tells.
 * @see SSL_SESSION_new(3)
 */
export class SSLSession {
  readonly #native: SslSession;
  readonly #binding: SessionBinding;

  /** Not public: sessions come from a connection or from {@link SSLSession.deserialize}. */
  constructor(token: typeof CONSTRUCT, session: SslSession, context: object, binding: SessionBinding) {
    if (token !== CONSTRUCT) throw illegalConstructor();
    this.#native = session;
    this.#binding = binding;
    internals.set(this, { session, context, binding });
  }

  /** Up to 32 bytes; on TLS 1.3 made by OpenSSL for the ticket. */
  get id(): Buffer {
    return this.#native.getId();
  }

  /** When it was made, in seconds since the epoch. */
  get time(): number {
    return this.#native.getTime();
  }

  /** How long it may be used, in seconds after {@link time}. */
  get timeout(): number {
    return this.#native.getTimeout();
  }

  /** Seconds. */
  get ticketLifetimeHint(): number {
    return this.#native.getTicketLifetimeHint();
  }

  /** The server has given a ticket: the session can be resumed on TLS 1.3. */
  get hasTicket(): boolean {
    return this.#native.hasTicket();
  }

  /** Same session id; Python's `==`. */
  equals(other: unknown): boolean {
    return other instanceof SSLSession && this.id.equals(other.id);
  }

  /** The session and what it is bound to. It holds the session's master secret: keep it like a password. */
  serialize(): Buffer {
    const header = Buffer.from(JSON.stringify(this.#binding));
    const sizes = Buffer.alloc(4);
    sizes.writeUInt32BE(header.length);
    return Buffer.concat([MAGIC, sizes, header, this.#native.toDer()]);
  }

  /**
   * Reads what {@link serialize} wrote. The session then belongs to `context`; it resumes only while the context's
   * verification settings are those it was made under.
   */
  static deserialize(context: object, bytes: Uint8Array): SSLSession {
    stateOf(context);
    const { binding, der } = unpack(Buffer.from(requireBytes('bytes', bytes)));
    return createSession(sessionFromDer(der), context, binding);
  }
}

interface Internals {
  readonly session: SslSession;
  readonly context: object;
  readonly binding: SessionBinding;
}

const internals = new WeakMap<SSLSession, Internals>();

export function createSession(session: SslSession, context: object, binding: SessionBinding): SSLSession {
  return new SSLSession(CONSTRUCT, session, context, binding);
}

/** What is inside a session; Python's TypeError for anything else. */
function sessionInternals(session: unknown): Internals {
  const found = session instanceof SSLSession ? internals.get(session) : undefined;
  if (found === undefined) throw typeMisuse('Value is not a SSLSession.');
  return found;
}

/** The connection that is to resume a session. */
export interface Resuming {
  readonly context: object;
  readonly binding: SessionBinding;
  readonly serverSide: boolean;
  readonly handshakeDone: boolean;
}

/**
 * What to offer to the server; null: the session was made for another name or under other settings, and is left aside.
 * @throws TypeError for what is no session of this context, and where none can be offered any more.
 */
export function sessionToOffer(offered: SSLSession, connection: Resuming): SslSession | null {
  const { session, context, binding } = sessionInternals(offered);
  if (context !== connection.context) {
    throw valueMisuse('Session refers to a different SSLContext.', 'ERR_SSL_WRONG_CONTEXT');
  }
  if (connection.serverSide) throw valueMisuse('Cannot set session for server-side SSLSocket.', 'ERR_SSL_WRONG_ROLE');
  if (connection.handshakeDone) throw stateMisuse('Cannot set session after handshake.', 'ERR_SSL_HANDSHAKE_DONE');
  const { serverHostname, fingerprint } = connection.binding;
  return binding.serverHostname === serverHostname && binding.fingerprint === fingerprint ? session : null;
}

const MAGIC = Buffer.from('sslkit-session\x01');
const MAX_HEADER = 4096;

function unpack(bytes: Buffer): { binding: SessionBinding; der: Buffer } {
  const start = MAGIC.length + 4;
  if (bytes.length < start || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw notASession();
  const length = bytes.readUInt32BE(MAGIC.length);
  if (length > MAX_HEADER || bytes.length <= start + length) throw notASession();
  const binding = parseBinding(bytes.toString('utf8', start, start + length));
  return { binding, der: bytes.subarray(start + length) };
}

function parseBinding(text: string): SessionBinding {
  try {
    const { serverHostname, fingerprint } = JSON.parse(text) as Record<string, unknown>;
    const nameIsGood = serverHostname === null || typeof serverHostname === 'string';
    if (nameIsGood && typeof fingerprint === 'string') return { serverHostname, fingerprint };
  } catch {
    // Falls through: what is wrong with it does not matter, and its text may be secret.
  }
  throw notASession();
}

function sessionFromDer(der: Buffer): SslSession {
  try {
    return native.SslSession.fromDer(der);
  } catch {
    throw notASession();
  }
}

function notASession(): TypeError {
  return valueMisuse('bytes are not a session that SSLSession.serialize() wrote');
}

function illegalConstructor(): TypeError {
  return valueMisuse(
    'SSLSession has no public constructor; sessions come from a connection',
    'ERR_ILLEGAL_CONSTRUCTOR',
  );
}
