/** Deadlines, abort signals, non-blocking mode and select. */
import {
  connect,
  listen,
  select,
  Socket,
  SSL_ERROR_WANT_READ,
  SSL_ERROR_WANT_WRITE,
  SSLError,
  type SSLSocket,
  SSLWantReadError,
  SSLWantWriteError,
} from '@sslkit/socket';
import { duplexPair, faultyServer, tcpPair } from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import { clientContext, closeAll, connected, ends, overVersions, readExactly, serverContext } from './support.ts';

/** The seed's loop, line for line. */
async function handshakeLikeTheSeed(sock: SSLSocket): Promise<number> {
  let rounds = 0;
  while (true) {
    rounds += 1;
    try {
      await sock.doHandshake();
      break;
    } catch (err) {
      if (!(err instanceof SSLError)) throw err;
      if (err.errno === SSL_ERROR_WANT_READ) {
        await select([sock], [], []);
      } else if (err.errno === SSL_ERROR_WANT_WRITE) {
        await select([], [sock], []);
      } else {
        throw err;
      }
    }
  }
  return rounds;
}

overVersions('waiting', (tls) => {
  describe('time-outs', () => {
    test('a read is refused after its deadline with Python’s text, loses nothing, and may be repeated', async () => {
      const { client, server } = await connected(tls);
      const error = await client.read(10, null, { timeout: 20 }).catch((e: unknown) => e);
      expect(error).toMatchObject({
        name: 'SocketError',
        code: 'ERR_SOCKET_TIMEOUT',
        message: 'The read operation timed out',
      });
      await server.write('later');
      expect((await client.read()).toString()).toBe('later');
      await closeAll(client, server);
    });

    test('setTimeout in seconds is the default of each call', async () => {
      const { client, server } = await connected(tls);
      expect(client.getTimeout()).toBeNull();
      client.setTimeout(0.02);
      expect(client.getTimeout()).toBe(0.02);
      await expect(client.read()).rejects.toMatchObject({ code: 'ERR_SOCKET_TIMEOUT' });
      client.setTimeout(null);
      await server.write('x');
      expect((await client.read()).toString()).toBe('x');
      expect(() => client.setTimeout(-1)).toThrow(RangeError);
      await closeAll(client, server);
    });

    test('a handshake that gets no answer times out, and can still be completed', async () => {
      const [near, far] = await tcpPair();
      const client = (await clientContext(tls)).wrapSocket(near, {
        serverHostname: 'localhost',
        doHandshakeOnConnect: false,
      });
      await expect(client.doHandshake({ timeout: 20 })).rejects.toThrow('The handshake operation timed out');
      const server = (await serverContext(tls)).wrapSocket(far, { serverSide: true });
      await client.doHandshake({ timeout: 10_000 });
      await closeAll(client, server);
    });

    test('a write that the peer does not take times out', async () => {
      const { client, server } = await connected(tls, duplexPair({ highWaterMark: 1024 }));
      const error = await client.write(Buffer.alloc(4 << 20), { timeout: 50 }).catch((e: unknown) => e);
      expect(error).toMatchObject({ code: 'ERR_SOCKET_TIMEOUT', message: 'The write operation timed out' });
      await Promise.all([client.close({ timeout: 1 }), server.close()]);
    });

    test('connect() covers name, connection and handshake with one deadline, and leaves no socket', async () => {
      await using silent = await faultyServer(['silence']);
      const begin = performance.now();
      const connecting = connect(['127.0.0.1', silent.port], { context: await clientContext(tls), timeout: 80 });
      await expect(connecting).rejects.toMatchObject({ code: 'ERR_SOCKET_TIMEOUT' });
      expect(performance.now() - begin).toBeLessThan(5_000);
    });

    test('a deadline of 0 takes what is there and waits for nothing', async () => {
      const { client, server } = await connected(tls);
      await expect(client.read(1, null, { timeout: 0 })).rejects.toMatchObject({ code: 'ERR_SOCKET_TIMEOUT' });
      await server.write('here');
      await select([client], [], []);
      expect((await client.read(10, null, { timeout: 0 })).toString()).toBe('here');
      await closeAll(client, server);
    });

    test('bad limits are misuse', async () => {
      const { client, server } = await connected(tls);
      await expect(client.read(1, null, { timeout: -1 })).rejects.toBeInstanceOf(RangeError);
      await expect(client.read(1, null, { timeout: '1' as unknown as number })).rejects.toMatchObject({
        code: 'ERR_INVALID_ARG_TYPE',
      });
      await expect(client.read(1, null, { time_out: 1 } as never)).rejects.toThrow('did you mean timeout?');
      await closeAll(client, server);
    });
  });

  describe('abort', () => {
    test('ends a read, a handshake, an accept and a connect, with the reason as cause', async () => {
      const { client, server } = await connected(tls);
      const controller = new AbortController();
      const { signal } = controller;
      await using listener = await listen(['127.0.0.1', 0], { context: await serverContext(tls) });
      await using silent = await faultyServer(['silence']);
      const silentClient = connect(['127.0.0.1', silent.port], { context: await clientContext(tls), signal });
      const waits = [client.read(1, null, { signal }), listener.accept({ signal }), silentClient];
      const settled = Promise.allSettled(waits);
      const reason = new Error('enough');
      controller.abort(reason);
      for (const outcome of await settled) {
        expect(outcome).toMatchObject({
          status: 'rejected',
          reason: { name: 'AbortError', code: 'ABORT_ERR', cause: reason },
        });
      }
      await expect(client.write('x', { signal })).rejects.toMatchObject({ code: 'ABORT_ERR' });
      await expect(client.read(0, null, { signal })).rejects.toMatchObject({ code: 'ABORT_ERR' });
      expect(await client.write('at once', { timeout: 0 })).toBe(7);
      expect((await readExactly(server, 7)).toString()).toBe('at once');
      await expect(connect(['127.0.0.1', silent.port], { signal })).rejects.toMatchObject({ code: 'ABORT_ERR' });
      await server.write('still good');
      expect((await client.read()).toString()).toBe('still good');
      await client.close({ signal });
      await expect(client.read()).rejects.toMatchObject({ code: 'ERR_SOCKET_CLOSED' });
      await server.close();
    });
  });

  describe('several calls at once', () => {
    test('reads are answered in the order of the calls', async () => {
      const { client, server } = await connected(tls);
      const reads = Promise.all([client.read(3), client.read(3), client.read(3)]);
      await server.write('abcdefghi');
      expect((await reads).map(String)).toEqual(['abc', 'def', 'ghi']);
      await closeAll(client, server);
    });

    test('writes leave in the order of the calls, whole', async () => {
      const { client, server } = await connected(tls, duplexPair({ highWaterMark: 4096 }));
      const parts = ['a', 'b', 'c'].map((letter) => Buffer.alloc(200_000, letter));
      const writes = Promise.all(parts.map((part) => client.write(part)));
      expect((await readExactly(server, 600_000)).equals(Buffer.concat(parts))).toBe(true);
      expect(await writes).toEqual([200_000, 200_000, 200_000]);
      await closeAll(client, server);
    });

    test('a reader that waits does not keep a writer from writing, and the reverse', async () => {
      const { client, server } = await connected(tls);
      const reading = client.read();
      await client.write('question');
      expect((await server.read()).toString()).toBe('question');
      await server.write('answer');
      expect((await reading).toString()).toBe('answer');
      await closeAll(client, server);
    });

    test('nobody reads: the peer is held back, memory stays bounded, and all arrives later', async () => {
      const { client, server } = await connected(tls, duplexPair());
      const data = Buffer.alloc(4 << 20, 'flood');
      let written = false;
      const writing = client.write(data).then(() => {
        written = true;
      });
      for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
      expect(written).toBe(false);
      expect(server.pending()).toBeLessThan(256 * 1024);
      expect((await readExactly(server, data.length)).equals(data)).toBe(true);
      await writing;
      await closeAll(client, server);
    });
  });

  describe('non-blocking', () => {
    test('the seed’s handshake loop', async () => {
      const { client, server } = await ends(tls, tcpPair(), { client: { doHandshakeOnConnect: false } });
      client.setBlocking(false);
      expect(client.getTimeout()).toBe(0);
      expect(await handshakeLikeTheSeed(client)).toBeGreaterThan(1);
      expect(client.version()).toBe(`TLSv${tls}`);
      await client.doHandshake();
      await closeAll(client, server);
    });

    test('a handshake that went on between a try and select() is news to select()', async () => {
      const { client, server } = await ends(tls, tcpPair(), { client: { doHandshakeOnConnect: false } });
      client.setBlocking(false);
      await expect(client.doHandshake()).rejects.toBeInstanceOf(SSLWantReadError);
      await server.doHandshake();
      expect((await select([client], [], [], 5))[0]).toEqual([client]);
      expect(await handshakeLikeTheSeed(client)).toBeLessThanOrEqual(2);
      expect((await select([client], [], [], 0))[0]).toEqual([]);
      await closeAll(client, server);
    });

    test('read says WANT_READ until there is something, the end reads as the end', async () => {
      const { client, server } = await connected(tls);
      client.setBlocking(false);
      const wanting = await client.read().catch((error: unknown) => error);
      expect(wanting).toBeInstanceOf(SSLWantReadError);
      expect(wanting).toMatchObject({ errno: SSL_ERROR_WANT_READ, code: 'ERR_SSL_WANT_READ' });
      await expect(client.read(5, Buffer.alloc(5))).rejects.toBeInstanceOf(SSLWantReadError);
      await server.write('now');
      await select([client], [], []);
      const into = Buffer.alloc(5);
      expect(await client.read(5, into)).toBe(3);
      await server.closeWrite();
      await select([client], [], []);
      expect((await client.read()).length).toBe(0);
      await closeAll(client, server);
    });

    test('write takes parts until it says WANT_WRITE; select tells when to go on', async () => {
      const { client, server } = await connected(tls, duplexPair());
      client.setBlocking(false);
      const data = Buffer.alloc(1 << 20, 'part');
      const reading = readExactly(server, data.length);
      let sent = 0;
      let refusals = 0;
      while (sent < data.length) {
        try {
          sent += await client.write(data.subarray(sent));
        } catch (error) {
          expect(error).toBeInstanceOf(SSLWantWriteError);
          refusals += 1;
          await select([], [client], []);
        }
      }
      expect(refusals).toBeGreaterThan(0);
      expect((await reading).equals(data)).toBe(true);
      await closeAll(client, server);
    });

    test('unwrap completes in steps', async () => {
      const { client, server } = await connected(tls);
      client.setBlocking(false);
      await expect(client.unwrap()).rejects.toBeInstanceOf(SSLWantReadError);
      const other = server.unwrap();
      await select([client], [], []);
      const plain = await client.unwrap();
      (plain as import('node:net').Socket).destroy();
      ((await other) as import('node:net').Socket).destroy();
    });

    test('an automatic handshake on a connected non-blocking Socket is refused, and the socket closed', async () => {
      const [near, far] = await tcpPair();
      const plain = new Socket(near);
      plain.setBlocking(false);
      const context = await clientContext(tls);
      expect(() => context.wrapSocket(plain, { serverHostname: 'localhost' })).toThrow(
        'should not be specified for non-blocking sockets',
      );
      await expect(plain.recv(1)).rejects.toMatchObject({ code: 'EBADF' });
      far.destroy();
    });
  });
});

describe('select', () => {
  test('with a time-out returns empty lists; 0 only looks', async () => {
    const { client, server } = await connected('1.3');
    expect(await select([client], [], [], 0)).toEqual([[], [], []]);
    expect(await select([client], [], [client], 0.02)).toEqual([[], [], []]);
    expect(await select([client], [client], [], 5)).toEqual([[], [client], []]);
    await server.write('x');
    expect(await select([client, server], [], [])).toEqual([[client], [], []]);
    await closeAll(client, server);
  });

  test('a listening socket is readable when somebody waits', async () => {
    const listening = new Socket();
    await listening.bind(['127.0.0.1', 0]);
    await listening.listen();
    listening.setBlocking(false);
    await expect(listening.accept()).rejects.toMatchObject({ code: 'EAGAIN' });
    const client = new Socket();
    await client.connect(listening.getSockName());
    expect(await select([listening], [], [])).toEqual([[listening], [], []]);
    const [accepted] = await listening.accept();
    await closeAll(accepted, client, listening);
  });

  test('nothing to wait for is misuse', async () => {
    await expect(select([], [], [])).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' });
    await expect(select([{} as Socket], [], [])).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
    await expect(select([], [], [], -1)).rejects.toBeInstanceOf(RangeError);
    expect(await select([], [], [], 0.01)).toEqual([[], [], []]);
  });
});
