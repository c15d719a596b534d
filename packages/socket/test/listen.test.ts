/** A server must survive every client, and no client may cost it anything for ever. */
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import {
  connect,
  listen,
  type ListenOptions,
  SocketError,
  type SSLContext,
  type SSLListener,
  type WrapSocketOptions,
} from '@sslkit/socket';
import { temporaryDirectory, withTimeout } from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import { clientContext, overChannels, overVersions, serverContext, stoppedClock } from './support.ts';

interface Watched {
  listener: SSLListener;
  port: number;
  /** The next error that the listener reports. */
  heard(): Promise<Error & { code?: string }>;
}

async function watched(options: Partial<ListenOptions> = {}): Promise<Watched> {
  const errors: Error[] = [];
  const waiting: ((error: Error) => void)[] = [];
  const onClientError = (error: Error): void => {
    const next = waiting.shift();
    if (next) next(error);
    else errors.push(error);
  };
  const listener = await listen(['127.0.0.1', 0], { context: await serverContext(), onClientError, ...options });
  const heard = (): Promise<Error> => {
    const error = errors.shift();
    return error ? Promise.resolve(error) : withTimeout(new Promise((resolve) => waiting.push(resolve)));
  };
  return { listener, port: listener.getSockName()[1], heard };
}

async function silentClient(port: number): Promise<net.Socket> {
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

overVersions('a listener', (tls) => {
  test('serves the next client while one says nothing at all', async () => {
    const { listener, port } = await watched({ context: await serverContext(tls) });
    const silent = await silentClient(port);
    const first = await listener.accept();
    const connecting = connect(['localhost', port], { context: await clientContext(tls) });
    const second = await listener.accept();
    const client = await connecting;
    await second.write('served');
    expect((await client.read()).toString()).toBe('served');
    silent.destroy();
    await expect(first.read()).rejects.toMatchObject({ name: 'SSLEOFError' });
    await Promise.all([client.close(), first.close(), second.close()]);
    await listener.close();
  });

  test('survives one bad client after the other and reports each, with its address', async () => {
    const clients: unknown[] = [];
    const { listener, port } = await watched({
      context: await serverContext(tls),
      onClientError: (error, { address }) => clients.push([error.constructor.name, address]),
    });
    const bad = [
      (socket: net.Socket) => socket.write('GET / HTTP/1.1\r\n\r\n'),
      (socket: net.Socket) => socket.end(),
      (socket: net.Socket) => socket.write(Buffer.alloc(300, 0xff)),
      (socket: net.Socket) => socket.resetAndDestroy(),
    ];
    for (const misbehave of bad) {
      const socket = await silentClient(port);
      const accepted = await listener.accept();
      misbehave(socket);
      await accepted.doHandshake().then(
        () => expect.unreachable(),
        () => {},
      );
      socket.destroy();
    }
    await using client = await connect(['localhost', port], { context: await clientContext(tls) });
    await using served = await listener.accept();
    await served.doHandshake();
    expect(client.version()).toBe(`TLSv${tls}`);
    expect(clients).toEqual([
      ['SSLError', ['127.0.0.1', expect.any(Number)]],
      ['SSLEOFError', ['127.0.0.1', expect.any(Number)]],
      ['SSLError', ['127.0.0.1', expect.any(Number)]],
      ['SocketError', ['127.0.0.1', expect.any(Number)]],
    ]);
    await listener.close();
  });
});

overChannels('bounds of a listener', () => {
  test('a handshake that takes too long is dropped', async () => {
    const { listener, port, heard } = await watched({ handshakeTimeout: 30 });
    const silent = await silentClient(port);
    const accepted = await listener.accept();
    expect(await heard()).toMatchObject({ code: 'ERR_SOCKET_TIMEOUT', message: 'The handshake operation timed out' });
    await expect(accepted.read()).rejects.toMatchObject({ code: 'ERR_SOCKET_TIMEOUT' });
    silent.resume();
    await once(silent, 'close');
    await listener.close();
  });

  test('a handshake that is done in time is not', async () => {
    using clock = stoppedClock();
    const { listener, port } = await watched({ handshakeTimeout: 100 });
    await using client = await connect(['localhost', port], { context: await clientContext() });
    await using served = await listener.accept();
    await served.doHandshake();
    clock.pass(150);
    await client.write('still here');
    expect((await served.read()).toString()).toBe('still here');
    await listener.close();
  });

  test('more handshakes at once than allowed are refused, and there is room again when one ends', async () => {
    const { listener, port, heard } = await watched({ maxHandshakes: 1 });
    const silent = await silentClient(port);
    const first = await listener.accept();
    const refused = net.connect(port, '127.0.0.1');
    refused.on('error', () => {});
    await new Promise((resolve) => refused.once('close', resolve));
    expect(await heard()).toMatchObject({ code: 'ERR_TOO_MANY_CLIENTS' });
    silent.destroy();
    await heard();
    await using client = await connect(['localhost', port], { context: await clientContext() });
    expect(client.version()).not.toBeNull();
    await first.close();
    await listener.close();
  });

  test('more clients than the backlog wait for nobody', async () => {
    const { listener, port, heard } = await watched({ backlog: 1 });
    const one = await connect(['localhost', port], { context: await clientContext() });
    const two = connect(['localhost', port], { context: await clientContext() });
    await expect(two).rejects.toBeInstanceOf(SocketError);
    expect(await heard()).toMatchObject({ code: 'ERR_TOO_MANY_CLIENTS' });
    const served = await listener.accept();
    await served.write('one');
    expect((await one.read()).toString()).toBe('one');
    await Promise.all([one.close(), served.close(), listener.close()]);
  });

  test('close() ends accept(), drops who was not accepted, leaves accepted ones alone, frees the port', async () => {
    const { listener, port } = await watched();
    const client = await connect(['localhost', port], { context: await clientContext() });
    const served = await listener.accept();
    const forgotten = await connect(['localhost', port], { context: await clientContext() });
    const waiting = (async () => {
      await forgotten.read();
    })().catch(() => {});
    await listener.close();
    await listener.close();
    await expect(listener.accept()).rejects.toMatchObject({ code: 'EBADF' });
    await waiting;
    await served.write('goes on');
    expect((await client.read()).toString()).toBe('goes on');
    const again = await listen(['127.0.0.1', port], { context: await serverContext() });
    expect(again.getSockName()).toEqual(['127.0.0.1', port]);
    await Promise.all([client.close(), served.close(), forgotten.close(), again.close()]);
  });

  test('a signal closes it, and an aborted one never opens it', async () => {
    const controller = new AbortController();
    const { listener } = await watched({ signal: controller.signal });
    const waiting = listener.accept().catch((error: unknown) => error);
    controller.abort();
    expect(await waiting).toMatchObject({ code: 'EBADF' });
    await expect(watched({ signal: controller.signal })).rejects.toMatchObject({ code: 'ABORT_ERR' });
  });
});

describe('where it listens', () => {
  test('on a path', async () => {
    const path = join(temporaryDirectory(), 'listener.sock');
    await using listener = await listen({ path }, { context: await serverContext() });
    expect(listener.getSockName()).toEqual([path, 0]);
    await using client = await connect({ path }, { context: await clientContext(), serverHostname: 'localhost' });
    await using served = await listener.accept();
    await client.write('x');
    expect((await served.read()).toString()).toBe('x');
  });

  test('a context that makes its own sockets makes all of them, and is told what was asked for', async () => {
    const wrapped: (WrapSocketOptions | undefined)[] = [];
    const own = (context: SSLContext): SSLContext => {
      const { wrapSocket } = context;
      context.wrapSocket = (socket, options) => {
        wrapped.push(options);
        return wrapSocket.call(context, socket, options);
      };
      return context;
    };
    const options = { handshakeThreads: false, suppressRaggedEofs: false };
    await using listener = await listen(['127.0.0.1', 0], { context: own(await serverContext()), ...options });
    const address = ['localhost', listener.getSockName()[1]] as const;
    await using client = await connect(address, { context: own(await clientContext()), ...options });
    await using served = await listener.accept();
    await served.write('x');
    expect((await client.read()).toString()).toBe('x');
    expect(wrapped).toEqual([expect.objectContaining(options), expect.objectContaining(options)]);
  });

  test('an address in use is EADDRINUSE', async () => {
    const { listener, port } = await watched();
    await expect(listen(['127.0.0.1', port], { context: await serverContext() })).rejects.toMatchObject({
      name: 'SocketError',
      code: 'EADDRINUSE',
    });
    await listener.close();
  });

  test('bad options are misuse', async () => {
    const context = await serverContext();
    await expect(listen(['127.0.0.1', 0], {} as ListenOptions)).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
    await expect(listen(['127.0.0.1', 70_000], { context })).rejects.toBeInstanceOf(RangeError);
    await expect(listen(['127.0.0.1', 0], { context, maxHandshakes: 0 })).rejects.toBeInstanceOf(RangeError);
    await expect(listen(['127.0.0.1', 0], { context, onclientError: () => {} } as never)).rejects.toThrow(
      'onClientError',
    );
    await expect(listen('127.0.0.1:0' as never, { context })).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
  });
});
