import { SSLContext as BaseSSLContext, Purpose, SSLError, type SSLSession } from '@sslkit/context';
import { createDefaultContextOf } from '@sslkit/context/engine';
import type { TlsStream } from '@sslkit/openssl-native';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { type Source, sourceOf } from './core.ts';
import { checkOptions, requireBoolean, typeMisuse, valueMisuse } from './misuse.ts';
import { coreOf, Socket } from './socket.ts';
import { CONSTRUCT, SSLSocket } from './ssl_socket.ts';
import { systemError } from './system_error.ts';
import type { SSLSocketParts } from './tls_carrier.ts';

/** Options of {@link SSLContext.wrapSocket}. */
export interface WrapSocketOptions {
  /** Which side of the handshake this is; default false, the client's. */
  readonly serverSide?: boolean;
  /** Handshake as soon as there is a connection; default true. */
  readonly doHandshakeOnConnect?: boolean;
  /** Read the end of a transport that ended without close_notify as an end, not as SSLEOFError; default true. */
  readonly suppressRaggedEofs?: boolean;
  /** The name (or address) that the server must prove; sent as SNI. Required while `checkHostname` is on. */
  readonly serverHostname?: string | null;
  /** A session to resume. */
  readonly session?: SSLSession | null;
  /** As for {@link listen}: run the public-key work on threads of their own while other connections are open; default true. */
  readonly handshakeThreads?: boolean;
}

/** What can be wrapped. */
export type Wrappable = Socket | net.Socket | net.Server | Duplex;

const OPTIONS = [
  'serverSide',
  'doHandshakeOnConnect',
  'suppressRaggedEofs',
  'serverHostname',
  'session',
  'handshakeThreads',
] as const;

/** `@sslkit/context`'s SSLContext, able to wrap sockets. */
export class SSLContext extends BaseSSLContext {
  /**
   * Puts TLS around a socket and takes it over; use only the returned SSLSocket from then on.
   *
   * - Not connected: TLS starts at `connect()`.
   * - Connected, or any Duplex: TLS starts now (`doHandshakeOnConnect`); the first read, write or `doHandshake()` waits for
   *   it and meets its failure. Bytes that are waiting in the stream are taken as TLS, none is lost.
   * - Listening: each `accept()` wraps.
   * @throws TypeError for options that contradict each other; SSLError when the context is for the other role.
   */
  wrapSocket(sock: Wrappable, options?: WrapSocketOptions): SSLSocket {
    const given = checkOptions('wrapSocket', options, OPTIONS);
    const settings = {
      context: this,
      serverSide: requireBoolean('serverSide', given.serverSide ?? false),
      serverHostname: given.serverHostname ?? null,
      session: given.session ?? null,
      doHandshakeOnConnect: requireBoolean('doHandshakeOnConnect', given.doHandshakeOnConnect ?? true),
      suppressRaggedEofs: requireBoolean('suppressRaggedEofs', given.suppressRaggedEofs ?? true),
      handshakeThreads: requireBoolean('handshakeThreads', given.handshakeThreads ?? true),
    };
    checkRole(settings);
    const { undo, source, timeoutMs, ...taken } = takeOver(sock, settings.doHandshakeOnConnect);
    try {
      return new SSLSocket(CONSTRUCT, { ...settings, ...taken }, source, timeoutMs);
    } catch (error) {
      undo();
      throw error;
    }
  }
}

/** As in `@sslkit/context`, with {@link SSLContext.wrapSocket}. */
export function createDefaultContext(
  purpose: Purpose = Purpose.SERVER_AUTH,
  options?: Parameters<typeof createDefaultContextOf>[2],
): SSLContext {
  return createDefaultContextOf(SSLContext, purpose, options);
}

/** Internal: whether a subclass brings sockets of its own, Python's `sslsocket_class`; they are made by its method only. */
export function wrapsItself(context: SSLContext): boolean {
  return context.wrapSocket !== SSLContext.prototype.wrapSocket;
}

/** Internal: what sockets need that are plain only after `unwrap()`. */
const ALWAYS_TLS: Pick<SSLSocketParts, 'giveBack' | 'wrapAccepted'> = {
  giveBack: (transport) => new Socket(transport),
  wrapAccepted: doesNotAccept,
};

/** Internal: a client's socket, to be connected. */
export function newClient(
  context: SSLContext,
  settings: Pick<SSLSocketParts, 'serverHostname' | 'session' | 'suppressRaggedEofs' | 'handshakeThreads'>,
): SSLSocket {
  const parts = { context, serverSide: false, doHandshakeOnConnect: true, ...settings, ...ALWAYS_TLS };
  checkRole(parts);
  return new SSLSocket(CONSTRUCT, parts, NOT_CONNECTED, null);
}

const NOT_CONNECTED: Source = { kind: 'fresh', socket: null, bound: null };

/** Internal: what all sockets share that the addon accepts for a TLS server. */
export function acceptedParts(
  context: SSLContext,
  settings: Pick<SSLSocketParts, 'suppressRaggedEofs' | 'handshakeThreads'>,
): SSLSocketParts {
  const client = { serverHostname: null, session: null };
  return { context, serverSide: true, doHandshakeOnConnect: false, ...client, ...settings, ...ALWAYS_TLS };
}

/** Internal: one of them. */
export function wrapNative(parts: SSLSocketParts, stream: TlsStream): SSLSocket {
  return new SSLSocket(CONSTRUCT, parts, { kind: 'native', stream }, null);
}

type Settings = Pick<SSLSocketParts, 'context' | 'serverSide' | 'serverHostname' | 'session'>;

function checkRole({ context, serverSide, serverHostname, session }: Settings): void {
  if (serverSide && serverHostname) {
    throw valueMisuse('serverHostname can only be specified in client mode', 'ERR_SSL_WRONG_ROLE');
  }
  if (serverSide && session) throw valueMisuse('session can only be specified in client mode', 'ERR_SSL_WRONG_ROLE');
  if (context.checkHostname && !serverHostname) {
    const text = 'checkHostname requires serverHostname: the name that the peer must prove';
    throw valueMisuse(text, 'ERR_SSL_CHECK_HOSTNAME_REQUIRES_SERVER_HOSTNAME');
  }
}

type Taken = Pick<SSLSocketParts, 'giveBack' | 'wrapAccepted'> & {
  readonly source: Source;
  readonly timeoutMs: number | null;
  /** Leaves what was to be wrapped as it was: there is no TLS around it. */
  readonly undo: () => void;
};

function takeOver(sock: Wrappable, handshakes: boolean): Taken {
  if (sock instanceof SSLSocket && coreOf(sock).phase === 'connected') return insideTls(sock);
  if (sock instanceof Socket) return fromSocket(sock, handshakes);
  refuseDead(sock);
  const asItIs: SSLSocketParts['wrapAccepted'] = (socket) => ({
    source: { kind: 'stream', stream: socket },
    giveBack: (stream) => stream,
  });
  return {
    source: sourceOf(sock),
    giveBack: (stream) => stream,
    wrapAccepted: asItIs,
    timeoutMs: null,
    undo: () => {},
  };
}

function fromSocket(sock: Socket, handshakes: boolean): Taken {
  const core = coreOf(sock);
  const { timeoutMs } = core;
  if (handshakes && core.nonBlocking && core.phase === 'connected') {
    void sock.close();
    throw valueMisuse('doHandshakeOnConnect should not be specified for non-blocking sockets');
  }
  const taken: Source = core.handOver();
  return {
    source: taken,
    timeoutMs,
    undo: () => core.adopt(taken),
    giveBack: (stream) => revive(sock, stream),
    wrapAccepted: (socket) => {
      const plain = new Socket(socket);
      return { source: coreOf(plain).handOver(), giveBack: (stream) => revive(plain, stream) };
    },
  };
}

/** The Socket that was wrapped works again, over the transport that TLS has left. */
function revive(sock: Socket, stream: Duplex): Socket {
  coreOf(sock).attach(stream);
  return sock;
}

/** TLS inside TLS: the outer connection is the transport, and unwrap() gives it back. */
function insideTls(sock: SSLSocket): Taken {
  const duplex = sock.toDuplex();
  const undo = (): void => duplex.release();
  const giveBack = (): SSLSocket => {
    undo();
    return sock;
  };
  const { timeoutMs } = coreOf(sock);
  return { source: { kind: 'stream', stream: duplex }, timeoutMs, giveBack, wrapAccepted: doesNotAccept, undo };
}

function doesNotAccept(): never {
  throw typeMisuse('a connected socket does not accept');
}

/**
 * A connection that is gone must not pass for one that is not there yet: what it left behind was never protected, and
 * would be read as if it had been (CVE-2023-40217).
 */
function refuseDead(sock: unknown): void {
  if (!(sock instanceof net.Socket) || !sock.pending || sock.connecting) return;
  if (sock.readableLength > 0) {
    const reason = 'Closed before TLS handshake with data in recv buffer.';
    sock.destroy();
    throw new SSLError(reason, { errno: 1, reason, code: 'ERR_SSL_CLOSED_BEFORE_HANDSHAKE' });
  }
  if (sock.destroyed) throw systemError('EBADF', 'wrapSocket');
}
