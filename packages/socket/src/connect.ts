import type { SSLSession } from '@sslkit/context';
import { type Address, parseAddress } from './address.ts';
import type { WaitOptions } from './limits.ts';
import { checkOptions, requireBoolean, typeMisuse } from './misuse.ts';
import { Socket } from './socket.ts';
import { createDefaultContext, newClient, SSLContext, wrapsItself } from './ssl_context.ts';
import type { SSLSocket } from './ssl_socket.ts';

/** Options of {@link connect}. */
export interface ConnectOptions extends WaitOptions {
  /** Default: `createDefaultContext()`, which verifies the server and its name. */
  readonly context?: SSLContext;
  /** The name that the server must prove; default: the host of the address. Null: none, and no SNI. */
  readonly serverHostname?: string | null;
  /** A session to resume. */
  readonly session?: SSLSession | null;
  /** Default true. */
  readonly suppressRaggedEofs?: boolean;
  /** As for {@link listen}: run the public-key work on threads of their own while other connections are open; default true. */
  readonly handshakeThreads?: boolean;
}

const OPTIONS = [
  'context',
  'serverHostname',
  'session',
  'suppressRaggedEofs',
  'handshakeThreads',
  'timeout',
  'signal',
] as const;

/**
 * Connects and handshakes, verified by default. `timeout` (milliseconds) and `signal` cover all of it: name lookup, every
 * address tried, handshake. Whatever fails, no socket stays open.
 */
export async function connect(address: Address, options?: ConnectOptions): Promise<SSLSocket> {
  const given = checkOptions('connect', options, OPTIONS);
  const endpoint = parseAddress('connect', address);
  const context = given.context ?? createDefaultContext();
  if (!(context instanceof SSLContext)) throw typeMisuse("context must be an SSLContext of '@sslkit/socket'");
  const host = 'host' in endpoint ? endpoint.host : null;
  const settings = {
    serverHostname: given.serverHostname === undefined ? host : given.serverHostname,
    session: given.session ?? null,
    suppressRaggedEofs: requireBoolean('suppressRaggedEofs', given.suppressRaggedEofs ?? true),
    handshakeThreads: requireBoolean('handshakeThreads', given.handshakeThreads ?? true),
  };
  const socket = wrapsItself(context) ? context.wrapSocket(new Socket(), settings) : newClient(context, settings);
  await socket.connect(address, limitsOf(given));
  return socket;
}

/** The two that are given, without keys that are undefined. */
export function limitsOf({ timeout, signal }: WaitOptions): WaitOptions {
  return { ...(timeout === undefined ? {} : { timeout }), ...(signal === undefined ? {} : { signal }) };
}
