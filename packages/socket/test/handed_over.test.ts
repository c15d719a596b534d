/** What a net.Socket was before it was wrapped stays true afterwards, and it belongs to one SSLSocket. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connect, listen, MemoryBIO, Socket, type SSLContext, type SSLSocket, SSLWantReadError } from '@sslkit/socket';
import {
  closeServer,
  collect,
  duplexPair,
  files,
  listenLoopback,
  PATIENCE_MS,
  tcpPair,
  temporaryDirectory,
  unixPair,
  withTimeout,
} from '@sslkit/testkit';
import { expect, test, vi } from 'vitest';
import {
  clientContext,
  closeAll,
  connected,
  overChannels,
  overVersions,
  readExactly,
  serverContext,
  type TlsVersion,
} from './support.ts';

const ENTRY = fileURLToPath(import.meta.resolve('@sslkit/socket'));

async function echo(client: SSLSocket, server: SSLSocket): Promise<void> {
  await client.write('ping');
  expect(String(await readExactly(server, 4))).toBe('ping');
}

/** A process of its own, that goes away with its holder. */
function runs(script: string, channel: string): AsyncDisposable & { exit: Promise<unknown[]> } {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, ENTRY], {
    env: { ...process.env, SSLKIT_CHANNEL: channel },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exit = once(child, 'exit');
  return {
    exit,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}

async function listened(tls: TlsVersion): Promise<[SSLSocket, SSLSocket]> {
  await using listener = await listen(['127.0.0.1', 0], { context: await serverContext(tls) });
  const address = ['localhost', listener.getSockName()[1]] as const;
  const [near, far] = await Promise.all([connect(address, { context: await clientContext(tls) }), listener.accept()]);
  await far.doHandshake();
  return [near, far];
}

/** What a client says first. */
function clientHello(context: SSLContext): Buffer {
  const outgoing = new MemoryBIO();
  const client = context.wrapBio(new MemoryBIO(), outgoing, { serverHostname: 'localhost' });
  expect(() => client.doHandshake()).toThrow(SSLWantReadError);
  return outgoing.read();
}

function nobody(): void {}

/** Whether the stream knows of its peer's end, behind bytes that nobody has read. */
function hasRead(socket: net.Socket): boolean {
  return (socket as unknown as { _readableState: { ended: boolean } })._readableState.ended;
}

overVersions('resetAndDestroy()', (tls) => {
  test.each(['lent by a net.Socket', 'of connect() and listen()'])(
    'of a connection %s reaches the peer at once, and leaves nothing to wait for',
    async (kind) => {
      const { client, server } =
        kind === 'lent by a net.Socket'
          ? await connected(tls, tcpPair())
          : await listened(tls).then(([near, far]) => ({ client: near, server: far }));
      await echo(client, server);
      const reading = client.read();
      const closed = once(server.toDuplex(), 'close');
      server.toDuplex().resetAndDestroy();
      await expect(withTimeout(reading, undefined, 'the reset')).rejects.toMatchObject({ code: 'ECONNRESET' });
      await withTimeout(closed, undefined, 'the end of the stream that was reset');
      await withTimeout(closeAll(client, server), undefined, 'close()');
    },
  );

  test('over a Unix-domain socket, which has no reset, drops the connection', async () => {
    const { client, server } = await connected(tls, unixPair());
    const reading = client.read();
    server.toDuplex().resetAndDestroy();
    await withTimeout(reading, undefined, 'the end').catch(() => {});
    expect(server.fileno()).toBe(-1);
    await closeAll(client, server);
  });
});

overChannels('a net.Socket', (channel) => {
  test.each(['before', 'after'])(
    'with an idle time-out, set %s it is wrapped, times out when TLS is idle only',
    async (when) => {
      const [near, far] = await tcpPair();
      // However slow this machine is: timers of one length end in the order in which they were begun.
      let silence = false;
      const clock = setTimeout(() => {
        silence = true;
      }, 60);
      const idle: boolean[] = [];
      const watch = (): unknown => near.setTimeout(60, () => idle.push(silence));
      if (when === 'before') watch();
      const { client, server } = await connected('1.3', [near, far]);
      if (when === 'after') watch();
      for (let echoes = 0; echoes < 20; echoes++) {
        silence = false;
        clock.refresh();
        await echo(client, server);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      await vi.waitFor(() => expect(idle).not.toEqual([]), PATIENCE_MS);
      expect(idle).not.toContain(false);
      await closeAll(client, server);
    },
  );

  test('that keeps no process alive keeps none alive under TLS', async () => {
    const script = `
      import { readFileSync } from 'node:fs';
      import net from 'node:net';
      const { PROTOCOL_TLS_CLIENT, SSLContext } = await import(process.argv[1]);
      const server = net.createServer((peer) => peer.resume()).listen(0, '127.0.0.1', () => {
        const plain = net.connect(server.address().port, '127.0.0.1', () => {
          plain.unref();
          server.close();
          new SSLContext(PROTOCOL_TLS_CLIENT).wrapSocket(plain, { serverHostname: 'localhost' }).read().catch(() => {});
        });
      }).on('connection', (peer) => peer.unref());`;
    await using child = runs(script, channel);
    expect(await withTimeout(child.exit, undefined, 'the child')).toEqual([0, null]);
  });

  test('whose sending side has ended cannot handshake, and says so', async () => {
    const [near, far] = await tcpPair();
    near.end();
    await once(near, 'finish');
    const client = (await clientContext()).wrapSocket(near, { serverHostname: 'localhost' });
    const handshake = withTimeout(client.doHandshake(), undefined, 'the refusal');
    await expect(handshake).rejects.toMatchObject({ code: 'EPIPE' });
    await client.close();
    far.destroy();
  });

  test('that has read the end of its peer already still answers it', async () => {
    // Not half-open: by itself it would end with its peer.
    const server = net.createServer();
    const port = await listenLoopback(server);
    const near = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const [far] = (await once(server, 'connection')) as [net.Socket];
    near.end(clientHello(await clientContext()));
    far.on('readable', nobody);
    await once(near, 'finish');
    while (far.readableLength === 0 || !hasRead(far)) await turn();
    far.off('readable', nobody);
    const answer = collect(near);
    const socket = (await serverContext()).wrapSocket(far, { serverSide: true });
    await expect(socket.doHandshake()).rejects.toMatchObject({ code: 'ERR_SSL_EOF' });
    await socket.close();
    expect((await answer).length).toBeGreaterThan(500);
    await closeServer(server);
  });

  test('belongs to one socket until that gives it back', async () => {
    const [near, far] = await tcpPair();
    const context = await clientContext();
    const { client, server } = await connected('1.3', [near, far]);
    const taken = expect.objectContaining({ code: 'ERR_SOCKET_IN_USE' });
    expect(() => context.wrapSocket(near, { serverHostname: 'localhost' })).toThrow(taken);
    expect(() => new Socket(near)).toThrow(taken);
    await echo(client, server);
    expect(await Promise.all([client.unwrap(), server.unwrap()])).toEqual([near, far]);
    const again = await connected('1.3', [near, far]);
    await echo(again.client, again.server);
    await closeAll(again.client, again.server);
  });
});

overChannels('a connection of connect()', (channel) => {
  // The server is another process (this one), so that the client alone decides when its own ends.
  test.each([
    ['unref()', true],
    ['unref().ref()', false],
  ])('after %s lets its process end: %s', async (call, ends) => {
    const { caFile } = await files();
    await using listener = await listen(['127.0.0.1', 0], { context: await serverContext() });
    const script = `
      const { connect, createDefaultContext } = await import(process.argv[1]);
      const context = createDefaultContext(undefined, { cafile: ${JSON.stringify(caFile)} });
      const socket = await connect(['localhost', ${listener.getSockName()[1]}], { context });
      socket.toDuplex().${call};
      await socket.write('x');
      socket.read().catch(() => {});`;
    await using child = runs(script, channel);
    const server = await listener.accept();
    expect(String(await server.read())).toBe('x');
    const still = new Promise((resolve) => setTimeout(resolve, ends ? 15_000 : 500, 'still there'));
    expect(await Promise.race([child.exit, still])).toEqual(ends ? [0, null] : 'still there');
    await server.close();
  });

  test.runIf(process.platform === 'linux')(
    'is kept alive by the system when asked, and no more when asked again',
    async () => {
      const [client, server] = await listened('1.3');
      const duplex = client.toDuplex();
      await vi.waitFor(() => expect(kernelTimer(client)).toBe('00'), PATIENCE_MS);
      duplex.setKeepAlive(true, 60_000);
      expect(kernelTimer(client)).toBe('02');
      duplex.setKeepAlive(false);
      expect(kernelTimer(client)).toBe('00');
      await closeAll(client, server);
    },
  );
});

overVersions('records that arrive byte by byte over TCP', (tls) => {
  test('are put together, in both directions and to the end', async () => {
    await using listener = await listen(['127.0.0.1', 0], { context: await serverContext(tls) });
    const target = { host: '127.0.0.1', port: listener.getSockName()[1], allowHalfOpen: true, noDelay: true };
    const relay = net.createServer({ allowHalfOpen: true, noDelay: true }, (from) => {
      const to = net.connect(target);
      // The last bytes for whoever closes first find nobody.
      for (const socket of [from, to]) socket.on('error', nobody);
      void Promise.all([drip(from, to).catch(nobody), drip(to, from).catch(nobody)]);
    });
    const port = await listenLoopback(relay);
    const [client, server] = await Promise.all([
      connect(['localhost', port], { context: await clientContext(tls) }),
      listener.accept(),
    ]);
    const data = Buffer.from(Array.from({ length: 500 }, (_, index) => index & 255));
    await Promise.all([client.write(data), server.write(data)]);
    expect((await readExactly(server, data.length)).equals(data)).toBe(true);
    expect((await readExactly(client, data.length)).equals(data)).toBe(true);
    await client.close();
    expect((await server.read()).length).toBe(0);
    expect(server.truncated).toBe(false);
    await server.close();
    await closeServer(relay);
  });
});

/** Hands on one byte a turn, so that each is a read of its own at the other end. */
async function drip(from: net.Socket, to: net.Socket): Promise<void> {
  try {
    for await (const chunk of from) {
      for (const byte of chunk as Buffer) {
        to.write(Uint8Array.of(byte));
        await turn();
      }
    }
  } finally {
    to.end();
  }
}

/** The timer that the kernel runs for this connection: 00 none, 01 retransmission, 02 keep-alive. @see proc(5) */
function kernelTimer(socket: SSLSocket): string | undefined {
  const [local, remote] = [socket.getSockName(), socket.getPeerName()].map((name) => {
    const [, port] = name as readonly [string, number];
    return `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  });
  const lines = readFileSync('/proc/self/net/tcp', 'latin1').split('\n');
  const ours = lines.map((line) => line.trim().split(/\s+/)).find((line) => line[1] === local && line[2] === remote);
  return ours?.[5]?.slice(0, 2);
}

overChannels('a stream or a server', () => {
  test('belongs to one socket too', async () => {
    const taken = expect.objectContaining({ code: 'ERR_SOCKET_IN_USE' });
    const [near, far] = duplexPair();
    const plain = new Socket(near);
    expect(() => new Socket(near)).toThrow(taken);
    expect(plain.detach()).toBe(near);
    const { client, server } = await connected('1.3', [near, far]);
    expect(() => new Socket(far)).toThrow(taken);
    await closeAll(client, server);
    const listening = net.createServer();
    const context = await serverContext();
    const acceptor = context.wrapSocket(listening, { serverSide: true });
    expect(() => context.wrapSocket(listening, { serverSide: true })).toThrow(taken);
    await acceptor.close();
    await context.wrapSocket(listening, { serverSide: true }).close();
  });
});

overChannels('addresses', () => {
  test('of a Unix-domain connection are the path, at the side that has one', async () => {
    const path = `${temporaryDirectory()}/tls.sock`;
    await using listener = await listen({ path }, { context: await serverContext() });
    const dialled = connect({ path }, { context: await clientContext(), serverHostname: 'localhost' });
    const [client, server] = await Promise.all([dialled, listener.accept()]);
    expect([client.getPeerName(), server.getSockName()]).toEqual([{ path }, { path }]);
    expect([client.getSockName(), server.getPeerName()]).toEqual([{ path: '' }, { path: '' }]);
    await closeAll(client, server);
  });

  test('that cannot be listened on are refused in the words of net.Server', async () => {
    const context = await serverContext();
    await using listener = await listen(['127.0.0.1', 0], { context });
    const [host, port] = listener.getSockName();
    await expect(listen([host, port], { context })).rejects.toMatchObject({
      code: 'EADDRINUSE',
      message: `listen EADDRINUSE: address already in use ${host}:${port}`,
      cause: { address: host, port },
    });
    const { caFile } = await files();
    await expect(listen({ path: caFile }, { context })).rejects.toMatchObject({
      message: `listen EADDRINUSE: address already in use ${caFile}`,
    });
  });
});
