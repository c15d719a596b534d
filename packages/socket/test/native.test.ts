/** What only the native channel has: handshakes on threads, lent descriptors, and nothing left behind. */
import net from 'node:net';
import { connect, listen } from '@sslkit/socket';
import { CHANNEL_KINDS, preferChannel } from '@sslkit/socket/internal';
import { openDescriptors, tcpPair } from '@sslkit/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientContext, closeAll, connected, serverContext } from './support.ts';

describe.runIf(CHANNEL_KINDS.includes('native'))('the native channel', () => {
  beforeAll(() => preferChannel('native'));
  afterAll(() => preferChannel(null));

  test('needs no net.Socket for connect() and listen()', async () => {
    await using listener = await listen(['127.0.0.1', 0], { context: await serverContext() });
    const client = await connect(['localhost', listener.getSockName()[1]], { context: await clientContext() });
    const server = await listener.accept();
    expect(process.getActiveResourcesInfo()).not.toContain('TCPSocketWrap');
    expect(client.getSockName()).toEqual(server.getPeerName());
    expect(client.fileno()).toBeGreaterThan(0);
    await closeAll(client, server);
  });

  test('inspectors answer as before the handshake while a thread works on it', async () => {
    await using listener = await listen(['127.0.0.1', 0], { context: await serverContext() });
    const connecting = connect(['127.0.0.1', listener.getSockName()[1]], {
      context: await clientContext(),
      serverHostname: 'localhost',
    });
    const server = await listener.accept();
    let busyTurns = 0;
    while (server.version() === null) {
      busyTurns += 1;
      expect(() => [server.cipher(), server.selectedAlpnProtocol(), server.pending()]).not.toThrow();
      expect(() => server.getPeerCert()).toThrow('handshake not done yet');
      expect(server.getVerifiedChain()).toEqual([]);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(busyTurns).toBeGreaterThan(0);
    await server.doHandshake();
    expect(server.version()).toMatch(/^TLSv1/);
    await closeAll(await connecting, server);
  });

  test.each([true, false])('handshakeThreads: %s serves the same', async (handshakeThreads) => {
    await using listener = await listen(['127.0.0.1', 0], { context: await serverContext(), handshakeThreads });
    const address = ['localhost', listener.getSockName()[1]] as const;
    const context = await clientContext();
    const clients = await Promise.all(Array.from({ length: 20 }, () => connect(address, { context })));
    const servers = await Promise.all(clients.map(() => listener.accept()));
    await Promise.all(servers.map((server) => server.write('hello')));
    for (const client of clients) expect(String(await client.read())).toBe('hello');
    await closeAll(...clients, ...servers);
  });

  // Over a net.Socket libuv may show such a reset as a mere end; `truncated` tells of that.
  test.each(['before its handshake is done', 'right behind data'] as const)(
    'a server that resets %s never looks like an end',
    async (when) => {
      await using listener = await listen(['127.0.0.1', 0], { context: await serverContext() });
      const address = ['localhost', listener.getSockName()[1]] as const;
      const context = await clientContext();
      for (let time = 0; time < 5; time++) {
        const [client, server] = await Promise.all([connect(address, { context }), listener.accept()]);
        if (when === 'right behind data') await server.write('data');
        server
          .toDuplex()
          .on('error', () => {})
          .resetAndDestroy();
        const read = async (): Promise<Buffer> => {
          const chunk = await client.read();
          return chunk.length > 0 ? client.read() : chunk;
        };
        await expect(read()).rejects.toMatchObject({ code: 'ECONNRESET' });
        expect(client.truncated).toBe(false);
        await client.close();
      }
    },
  );

  test('a net.Socket lends its connection, keeps its names, and is given back', async () => {
    const [near, far] = await tcpPair();
    const before = openDescriptors();
    const { client, server } = await connected('1.3', [near, far]);
    expect(openDescriptors()).toBe(before + 2);
    expect(near.remotePort).toBe(far.localPort);
    expect(client.getPeerName()).toEqual([near.remoteAddress, near.remotePort]);
    expect(await Promise.all([client.unwrap(), server.unwrap()])).toEqual([near, far]);
    const heard = new Promise((resolve) => far.once('data', resolve));
    near.write('in clear');
    expect(String(await heard)).toBe('in clear');
    near.destroy();
    far.destroy();
  });

  test('a socket with an opinion about its bytes keeps them', async () => {
    const [near, far] = await tcpPair();
    let seen = 0;
    near.on('data', (chunk: Buffer) => {
      seen += chunk.length;
    });
    const { client, server } = await connected('1.3', [near, far]);
    expect(seen).toBeGreaterThan(500);
    expect(near).toBeInstanceOf(net.Socket);
    await closeAll(client, server);
  });
});
