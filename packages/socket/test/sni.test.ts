import { setImmediate as turn } from 'node:timers/promises';
import {
  ALERT_DESCRIPTION_UNRECOGNIZED_NAME,
  connect,
  listen,
  type SniCallback,
  SSLError,
  SSLSocket,
} from '@sslkit/socket';
import { duplexPair, opensslClient, requires, scene, tcpPair, unixPair } from '@sslkit/testkit';
import { expect, test } from 'vitest';
import { held, tenantContext, wrapped } from './sni_support.ts';
import { clientContext, closeAll, failureOf, overVersions, readExactly, serverContext } from './support.ts';

const { ca } = await scene();

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
