/** What the tests of post-handshake authentication over sockets share: who asks, who is asked, and how they connect. */
import type { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import type { SSLContext, SSLSocket } from '@sslkit/socket';
import { files, scene, tcpPair, withTimeout } from '@sslkit/testkit';
import { expect } from 'vitest';
import { clientContext, type Ends, mutualServerContext } from './support.ts';

const { otherServer } = await scene();

export async function askingContext(): Promise<SSLContext> {
  const context = await mutualServerContext('1.3');
  context.postHandshakeAuth = true;
  return context;
}

export async function askedContext(own: 'client' | 'none' | 'untrusted' = 'client'): Promise<SSLContext> {
  const context = await clientContext('1.3');
  context.postHandshakeAuth = true;
  if (own === 'client') context.loadCertChain((await files()).clientCombinedFile);
  if (own === 'untrusted') context.loadCertChain({ pem: otherServer.combinedPem });
  return context;
}

export async function connected(
  options: { transport?: Promise<[Duplex, Duplex]>; asking?: SSLContext; asked?: SSLContext } = {},
): Promise<Ends> {
  const [near, far] = await (options.transport ?? tcpPair());
  const server = (options.asking ?? (await askingContext())).wrapSocket(far, { serverSide: true });
  const asked = options.asked ?? (await askedContext());
  const client = asked.wrapSocket(near, { serverHostname: 'localhost' });
  await Promise.all([client.doHandshake(), server.doHandshake()]);
  return { client, server };
}

export interface HeldEnds extends Ends {
  /** What the client sends next, whole; it fits into one segment. */
  hold(): Promise<Buffer>;
  release(bytes: Buffer): void;
}

/** Over a relay that can hold back what the client sends. */
export async function heldConnected(): Promise<HeldEnds> {
  const [near, byClient] = await tcpPair();
  const [byServer, far] = await tcpPair();
  // What comes for whoever has closed finds nobody.
  for (const socket of [byClient, byServer]) socket.on('error', () => {});
  byServer.pipe(byClient);
  let hold: ((chunk: Buffer) => void) | null = null;
  byClient.on('data', (chunk: Buffer) => (hold === null ? byServer.write(chunk) : hold(chunk)));
  byClient.on('end', () => byServer.end());
  byClient.resume();
  const ends = await connected({ transport: Promise.resolve([near, far]) });
  return {
    ...ends,
    hold: () =>
      withTimeout(
        new Promise<Buffer>((resolve) => {
          hold = resolve;
        }),
        undefined,
        'the answer',
      ),
    release: (bytes: Buffer): void => {
      hold = null;
      byServer.write(bytes);
    },
  };
}

/** What `verifyClientPostHandshake` throws; fails when it does not. */
export function refusalOf(socket: SSLSocket): Record<string, unknown> {
  try {
    socket.verifyClientPostHandshake();
  } catch (error) {
    return error as Record<string, unknown>;
  }
  throw new Error('expected it to be refused');
}

/** The subject of the client's certificate, for matchers. */
export const SUBJECT: unknown = expect.arrayContaining([[['commonName', 'client']]]);

/** Until the client's answer has come. */
export async function identified(server: SSLSocket): Promise<void> {
  const look = async (): Promise<void> => {
    while (server.getPeerCert() === null) await turn();
  };
  await withTimeout(look(), undefined, 'the answer of the client');
}
