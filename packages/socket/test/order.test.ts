/** Calls that cross: close, unwrap, abort and handshakes in every order. Nothing hangs, leaks or is lost. */
import type net from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { connect, listen, Socket, SocketError, SSLError } from '@sslkit/socket';
import { duplexPair, faultyServer, tcpPair, withTimeout } from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import { clientContext, closeAll, connected, ends, overVersions, readExactly, serverContext } from './support.ts';

overVersions('calls that cross', (tls) => {
  test('a socket that was accepted, written to and closed before its handshake delivers what was written', async () => {
    await using listener = await listen(['127.0.0.1', 0], { context: await serverContext(tls) });
    const connecting = connect(listener.getSockName(), { context: await clientContext(tls) });
    const served = await listener.accept();
    const written = served.write('hello and goodbye');
    await served.close();
    expect(await written).toBe(17);
    const client = await connecting;
    expect((await readExactly(client, 100)).toString()).toBe('hello and goodbye');
    expect(client.truncated).toBe(false);
    await client.close();
  });

  test('close() with writes that wait for a handshake that never comes is bounded', async () => {
    await using silent = await faultyServer(['silence']);
    const plain = new Socket();
    await plain.connect(['127.0.0.1', silent.port]);
    const client = (await clientContext(tls)).wrapSocket(plain, { serverHostname: 'localhost' });
    const write = client.write('never').catch((error: unknown) => error);
    await withTimeout(client.close({ timeout: 30 }), undefined, 'close()');
    expect(await write).toBeInstanceOf(Error);
  });

  test('close() during the handshake refuses who waits for it', async () => {
    const { client, server } = await ends(tls, duplexPair(), { server: { doHandshakeOnConnect: false } });
    const handshake = client.doHandshake().catch((error: unknown) => error);
    const read = client.read().catch((error: unknown) => error);
    await client.close();
    expect(await handshake).toMatchObject({ code: 'ERR_SOCKET_CLOSED' });
    expect(await read).toMatchObject({ code: 'ERR_SOCKET_CLOSED' });
    // Its answer to the ClientHello finds nobody: the end or the broken pipe, whichever is seen first.
    await expect(server.doHandshake()).rejects.toBeInstanceOf(SocketError);
    await server.close();
  });

  test('close() during connect() ends it', async () => {
    await using silent = await faultyServer(['silence']);
    const client = (await clientContext(tls)).wrapSocket(new Socket(), { serverHostname: 'localhost' });
    const connecting = client.connect(['127.0.0.1', silent.port]).catch((error: unknown) => error);
    await client.close();
    expect(await connecting).toMatchObject({ code: expect.stringMatching(/EBADF|ERR_SOCKET_CLOSED/) });
  });

  test('a read that waits while unwrap() runs gets the end', async () => {
    const { client, server } = await connected(tls);
    const reading = client.read();
    const [left, right] = await Promise.all([client.unwrap(), server.unwrap()]);
    expect((await reading).length).toBe(0);
    (left as net.Socket).destroy();
    (right as net.Socket).destroy();
  });

  test('a read that waits while unwrap() runs takes late data, and unwrap() goes on', async () => {
    const { client, server } = await connected(tls);
    const reading = client.read();
    const unwrapping = client.unwrap();
    await server.write('late');
    expect((await reading).toString()).toBe('late');
    const [left, right] = await Promise.all([unwrapping, server.unwrap()]);
    (left as net.Socket).destroy();
    (right as net.Socket).destroy();
  });

  test('an unwrap() that timed out can be called again', async () => {
    const { client, server } = await connected(tls);
    await expect(client.unwrap({ timeout: 20 })).rejects.toMatchObject({ code: 'ERR_SOCKET_TIMEOUT' });
    await expect(client.write('x')).rejects.toMatchObject({ reason: 'PROTOCOL_IS_SHUTDOWN' });
    const [left, right] = await Promise.all([client.unwrap(), server.unwrap()]);
    (left as net.Socket).destroy();
    (right as net.Socket).destroy();
  });

  test('two unwrap() calls: one transport, and the second says that there is no TLS any more or gets it too', async () => {
    const { client, server } = await connected(tls);
    const both = Promise.allSettled([client.unwrap(), client.unwrap()]);
    const other = (await server.unwrap()) as net.Socket;
    const [first, second] = await both;
    expect(first).toMatchObject({ status: 'fulfilled' });
    if (second.status === 'fulfilled' && first.status === 'fulfilled') expect(second.value).toBe(first.value);
    if (first.status === 'fulfilled') (first.value as net.Socket).destroy();
    other.destroy();
  });

  test('unwrap() waits for writes that were not awaited', async () => {
    const [near, far] = await tcpPair();
    const { client, server } = await connected(tls, [near, far]);
    const data = Buffer.alloc(500_000, 'queued');
    const write = client.write(data);
    const unwrapping = client.unwrap();
    expect((await readExactly(server, data.length)).equals(data)).toBe(true);
    expect(await write).toBe(data.length);
    await Promise.all([unwrapping, server.unwrap()]);
    near.destroy();
    far.destroy();
  });

  test('an aborted handshake can be completed', async () => {
    const [near, far] = await tcpPair();
    const manual = { serverHostname: 'localhost', doHandshakeOnConnect: false };
    const client = (await clientContext(tls)).wrapSocket(near, manual);
    const controller = new AbortController();
    const handshake = client.doHandshake({ signal: controller.signal }).catch((error: unknown) => error);
    controller.abort();
    expect(await handshake).toMatchObject({ code: 'ABORT_ERR' });
    const server = (await serverContext(tls)).wrapSocket(far, { serverSide: true });
    await client.doHandshake();
    await closeAll(client, server);
  });

  test('the transport is destroyed behind the socket’s back', async () => {
    for (const error of [undefined, Object.assign(new Error('pulled'), { code: 'EPULLED' })]) {
      const [near, far] = duplexPair();
      const { client, server } = await connected(tls, [near, far], { client: { suppressRaggedEofs: false } });
      const reading = client.read().catch((failure: unknown) => failure);
      near.destroy(error);
      expect(await reading).toMatchObject(error ? { code: 'EPULLED' } : { name: 'SSLEOFError' });
      await expect(client.write('x')).rejects.toBeInstanceOf(Error);
      await closeAll(client, server);
    }
  });

  test('sendFile and the plain names work over TLS', async () => {
    const { client, server } = await connected(tls);
    const [sent] = await Promise.all([client.sendFile(new URL(import.meta.url)), server.recv(1)]);
    expect(sent).toBeGreaterThan(1000);
    await client.sendAll('all');
    expect(await client.send('s')).toBe(1);
    const into = Buffer.alloc(10);
    expect(await server.recvInto(into)).toBe(10);
    await client.shutdown('write');
    await turn();
    let rest = 0;
    for await (const chunk of server) rest += chunk.length;
    expect(rest).toBe(sent + 4 - 11);
    await closeAll(client, server);
  });
});

describe('many connections opened and dropped at random points', () => {
  test('leave no transport open and reject nothing unhandled', async () => {
    const unhandled: unknown[] = [];
    const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', onUnhandled);
    const serverSide = await serverContext();
    const clientSide = await clientContext();
    let seed = 12_345;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % below;
    };
    for (let round = 0; round < 150; round++) {
      const [near, far] = duplexPair();
      const server = serverSide.wrapSocket(far, { serverSide: true });
      const client = clientSide.wrapSocket(near, { serverHostname: 'localhost' });
      for (let turns = random(8); turns > 0; turns--) await turn();
      const moves: (() => unknown)[] = [
        () => client.close(),
        () => server.close(),
        () => near.destroy(),
        () => far.destroy(new Error('dropped')),
        () =>
          client
            .toDuplex()
            .on('error', () => {})
            .destroy(),
        () => client.unwrap().catch((error: unknown) => expect(error).toBeInstanceOf(SSLError)),
      ];
      void moves[random(moves.length)]?.();
      void moves[random(2)]?.();
      await closeAll(client, server);
      for (let turns = 0; turns < 3; turns++) await turn();
      expect([near.destroyed, far.destroyed]).toEqual([true, true]);
    }
    process.off('unhandledRejection', onUnhandled);
    expect(unhandled).toEqual([]);
  });
});
