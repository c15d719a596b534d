/** A server that asks without end and reads no answer: each answer is many times as long as the request. */
import { readFileSync } from 'node:fs';
import type net from 'node:net';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { MemoryBIO, type MsgCallback, type SSLContext, SSLWantReadError, type SSLSocket } from '@sslkit/socket';
import { RECORD_TYPE, RecordForger, scene, SLOWNESS, tcpPair, temporaryDirectory, withTimeout } from '@sslkit/testkit';
import { expect, test } from 'vitest';
import { clientContext, overChannels, serverContext } from './support.ts';

const cast = await scene();
const CERTIFICATE = 11;
const CERTIFICATE_REQUEST = 13;
/** Where a Certificate names its request: behind its header and a length (RFC 8446 section 4.4.2). */
const CONTEXT_AT = 5;

/** RFC 8446 section 4.3.2, with the one extension that must be there. */
function certificateRequest(context: number): Buffer {
  const extension = Buffer.from([0, 13, 0, 8, 0, 6, 0x04, 0x03, 0x08, 0x04, 0x04, 0x01]);
  const body = Buffer.concat([Buffer.from([2, context >> 8, context & 0xff, 0, extension.length]), extension]);
  return Buffer.concat([Buffer.from([CERTIFICATE_REQUEST, 0, 0, body.length]), body]);
}

/** Does the handshake of a server over a socket, then hands out what it would encrypt with. */
async function handshake(raw: net.Socket, context: SSLContext, log: string): Promise<RecordForger> {
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
  await withTimeout(done, undefined, 'the handshake');
  raw.removeAllListeners('data');
  raw.pause();
  return RecordForger.ofKeyLog(readFileSync(log, 'utf8'), 'server', server.cipher()![0]);
}

async function pair(
  msgCallback: MsgCallback | null = null,
): Promise<{ client: SSLSocket; raw: net.Socket; forger: RecordForger }> {
  const [near, raw] = await tcpPair();
  const asks = await serverContext('1.3');
  asks.numTickets = 0;
  asks.keylogFilename = join(temporaryDirectory('flood-'), 'keys');
  const asked = await clientContext('1.3');
  asked.postHandshakeAuth = true;
  asked.msgCallback = msgCallback;
  // A long chain makes a long answer.
  asked.loadCertChain({ pem: cast.client.combinedPem + cast.ca.certPem.repeat(8) });
  const client = asked.wrapSocket(near, { serverHostname: 'localhost' });
  const [forger] = await Promise.all([handshake(raw, asks, asks.keylogFilename), client.doHandshake()]);
  return { client, raw, forger };
}

const REQUESTS_IN_RECORD = 300;
const RECORDS = 50;
const CERTIFICATES = 9;
/** All answers together are more than 50 MB; a sanitizer keeps memory for itself. */
const ROOM_MB = process.env.SSLKIT_SANITIZED ? 48 : 28;

const rssMb = (): number => process.memoryUsage.rss() / 2 ** 20;

overChannels('a server that asks hundreds of times at once', () => {
  const ASKS = 200;

  /** All requests in one piece, so that the client reads them at once. */
  async function asked(
    msgCallback?: MsgCallback,
  ): Promise<{ client: SSLSocket; raw: net.Socket; answers: () => number }> {
    const { client, raw, forger } = await pair(msgCallback);
    const requests = Array.from({ length: ASKS }, (_, index) => certificateRequest(index));
    let received = 0;
    raw.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    raw.resume();
    raw.write(forger.record(RECORD_TYPE.handshake, Buffer.concat(requests)));
    return { client, raw, answers: () => received / (CERTIFICATES * 350) };
  }

  test('gets its answers in order, and one in a turn of the event loop', async () => {
    let turns = 0;
    const answered: { request: number; turn: number }[] = [];
    const { client, raw } = await asked((_socket, direction, _version, contentType, msgType, data) => {
      if (direction !== 'write' || contentType !== RECORD_TYPE.handshake || msgType !== CERTIFICATE) return;
      answered.push({ request: Buffer.from(data).readUInt16BE(CONTEXT_AT), turn: turns });
    });
    const late = performance.now() + 30_000 * SLOWNESS;
    for (; answered.length < ASKS && performance.now() < late; turns++) await turn();
    expect(answered.map(({ request }) => request)).toEqual(Array.from({ length: ASKS }, (_, index) => index));
    expect(new Set(answered.map((one) => one.turn)).size).toBe(ASKS);
    raw.destroy();
    await client.close();
  });

  test('holds up neither what the client writes meanwhile nor its end', async () => {
    const { client, raw, answers } = await asked();
    while (answers() < 1) await turn();
    expect(await client.write('meanwhile')).toBe(9);
    const ended = new Promise((resolve) => raw.once('end', resolve));
    await withTimeout(client.close(), 2_000 * SLOWNESS, 'close()');
    raw.end();
    await withTimeout(ended, 5_000, 'the end');
    expect(answers()).toBeLessThan(ASKS);
  });
});

overChannels('a server that asks without end', () => {
  test(
    'is answered as far as it reads, and gets all answers when it does',
    async () => {
      const { client, raw, forger } = await pair();
      let context = 0;
      const record = (): Buffer =>
        forger.record(
          RECORD_TYPE.handshake,
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
    },
    90_000 * SLOWNESS,
  );
});
