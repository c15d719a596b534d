/** A handshake with ourselves, in memory: shows that key exchange, key derivation and encryption work here. */
import { randomBytes } from 'node:crypto';
import type { MemoryBIO, SSLObject } from '@sslkit/context';

type Context = typeof import('@sslkit/context');

export interface SelfTest {
  readonly cipher: string;
  /** Milliseconds. */
  readonly elapsedMs: number;
}

/**
 * With a fresh pre-shared key in place of a certificate, and a message both ways.
 * @throws SSLError when it does not come about; Error when the message is not what was sent
 */
export function selfTest(sslkit: Context, version: 'TLSv1_2' | 'TLSv1_3'): SelfTest {
  const started = performance.now();
  const { client, server, exchange } = makePair(sslkit, version);
  finishHandshake(sslkit, client, server, exchange);
  for (const [from, to] of [
    [client, server],
    [server, client],
  ] as const) {
    const message = randomBytes(1000);
    from.write(message);
    exchange();
    if (!to.read(message.length).equals(message)) throw new Error('what came is not what was sent');
  }
  const elapsedMs = Math.round((performance.now() - started) * 10) / 10;
  return { cipher: client.cipher()?.[0] ?? 'unknown', elapsedMs };
}

interface Pair {
  readonly client: SSLObject;
  readonly server: SSLObject;
  /** Brings what each has sent to the other. */
  exchange(): void;
}

function makePair(sslkit: Context, version: 'TLSv1_2' | 'TLSv1_3'): Pair {
  const key = randomBytes(32);
  const near = new sslkit.SSLContext(sslkit.PROTOCOL_TLS_CLIENT);
  near.checkHostname = false;
  near.verifyMode = sslkit.CERT_NONE;
  near.setPskClientCallback(() => ['doctor', key]);
  const far = new sslkit.SSLContext(sslkit.PROTOCOL_TLS_SERVER);
  far.setPskServerCallback(() => key);
  for (const context of [near, far]) {
    context.minimumVersion = sslkit.TLSVersion[version];
    context.maximumVersion = sslkit.TLSVersion[version];
    // In TLS 1.3 any cipher goes with a pre-shared key; RFC 8446 section 4.2.11 wants its hash to be SHA-256.
    if (version === 'TLSv1_2') context.setCiphers('ECDHE-PSK-CHACHA20-POLY1305:PSK-AES128-GCM-SHA256');
    else context.setCiphersuites('TLS_AES_128_GCM_SHA256');
  }
  const [toClient, fromClient, toServer, fromServer] = Array.from({ length: 4 }, () => new sslkit.MemoryBIO());
  const client = near.wrapBio(toClient!, fromClient!);
  const server = far.wrapBio(toServer!, fromServer!, { serverSide: true });
  const carry = (from: MemoryBIO, to: MemoryBIO) => {
    if (from.pending > 0) to.write(from.read());
  };
  const exchange = () => {
    carry(fromClient!, toServer!);
    carry(fromServer!, toClient!);
  };
  return { client, server, exchange };
}

function finishHandshake(sslkit: Context, client: SSLObject, server: SSLObject, exchange: () => void): void {
  const step = (side: SSLObject): boolean => {
    try {
      side.doHandshake();
      return true;
    } catch (error) {
      if (error instanceof sslkit.SSLWantReadError) return false;
      throw error;
    }
  };
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const clientDone = step(client);
    exchange();
    const serverDone = step(server);
    exchange();
    if (clientDone && serverDone) return;
  }
  throw new Error('the handshake does not come to an end');
}

/** TLS 1.2 takes two round trips, with a HelloRetryRequest TLS 1.3 does, too. */
const MAX_ROUNDS = 6;
