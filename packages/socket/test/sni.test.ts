/** The SNI callback over sockets: suspended handshakes hold up nobody, and end well whatever happens meanwhile. */
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { setImmediate as turn } from 'node:timers/promises';
import {
  ALERT_DESCRIPTION_ACCESS_DENIED,
  ALERT_DESCRIPTION_UNRECOGNIZED_NAME,
  connect,
  listen,
  PROTOCOL_TLS_SERVER,
  select,
  type SniCallback,
  SSLContext,
  SSLError,
  SSLSocket,
  SSLWantReadError,
} from '@sslkit/socket';
import { CHANNEL_KINDS } from '@sslkit/socket/internal';
import {
  duplexPair,
  files,
  mintLeaf,
  opensslClient,
  requires,
  scene,
  tcpPair,
  unixPair,
  withTimeout,
} from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import {
  clientContext,
  closeAll,
  failureOf,
  overVersions,
  readExactly,
  serverContext,
  type TlsVersion,
} from './support.ts';

const SUSPENDED = fileURLToPath(new URL('./fixtures/suspended.mjs', import.meta.url));
const { ca } = await scene();
const tenant = (await mintLeaf(ca, { dns: ['tenant.example'] })).combinedPem;

function tenantContext(): SSLContext {
  const context = new SSLContext(PROTOCOL_TLS_SERVER);
  context.loadCertChain({ pem: tenant });
  return context;
}

/** A callback that answers when it is told to; `asked` counts. */
function held(answer?: (name: string | null) => ReturnType<SniCallback>) {
  const questions: (() => void)[] = [];
  const watchers: (() => void)[] = [];
  return {
    callback: ((_connection, name) =>
      new Promise((resolve) => {
        questions.push(() => resolve(answer?.(name) as null));
        for (const watcher of watchers.splice(0)) watcher();
      })) as SniCallback,
    get asked(): number {
      return questions.length;
    },
    async question(): Promise<void> {
      if (questions.length > 0) return;
      await withTimeout(new Promise<void>((resolve) => watchers.push(resolve)), 10_000, 'the callback to be asked');
    },
    answer(): void {
      for (const question of questions.splice(0)) question();
    },
  };
}

async function wrapped(
  tls: TlsVersion,
  callback: SniCallback,
  serverHostname = 'localhost',
  transport: Promise<[Duplex, Duplex]> | [Duplex, Duplex] = tcpPair(),
) {
  const [near, far] = await transport;
  const context = await serverContext(tls);
  context.sniCallback = callback;
  const server = context.wrapSocket(far, { serverSide: true });
  const client = (await clientContext(tls)).wrapSocket(near, { serverHostname });
  return { client, server, context };
}

overVersions('the SNI callback', (tls) => {
  test('is given the socket, the name and the context, and switches the certificate', async () => {
    const seen: unknown[] = [];
    const other = tenantContext();
    const { client, server, context } = await wrapped(
      tls,
      (connection, name, own) => {
        seen.push(connection, name, own, connection.version());
        connection.context = other;
      },
      'tenant.example',
    );
    await Promise.all([client.doHandshake(), server.doHandshake()]);
    expect(seen[0]).toBe(server);
    expect(seen[0]).toBeInstanceOf(SSLSocket);
    expect(seen.slice(1)).toEqual(['tenant.example', context, null]);
    expect(server.context).toBe(other);
    expect(client.getPeerCert()).toMatchObject({ subjectAltName: [['DNS', 'tenant.example']] });
    await server.write('after the switch');
    expect(String(await readExactly(client, 16))).toBe('after the switch');
    await closeAll(client, server);
    expect(server.context).toBe(other);
  });

  test.each([
    ['TCP', tcpPair],
    ['a Unix-domain socket', unixPair],
    ['a Duplex that is no socket', async () => duplexPair()],
    ['single bytes', async () => duplexPair({ chunk: () => 1 })],
  ])('an async one suspends the handshake over %s, and data that comes first is kept', async (_name, transport) => {
    const waiting = held();
    const { client, server } = await wrapped(tls, waiting.callback, 'localhost', transport());
    const reading = readExactly(server, 5);
    const writing = client.write('early');
    await waiting.question();
    for (let round = 0; round < 5; round += 1) await turn();
    expect(server.version()).toBe(null);
    expect(waiting.asked).toBe(1);
    waiting.answer();
    expect(String(await reading)).toBe('early');
    await writing;
    await closeAll(client, server);
  });

  test('refuses by an alert, at once or later', async () => {
    const answers: SniCallback[] = [
      () => ALERT_DESCRIPTION_UNRECOGNIZED_NAME,
      async () => ALERT_DESCRIPTION_UNRECOGNIZED_NAME,
    ];
    for (const callback of answers) {
      const { client, server } = await wrapped(tls, callback);
      const [atServer, atClient] = await Promise.all([
        failureOf(server.doHandshake()),
        failureOf(client.doHandshake()),
      ]);
      expect(atServer).toMatchObject({ reason: 'CALLBACK_FAILED' });
      expect(atClient?.reason).toMatch(/UNRECOGNIZED_NAME$/);
      await closeAll(client, server);
    }
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('no such tenant');
      },
      /HANDSHAKE_FAILURE$/,
      'no such tenant',
    ],
    ['rejects', () => Promise.reject(new Error('no such tenant')), /HANDSHAKE_FAILURE$/, 'no such tenant'],
    ['returns garbage', () => 'yes', /INTERNAL_ERROR$/, 'not a string'],
    ['resolves with garbage', async () => 0, /INTERNAL_ERROR$/, 'not 0'],
  ])('one that %s refuses, and its error is the cause', async (_case, callback, alert, cause) => {
    const { client, server } = await wrapped(tls, callback as SniCallback);
    const [atServer, atClient] = await Promise.all([failureOf(server.read()), failureOf(client.doHandshake())]);
    expect(atServer).toBeInstanceOf(SSLError);
    expect(atServer?.reason).toBe('CALLBACK_FAILED');
    expect(atServer?.cause).toMatchObject({ message: expect.stringContaining(cause) });
    expect(atClient?.reason).toMatch(alert);
    expect(await failureOf(server.write('x'))).toBe(atServer);
    await closeAll(client, server);
  });

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

  test('a resumed session is asked about too', async () => {
    const told: unknown[] = [];
    const context = await serverContext(tls);
    context.sniCallback = async (_connection, name) => {
      told.push(name);
    };
    await using listener = await listen(['127.0.0.1', 0], { context });
    const address = ['localhost', listener.getSockName()[1]] as const;
    const own = await clientContext(tls);
    const visit = async (session: SSLSocket['session']): Promise<SSLSocket> => {
      const accepted = listener.accept();
      const client = await connect(address, { context: own, ...(session ? { session } : {}) });
      const socket = await accepted;
      await socket.write('x');
      await client.read();
      await closeAll(client, socket);
      return client;
    };
    const client = await connect(address, { context: own });
    const socket = await listener.accept();
    await socket.write('x');
    await client.read();
    const { session } = client;
    await closeAll(client, socket);
    expect(session).not.toBe(null);
    await visit(session);
    expect(told).toEqual(['localhost', 'localhost']);
    expect(context.sessionStats().hits).toBe(1);
  });

  test('one that never settles is ended by the time limit of the listener', async () => {
    const waiting = held();
    const context = await serverContext(tls);
    context.sniCallback = waiting.callback;
    let report = (_error: Error): void => {};
    const reported = new Promise<Error>((resolve) => {
      report = resolve;
    });
    await using listener = await listen(['127.0.0.1', 0], { context, handshakeTimeout: 50, onClientError: report });
    const connecting = failureOf(
      connect(['localhost', listener.getSockName()[1]], { context: await clientContext(tls) }),
    );
    const hint = expect.stringContaining('SNI callback') as string;
    expect(await withTimeout(reported, 10_000)).toMatchObject({ code: 'ERR_SOCKET_TIMEOUT', hint });
    expect(await connecting).not.toBe(null);
    waiting.answer();
    await turn();
  });

  test('a time limit of doHandshake() ends the wait, and a later answer the handshake', async () => {
    const waiting = held();
    const { client, server } = await wrapped(tls, waiting.callback);
    expect(await failureOf(server.doHandshake({ timeout: 30 }))).toMatchObject({ code: 'ERR_SOCKET_TIMEOUT' });
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
      expect(await withTimeout(atServer, 10_000, 'the server')).toBeInstanceOf(Error);
      expect(await withTimeout(atClient, 10_000, 'the client')).toBeInstanceOf(Error);
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
    await withTimeout(done, 10_000, 'the handshake');
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
    let left = 32 * 1024 * 1024;
    const piece = Buffer.alloc(256 * 1024, 0x17);
    while (left > 0 && flooding.write(piece)) left -= piece.length;
    for (let round = 0; round < 20; round += 1) await turn();
    // What the kernel and one bound hold; the rest waits at the sender.
    expect(flooding.writableLength).toBeGreaterThan(0);
    again.answer();
    expect(await withTimeout(refused, 10_000, 'the victim')).toBeInstanceOf(SSLError);
    flooding.destroy();
    await victim.close();
  });

  requires(test, 'openssl')('openssl s_client is served by name', async () => {
    const other = tenantContext();
    const context = await serverContext(tls);
    context.sniCallback = async (connection, name) => {
      await turn();
      if (name === 'tenant.example') connection.context = other;
    };
    await using listener = await listen(['127.0.0.1', 0], { context });
    await using peer = await opensslClient({
      port: listener.getSockName()[1],
      ca: ca.certPem,
      servername: 'tenant.example',
      tls,
      args: ['-verify_hostname', 'tenant.example', '-verify_return_error'],
    });
    const socket = await listener.accept();
    await socket.doHandshake();
    peer.write('by name\n');
    expect(String(await readExactly(socket, 8))).toBe('by name\n');
    await socket.close();
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
