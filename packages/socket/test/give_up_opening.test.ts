/** Waits on the way to a connection that are given up: what it leaves of the attempt, and what can still be done. */
import dns from 'node:dns';
import { getEventListeners } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { connect, listen, select, Socket } from '@sslkit/socket';
import { CHANNEL_KINDS, tlsCoreOf } from '@sslkit/socket/internal';
import { faultyServer, openDescriptors, PATIENCE_MS, tcpPair, withTimeout } from '@sslkit/testkit';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { deferred, ENDS, atEach, giveUp, type MakePoint, says, TOO_MUCH } from './give_up.ts';
import { clientContext, closeAll, failureOf, listening, overVersions, serverContext } from './support.ts';

/** In a handshake; each can be completed afterwards. */
const HANDSHAKES: Readonly<Record<string, MakePoint>> = {
  async 'doHandshake() of a client'(tls) {
    const [near, far] = await tcpPair();
    const client = (await clientContext(tls)).wrapSocket(near, { serverHostname: 'localhost' });
    return {
      operation: 'handshake operation',
      wait: (options) => client.doHandshake(options),
      async after(limits) {
        const server = (await serverContext(tls)).wrapSocket(far, { serverSide: true });
        await Promise.all([client.doHandshake(limits), server.doHandshake(limits)]);
        await says(client, server, limits);
        await closeAll(client, server);
      },
    };
  },
  async 'doHandshake() of a server'(tls) {
    const [near, far] = await tcpPair();
    const server = (await serverContext(tls)).wrapSocket(far, { serverSide: true, doHandshakeOnConnect: false });
    return {
      operation: 'handshake operation',
      wait: (options) => server.doHandshake(options),
      async after(limits) {
        const client = (await clientContext(tls)).wrapSocket(near, { serverHostname: 'localhost' });
        await Promise.all([client.doHandshake(limits), server.doHandshake(limits)]);
        await says(client, server, limits);
        await closeAll(client, server);
      },
    };
  },
  async 'doHandshake() that waits for an SNI callback'(tls) {
    const [near, far] = await tcpPair();
    const context = await serverContext(tls);
    const answer = deferred<null>();
    const asked = deferred<void>();
    context.sniCallback = () => {
      asked.resolve();
      return answer.promise;
    };
    const server = context.wrapSocket(far, { serverSide: true });
    const client = (await clientContext(tls)).wrapSocket(near, { serverHostname: 'localhost' });
    return {
      operation: 'handshake operation',
      wait: (options) => server.doHandshake(options),
      reached: () => withTimeout(asked.promise, undefined, 'the callback to be asked'),
      async after(limits) {
        answer.resolve(null);
        await Promise.all([client.doHandshake(limits), server.doHandshake(limits)]);
        await says(client, server, limits);
        await closeAll(client, server);
      },
    };
  },
  async 'a read before the handshake is done'(tls) {
    const [near, far] = await tcpPair();
    const client = (await clientContext(tls)).wrapSocket(near, { serverHostname: 'localhost' });
    return {
      operation: 'read operation',
      wait: (options) => client.read(7, null, options),
      async after(limits) {
        const server = (await serverContext(tls)).wrapSocket(far, { serverSide: true });
        await says(server, client, limits);
        await closeAll(client, server);
      },
    };
  },
};

/** At the way to a connection. */
const CONNECTING: Readonly<Record<string, MakePoint>> = {
  async 'connect() in the lookup of the name, which is answered later'(tls) {
    const address = await listen(['127.0.0.1', 0], { context: await serverContext(tls) });
    const [, port] = address.getSockName();
    const asked = deferred<(error: null, found: dns.LookupAddress[]) => void>();
    const context = await clientContext(tls);
    vi.spyOn(dns, 'lookup').mockImplementation(((_host: string, _options: object, callback: never) =>
      asked.resolve(callback)) as never);
    return {
      operation: 'connect operation',
      wait: (options) => connect(['slow.example', port], { context, ...options }),
      reached: () => asked.promise,
      async after() {
        asked.resolve(() => {});
        (await asked.promise)(null, [{ address: '127.0.0.1', family: 4 }]);
        // Nobody comes.
        await expect(address.accept({ timeout: 50 })).rejects.toMatchObject({ code: 'ERR_SOCKET_TIMEOUT' });
        await address.close();
      },
    };
  },
  async 'connect() in the handshake'(tls) {
    const silent = await faultyServer([{ waitBytes: 1 }, 'silence']);
    const context = await clientContext(tls);
    return {
      operation: 'handshake operation',
      wait: (options) => connect(['127.0.0.1', silent.port], { context, ...options }),
      reached: () => silent.played,
      after: () => silent.close(),
    };
  },
  async 'accept() of a listener'(tls) {
    const listener = await listen(['127.0.0.1', 0], { context: await serverContext(tls) });
    const context = await clientContext(tls);
    return {
      operation: 'accept operation',
      wait: (options) => listener.accept(options),
      async after(limits) {
        const accepting = listener.accept(limits);
        const client = await connect(['localhost', listener.getSockName()[1]], { context, ...limits });
        await closeAll(client, await accepting);
        await listener.close();
      },
    };
  },
  async 'accept() of an SSLSocket, in the handshake: that connection ends, the next is served'(tls) {
    const server = (await serverContext(tls)).wrapSocket(await listening(), { serverSide: true });
    const silent = new Socket();
    await silent.connect(server.getSockName());
    // By then the connection is there to be accepted.
    await select([server], [], []);
    const context = await clientContext(tls);
    return {
      operation: 'handshake operation',
      wait: (options) => server.accept(options),
      reached: () => turn(),
      async after(limits) {
        await silent.close();
        // The silent one is still there if nobody has been accepted at all.
        const accepting = server.accept(limits).catch(() => server.accept(limits));
        const client = await connect(server.getSockName(), { context, serverHostname: 'localhost', ...limits });
        const [accepted] = await accepting;
        await closeAll(client, accepted, server);
      },
    };
  },
};

afterEach(() => {
  vi.restoreAllMocks();
});

overVersions('on the way to a connection', (tls) => {
  atEach(CONNECTING, tls);
  atEach(HANDSHAKES, tls);
});

// The other channel has no threads.
describe.runIf(CHANNEL_KINDS.includes('native'))('a wait that is given up, native channel', () => {
  test('a handshake that a thread has goes on', async () => {
    await using listener = await listen(['127.0.0.1', 0], { context: await serverContext() });
    const context = await clientContext();
    const address = ['localhost', listener.getSockName()[1]] as const;
    const others = [await connect(address, { context }), await listener.accept()];
    let caught = 0;
    for (let attempt = 0; caught < 3 && attempt < 200; attempt++) {
      const connecting = connect(address, { context });
      const server = await listener.accept();
      const { channel } = tlsCoreOf(server);
      while (channel?.busy === false && server.version() === null) await turn();
      if (channel?.busy === true) {
        const controller = new AbortController();
        const waiting = failureOf(server.doHandshake({ signal: controller.signal }));
        controller.abort();
        expect(await waiting).toMatchObject({ code: 'ABORT_ERR' });
        expect(await failureOf(server.doHandshake({ timeout: 0 }))).toMatchObject({ code: 'ERR_SOCKET_TIMEOUT' });
        expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
        caught += 1;
      }
      await server.doHandshake();
      await closeAll(await connecting, server);
    }
    expect(caught).toBe(3);
    await closeAll(...others);
  });
});

describe('a plain socket, given up', () => {
  test.each(ENDS)('connect() in the lookup, by %s: it may be tried again', async (end) => {
    const server = await listening();
    const client = new Socket();
    const asked = deferred<void>();
    const lookup = vi.spyOn(dns, 'lookup').mockImplementation((() => asked.resolve()) as never);
    await giveUp(
      {
        operation: 'connect operation',
        wait: (options) => client.connect(['slow.example', 1], options),
        reached: () => asked.promise,
      },
      end,
    );
    lookup.mockRestore();
    await client.connect(server.getSockName());
    await closeAll(client, server);
  });

  test.each(ENDS)('accept(), recv() and sendAll(), by %s', async (end) => {
    const before = openDescriptors();
    const server = await listening();
    await giveUp({ operation: 'accept operation', wait: (options) => server.accept(options) }, end);
    const client = new Socket();
    await client.connect(server.getSockName());
    const [peer] = await server.accept();
    await giveUp({ operation: 'read operation', wait: (options) => client.recv(10, options) }, end);
    await peer.send('later');
    expect(String(await client.recv(10))).toBe('later');
    const data = Buffer.alloc(TOO_MUCH);
    await giveUp({ operation: 'write operation', wait: (options) => client.sendAll(data, options) }, end);
    await client.close({ timeout: 30 });
    await closeAll(peer, server);
    await vi.waitFor(() => expect(openDescriptors()).toBeLessThanOrEqual(before), PATIENCE_MS);
  });
});
