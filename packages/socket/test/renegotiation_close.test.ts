/** A connection of TLS 1.2 that is closed while its peer has begun another handshake, which then stands still. */
import { once } from 'node:events';
import net from 'node:net';
import { connect, listen, type SSLSocket } from '@sslkit/socket';
import {
  openDescriptors,
  opensslClient,
  opensslServer,
  RECORD_TYPE,
  recordsOf,
  requires,
  scene,
  withTimeout,
} from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import { clientContext, overChannels, serverContext } from './support.ts';

/** SSL_OP_ALLOW_CLIENT_RENEGOTIATION; Python has no name for it. */
const ALLOW_CLIENT_RENEGOTIATION = 1n << 8n;

type Side = 'client' | 'server';

/** Passes whole records, until it is told to hold one side's back. */
class HoldingProxy implements AsyncDisposable {
  readonly #server = net.createServer((client) => this.#connect(client));
  readonly #sockets = new Set<net.Socket>();
  readonly #left: Record<Side, number> = { client: Number.POSITIVE_INFINITY, server: Number.POSITIVE_INFINITY };
  readonly #watchers: ((side: Side, type: number) => void)[] = [];
  readonly #target: number;

  constructor(target: number) {
    this.#target = target;
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as net.AddressInfo).port;
  }

  /** From now on only so many records of this side pass. */
  hold(side: Side, records: number): void {
    this.#left[side] = records;
  }

  /** Resolves when this side sends a record of a handshake. */
  handshakeOf(side: Side): Promise<void> {
    return withTimeout(
      new Promise((resolve) => {
        this.#watchers.push((from, type) => from === side && type === RECORD_TYPE.handshake && resolve());
      }),
      undefined,
      `the ${side} to begin a handshake`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #connect(client: net.Socket): void {
    const server = net.connect(this.#target, '127.0.0.1');
    this.#pass('client', client, server);
    this.#pass('server', server, client);
  }

  #pass(side: Side, from: net.Socket, to: net.Socket): void {
    let pending = Buffer.alloc(0);
    this.#sockets.add(from);
    from.on('error', () => {}).on('close', () => to.destroy());
    from.on('data', (chunk: Buffer) => {
      const { records, rest } = recordsOf(Buffer.concat([pending, chunk]));
      pending = Buffer.from(rest);
      for (const { type, version, fragment } of records) {
        if (this.#left[side]-- > 0) to.write(Buffer.concat([header(type, version, fragment.length), fragment]));
        for (const watcher of this.#watchers) watcher(side, type);
      }
    });
  }
}

function header(type: number, version: number, length: number): Buffer {
  return Buffer.from([type, version >> 8, version & 0xff, length >> 8, length & 0xff]);
}

/** What can be done to a connection that is in the middle of it; each ends in bounded time. */
const WAYS: Readonly<Record<string, (socket: SSLSocket) => Promise<void>>> = {
  'close()': (socket) => socket.close(),
  async 'close() with a read that waits'(socket) {
    const reading = socket.read().catch((error: unknown) => error);
    await socket.close();
    expect(await reading).toMatchObject({ code: 'ERR_SOCKET_CLOSED' });
  },
  async 'close() with a write that waits for it'(socket) {
    const writing = socket.write(Buffer.alloc(1 << 20)).catch((error: unknown) => error);
    await socket.close({ timeout: 50 });
    expect(await writing).toMatchObject({ code: expect.stringMatching(/^ERR_SOCKET_(CLOSED|TIMEOUT)$/) });
  },
  async 'unwrap() with a time-out, then close()'(socket) {
    await expect(socket.unwrap({ timeout: 50 })).rejects.toBeInstanceOf(Error);
    await socket.close({ timeout: 50 });
  },
  async 'destroy() of a stream over it'(socket) {
    const stream = socket.toDuplex();
    const gone = new Promise((resolve) => stream.once('close', resolve));
    stream.destroy();
    await gone;
  },
};

overChannels('during a renegotiation that its peer began', () => {
  describe.each(Object.entries(WAYS))('%s', (_name, end) => {
    requires(test, 'openssl')('ends a client, with the server’s answer outstanding', async () => {
      const { server } = await scene();
      await using peer = await opensslServer({ cert: server.chainPem, key: server.keyPem, tls: '1.2' });
      await using proxy = new HoldingProxy(peer.port);
      const port = await proxy.listen();
      const client = await connect(['localhost', port], { context: await clientContext('1.2') });
      // Its HelloRequest passes, what it answers to our ClientHello does not.
      proxy.hold('server', 1);
      const begun = proxy.handshakeOf('client');
      peer.write('r\n');
      await begun;
      const before = openDescriptors();
      await withTimeout(end(client), undefined, 'the end');
      await gone(before);
    });

    requires(test, 'openssl')('ends a server, with the client’s answer outstanding', async () => {
      const context = await serverContext('1.2');
      context.options |= ALLOW_CLIENT_RENEGOTIATION;
      await using listener = await listen(['127.0.0.1', 0], { context });
      await using proxy = new HoldingProxy(listener.getSockName()[1]);
      await using peer = opensslClient({ port: await proxy.listen(), tls: '1.2' });
      const accepted = await listener.accept();
      await accepted.doHandshake();
      await peer.connected;
      // Its ClientHello passes, what it answers to our ServerHello does not.
      proxy.hold('client', 1);
      const begun = proxy.handshakeOf('server');
      peer.write('R\n');
      await begun;
      const before = openDescriptors();
      await withTimeout(end(accepted), undefined, 'the end');
      await gone(before);
    });
  });

  requires(test, 'openssl')(
    'a client that begins one where it is not allowed is refused; the server goes on',
    async () => {
      await using listener = await listen(['127.0.0.1', 0], { context: await serverContext('1.2') });
      await using peer = opensslClient({ port: listener.getSockName()[1], tls: '1.2' });
      const accepted = await listener.accept();
      await accepted.doHandshake();
      await peer.connected;
      peer.write('R\n');
      // openssl takes our no_renegotiation warning (RFC 5246 section 7.2.2) for a reason to end.
      await expect(accepted.read()).rejects.toMatchObject({ code: 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE' });
      expect(accepted.truncated).toBe(false);
      await using next = await connect(listener.getSockName(), { context: await clientContext('1.2') });
      expect(next.version()).toBe('TLSv1.2');
      await accepted.close();
    },
  );
});

/** The connection's own descriptor is gone; the proxy's may be as well. */
async function gone(before: number): Promise<void> {
  const look = async (): Promise<void> => {
    while (openDescriptors() >= before) await new Promise((resolve) => setImmediate(resolve));
  };
  await withTimeout(look(), undefined, 'the descriptor to be closed');
}
