/** Clients that begin a handshake and never end it: they get a bounded number of places, and nobody else pays for them. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { fileURLToPath } from 'node:url';
import { connect, MemoryBIO, type SSLSocket, SSLWantReadError } from '@sslkit/socket';
import { CHANNEL_KINDS } from '@sslkit/socket/internal';
import { files, withTimeout } from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import { clientContext, readExactly, TLS_VERSIONS, type TlsVersion } from './support.ts';

const FLOODED = fileURLToPath(new URL('./fixtures/flooded.mjs', import.meta.url));
const PLACES = 60;
const WAVES = 10;
const WAVE = 100;
/** A client that is refused may cost 16 kB for good, no more; a sanitizer keeps memory for itself. */
const ROOM_MB = process.env.SSLKIT_SANITIZED ? 64 : 16;

interface Counts {
  errors: Record<string, number>;
  descriptors: number;
  rssMb: number;
}

interface Flooded extends AsyncDisposable {
  port: number;
  counts(): Promise<Counts>;
}

async function flooded(kind: string): Promise<Flooded> {
  const child = fork(FLOODED, [(await files()).combinedFile, String(PLACES)], {
    env: { ...process.env, SSLKIT_CHANNEL: kind },
    execArgv: ['--expose-gc'],
  });
  const heard = async (): Promise<unknown> => (await withTimeout(once(child, 'message'), 20_000, 'the server'))[0];
  return {
    port: (await heard()) as number,
    async counts() {
      child.send('count');
      return (await heard()) as Counts;
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}

async function clientHello(tls: TlsVersion): Promise<Buffer> {
  const outgoing = new MemoryBIO();
  const client = (await clientContext(tls)).wrapBio(new MemoryBIO(), outgoing, { serverHostname: 'localhost' });
  expect(() => client.doHandshake()).toThrow(SSLWantReadError);
  return outgoing.read();
}

/** Resolves with the connected socket, which may be refused the next moment. */
async function halfOpen(port: number, firstBytes: Uint8Array): Promise<net.Socket> {
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect').catch(() => {});
  socket.write(firstBytes);
  socket.resume();
  return socket;
}

async function closed(socket: net.Socket): Promise<void> {
  if (!socket.closed) await withTimeout(new Promise((resolve) => socket.once('close', resolve)));
}

async function echoes(client: SSLSocket, text: string): Promise<void> {
  await client.write(text);
  expect((await withTimeout(readExactly(client, text.length))).toString()).toBe(text);
}

async function until(server: Flooded, holds: (counts: Counts) => boolean): Promise<Counts> {
  const look = async (): Promise<Counts> => {
    for (;;) {
      const counts = await server.counts();
      if (holds(counts)) return counts;
    }
  };
  return withTimeout(look(), 20_000, 'the counts');
}

describe.runIf(process.platform === 'linux').each(CHANNEL_KINDS)('a flood of handshakes, %s channel', (kind) => {
  describe.each(TLS_VERSIONS)('TLS %s', (tls) => {
    test.each([
      ['say nothing', (): Buffer => Buffer.alloc(0)],
      ['stop within their hello', (hello: Buffer): Buffer => hello.subarray(0, hello.length / 2)],
      ['do not answer the server', (hello: Buffer): Buffer => hello],
    ])('clients that %s: a bounded number, bounded memory, and the others are served', async (_how, part) => {
      await using server = await flooded(kind);
      const firstBytes = part(await clientHello(tls));
      await using early = await connect(['localhost', server.port], { context: await clientContext(tls) });
      await echoes(early, 'before');
      const alone = await server.counts();
      const places = await Promise.all(Array.from({ length: PLACES }, () => halfOpen(server.port, firstBytes)));
      const held = await until(server, ({ descriptors }) => descriptors === alone.descriptors + PLACES);

      for (let wave = 1; wave <= WAVES; wave++) {
        const refused = await Promise.all(Array.from({ length: WAVE }, () => halfOpen(server.port, firstBytes)));
        await Promise.all(refused.map(closed));
        await echoes(early, `wave ${wave}`);
      }
      const after = await until(server, ({ errors }) => errors.ERR_TOO_MANY_CLIENTS === WAVES * WAVE);
      expect(after.errors).toEqual({ ERR_TOO_MANY_CLIENTS: WAVES * WAVE });
      expect(after.descriptors).toBe(held.descriptors);
      expect(after.rssMb - held.rssMb).toBeLessThan(ROOM_MB);
      expect(places.every((socket) => !socket.closed)).toBe(true);

      for (const socket of places) socket.destroy();
      await until(server, ({ descriptors }) => descriptors === alone.descriptors);
      await using late = await connect(['localhost', server.port], { context: await clientContext(tls) });
      await Promise.all([echoes(early, 'after'), echoes(late, 'room again')]);
    });
  });
});
