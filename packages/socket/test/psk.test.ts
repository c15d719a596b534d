/** Pre-shared keys over sockets: beside other handshakes on their threads, against other implementations, and what may go wrong. */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { setImmediate as turn } from 'node:timers/promises';
import {
  connect,
  listen,
  PROTOCOL_TLS_CLIENT,
  PROTOCOL_TLS_SERVER,
  type PskClientCallback,
  type PskServerCallback,
  SSLContext,
  type SSLListener,
  type SSLSocket,
  TLSVersion,
} from '@sslkit/socket';
import { CHANNEL_KINDS } from '@sslkit/socket/internal';
import {
  gnutlsCli,
  nodeTlsClient,
  nodeTlsServer,
  opensslClient,
  opensslServer,
  pythonCommand,
  requires,
  runPython,
  scene,
  startPeer,
  tcpPair,
  withPort,
  withTimeout,
} from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import { clientContext, failureOf, overVersions, readExactly, serverContext, type TlsVersion } from './support.ts';

const ASKED = fileURLToPath(new URL('./fixtures/asked.mjs', import.meta.url));
const KEY = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
const HEX = KEY.toString('hex');
const { server: identity } = await scene();

function pinned(context: SSLContext, tls: TlsVersion): SSLContext {
  context.minimumVersion = context.maximumVersion = tls === '1.2' ? TLSVersion.TLSv1_2 : TLSVersion.TLSv1_3;
  if (tls === '1.2') context.setCiphers('PSK');
  // OpenSSL takes keys for suites with SHA-256 only; a server that has a certificate, too, would choose another one.
  else context.setCiphersuites('TLS_AES_128_GCM_SHA256');
  return context;
}

/** Requires a certificate, of which there is none to be had: only the key can connect. */
function pskClient(tls: TlsVersion, callback: PskClientCallback = () => ['me', KEY]): SSLContext {
  const context = pinned(new SSLContext(PROTOCOL_TLS_CLIENT), tls);
  context.setPskClientCallback(callback);
  return context;
}

function pskServer(tls: TlsVersion, callback: PskServerCallback = keyOfMe): SSLContext {
  const context = pinned(new SSLContext(PROTOCOL_TLS_SERVER), tls);
  context.setPskServerCallback(callback);
  return context;
}

function keyOfMe(name: string | null): Uint8Array {
  return name === 'me' ? KEY : Buffer.alloc(0);
}

async function echoing(context: SSLContext): Promise<{ listener: SSLListener; port: number }> {
  const listener = await listen(['127.0.0.1', 0], { context });
  void (async () => {
    for await (const socket of listener) void echo(socket).catch(() => {});
  })().catch(() => {});
  return { listener, port: listener.getSockName()[1] };
}

async function echo(socket: SSLSocket): Promise<void> {
  for await (const chunk of socket) await socket.write(chunk);
}

async function talk(socket: SSLSocket, text = 'over the key\n'): Promise<string> {
  await socket.write(text);
  return (await readExactly(socket, text.length)).toString();
}

async function wrapped(client: SSLContext, server: SSLContext): Promise<{ client: SSLSocket; server: SSLSocket }> {
  const [near, far] = await tcpPair();
  return {
    server: server.wrapSocket(far, { serverSide: true, doHandshakeOnConnect: false }),
    client: client.wrapSocket(near, { serverHostname: 'localhost', doHandshakeOnConnect: false }),
  };
}

overVersions('pre-shared keys', (tls) => {
  test('many at once, beside handshakes with certificates that run on threads', async () => {
    const keyed = await echoing(pskServer(tls));
    const certified = await echoing(await serverContext(tls));
    const client = pskClient(tls);
    const trusting = await clientContext(tls);
    const sockets = await Promise.all(
      Array.from({ length: 24 }, (_, at) =>
        at % 2 === 0
          ? connect(['localhost', keyed.port], { context: client })
          : connect(['localhost', certified.port], { context: trusting }),
      ),
    );
    const said = await Promise.all(sockets.map((socket, at) => talk(socket, `this is ${at}\n`)));
    expect(said).toEqual(sockets.map((_, at) => `this is ${at}\n`));
    for (const [at, socket] of sockets.entries()) expect(socket.getPeerCert() === null).toBe(at % 2 === 0);
    await Promise.all(sockets.map((socket) => socket.close()));
    await Promise.all([keyed.listener.close(), certified.listener.close()]);
  });

  test('callbacks that are set while handshakes run on threads are for connections that are made later', async () => {
    const server = await serverContext(tls);
    if (tls === '1.2') server.setCiphers('PSK:ECDHE+AESGCM');
    const { listener, port } = await echoing(server);
    const trusting = await clientContext(tls);
    const under = Array.from({ length: 12 }, () => connect(['localhost', port], { context: trusting }));
    for (let at = 0; at < 40; at++) {
      server.setPskServerCallback(at % 2 === 0 ? keyOfMe : null, { identityHint: `hint ${at}` });
      await turn();
    }
    server.setPskServerCallback(keyOfMe);
    under.push(...Array.from({ length: 12 }, () => connect(['localhost', port], { context: pskClient(tls) })));
    const sockets = await Promise.all(under);
    expect(sockets.map((socket) => socket.getPeerCert() === null)).toEqual(sockets.map((_, at) => at >= 12));
    await Promise.all(sockets.map((socket) => socket.close()));
    await listener.close();
  });

  test('the SNI callback answers with a context whose callback is then asked, never on a thread', async () => {
    const tenant = pskServer(tls);
    const first = await serverContext(tls);
    if (tls === '1.2') first.setCiphers('PSK');
    first.sniCallback = async (connection) => {
      await turn();
      connection.context = tenant;
    };
    const { listener, port } = await echoing(first);
    const sockets = await Promise.all(
      Array.from({ length: 8 }, () => connect(['localhost', port], { context: pskClient(tls) })),
    );
    expect(await Promise.all(sockets.map((socket) => talk(socket)))).toEqual(Array(8).fill('over the key\n'));
    await Promise.all(sockets.map((socket) => socket.close()));
    await listener.close();
  });

  test('what the server throws ends that connection alone, with an alert', async () => {
    const thrown = new Error('no database');
    let fails = true;
    const server = pskServer(tls, () => {
      if (fails) throw thrown;
      return KEY;
    });
    const ends = await wrapped(pskClient(tls), server);
    const [ours, theirs] = await Promise.all([
      failureOf(ends.server.doHandshake()),
      failureOf(ends.client.doHandshake()),
    ]);
    expect(ours).toMatchObject({ name: 'SSLError', reason: 'CALLBACK_FAILED' });
    expect(ours?.cause).toBe(thrown);
    expect(theirs?.message).toMatch(/alert/iu);
    expect(await failureOf(ends.server.read(1))).toBe(ours);
    fails = false;
    const again = await wrapped(pskClient(tls), server);
    await Promise.all([again.server.doHandshake(), again.client.doHandshake()]);
    for (const socket of [ends.client, ends.server, again.client, again.server]) await socket.close();
  });

  test('what the client throws ends its connection', async () => {
    const client = pskClient(tls, () => {
      throw null;
    });
    const ends = await wrapped(client, pskServer(tls));
    const [ours, theirs] = await Promise.all([
      failureOf(ends.client.doHandshake()),
      failureOf(ends.server.doHandshake()),
    ]);
    expect(ours).toMatchObject({ reason: 'CALLBACK_FAILED', cause: null });
    expect(theirs).toBeInstanceOf(Error);
    await Promise.all([ends.client.close(), ends.server.close()]);
  });

  test.each(['client', 'server'] as const)('the %s may close its socket inside the callback', async (who) => {
    const close = (): void => void ends[who].close();
    const client = pskClient(tls, () => {
      if (who === 'client') close();
      return ['me', KEY];
    });
    const server = pskServer(tls, () => {
      if (who === 'server') close();
      return KEY;
    });
    const ends = await wrapped(client, server);
    const both = await Promise.all([failureOf(ends.client.doHandshake()), failureOf(ends.server.doHandshake())]);
    expect(both[who === 'client' ? 0 : 1]).toMatchObject({ code: 'ERR_SOCKET_CLOSED' });
    await Promise.all([ends.client.close(), ends.server.close()]);
  });

  test('reads and writes inside the callback wait for the handshake', async () => {
    let reading: Promise<Buffer> | undefined;
    let writing: Promise<number> | undefined;
    const server = pskServer(tls, () => {
      reading ??= ends.server.read(5);
      writing ??= ends.server.write('early');
      return KEY;
    });
    const ends = await wrapped(pskClient(tls), server);
    void ends.server.doHandshake();
    await ends.client.doHandshake();
    await ends.client.write('hello');
    expect((await readExactly(ends.client, 5)).toString()).toBe('early');
    expect(String(await reading)).toBe('hello');
    await writing;
    await Promise.all([ends.client.close(), ends.server.close()]);
  });

  describe('peers', () => {
    const psk = ['-psk', HEX, '-psk_identity', 'me', ...(tls === '1.2' ? ['-cipher', 'PSK'] : [])];

    requires(test, 'openssl')('openssl s_server', async () => {
      const options = { cert: identity.chainPem, key: identity.keyPem, tls };
      await using peer = await opensslServer({ ...options, args: ['-rev', ...psk] });
      await using client = await connect(['localhost', peer.port], { context: pskClient(tls) });
      expect(client.getPeerCert()).toBeNull();
      await client.write('hello\n');
      expect((await readExactly(client, 6)).toString()).toBe('olleh\n');
    });

    requires(test, 'openssl')('openssl s_client, and one with another key', async () => {
      const { listener, port } = await echoing(pskServer(tls));
      await using peer = opensslClient({ port, tls, args: psk });
      await peer.connected;
      peer.write('hello\n');
      await peer.output.waitFor(/hello\n/);
      const other = psk.map((word) => (word === HEX ? 'ff'.repeat(16) : word));
      await using wrong = opensslClient({ port, tls, args: other });
      await wrong.output.waitFor(/alert (?:bad record mac|illegal parameter|decrypt error)/iu);
      await listener.close();
    });

    test('node:tls as server', async () => {
      const asked: string[] = [];
      await using peer = await nodeTlsServer({
        cert: identity.chainPem,
        key: identity.keyPem,
        tls,
        echo: true,
        options: {
          ...(tls === '1.2' ? { ciphers: 'PSK', pskIdentityHint: 'hint' } : {}),
          pskCallback: (_socket, name) => {
            asked.push(name);
            return KEY;
          },
        },
      });
      const hints: unknown[] = [];
      const context = pskClient(tls, (hint) => {
        hints.push(hint);
        return ['me', KEY];
      });
      await using client = await connect(['localhost', peer.port], { context });
      expect(await talk(client)).toBe('over the key\n');
      expect([client.getPeerCert(), asked, hints]).toEqual([null, ['me'], [tls === '1.2' ? 'hint' : null]]);
    });

    test('node:tls as client', async () => {
      const { listener, port } = await echoing(pskServer(tls));
      const peer = await nodeTlsClient({
        port,
        tls,
        options: {
          ...(tls === '1.2' ? { ciphers: 'PSK' } : {}),
          pskCallback: () => ({ psk: KEY, identity: 'me' }),
          checkServerIdentity: () => undefined,
        },
      });
      peer.write('hello');
      expect(String((await once(peer, 'data'))[0])).toBe('hello');
      peer.destroy();
      await listener.close();
    });

    requires(test, 'gnutls')('gnutls-cli', async () => {
      const { listener, port } = await echoing(pskServer(tls));
      // gnutls-cli 3.7.9 dies of ECDHE-PSK in TLS 1.2, when it prints what was agreed.
      const exchanges = tls === '1.2' ? '+PSK' : '+ECDHE-PSK:+PSK';
      const priority = `NORMAL:-VERS-ALL:+VERS-TLS${tls}:-KX-ALL:${exchanges}`;
      const args = ['--priority', priority, '--pskusername', 'me', '--pskkey', HEX];
      await using peer = gnutlsCli({ port, args });
      await peer.connected;
      peer.write('hello\n');
      await peer.output.waitFor(/hello\n/);
      await listener.close();
    });

    requires(test, 'python3.13')('CPython as client', async () => {
      const { listener, port } = await echoing(pskServer(tls));
      const script = `${pythonContext('CLIENT', tls)}
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
context.set_psk_client_callback(lambda hint: ('me', bytes.fromhex('${HEX}')))
with socket.create_connection(('127.0.0.1', ${port})) as raw, context.wrap_socket(raw) as tls:
    tls.sendall(b'hello')
    print(tls.recv(5).decode(), tls.version(), tls.getpeercert(True))`;
      const { stdout, stderr } = await runPython(script, { python: '3.13' });
      expect(stdout + stderr).toBe(`hello TLSv${tls} None\n`);
      await listener.close();
    });

    requires(test, 'python3.13')('CPython as server', async () => {
      const hints: unknown[] = [];
      const context = pskClient(tls, (hint) => {
        hints.push(hint);
        return ['me', KEY];
      });
      const script = `${pythonContext('SERVER', tls)}
context.set_psk_server_callback(lambda name: bytes.fromhex('${HEX}') if name == 'me' else b'', 'h\u00efnt')
with socket.create_server(('127.0.0.1', 0)) as listener:
    print('PORT', listener.getsockname()[1], flush=True)
    with context.wrap_socket(listener.accept()[0], server_side=True) as tls:
        tls.sendall(tls.recv(5))
        tls.recv(1)`;
      await using peer = await withPort(startPeer(pythonCommand('3.13'), ['-c', script]), /PORT (\d+)\n/);
      await using client = await connect(['localhost', peer.port], { context });
      expect(await talk(client, 'hello')).toBe('hello');
      expect(hints).toEqual([tls === '1.2' ? 'hïnt' : null]);
    });
  });
});

describe.each(CHANNEL_KINDS)('a worker, %s channel', (kind) => {
  test('is terminated inside a callback that does not end', async () => {
    const worker = new Worker(ASKED, { env: { ...process.env, SSLKIT_CHANNEL: kind } });
    const [word] = (await withTimeout(once(worker, 'message'), 20_000, 'the worker')) as [string];
    expect(word).toBe('asked');
    expect(await worker.terminate()).toBe(1);
  });
});

function pythonContext(side: 'CLIENT' | 'SERVER', tls: TlsVersion): string {
  return `import socket, ssl
context = ssl.SSLContext(ssl.PROTOCOL_TLS_${side})
context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv${tls.replace('.', '_')}
${tls === '1.2' ? "context.set_ciphers('PSK')" : ''}`;
}
