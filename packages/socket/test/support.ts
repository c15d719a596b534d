/** What the tests of sockets share: contexts, connected pairs over every transport, and the run over every channel. */
import type { Duplex } from 'node:stream';
import {
  CERT_REQUIRED,
  createDefaultContext,
  PROTOCOL_TLS_SERVER,
  Socket,
  SSLContext,
  type SSLError,
  type SSLSocket,
  TLSVersion,
  type WrapSocketOptions,
} from '@sslkit/socket';
import { CHANNEL_KINDS, type ChannelKind, preferChannel } from '@sslkit/socket/internal';
import { duplexPair, files, slowDuplex, SPLITS, tcpPair, unixPair } from '@sslkit/testkit';
import { afterAll, beforeAll, describe, vi } from 'vitest';

export const TLS_VERSIONS = ['1.2', '1.3'] as const;
export type TlsVersion = (typeof TLS_VERSIONS)[number];

/** The suite once per channel; sockets must not behave differently. */
export function overChannels(name: string, suite: (channel: ChannelKind) => void): void {
  describe.each(CHANNEL_KINDS)(`${name}, %s channel`, (kind) => {
    beforeAll(() => preferChannel(kind));
    afterAll(() => preferChannel(null));
    suite(kind);
  });
}

/** The suite once per channel and TLS version. */
export function overVersions(name: string, suite: (tls: TlsVersion) => void): void {
  overChannels(name, () => {
    describe.each(TLS_VERSIONS)('TLS %s', (tls) => suite(tls));
  });
}

export const TRANSPORTS: Readonly<Record<string, () => Promise<[Duplex, Duplex]>>> = {
  'records cut behind their header': async () => duplexPair({ chunk: SPLITS.header() }),
  'chunks of 1, 2, 3, … bytes': async () => duplexPair({ chunk: SPLITS.growing() }),
  TCP: tcpPair,
  'a Unix-domain socket': unixPair,
  'a Duplex that is no socket': async () => duplexPair(),
  'a Duplex of single bytes': async () => {
    const [left, right] = duplexPair();
    return [slowDuplex(left), right];
  },
};

export async function serverContext(tls?: TlsVersion): Promise<SSLContext> {
  const { combinedFile } = await files();
  const context = new SSLContext(PROTOCOL_TLS_SERVER);
  context.loadCertChain(combinedFile);
  return pinned(context, tls);
}

export async function clientContext(tls?: TlsVersion): Promise<SSLContext> {
  const { caFile } = await files();
  return pinned(createDefaultContext(undefined, { cafile: caFile }), tls);
}

/** A server context that insists on a client certificate of the test authority. */
export async function mutualServerContext(tls?: TlsVersion): Promise<SSLContext> {
  const { caFile } = await files();
  const context = await serverContext(tls);
  context.loadVerifyLocations({ cafile: caFile });
  context.verifyMode = CERT_REQUIRED;
  return context;
}

export interface Ends {
  client: SSLSocket;
  server: SSLSocket;
}

/** Both ends over one transport, handshake started and not awaited. */
export async function ends(
  tls: TlsVersion,
  transport: [Duplex, Duplex] | Promise<[Duplex, Duplex]> = tcpPair(),
  options: { client?: WrapSocketOptions; server?: WrapSocketOptions } = {},
): Promise<Ends> {
  const [near, far] = await transport;
  const [clientSide, serverSide] = [await clientContext(tls), await serverContext(tls)];
  const server = serverSide.wrapSocket(far, { serverSide: true, ...options.server });
  const client = clientSide.wrapSocket(near, { serverHostname: 'localhost', ...options.client });
  return { client, server };
}

/** The same with the handshake done. */
export async function connected(...args: Parameters<typeof ends>): Promise<Ends> {
  const pair = await ends(...args);
  await Promise.all([pair.client.doHandshake(), pair.server.doHandshake()]);
  return pair;
}

/** Reads exactly `length` bytes, or fewer when the end comes first. */
export async function readExactly(socket: SSLSocket, length: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let missing = length; missing > 0; ) {
    const chunk = await socket.read(missing);
    if (chunk.length === 0) break;
    chunks.push(chunk);
    missing -= chunk.length;
  }
  return Buffer.concat(chunks);
}

/** What a promise rejects with; null when it does not. */
export const failureOf = (promise: Promise<unknown>): Promise<SSLError | null> =>
  promise.then(
    () => null,
    (error: SSLError) => error,
  );

/** A listening plain Socket on loopback. */
export async function listening(): Promise<Socket> {
  const socket = new Socket();
  await socket.bind(['127.0.0.1', 0]);
  await socket.listen();
  return socket;
}

/** A clock that stands still until it is told that time has passed: a time limit ends when the test says, on any machine. */
export function stoppedClock(): Disposable & { pass(milliseconds: number): void } {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  return {
    pass: (milliseconds) => void vi.advanceTimersByTime(milliseconds),
    [Symbol.dispose]: () => void vi.useRealTimers(),
  };
}

export async function closeAll(...sockets: { close(): Promise<void> }[]): Promise<void> {
  await Promise.all(sockets.map((socket) => socket.close()));
}

function pinned(context: SSLContext, tls: TlsVersion | undefined): SSLContext {
  if (tls === undefined) return context;
  context.minimumVersion = context.maximumVersion = tls === '1.2' ? TLSVersion.TLSv1_2 : TLSVersion.TLSv1_3;
  return context;
}
