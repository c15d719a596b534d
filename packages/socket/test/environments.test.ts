/** The end of a worker or a process in the middle of its connections: nothing crashes, hangs or stays behind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { connect, listen, SocketError, type SSLSocket } from '@sslkit/socket';
import { CHANNEL_KINDS } from '@sslkit/socket/internal';
import { files, openDescriptors, withTimeout } from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import { clientContext, overChannels, serverContext } from './support.ts';

const TRAFFIC = fileURLToPath(new URL('./fixtures/traffic.mjs', import.meta.url));

async function traffic(kind: string, what: string, port = 0): Promise<Worker> {
  const { combinedFile, caFile } = await files();
  return new Worker(TRAFFIC, {
    workerData: [combinedFile, caFile, what, String(port)],
    env: { ...process.env, SSLKIT_CHANNEL: kind },
  });
}

/** The next message that is a word, or that has a port. */
async function said<T extends 'busy' | 'port'>(worker: Worker, what: T): Promise<number> {
  for (;;) {
    const [message] = (await withTimeout(once(worker, 'message'), 20_000, `a worker to say ${what}`)) as unknown[];
    if (message === what) return 0;
    if (what === 'port' && typeof message === 'object') return (message as { port: number }).port;
  }
}

/** Reads until it ends in whatever way; what it ended with. */
async function readOut(socket: SSLSocket): Promise<unknown> {
  try {
    while ((await socket.read(65_536)).length > 0);
    return null;
  } catch (error) {
    return error;
  }
}

describe.each(CHANNEL_KINDS)('a worker, %s channel', (kind) => {
  test.each(['transfer', 'handshake'])('is terminated in mid-%s, with both ends in it', async (what) => {
    const first = await traffic(kind, what);
    await said(first, 'busy');
    await first.terminate();
    const before = openDescriptors();
    for (let round = 0; round < 3; round++) {
      const workers = await Promise.all([traffic(kind, what), traffic(kind, what)]);
      await Promise.all(workers.map((worker) => said(worker, 'busy')));
      expect(await Promise.all(workers.map((worker) => worker.terminate()))).toEqual([1, 1]);
    }
    expect(openDescriptors()).toBe(before);
  });

  test.each([
    ['exit', 3, null],
    ['asked', 3, null],
    ['suspended', 3, null],
    ['throw', 1, 'thrown on purpose'],
    ['reject', 1, 'thrown on purpose'],
    ['callback', 1, 'thrown on purpose'],
    ['listener', 1, 'thrown on purpose'],
  ])('ends in mid-handshake by %s: exit code %i', async (how, code, error) => {
    const worker = await traffic(kind, how);
    let thrown: unknown = null;
    worker.on('error', (failure: Error) => {
      thrown = failure.message;
    });
    const [exit] = await withTimeout(
      new Promise<[number]>((resolve) => worker.once('exit', (status) => resolve([status]))),
      20_000,
      'the worker to end',
    );
    expect(exit).toBe(code);
    expect(thrown).toBe(error);
  });
});

overChannels('a worker at the other end', (kind) => {
  test('is terminated while it serves: its clients see an error or a ragged end, and hold nothing', async () => {
    const context = await clientContext();
    const before = openDescriptors();
    const worker = await traffic(kind, 'serve');
    const port = await said(worker, 'port');
    const clients = await Promise.all(Array.from({ length: 5 }, () => connect(['localhost', port], { context })));
    // The system may have taken all of it, or not.
    const writes = Promise.allSettled(clients.map((client) => client.write(Buffer.alloc(4 << 20, 'up'))));
    await Promise.all(clients.map((client) => client.read(1)));
    const ends = clients.map(readOut);
    await worker.terminate();
    for (const [at, end] of (await withTimeout(Promise.all(ends), 20_000, 'the clients')).entries()) {
      if (end === null) expect(clients[at]?.truncated).toBe(true);
      else expect(end).toBeInstanceOf(SocketError);
    }
    await withTimeout(writes, 20_000, 'the writes');
    await Promise.all(clients.map((client) => client.close()));
    expect(openDescriptors()).toBe(before);
  });

  test('is terminated while it is a client: its server’s sockets see it, and the next clients are served', async () => {
    const listener = await listen(['127.0.0.1', 0], { context: await serverContext() });
    const port = listener.getSockName()[1];
    const before = openDescriptors();
    for (let round = 0; round < 2; round++) {
      const worker = await traffic(kind, 'visit', port);
      const sockets = await Promise.all(Array.from({ length: 6 }, () => withTimeout(listener.accept(), 20_000)));
      const served = sockets.map(async (socket) => {
        try {
          for await (const chunk of socket) await socket.write(chunk);
          return null;
        } catch (error) {
          return error;
        }
      });
      await said(worker, 'busy');
      await worker.terminate();
      for (const [at, end] of (await withTimeout(Promise.all(served), 20_000, 'the server')).entries()) {
        if (end === null) expect(sockets[at]?.truncated).toBe(true);
        else expect(end).toBeInstanceOf(SocketError);
      }
      await Promise.all(sockets.map((socket) => socket.close()));
      expect(openDescriptors()).toBe(before);
    }
    await listener.close();
  });
});

describe.each(CHANNEL_KINDS)('a process, %s channel', (kind) => {
  test.each([
    ['exit', 3],
    ['asked', 3],
    ['suspended', 3],
    ['handler', 5],
    ['signal', null],
    ['throw', 1],
    ['reject', 1],
    ['callback', 1],
    ['listener', 1],
  ])('ends in mid-handshake by %s: exit code %i', async (how, code) => {
    const { combinedFile, caFile } = await files();
    const child = spawn(process.execPath, [TRAFFIC, combinedFile, caFile, how], {
      env: { ...process.env, SSLKIT_CHANNEL: kind },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    expect(await withTimeout(once(child, 'close'), 20_000, 'the process to end')).toEqual([
      code,
      code === null ? 'SIGTERM' : null,
    ]);
    if (code === 1) expect(errors).toContain('Error: thrown on purpose');
    else expect(errors).toBe('');
  });
});
