/** Two ends in memory. */
import type { SSLContext, SSLSession } from '@sslkit/context';
import { MemoryBIO, type SSLObject, SSLWantReadError, TLSVersion } from '@sslkit/context';

/** For describe.each: the name, and the version. */
export const VERSIONS = [
  ['TLS 1.2', TLSVersion.TLSv1_2],
  ['TLS 1.3', TLSVersion.TLSv1_3],
] as const;

export interface Pair {
  readonly client: SSLObject;
  readonly server: SSLObject;
  /** What the server has sent to the client, and the reverse. */
  readonly toClient: MemoryBIO;
  readonly toServer: MemoryBIO;
}

export interface PairOptions {
  readonly serverHostname?: string | null;
  readonly session?: SSLSession | null;
}

export function pairOf(clientContext: SSLContext, serverContext: SSLContext, options: PairOptions = {}): Pair {
  const toClient = new MemoryBIO();
  const toServer = new MemoryBIO();
  return {
    toClient,
    toServer,
    client: clientContext.wrapBio(toClient, toServer, options),
    server: serverContext.wrapBio(toServer, toClient, { serverSide: true }),
  };
}

/** How the handshake ended on each side: null when it is done, else what was thrown. */
export interface HandshakeResult {
  client: Error | null;
  server: Error | null;
}

/** Drives both sides in turn until each is done or has failed; one that still waits then has SSLWantReadError. */
export function handshake({ client, server }: Pair): HandshakeResult {
  const result: HandshakeResult = { client: new SSLWantReadError(), server: new SSLWantReadError() };
  for (let round = 0; round < 12; round++) {
    if (result.client instanceof SSLWantReadError) result.client = step(client);
    if (result.server instanceof SSLWantReadError) result.server = step(server);
  }
  return result;
}

function step(side: SSLObject): Error | null {
  try {
    side.doHandshake();
    return null;
  } catch (error) {
    return error as Error;
  }
}

/** A pair that is connected; throws what either side threw. */
export function connectedPair(clientContext: SSLContext, serverContext: SSLContext, options: PairOptions = {}): Pair {
  const pair = pairOf(clientContext, serverContext, options);
  const { client, server } = handshake(pair);
  if (client ?? server) throw client ?? server;
  return pair;
}

/** What a call throws; fails when it does not. */
export function thrownBy(call: () => unknown): Error & Record<string, unknown> {
  try {
    call();
  } catch (error) {
    return error as Error & Record<string, unknown>;
  }
  throw new Error('expected the call to throw');
}
