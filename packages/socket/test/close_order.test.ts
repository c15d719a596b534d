/** close() in every order and at every point: it ends in bounded time, lies to nobody, and no descriptor stays behind. */
import type net from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { connect, listen, SocketError, type SSLSocket } from '@sslkit/socket';
import { openDescriptors, tcpPair, unixPair, withTimeout } from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import {
  clientContext,
  closeAll,
  connected,
  type Ends,
  ends,
  overVersions,
  readExactly,
  serverContext,
  type TlsVersion,
} from './support.ts';

/** More than two kernels and this library take while nobody reads. */
const TOO_MUCH = 64 << 20;

/** Where a connection comes from; the handshake is not awaited on the server's side. */
const ORIGINS: Readonly<Record<string, (tls: TlsVersion) => Promise<Ends>>> = {
  async 'connect() and listen()'(tls) {
    await using listener = await listen(['127.0.0.1', 0], { context: await serverContext(tls) });
    const client = connect(listener.getSockName(), { context: await clientContext(tls) });
    const server = await listener.accept();
    return { client: await client, server };
  },
  'wrapped TCP sockets': (tls) => connected(tls, tcpPair()),
  'wrapped Unix-domain sockets': (tls) => connected(tls, unixPair()),
};

/** Runs it, and waits until the process has no more descriptors than before; handles close a turn after they are told to. */
async function leavingNothing(run: () => Promise<void>): Promise<void> {
  const before = openDescriptors();
  await run();
  const look = async (): Promise<void> => {
    while (openDescriptors() > before) await turn();
  };
  await withTimeout(look(), undefined, `${openDescriptors() - before} descriptors to be closed`);
}

function outcome<T>(promise: Promise<T>): Promise<T | Error> {
  return withTimeout(
    promise.catch((error: Error) => error),
    undefined,
    'a call that was waiting',
  );
}

const CLOSED = { name: 'Error', code: 'ERR_SOCKET_CLOSED' };

overVersions('close()', (tls) => {
  describe.each(Object.entries(ORIGINS))('of %s', (_origin, open) => {
    test.each(['client', 'server'] as const)('%s first: the other one reads a clean end', async (first) => {
      await leavingNothing(async () => {
        const pair = await open(tls);
        const second = first === 'client' ? pair.server : pair.client;
        await second.doHandshake();
        await pair[first].write('last words');
        await pair[first].close();
        expect((await readExactly(second, 100)).toString()).toBe('last words');
        expect(second.truncated).toBe(false);
        await second.close();
      });
    });

    test('both at once, twice, and again later', async () => {
      await leavingNothing(async () => {
        const { client, server } = await open(tls);
        const [reading, writing] = [outcome(client.read()), outcome(server.write('x'))];
        await Promise.all([client.close(), server.close(), server.close(), client.close()]);
        expect(await reading).toMatchObject(CLOSED);
        // It was taken, or came too late.
        expect([1, 'ERR_SOCKET_CLOSED']).toContain(
          await writing.then((end) => (end instanceof Error ? code(end) : end)),
        );
        await closeAll(client, server);
        await expect(client.read()).rejects.toBeInstanceOf(Error);
        expect([client.fileno(), server.fileno()]).toEqual([-1, -1]);
      });
    });

    test('in the middle of a write that the other one reads: all of it arrives', async () => {
      await leavingNothing(async () => {
        const { client, server } = await open(tls);
        const data = Buffer.alloc(3 << 20, 'all of it');
        const writing = client.write(data);
        const closing = client.close();
        expect((await readExactly(server, data.length + 1)).equals(data)).toBe(true);
        expect(server.truncated).toBe(false);
        expect(await writing).toBe(data.length);
        await closing;
        await server.close();
      });
    });

    test.each(['client', 'server'] as const)(
      'in the middle of a write that nobody reads: %s gives it up in time, the other one sees no clean end',
      async (first) => {
        await leavingNothing(async () => {
          const pair = await open(tls);
          const second = first === 'client' ? pair.server : pair.client;
          const writing = outcome(pair[first].write(Buffer.alloc(TOO_MUCH)));
          await second.read(1);
          await withTimeout(pair[first].close({ timeout: 30 }), undefined, 'close()');
          expect(await writing).toMatchObject({ code: expect.stringMatching(/^ERR_SOCKET_(CLOSED|TIMEOUT)$/) });
          const end = await outcome(drained(second));
          if (end === null) expect(second.truncated).toBe(true);
          else expect(end).toBeInstanceOf(SocketError);
          await second.close();
        });
      },
    );

    test('where a read has just been answered, before anybody else knows', async () => {
      await leavingNothing(async () => {
        const { client, server } = await open(tls);
        const reads = [client.read(1), client.read(1), client.read(1)].map((read, at) =>
          read.then(
            async (data) => {
              if (at === 0) await client.close();
              return data.toString();
            },
            (error: unknown) => code(error),
          ),
        );
        await server.write('abc');
        // What had arrived with it was handed out or discarded with the rest; never anything else.
        const [first, ...others] = await Promise.all(reads);
        expect(first).toBe('a');
        for (const [at, other] of others.entries()) expect(['bc'[at], 'ERR_SOCKET_CLOSED']).toContain(other);
        await server.close();
      });
    });

    test.each(['end', 'destroy'] as const)('by %s() of a stream over it, in its data listener', async (how) => {
      await leavingNothing(async () => {
        const { client, server } = await open(tls);
        const stream = client.toDuplex();
        const gone = new Promise((resolve) => stream.on('close', resolve));
        stream.on('data', () => stream[how]());
        await server.write(Buffer.alloc(300_000));
        const end = await outcome(drained(server));
        if (how === 'end') expect(end).toBeNull();
        await server.close();
        await withTimeout(gone, undefined, 'the stream to close');
      });
    });
  });

  test.each(['client', 'server', 'both'])('in mid-handshake, by %s', async (who) => {
    for (const transport of [tcpPair, unixPair]) {
      await leavingNothing(async () => {
        const { client, server } = await ends(tls, transport());
        const handshakes = [outcome(client.doHandshake()), outcome(server.doHandshake())];
        const closing = who === 'both' ? [client, server] : [who === 'client' ? client : server];
        await withTimeout(closeAll(...closing), undefined, 'close()');
        const [clientEnd, serverEnd] = await Promise.all(handshakes);
        if (who !== 'server') expect(clientEnd).toMatchObject(CLOSED);
        if (who !== 'client') expect(serverEnd).toMatchObject(CLOSED);
        await closeAll(client, server);
      });
    }
  });

  test('of a server in mid-handshake, at each turn of it', async () => {
    await using listener = await listen(['127.0.0.1', 0], { context: await serverContext(tls) });
    const context = await clientContext(tls);
    for (let turns = 0; turns < 12; turns++) {
      await leavingNothing(async () => {
        const connecting = outcome(connect(listener.getSockName(), { context }));
        const server = await listener.accept();
        for (let round = 0; round < turns; round++) await turn();
        await withTimeout(server.close(), undefined, 'close()');
        const client = await connecting;
        // Late enough, and the handshake is done for the client.
        if (client instanceof Error) expect(client).toBeInstanceOf(SocketError);
        else await client.close();
      });
    }
  });

  test.each(['client', 'server', 'both'])(
    'after unwrap() does nothing, and destroying what it gave frees all: %s',
    async (who) => {
      for (const transport of [tcpPair, unixPair]) {
        await leavingNothing(async () => {
          const [near, far] = await transport();
          const { client, server } = await connected(tls, [near, far]);
          const [left, right] = (await Promise.all([client.unwrap(), server.unwrap()])) as [net.Socket, net.Socket];
          expect([left, right]).toEqual([near, far]);
          await closeAll(client, server);
          expect([near.destroyed, far.destroyed]).toEqual([false, false]);
          const gone = new Promise((resolve) => (who === 'client' ? right : left).once('close', resolve));
          if (who !== 'server') left.destroy();
          if (who !== 'client') right.destroy();
          // Half-open: the other one's end is its own to give.
          for (const socket of [left, right]) socket.on('end', () => socket.end()).resume();
          await withTimeout(gone, undefined, 'the other end to close');
          await closeAll(client, server);
        });
      }
    },
  );

  test('under way, and then a reset of the stream over it, at each moment of it', async () => {
    for (const transport of [tcpPair, unixPair]) {
      for (let moments = 0; moments < 8; moments++) {
        await leavingNothing(async () => {
          const { client, server } = await connected(tls, transport());
          const stream = client.toDuplex().on('error', () => {});
          const closing = client.close();
          for (let moment = 0; moment < moments; moment++) await new Promise((resolve) => process.nextTick(resolve));
          stream.resetAndDestroy();
          await withTimeout(closing, undefined, 'close()');
          const end = await outcome(drained(server));
          if (end !== null) expect(end).toBeInstanceOf(SocketError);
          await server.close();
        });
      }
    }
  });

  test('or detach() of a server in mid-handshake, at each turn of it: what detach() refuses stays the socket’s', async () => {
    await using listener = await listen(['127.0.0.1', 0], { context: await serverContext(tls) });
    const context = await clientContext(tls);
    for (let turns = 0; turns < 12; turns++) {
      await leavingNothing(async () => {
        // A second one, so that the handshakes are run on threads.
        const connecting = [outcome(connect(listener.getSockName(), { context }))];
        connecting.push(outcome(connect(listener.getSockName(), { context })));
        const servers = [await listener.accept(), await listener.accept()];
        for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
        for (const server of servers) {
          try {
            (server.detach() as net.Socket).destroy();
          } catch (error) {
            expect(error).toMatchObject({ name: 'SocketError', code: 'EBUSY', syscall: 'detach' });
            expect(server.fileno()).toBeGreaterThan(0);
          }
          await server.close();
        }
        for (const client of await Promise.all(connecting)) {
          if (client instanceof Error) expect(client).toBeInstanceOf(SocketError);
          else await client.close();
        }
      });
    }
  });

  test('with unwrap() under way ends it', async () => {
    await leavingNothing(async () => {
      const { client, server } = await connected(tls);
      const unwrapping = outcome(client.unwrap());
      await client.close();
      expect(await unwrapping).toMatchObject(CLOSED);
      expect((await server.read()).length).toBe(0);
      await server.close();
    });
  });
});

function code(error: unknown): unknown {
  return (error as { code?: unknown }).code;
}

/** Null: it ended; else why not. */
async function drained(socket: SSLSocket): Promise<Error | null> {
  try {
    while ((await socket.read(65_536)).length > 0);
    return null;
  } catch (error) {
    return error as Error;
  }
}
