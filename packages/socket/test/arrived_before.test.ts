/** What the peer has said, ended or reset before TLS looks at it: nothing is lost of it, and a reset never reads as an end. */
import { once } from 'node:events';
import net from 'node:net';
import { unacknowledged } from '@sslkit/openssl-native';
import { MemoryBIO, Socket, type SSLContext, type SSLSocket, SSLWantReadError } from '@sslkit/socket';
import { listenLoopback, tcpPair, withTimeout } from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import { clientContext, closeAll, connected, overChannels, overVersions, serverContext } from './support.ts';

/** What a client says first. */
function clientHello(context: SSLContext): Buffer {
  const outgoing = new MemoryBIO();
  const client = context.wrapBio(new MemoryBIO(), outgoing, { serverHostname: 'localhost' });
  expect(() => client.doHandshake()).toThrow(SSLWantReadError);
  return outgoing.read();
}

/** An accepted connection, and its peer. */
async function pair(options: net.ServerOpts): Promise<[near: net.Socket, far: net.Socket]> {
  const server = net.createServer(options);
  const port = await listenLoopback(server);
  const far = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const [[near]] = (await Promise.all([once(server, 'connection'), once(far, 'connect')])) as [[net.Socket], unknown];
  server.close();
  return [near, far];
}

async function say(far: net.Socket, bytes: Buffer, then: 'fin' | 'rst'): Promise<void> {
  if (bytes.length > 0) await new Promise((resolve) => far.write(bytes, resolve));
  const done = once(far, then === 'fin' ? 'finish' : 'close');
  if (then === 'fin') far.end();
  else far.resetAndDestroy();
  await done;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Lets a socket read until it knows of the end or the failure behind what it holds. */
async function readToItsEnd(socket: net.Socket): Promise<void> {
  const state = (socket as unknown as { _readableState: { ended: boolean } })._readableState;
  for (const late = performance.now() + 5_000; !state.ended && performance.now() < late; ) await turn();
  expect(state.ended).toBe(true);
}

const EOF = { code: 'ERR_SSL_EOF' };
const RESET = { code: 'ECONNRESET' };
const WRONG = { reason: 'UNEXPECTED_MESSAGE' };

overVersions('a peer that has left before its connection is wrapped', (tls) => {
  describe.each(['unread in the system', 'read by the socket'] as const)('what it said is %s', (where) => {
    describe.each([true, false])('allowHalfOpen %s', (allowHalfOpen) => {
      const hello = async (): Promise<Buffer> => clientHello(await clientContext(tls));
      test.each([
        ['server', 'a whole hello', 'fin', EOF],
        ['server', 'a whole hello', 'rst', RESET],
        ['server', 'a part of a record', 'fin', EOF],
        ['server', 'a part of a record', 'rst', RESET],
        // It says more than the failed write of our own hello does.
        ['client', 'a hello, which no server says', 'fin', WRONG],
        ['client', 'a hello, which no server says', 'rst', WRONG],
        ['client', 'a part of a record', 'fin', EOF],
        ['client', 'a part of a record', 'rst', RESET],
      ] as const)('a %s meets %s and %s', async (role, said, end, outcome) => {
        const [near, far] = await pair({ allowHalfOpen, pauseOnConnect: where === 'unread in the system' });
        const bytes = (await hello()).subarray(0, said === 'a part of a record' ? 50 : undefined);
        await say(far, bytes, end);
        if (where === 'read by the socket') await readToItsEnd(near);
        const context = await (role === 'server' ? serverContext(tls) : clientContext(tls));
        const socket =
          role === 'server'
            ? context.wrapSocket(near, { serverSide: true })
            : context.wrapSocket(near, { serverHostname: 'localhost' });
        const handshake = withTimeout(socket.doHandshake(), 5_000, 'the failure');
        await expect(handshake).rejects.toMatchObject(outcome);
        await expect(socket.read()).rejects.toMatchObject(outcome);
        await socket.close();
        far.destroy();
      });
    });
  });
});

overVersions('a reset', (tls) => {
  /** More than a reader that waits is given, less than the way there holds. */
  const DATA = Buffer.alloc(188 * 1024, 'arrived');

  async function readAll(socket: SSLSocket): Promise<{ size: number; error: unknown }> {
    let size = 0;
    try {
      for (let chunk = await socket.read(65_536); chunk.length > 0; chunk = await socket.read(65_536))
        size += chunk.length;
    } catch (error) {
      return { size, error };
    }
    return { size, error: null };
  }

  test.each(['reads', 'writes'])('costs nothing of what has arrived, whether the other side then %s', async (what) => {
    const [near, far] = await tcpPair();
    const { client, server } = await connected(tls, [near, far]);
    // Begins to read, and then leaves it.
    const first = client.read(1);
    await server.write(DATA);
    expect((await first).length).toBe(1);
    const { fd } = (far as unknown as { _handle: { fd: number } })._handle;
    for (const late = performance.now() + 5_000; unacknowledged(fd) > 0 && performance.now() < late; ) await turn();
    expect(unacknowledged(fd)).toBe(0);
    server
      .toDuplex()
      .on('error', () => {})
      .resetAndDestroy();
    if (what === 'writes') await client.write('into the void').catch(() => {});
    const { size, error } = await withTimeout(readAll(client), 5_000, 'the end');
    expect([size + 1, error]).toEqual([DATA.length, expect.objectContaining(RESET)]);
    await closeAll(client, server);
  });
});

overChannels('a plain socket', () => {
  test('tells a reset right behind data from an end', async () => {
    const [near, far] = await pair({ pauseOnConnect: true });
    await say(far, Buffer.from('data'), 'rst');
    const socket = new Socket(near);
    expect(String(await socket.recv(10))).toBe('data');
    await expect(withTimeout(socket.recv(10), 5_000, 'the reset')).rejects.toMatchObject(RESET);
    await socket.close();
  });

  test('that decodes its bytes is refused', async () => {
    const [near, far] = await tcpPair();
    near.setEncoding('utf8');
    const context = await clientContext();
    expect(() => context.wrapSocket(near, { serverHostname: 'localhost' })).toThrow('decodes to utf8');
    near.destroy();
    far.destroy();
  });
});
