/** A server that asks without end and reads no answer: each answer is many times as long as the request. */
import { createCipheriv, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type net from 'node:net';
import { join } from 'node:path';
import { MemoryBIO, type SSLContext, SSLWantReadError, type SSLObject, type SSLSocket } from '@sslkit/socket';
import { scene, tcpPair, temporaryDirectory, withTimeout } from '@sslkit/testkit';
import { expect, test } from 'vitest';
import { clientContext, overChannels, serverContext } from './support.ts';

const cast = await scene();
const HASHES: Readonly<Record<string, { hash: string; keyBytes: 16 | 32 }>> = {
  TLS_AES_256_GCM_SHA384: { hash: 'sha384', keyBytes: 32 },
  TLS_AES_128_GCM_SHA256: { hash: 'sha256', keyBytes: 16 },
};

/** HKDF-Expand-Label of RFC 8446 section 7.1, for lengths of one hash at most. */
function expandLabel(hash: string, secret: Buffer, label: string, length: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.from([length >> 8, length & 0xff, name.length]), name, Buffer.from([0, 1])]);
  return createHmac(hash, secret).update(info).digest().subarray(0, length);
}

/** What a server encrypts with after its handshake, as its key log tells. */
class Sealer {
  readonly #key: Buffer;
  readonly #iv: Buffer;
  readonly #bits: number;
  #sequence = 0n;

  constructor(cipher: string, secret: Buffer) {
    const { hash, keyBytes } = HASHES[cipher]!;
    this.#bits = keyBytes * 8;
    this.#key = expandLabel(hash, secret, 'key', keyBytes);
    this.#iv = expandLabel(hash, secret, 'iv', 12);
  }

  /** One record, RFC 8446 section 5.2. */
  record(type: number, content: Buffer): Buffer {
    const nonce = Buffer.from(this.#iv);
    nonce.writeBigUInt64BE(nonce.readBigUInt64BE(4) ^ this.#sequence++, 4);
    const length = content.length + 1 + 16;
    const header = Buffer.from([23, 3, 3, length >> 8, length & 0xff]);
    const cipher = createCipheriv(this.#bits === 256 ? 'aes-256-gcm' : 'aes-128-gcm', this.#key, nonce);
    cipher.setAAD(header);
    const body = Buffer.concat([cipher.update(Buffer.concat([content, Buffer.from([type])])), cipher.final()]);
    return Buffer.concat([header, body, cipher.getAuthTag()]);
  }
}

const HANDSHAKE = 22;
const CERTIFICATE_REQUEST = 13;

/** RFC 8446 section 4.3.2, with the one extension that must be there. */
function certificateRequest(context: number): Buffer {
  const extension = Buffer.from([0, 13, 0, 8, 0, 6, 0x04, 0x03, 0x08, 0x04, 0x04, 0x01]);
  const body = Buffer.concat([Buffer.from([2, context >> 8, context & 0xff, 0, extension.length]), extension]);
  return Buffer.concat([Buffer.from([CERTIFICATE_REQUEST, 0, 0, body.length]), body]);
}

/** Does the handshake of a server over a socket, then hands out what it would encrypt with. */
async function handshake(raw: net.Socket, context: SSLContext, log: string): Promise<Sealer> {
  const [incoming, outgoing] = [new MemoryBIO(), new MemoryBIO()];
  const server = context.wrapBio(incoming, outgoing, { serverSide: true });
  const done = new Promise<void>((resolve, reject) => {
    raw.on('data', (chunk: Buffer) => {
      incoming.write(chunk);
      try {
        server.doHandshake();
        resolve();
      } catch (error) {
        if (!(error instanceof SSLWantReadError)) reject(error);
      }
      const flight = outgoing.read();
      if (flight.length > 0) raw.write(flight);
    });
    raw.resume();
  });
  await withTimeout(done, 15_000, 'the handshake');
  raw.removeAllListeners('data');
  raw.pause();
  return new Sealer(cipherOf(server), secretOf(log));
}

const cipherOf = (server: SSLObject): string => server.cipher()![0];

function secretOf(log: string): Buffer {
  const line = /^SERVER_TRAFFIC_SECRET_0 \w+ (\w+)$/m.exec(readFileSync(log, 'utf8'));
  return Buffer.from(line![1]!, 'hex');
}

async function pair(): Promise<{ client: SSLSocket; raw: net.Socket; sealer: Sealer }> {
  const [near, raw] = await tcpPair();
  const asks = await serverContext('1.3');
  asks.numTickets = 0;
  asks.keylogFilename = join(temporaryDirectory('flood-'), 'keys');
  const asked = await clientContext('1.3');
  asked.postHandshakeAuth = true;
  // A long chain makes a long answer.
  asked.loadCertChain({ pem: cast.client.combinedPem + cast.ca.certPem.repeat(8) });
  const client = asked.wrapSocket(near, { serverHostname: 'localhost' });
  const [sealer] = await Promise.all([handshake(raw, asks, asks.keylogFilename), client.doHandshake()]);
  return { client, raw, sealer };
}

const REQUESTS_IN_RECORD = 300;
const RECORDS = 50;
const CERTIFICATES = 9;
/** All answers together are more than 50 MB; a sanitizer keeps memory for itself. */
const ROOM_MB = process.env.SSLKIT_SANITIZED ? 48 : 28;

const rssMb = (): number => process.memoryUsage.rss() / 2 ** 20;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

overChannels('a server that asks without end', () => {
  test('is answered as far as it reads, and gets all answers when it does', async () => {
    const { client, raw, sealer } = await pair();
    let context = 0;
    const record = (): Buffer =>
      sealer.record(
        HANDSHAKE,
        Buffer.concat(Array.from({ length: REQUESTS_IN_RECORD }, () => certificateRequest(context++))),
      );
    let answered = 0;
    raw.write(record());
    raw.once('data', (chunk: Buffer) => {
      answered += chunk.length;
      raw.pause();
    });
    raw.resume();
    while (answered === 0) await turn();
    const before = rssMb();
    for (let sent = 1; sent < RECORDS; sent++) {
      raw.write(record());
      await turn();
    }
    for (let round = 0; round < 300; round++) await turn();
    const grown = rssMb() - before;
    expect(grown).toBeLessThan(ROOM_MB);
    raw.on('data', (chunk: Buffer) => {
      answered += chunk.length;
    });
    raw.resume();
    const all = async (): Promise<void> => {
      while (answered < RECORDS * REQUESTS_IN_RECORD * CERTIFICATES * 350) await turn();
    };
    await withTimeout(all(), 60_000, 'the answers');
    raw.destroy();
    await client.close();
  }, 90_000);
});
