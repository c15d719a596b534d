/** The plain Socket: Python's `socket.socket` for streams. */
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Socket, SocketError } from '@sslkit/socket';
import {
  duplexPair,
  readExactly as readPlain,
  refusingPort,
  slowDuplex,
  tcpPair,
  temporaryDirectory,
} from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import { closeAll, listening } from './support.ts';

/** Two connected Sockets. */
async function pair(): Promise<[Socket, Socket]> {
  const server = await listening();
  const client = new Socket();
  const [[accepted]] = await Promise.all([server.accept(), client.connect(server.getSockName())]);
  await server.close();
  return [client, accepted];
}

async function receive(socket: Socket, length: number): Promise<string> {
  let text = '';
  while (text.length < length) {
    const chunk = await socket.recv(length - text.length);
    if (chunk.length === 0) break;
    text += chunk.toString();
  }
  return text;
}

describe('connecting', () => {
  test('bind, listen, connect, accept: both know both addresses', async () => {
    const server = await listening();
    const client = new Socket();
    const [[accepted, address]] = await Promise.all([server.accept(), client.connect(server.getSockName())]);
    expect(client.getPeerName()).toEqual(server.getSockName());
    expect(accepted.getPeerName()).toEqual(client.getSockName());
    expect(address).toEqual(client.getSockName());
    expect(client.fileno()).toBeGreaterThan(2);
    expect(server.fileno()).toBeGreaterThan(2);
    await closeAll(client, accepted, server);
    expect(client.fileno()).toBe(-1);
  });

  test('an object is an address too; a path is a Unix-domain socket', async () => {
    const path = join(temporaryDirectory(), 'plain.sock');
    const server = new Socket();
    await server.bind({ path });
    await server.listen(1);
    expect(server.getSockName()).toEqual({ path });
    const client = new Socket();
    const [[accepted]] = await Promise.all([server.accept(), client.connect({ path })]);
    await client.sendAll('by path');
    expect(await receive(accepted, 7)).toBe('by path');
    await closeAll(client, accepted, server);
    const tcp = await listening();
    const [host, port] = tcp.getSockName() as [string, number];
    const other = new Socket();
    await other.connect({ host, port });
    await closeAll(other, tcp);
  });

  test('a bound socket connects from its address', async () => {
    const server = await listening();
    const client = new Socket();
    await client.bind(['127.0.0.1', 0]);
    const from = client.getSockName();
    const [[accepted]] = await Promise.all([server.accept(), client.connect(server.getSockName())]);
    expect(accepted.getPeerName()).toEqual(from);
    await closeAll(client, accepted, server);
  });

  test('a connection that is refused can be tried again with the same object', async () => {
    await using refusing = await refusingPort();
    const client = new Socket();
    await expect(client.connect(['127.0.0.1', refusing.port])).rejects.toMatchObject({
      code: 'ECONNREFUSED',
      syscall: 'connect',
    });
    const again = await listening();
    await client.connect(again.getSockName());
    await closeAll(client, again);
  });

  test('misuse has the operating system’s names', async () => {
    const fresh = new Socket();
    await expect(fresh.recv(1)).rejects.toMatchObject({ code: 'ENOTCONN' });
    await expect(fresh.accept()).rejects.toMatchObject({ code: 'EINVAL' });
    expect(() => fresh.getPeerName()).toThrow(expect.objectContaining({ code: 'ENOTCONN' }));
    const [left, right] = await pair();
    await expect(left.connect(['127.0.0.1', 1])).rejects.toMatchObject({ code: 'EISCONN' });
    await expect(left.listen()).rejects.toMatchObject({ code: 'EINVAL' });
    await closeAll(left, right, fresh);
    await expect(left.recv(1)).rejects.toMatchObject({ name: 'SocketError', code: 'EBADF' });
    await expect(left.connect(['127.0.0.1', 1])).rejects.toMatchObject({ code: 'EBADF' });
    await expect(new Socket().connect(['x'] as never)).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
    await expect(new Socket().connect(['x', -1])).rejects.toBeInstanceOf(RangeError);
    expect(() => new Socket({} as net.Socket)).toThrow(TypeError);
  });

  test('an address in use shows at bind()', async () => {
    const server = await listening();
    await expect(new Socket().bind(server.getSockName())).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await server.close();
  });
});

describe('data', () => {
  test('recv gives what is there, up to the size; 0 gives nothing; the end is empty', async () => {
    const [left, right] = await pair();
    await left.sendAll('0123456789');
    expect((await right.recv(4)).toString()).toBe('0123');
    expect((await right.recv(0)).length).toBe(0);
    const buffer = Buffer.alloc(8, '.');
    expect(await right.recvInto(buffer, 3)).toBe(3);
    expect(buffer.toString()).toBe('456.....');
    expect(await right.recvInto(buffer)).toBe(3);
    await left.shutdown('write');
    expect((await right.recv(9)).length).toBe(0);
    expect(await right.send('still open')).toBe(10);
    expect(await receive(left, 10)).toBe('still open');
    await expect(right.recv(-1)).rejects.toBeInstanceOf(RangeError);
    await expect(right.recvInto(Buffer.alloc(1), 2)).rejects.toBeInstanceOf(RangeError);
    await closeAll(left, right);
  });

  test('large data both ways, whole and in order', async () => {
    const [left, right] = await pair();
    const data = Buffer.alloc(3_000_000, 'plain ');
    const [, text] = await Promise.all([left.sendAll(data), receive(right, data.length)]);
    expect(text === data.toString()).toBe(true);
    await closeAll(left, right);
  });

  test('a file, a part of it, and any source of bytes', async () => {
    const path = join(temporaryDirectory(), 'file.txt');
    writeFileSync(path, Buffer.alloc(200_000, 'file'));
    const [left, right] = await pair();
    const [sent, text] = await Promise.all([left.sendFile(path), receive(right, 200_000)]);
    expect(sent).toBe(200_000);
    expect(text === 'file'.repeat(50_000)).toBe(true);
    expect(await left.sendFile(path, { offset: 199_990, count: 5 })).toBe(5);
    expect(await receive(right, 5)).toBe('lefil');
    expect(await left.sendFile(Readable.from([Buffer.from('a'), Buffer.from('bc')]))).toBe(3);
    expect(await receive(right, 3)).toBe('abc');
    await expect(left.sendFile(7 as never)).rejects.toBeInstanceOf(TypeError);
    await closeAll(left, right);
  });

  test('iteration ends with the peer, and leaving it keeps the socket', async () => {
    const [left, right] = await pair();
    await left.sendAll('first');
    for await (const chunk of right) {
      expect(chunk.toString()).toBe('first');
      break;
    }
    await left.sendAll('second');
    await left.close();
    const rest: string[] = [];
    for await (const chunk of right) rest.push(chunk.toString());
    expect(rest.join('')).toBe('second');
    await right.close();
  });

  test('shutdown of reading reads as the end', async () => {
    const [left, right] = await pair();
    await left.sendAll('ignored');
    await right.shutdown('read');
    expect((await right.recv(10)).length).toBe(0);
    await expect(right.shutdown('sideways' as 'read')).rejects.toBeInstanceOf(TypeError);
    await closeAll(left, right);
  });

  test('a reset is ECONNRESET behind the data that came before it', async () => {
    const [near, far] = await tcpPair();
    const socket = new Socket(near);
    far.write('before');
    expect(await receive(socket, 6)).toBe('before');
    far.resetAndDestroy();
    await expect(socket.recv(1)).rejects.toMatchObject({ name: 'SocketError', code: 'ECONNRESET' });
    await expect(socket.recv(1)).rejects.toBeInstanceOf(SocketError);
    await socket.close();
  });

  test('non-blocking: EAGAIN, parts, and sendAll that still sends all', async () => {
    const [left, right] = await pair();
    right.setBlocking(false);
    await expect(right.recv(1)).rejects.toMatchObject({ code: 'EAGAIN' });
    left.setBlocking(false);
    const data = Buffer.alloc(2_000_000);
    const sending = left.sendAll(data);
    right.setBlocking(true);
    expect((await receive(right, data.length)).length).toBe(data.length);
    await sending;
    await closeAll(left, right);
  });
});

describe('what exists already', () => {
  test('a half-read net.Socket goes in, is read exactly, and comes out with the rest', async () => {
    const [near, far] = await tcpPair();
    far.write('line one\nline two\nthe rest');
    expect((await readPlain(near, 9)).toString()).toBe('line one\n');
    const socket = new Socket(near);
    expect(await receive(socket, 9)).toBe('line two\n');
    const back = socket.detach();
    expect(back).toBe(near);
    expect((await readPlain(near, 8)).toString()).toBe('the rest');
    await expect(socket.recv(1)).rejects.toMatchObject({ code: 'EBADF' });
    near.destroy();
    far.destroy();
  });

  test('a Duplex that is no socket carries data and has no address', async () => {
    const [near, far] = duplexPair();
    const [left, right] = [new Socket(slowDuplex(near)), new Socket(far)];
    await left.sendAll('one byte at a time');
    expect(await receive(right, 18)).toBe('one byte at a time');
    expect(() => left.getPeerName()).toThrow(expect.objectContaining({ code: 'EOPNOTSUPP' }));
    expect(left.fileno()).toBe(-1);
    await closeAll(left, right);
  });

  test('a net.Server goes in and comes out', async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const socket = new Socket(server);
    const client = new Socket();
    const [[accepted]] = await Promise.all([socket.accept(), client.connect(socket.getSockName())]);
    await accepted.sendAll('hi');
    expect(await receive(client, 2)).toBe('hi');
    expect(socket.detach()).toBe(server);
    server.close();
    await closeAll(client, accepted);
  });

  test('connections beyond the backlog, and before listen(), are turned away', async () => {
    const server = new Socket();
    await server.bind(['127.0.0.1', 0]);
    const early = new Socket();
    await early.connect(server.getSockName()).catch(() => {});
    await expect(early.recv(1)).rejects.toBeInstanceOf(SocketError);
    await server.listen(1);
    const one = new Socket();
    const two = new Socket();
    await one.connect(server.getSockName());
    // The reset may overtake the connect.
    const refused = two.connect(server.getSockName()).then(() => two.recv(1));
    await expect(refused).rejects.toMatchObject({ code: 'ECONNRESET' });
    const [accepted] = await server.accept();
    await accepted.sendAll('one');
    expect(await receive(one, 3)).toBe('one');
    await closeAll(one, two, early, accepted, server);
  });

  test('closing a listening socket ends its accept()', async () => {
    const server = await listening();
    const accepting = server.accept().catch((error: unknown) => error);
    await server.close();
    expect(await accepting).toMatchObject({ code: 'EBADF' });
  });
});
