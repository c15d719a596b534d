import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, test } from 'vitest';
import { egdServer, parseEgdCommand } from './egd.ts';
import { collect, readExactly } from './net.ts';

async function dial(path: string): Promise<net.Socket> {
  const socket = net.connect({ path, allowHalfOpen: true });
  await once(socket, 'connect');
  return socket;
}

async function ask(path: string, request: number[], length: number): Promise<number[]> {
  const socket = await dial(path);
  socket.write(Buffer.from(request));
  const answer = await readExactly(socket, length);
  socket.destroy();
  return [...answer];
}

describe('an entropy daemon', () => {
  test('answers a read with a count and as many bytes', async () => {
    await using egd = await egdServer();
    expect(await ask(egd.path, [1, 4], 5)).toEqual([4, 1, 2, 3, 4]);
    expect(egd.commands).toEqual([{ command: 'read', bytes: 4 }]);
    expect([...egd.served()]).toEqual([1, 2, 3, 4]);
  });

  test('answers a blocking read with the bytes alone', async () => {
    await using egd = await egdServer();
    expect(await ask(egd.path, [2, 3], 3)).toEqual([1, 2, 3]);
  });

  test('gives less when it has less, then nothing', async () => {
    await using egd = await egdServer({ available: 5 });
    expect(await ask(egd.path, [0], 4)).toEqual([0, 0, 0, 40]);
    expect(await ask(egd.path, [1, 255], 6)).toEqual([5, 1, 2, 3, 4, 5]);
    expect(await ask(egd.path, [1, 255], 1)).toEqual([0]);
  });

  test('counts what clients add, and tells its process id', async () => {
    await using egd = await egdServer({ available: 0 });
    const added = [3, 0, 16, 2, 9, 9];
    expect(await ask(egd.path, [...added, 0], 4)).toEqual([0, 0, 0, 16]);
    const pid = String(process.pid);
    expect(await ask(egd.path, [4], 1 + pid.length)).toEqual([pid.length, ...Buffer.from(pid)]);
  });

  for (const [hangUp, length] of [
    ['on-connect', 0],
    ['on-command', 0],
    ['after-count', 1],
    ['mid-bytes', 3],
  ] as const) {
    test(`hangs up ${hangUp}`, async () => {
      await using egd = await egdServer({ hangUp });
      const socket = await dial(egd.path);
      // The daemon may close before the request is out; only what it answered matters here.
      socket.on('error', () => {});
      socket.write(Buffer.of(1, 4));
      expect(await collect(socket).catch(() => Buffer.alloc(0))).toHaveLength(length);
      socket.destroy();
    });
  }

  test('answers one byte at a time', async () => {
    await using egd = await egdServer({ byteAtATime: true });
    expect(await ask(egd.path, [1, 200], 201)).toHaveLength(201);
  });

  test('hangs up on a command that does not exist', async () => {
    await using egd = await egdServer();
    expect(await ask(egd.path, [9], 1)).toEqual([]);
  });
});

test('a command in parts is no command yet', () => {
  for (const part of [[1], [2], [3], [3, 0, 8, 2], [3, 0, 8, 2, 7]]) {
    expect(parseEgdCommand(Buffer.from(part))).toBeNull();
  }
});
