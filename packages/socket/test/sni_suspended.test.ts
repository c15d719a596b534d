import { fileURLToPath } from 'node:url';
import { once } from 'node:events';
import net from 'node:net';
import { Worker } from 'node:worker_threads';
import { setImmediate as turn } from 'node:timers/promises';
import {
  ALERT_DESCRIPTION_ACCESS_DENIED,
  connect,
  listen,
  type ListenOptions,
  select,
  SSLError,
  type SSLSocket,
  SSLWantReadError,
} from '@sslkit/socket';
import { CHANNEL_KINDS } from '@sslkit/socket/internal';
import { files, tcpPair, withTimeout } from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import { held, wrapped } from './sni_support.ts';
import {
  clientContext,
  closeAll,
  failureOf,
  overVersions,
  readExactly,
  serverContext,
  stoppedClock,
  type TlsVersion,
} from './support.ts';

const SUSPENDED = fileURLToPath(new URL('./fixtures/suspended.mjs', import.meta.url));

overVersions('a handshake that waits for the SNI callback', (tls) => {
  test('many clients of a listener are suspended at once, and none holds up another', async () => {
    const waiting = held((name) => (name === 'tenant.example' ? ALERT_DESCRIPTION_ACCESS_DENIED : null));
    const context = await serverContext(tls);
    context.sniCallback = (connection, name, own) =>
      name === 'localhost' ? waiting.callback(connection, name, own) : ALERT_DESCRIPTION_ACCESS_DENIED;
    await using listener = await listen(['127.0.0.1', 0], { context, onClientError: () => {} });
    const port = listener.getSockName()[1];
    const trusting = await clientContext(tls);
    const clients = Array.from({ length: 12 }, () => connect(['localhost', port], { context: trusting }));
    const sockets = await Promise.all(clients.map(() => listener.accept()));
    while (waiting.asked < clients.length) await turn();
    // Refused while all the others wait.
    const other = await failureOf(
      connect(['127.0.0.1', port], { context: trusting, serverHostname: 'tenant.example' }),
    );
    expect(other?.reason).toMatch(/ACCESS_DENIED$/);
    waiting.answer();
    const connected = await Promise.all(clients);
    await Promise.all(connected.map((client, at) => client.write(`client ${at}`.padEnd(9))));
    const read = await Promise.all(sockets.map(async (socket) => String(await readExactly(socket, 9)).trimEnd()));
    expect(read.sort()).toEqual(clients.map((_, at) => `client ${at}`).sort());
    await closeAll(...connected, ...sockets);
  });

  test('one that never settles is ended by the time limit of the listener', async () => {
    const waiting = held();
    const context = await serverContext(tls);
    context.sniCallback = waiting.callback;
    let report = (_error: Error): void => {};
    const reported = new Promise<Error>((resolve) => {
      report = resolve;
    });
    using clock = stoppedClock();
    await using listener = await listen(['127.0.0.1', 0], { context, handshakeTimeout: 50, onClientError: report });
    const connecting = failureOf(
      connect(['localhost', listener.getSockName()[1]], { context: await clientContext(tls) }),
    );
    await waiting.question();
    clock.pass(50);
    const hint = expect.stringContaining('SNI callback') as string;
    expect(await reported).toMatchObject({ code: 'ERR_SOCKET_TIMEOUT', hint });
    expect(await connecting).not.toBe(null);
    waiting.answer();
    await turn();
  });

  test('a time limit of doHandshake() ends the wait, and a later answer the handshake', async () => {
    const waiting = held();
    const { client, server } = await wrapped(tls, waiting.callback);
    expect(await failureOf(server.doHandshake({ timeout: 30 }))).toMatchObject({ code: 'ERR_SOCKET_TIMEOUT' });
    await waiting.question();
    waiting.answer();
    await Promise.all([client.doHandshake(), server.doHandshake()]);
    await closeAll(client, server);
  });

  test.each([
    ['ends the connection', 'ERR_SSL_EOF'],
    ['resets it', 'ECONNRESET'],
  ])('a client that %s is noticed before there is an answer, which is then ignored', async (how, code) => {
    const [near, far] = await tcpPair();
    const context = await serverContext(tls);
    let reject = (_error: Error): void => {};
    const asked = new Promise<void>((resolve) => {
      context.sniCallback = () =>
        new Promise<null>((_resolve, refuse) => {
          reject = refuse;
          resolve();
        });
    });
    const server = context.wrapSocket(far, { serverSide: true });
    const handshake = failureOf(server.doHandshake());
    near.write(await clientHello(tls));
    await asked;
    if (how === 'resets it') near.resetAndDestroy();
    else near.end();
    expect(await withTimeout(handshake, undefined, 'the server')).toMatchObject({ code });
    expect(await failureOf(server.read())).toMatchObject({ code });
    reject(new Error('too late'));
    await turn();
    await server.close();
    near.destroy();
  });

  test.each([
    ['ends the connection', 'ERR_SSL_EOF'],
    ['resets it', 'ECONNRESET'],
  ])('a client that %s meanwhile is told of by the listener, once and where it was', async (how, code) => {
    const waiting = held();
    const context = await serverContext(tls);
    context.sniCallback = waiting.callback;
    const reports: [Error, { address: unknown }][] = [];
    const onClientError: ListenOptions['onClientError'] = (...report) => void reports.push(report);
    await using listener = await listen(['127.0.0.1', 0], { context, onClientError });
    const client = net.connect(listener.getSockName()[1] as number, '127.0.0.1');
    await once(client, 'connect');
    const address = client.address() as net.AddressInfo;
    client.write(await clientHello(tls));
    await waiting.question();
    if (how === 'resets it') client.resetAndDestroy();
    else client.end();
    const told = async (): Promise<void> => {
      while (reports.length === 0) await turn();
    };
    await withTimeout(told(), undefined, 'the report');
    waiting.answer();
    for (let round = 0; round < 3; round += 1) await turn();
    const where = { address: [address.address, address.port] };
    expect(reports).toEqual([[expect.objectContaining({ code }), where]]);
    client.destroy();
  });

  test('an abort ends the wait of doHandshake(), and a later answer the handshake', async () => {
    const waiting = held();
    const { client, server } = await wrapped(tls, waiting.callback);
    const stop = new AbortController();
    const handshake = failureOf(server.doHandshake({ signal: stop.signal }));
    await waiting.question();
    stop.abort();
    expect(await handshake).toMatchObject({ name: 'AbortError' });
    waiting.answer();
    await Promise.all([client.doHandshake(), server.doHandshake()]);
    await closeAll(client, server);
  });

  test.each(['close', 'close in the callback', 'the client leaves', 'the client resets'])(
    'the connection ends while it is suspended: %s',
    async (how) => {
      const waiting = held();
      const [near, far] = await tcpPair();
      const context = await serverContext(tls);
      context.sniCallback = (connection, name, own) => {
        if (how === 'close in the callback') void (connection as SSLSocket).close();
        return how === 'close in the callback' ? null : waiting.callback(connection, name, own);
      };
      const server = context.wrapSocket(far, { serverSide: true });
      const client = (await clientContext(tls)).wrapSocket(near, { serverHostname: 'localhost' });
      const atServer = failureOf(server.doHandshake());
      const atClient = failureOf(client.doHandshake());
      if (how !== 'close in the callback') await waiting.question();
      if (how === 'close') await server.close();
      if (how === 'the client leaves') await client.close();
      if (how === 'the client resets') near.resetAndDestroy();
      for (let round = 0; round < 3; round += 1) await turn();
      waiting.answer();
      expect(await withTimeout(atServer, undefined, 'the server')).toBeInstanceOf(Error);
      expect(await withTimeout(atClient, undefined, 'the client')).toBeInstanceOf(Error);
      await closeAll(client, server);
    },
  );

  test.each([true, false])(
    'a callback that closes its connection refuses the client, handshakeThreads %s',
    async (handshakeThreads) => {
      const context = await serverContext(tls);
      await using listener = await listen(['127.0.0.1', 0], { context, handshakeThreads });
      const address = ['localhost', listener.getSockName()[1]] as const;
      const clients = await clientContext(tls);
      const others = [await connect(address, { context: clients }), await listener.accept()];
      context.sniCallback = (connection) => {
        void (connection as SSLSocket).close();
        return null;
      };
      expect(await failureOf(connect(address, { context: clients }))).toMatchObject({ code: 'ERR_SSL_EOF' });
      await closeAll(...others);
    },
  );

  test('non-blocking: doHandshake says WANT_READ, and select waits for the answer', async () => {
    const waiting = held();
    const [near, far] = await tcpPair();
    const context = await serverContext(tls);
    context.sniCallback = waiting.callback;
    const server = context.wrapSocket(far, { serverSide: true, doHandshakeOnConnect: false });
    server.setBlocking(false);
    const client = (await clientContext(tls)).wrapSocket(near, { serverHostname: 'localhost' });
    const tries = async (): Promise<void> => {
      for (;;) {
        const error = await failureOf(server.doHandshake());
        if (error === null) return;
        expect(error).toBeInstanceOf(SSLWantReadError);
        await select([server], [], []);
      }
    };
    const done = tries();
    await waiting.question();
    expect(await failureOf(server.doHandshake())).toBeInstanceOf(SSLWantReadError);
    expect((await select([server], [], [], 0.02))[0]).toEqual([]);
    waiting.answer();
    await withTimeout(done, undefined, 'the handshake');
    await client.doHandshake();
    await closeAll(client, server);
  });

  test('a peer that floods a suspended handshake does not grow it', async () => {
    const [flooding, far] = await tcpPair();
    const context = await serverContext(tls);
    const again = held();
    context.sniCallback = again.callback;
    const victim = context.wrapSocket(far, { serverSide: true });
    const refused = failureOf(victim.doHandshake());
    flooding.on('error', () => {});
    flooding.write(await clientHello(tls));
    await again.question();
    const piece = Buffer.alloc(256 * 1024, 0x17);
    for (let count = 0; count < 128; count += 1) flooding.write(piece);
    for (let round = 0; round < 40; round += 1) await turn();
    // What two kernels (4 and 6 MB, tcp(7)) and one bound hold; the rest of the 32 MB waits at the sender.
    expect(flooding.writableLength).toBeGreaterThan(16 * 2 ** 20);
    again.answer();
    expect(await withTimeout(refused, undefined, 'the victim')).toBeInstanceOf(SSLError);
    flooding.destroy();
    await victim.close();
  });
});

describe.each(CHANNEL_KINDS)('a worker, %s channel', (kind) => {
  test('is terminated with handshakes that wait for their callback', async () => {
    const { combinedFile, caFile } = await files();
    const worker = new Worker(SUSPENDED, {
      workerData: [combinedFile, caFile],
      env: { ...process.env, SSLKIT_CHANNEL: kind },
    });
    const [word] = (await withTimeout(once(worker, 'message'), 20_000, 'the worker')) as [string];
    expect(word).toBe('suspended');
    expect(await worker.terminate()).toBe(1);
  });
});

/** Bytes of a ClientHello. */
async function clientHello(tls: TlsVersion): Promise<Buffer> {
  const [near, far] = await tcpPair();
  const client = (await clientContext(tls)).wrapSocket(near, { serverHostname: 'localhost' });
  const failed = failureOf(client.doHandshake());
  const first = once(far, 'data');
  far.resume();
  const [hello] = (await first) as [Buffer];
  far.destroy();
  await failed;
  await client.close();
  return hello;
}
