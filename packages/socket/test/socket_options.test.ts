/** No-delay and keep-alive as the system has them: another process looks at the descriptor. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { connect, listen, Socket, type SSLSocket } from '@sslkit/socket';
import { closeServer, listenLoopback, pythonCommand, requires, tcpPair, unixPair } from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import { clientContext, closeAll, connected, overChannels, serverContext } from './support.ts';

interface Options {
  noDelay: boolean;
  keepAlive: boolean;
  /** Seconds without traffic before the first probe. */
  idle: number;
}

/** Descriptors 3 and on, which the process has from its parent. Darwin has another name for the idle time. */
const LOOK = `
import json, socket, sys
TCP = socket.IPPROTO_TCP
IDLE = getattr(socket, 'TCP_KEEPIDLE', getattr(socket, 'TCP_KEEPALIVE', 0x10))
found = []
for fd in range(3, 3 + int(sys.argv[1])):
    s = socket.socket(fileno=fd)
    found.append({'noDelay': s.getsockopt(TCP, socket.TCP_NODELAY) != 0,
                  'keepAlive': s.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) != 0,
                  'idle': s.getsockopt(TCP, IDLE)})
print(json.dumps(found))`;

type Holder = SSLSocket | Socket | net.Socket;

function descriptorOf(holder: Holder): number {
  const fd =
    holder instanceof net.Socket
      ? (holder as unknown as { _handle: { fd: number } | null })._handle?.fd
      : holder.fileno();
  if (fd === undefined || fd < 0) throw new Error('there is no descriptor to look at');
  return fd;
}

function holdsLoop(socket: net.Socket): boolean {
  return (socket as unknown as { _handle: { hasRef(): boolean } })._handle.hasRef();
}

/** The options of all these sockets, in order. */
function look(...holders: Holder[]): Options[] {
  const { status, stdout } = spawnSync(pythonCommand(), ['-c', LOOK, String(holders.length)], {
    stdio: ['ignore', 'pipe', 'inherit', ...holders.map(descriptorOf)],
    encoding: 'utf8',
  });
  expect(status).toBe(0);
  return JSON.parse(stdout) as Options[];
}

function lookAt(holder: Holder): Options {
  return look(holder)[0] as Options;
}

const withPython = requires(test, 'python3');
const SYSTEM_IDLE = expect.any(Number);
const QUICK = { noDelay: true, keepAlive: false, idle: SYSTEM_IDLE };

async function listened(): Promise<{ client: SSLSocket; server: SSLSocket }> {
  await using listener = await listen(['127.0.0.1', 0], { context: await serverContext() });
  const context = await clientContext();
  const dialled = connect(['localhost', listener.getSockName()[1]], { context });
  const [client, server] = await Promise.all([dialled, listener.accept()]);
  await server.doHandshake();
  return { client, server };
}

/** Two ends and how they came about: by this package, or as net.Sockets that it was given. */
const ORIGINS: Readonly<Record<string, () => Promise<{ client: SSLSocket; server: SSLSocket }>>> = {
  'connect() and listen()': listened,
  'net.Sockets that were wrapped': () => connected('1.3'),
};

/** What is left of them without TLS. */
async function unwrapped(pair: { client: SSLSocket; server: SSLSocket }): Promise<[net.Socket, net.Socket]> {
  const both = await Promise.all([pair.client.unwrap(), pair.server.unwrap()]);
  return both.map((each) => (each instanceof Socket ? each.detach() : each)) as [net.Socket, net.Socket];
}

overChannels('the options of a socket', () => {
  describe.each(Object.entries(ORIGINS))('%s', (_name, make) => {
    withPython('small records are not held back, and nothing keeps the line alive, unless asked', async () => {
      const { client, server } = await make();
      expect(look(client, server)).toEqual([QUICK, QUICK]);
      await closeAll(client, server);
    });

    withPython('no-delay and keep-alive take effect at both ends, on and off', async () => {
      const { client, server } = await make();
      client.toDuplex().setNoDelay(false).setKeepAlive(true, 61_000);
      server.toDuplex().setKeepAlive(true, 62_999);
      expect(look(client, server)).toEqual([
        { noDelay: false, keepAlive: true, idle: 61 },
        { noDelay: true, keepAlive: true, idle: 62 },
      ]);
      client.toDuplex().setNoDelay().setKeepAlive(false);
      server.toDuplex().setNoDelay(false).setKeepAlive(true, 63_000);
      expect(look(client, server)).toEqual([
        { noDelay: true, keepAlive: false, idle: SYSTEM_IDLE },
        { noDelay: false, keepAlive: true, idle: 63 },
      ]);
      await closeAll(client, server);
    });

    withPython('keep-alive without a delay leaves the system’s', async () => {
      const { client, server } = await make();
      const { idle } = lookAt(client);
      client.toDuplex().setKeepAlive(true);
      expect(lookAt(client)).toEqual({ noDelay: true, keepAlive: true, idle });
      await closeAll(client, server);
    });

    withPython('unwrap() leaves them as they are', async () => {
      const pair = await make();
      pair.client.toDuplex().setNoDelay(false).setKeepAlive(true, 64_000);
      const sockets = await unwrapped(pair);
      expect(look(...sockets)).toEqual([{ noDelay: false, keepAlive: true, idle: 64 }, QUICK]);
      for (const socket of sockets) socket.destroy();
    });

    // net.Socket asks the system for nothing that it believes to be so already.
    withPython('what unwrap() returns knows what they are, and can change them', async () => {
      const pair = await make();
      pair.client.toDuplex().setNoDelay(false).setKeepAlive(true, 65_000);
      const [near, far] = await unwrapped(pair);
      near.setNoDelay(true).setKeepAlive(false);
      far.setNoDelay(false).setKeepAlive(true, 66_000);
      expect(look(near, far)).toEqual([
        { noDelay: true, keepAlive: false, idle: SYSTEM_IDLE },
        { noDelay: false, keepAlive: true, idle: 66 },
      ]);
      near.setNoDelay(false).setKeepAlive(true, 65_000);
      far.setNoDelay(true).setKeepAlive(false);
      expect(look(near, far)).toEqual([
        { noDelay: false, keepAlive: true, idle: 65 },
        { noDelay: true, keepAlive: false, idle: SYSTEM_IDLE },
      ]);
      near.destroy();
      far.destroy();
    });

    test('whether they keep the process alive is kept by unwrap(), too', async () => {
      const pair = await make();
      pair.client.toDuplex().unref();
      pair.server.toDuplex().unref().ref();
      const sockets = await unwrapped(pair);
      expect(sockets.map(holdsLoop)).toEqual([false, true]);
      for (const socket of sockets) socket.destroy();
    });
  });

  withPython('those that a net.Socket was asked for before it connects are there when it is wrapped', async () => {
    const server = net.createServer((socket) => socket.on('error', () => {}));
    const port = await listenLoopback(server);
    const raw = new net.Socket().setKeepAlive(true, 67_000);
    const context = await clientContext();
    const client = context.wrapSocket(raw, { serverHostname: 'localhost', doHandshakeOnConnect: false });
    await client.connect(['127.0.0.1', port]);
    const connecting = net.connect(port, '127.0.0.1').setKeepAlive(true, 68_000);
    const early = context.wrapSocket(connecting, { serverHostname: 'localhost', doHandshakeOnConnect: false });
    await once(connecting, 'connect');
    const asked = { noDelay: true, keepAlive: true };
    expect(look(client, connecting)).toEqual([
      { ...asked, idle: 67 },
      { ...asked, idle: 68 },
    ]);
    await closeAll(client, early);
    await closeServer(server);
  });

  withPython('whoever holds a wrapped net.Socket can still set them', async () => {
    const [near, far] = await tcpPair();
    const { client, server } = await connected('1.3', [near, far]);
    near.setKeepAlive(true, 69_000).setNoDelay(false);
    expect(lookAt(client)).toEqual({ noDelay: false, keepAlive: true, idle: 69 });
    near.setNoDelay(true);
    expect(lookAt(client).noDelay).toBe(true);
    client.toDuplex().setKeepAlive(false);
    near.setKeepAlive(true, 70_000);
    expect(lookAt(client)).toEqual({ noDelay: true, keepAlive: true, idle: 70 });
    await closeAll(client, server);
  });

  withPython('plain sockets are not held back either', async () => {
    await using listening = new Socket();
    await listening.bind(['127.0.0.1', 0]);
    await listening.listen();
    await using client = new Socket();
    await client.connect(listening.getSockName());
    const [server] = await listening.accept();
    expect(look(client, server)).toEqual([QUICK, QUICK]);
    await server.close();
  });

  test('a Unix-domain socket has none, and does not mind', async () => {
    const { client, server } = await connected('1.3', unixPair());
    client.toDuplex().setNoDelay(true).setKeepAlive(true, 1_000);
    await client.write('x');
    expect(String(await server.read())).toBe('x');
    await closeAll(client, server);
  });
});
