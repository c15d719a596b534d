/** The key log of sockets, against OpenSSL's own commands, and from the threads of the pool. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, listen, type SSLSocket } from '@sslkit/socket';
import { opensslClient, opensslServer, requires, scene, temporaryDirectory } from '@sslkit/testkit';
import { expect, test } from 'vitest';
import { clientContext, closeAll, overVersions, readExactly, serverContext } from './support.ts';

/** In the order in which a server comes to know them. */
const LABELS = {
  '1.2': ['CLIENT_RANDOM'],
  '1.3': [
    'SERVER_HANDSHAKE_TRAFFIC_SECRET',
    'CLIENT_HANDSHAKE_TRAFFIC_SECRET',
    'EXPORTER_SECRET',
    'SERVER_TRAFFIC_SECRET_0',
    'CLIENT_TRAFFIC_SECRET_0',
  ],
} as const;

const secretsOf = (path: string): string[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

overVersions('the key log', (tls) => {
  requires(test, 'openssl')('of a server has the lines of its client, openssl s_client', async () => {
    const folder = temporaryDirectory('key-log-');
    const context = await serverContext(tls);
    context.keylogFilename = join(folder, 'ours');
    await using listener = await listen(['127.0.0.1', 0], { context });
    const { ca } = await scene();
    await using peer = opensslClient({
      port: listener.getSockName()[1],
      ca: ca.certPem,
      tls,
      args: ['-keylogfile', join(folder, 'theirs')],
    });
    const socket = await listener.accept();
    await Promise.all([socket.doHandshake(), peer.connected]);
    peer.write('done\n');
    await readExactly(socket, 5);
    await socket.close();
    expect(secretsOf(join(folder, 'ours')).sort()).toEqual(secretsOf(join(folder, 'theirs')).sort());
    expect(secretsOf(join(folder, 'ours'))).toHaveLength(LABELS[tls].length);
  });

  requires(test, 'openssl')('of a client has the lines of its server, openssl s_server', async () => {
    const folder = temporaryDirectory('key-log-');
    const { server } = await scene();
    await using peer = await opensslServer({
      cert: server.chainPem,
      key: server.keyPem,
      tls,
      args: ['-keylogfile', join(folder, 'theirs')],
    });
    const context = await clientContext(tls);
    context.keylogFilename = join(folder, 'ours');
    await using client = await connect(['localhost', peer.port], { context });
    await client.write('done\n');
    await peer.output.waitFor(/done\n/);
    expect(secretsOf(join(folder, 'ours')).sort()).toEqual(secretsOf(join(folder, 'theirs')).sort());
    expect(secretsOf(join(folder, 'ours'))).toHaveLength(LABELS[tls].length);
  });

  test('lines of many handshakes at once stay whole, and each connection’s in order', async () => {
    const folder = temporaryDirectory('key-log-');
    const [context, trusting] = [await serverContext(tls), await clientContext(tls)];
    context.keylogFilename = join(folder, 'server');
    trusting.keylogFilename = join(folder, 'client');
    await using listener = await listen(['127.0.0.1', 0], { context });
    const address = ['localhost', listener.getSockName()[1]] as const;
    const pairs = Array.from({ length: 40 }, async (): Promise<SSLSocket[]> => {
      const [client, socket] = await Promise.all([connect(address, { context: trusting }), listener.accept()]);
      await socket.doHandshake();
      return [client, socket];
    });
    await closeAll(...(await Promise.all(pairs)).flat());
    const byRandom = new Map<string, string[]>();
    for (const line of secretsOf(join(folder, 'server'))) {
      const [, label = '', random = ''] = /^([A-Z_0-9]+) ([0-9a-f]{64}) [0-9a-f]{64,96}$/.exec(line) ?? [];
      expect(label).not.toBe('');
      byRandom.set(random, [...(byRandom.get(random) ?? []), label]);
    }
    expect([...byRandom.values()]).toEqual(Array.from({ length: 40 }, () => LABELS[tls]));
    expect(secretsOf(join(folder, 'client')).sort()).toEqual(secretsOf(join(folder, 'server')).sort());
  });
});
