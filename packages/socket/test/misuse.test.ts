/** Calls that are refused before or while a connection is made: what was given stays usable, and nothing stays open. */
import {
  connect,
  listen,
  PROTOCOL_TLS_CLIENT,
  SSLContext,
  SSLError,
  type SSLSession,
  Socket,
  type WrapSocketOptions,
} from '@sslkit/socket';
import { closeServer, listenLoopback, nextEvent, tcpPair } from '@sslkit/testkit';
import net from 'node:net';
import { describe, expect, test } from 'vitest';
import { clientContext, connected, overChannels, readExactly, serverContext } from './support.ts';

/** A server that only watches; `gone` settles when its one connection has been closed by the client. */
async function watching(): Promise<{ port: number; gone: Promise<void>; server: net.Server }> {
  const server = net.createServer({ allowHalfOpen: false });
  const gone = new Promise<void>((resolve) => {
    server.on('connection', (socket) =>
      socket
        .on('error', () => {})
        .on('close', () => resolve())
        .resume(),
    );
  });
  return { port: await listenLoopback(server), gone, server };
}

const SERVER_CONTEXT = { name: 'a context for servers', refusal: /PROTOCOL_TLS_SERVER/ };
const NO_SESSION = { name: 'what is no session', refusal: /not a SSLSession/ };

async function refusedOptions(name: string): Promise<{ context: SSLContext; serverHostname: string }> {
  if (name === SERVER_CONTEXT.name) return { context: await serverContext(), serverHostname: 'localhost' };
  const options = { context: await clientContext(), serverHostname: 'localhost', session: {} as SSLSession };
  return options;
}

overChannels('a connection that cannot be secured', () => {
  test.each([SERVER_CONTEXT, NO_SESSION])('connect() with $name closes it again', async ({ name, refusal }) => {
    const { port, gone, server } = await watching();
    await expect(connect(['127.0.0.1', port], await refusedOptions(name))).rejects.toThrow(refusal);
    await gone;
    await closeServer(server);
  });

  test.each([SERVER_CONTEXT, NO_SESSION])(
    'a Socket wrapped with $name goes on as it was',
    async ({ name, refusal }) => {
      const [near, far] = await tcpPair();
      const socket = new Socket(near);
      far.write('waiting');
      const { context, ...options } = await refusedOptions(name);
      expect(() => context.wrapSocket(socket, options as WrapSocketOptions)).toThrow(refusal);
      expect(String(await socket.recv(7))).toBe('waiting');
      await socket.close();
      far.destroy();
    },
  );

  test('an SSLSocket that was to carry TLS inside TLS goes on as it was', async () => {
    const { client, server } = await connected('1.3');
    const context = await serverContext();
    expect(() => context.wrapSocket(client, { serverHostname: 'localhost' })).toThrow(SSLError);
    await server.write('still here');
    expect(String(await readExactly(client, 10))).toBe('still here');
    const duplex = client.toDuplex();
    await server.write('as a stream');
    await nextEvent(duplex, 'readable');
    expect(String(duplex.read())).toBe('as a stream');
    duplex.destroy();
    await server.close();
  });

  test('a socket whose connect() failed so may be used for another attempt', async () => {
    const { port, gone, server } = await watching();
    const context = await serverContext();
    const socket = context.wrapSocket(new Socket(), { serverHostname: 'localhost' });
    await expect(socket.connect(['127.0.0.1', port])).rejects.toMatchObject({ code: 'ERR_SSL_WRONG_ROLE' });
    await expect(socket.connect(['127.0.0.1', port])).rejects.toMatchObject({ code: 'ERR_SSL_WRONG_ROLE' });
    await gone;
    await closeServer(server);
  });

  test('listen() refuses a context that can serve nobody', async () => {
    const clients = new SSLContext(PROTOCOL_TLS_CLIENT);
    await expect(listen(['127.0.0.1', 0], { context: clients })).rejects.toMatchObject({ code: 'ERR_SSL_WRONG_ROLE' });
    const context = await serverContext();
    context.checkHostname = true;
    await expect(listen(['127.0.0.1', 0], { context })).rejects.toMatchObject({
      code: 'ERR_SSL_CHECK_HOSTNAME_REQUIRES_SERVER_HOSTNAME',
    });
  });
});

test.each(['handshakeThreads', 'suppressRaggedEofs'])('%s that is no boolean is refused everywhere', async (name) => {
  const context = await clientContext();
  const refusal = { code: 'ERR_INVALID_ARG_TYPE', message: expect.stringContaining(name) };
  for (const value of [0, 'false', {}]) {
    const options = { context, serverHostname: 'localhost', [name]: value };
    await expect(connect(['127.0.0.1', 1], options)).rejects.toMatchObject(refusal);
    const serving = { context: await serverContext(), [name]: value };
    await expect(listen(['127.0.0.1', 0], serving)).rejects.toMatchObject(refusal);
    const wrapping = { serverHostname: 'localhost', [name]: value };
    expect(() => context.wrapSocket(new Socket(), wrapping)).toThrow(expect.objectContaining(refusal));
  }
});

describe('an address', () => {
  test.each([
    ['an empty path', { path: '' }],
    ['a path with a null character, which libuv would cut there', { path: '/tmp/a\0b' }],
    ['a path that is longer than sun_path, which libuv would cut', { path: `/tmp/${'x'.repeat(120)}` }],
    ['a host with a null character, which the resolver would cut', ['localhost\0.example', 443] as const],
  ])('%s is refused', async (_name, address) => {
    const context = await clientContext();
    await expect(connect(address, { context, serverHostname: 'localhost' })).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_INVALID_ARG_VALUE|ERR_OUT_OF_RANGE$/),
    });
  });
});
