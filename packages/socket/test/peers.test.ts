/** Other implementations at the other end, as client and as server, TLS 1.2 and 1.3. */
import { connect, getServerCertificate, listen, SSLError, type SSLListener, SSLSocket } from '@sslkit/socket';
import {
  certificateOf,
  closed,
  curl,
  faultyServer,
  files,
  gnutlsCli,
  nodeTlsClient,
  nodeTlsServer,
  opensslClient,
  opensslServer,
  pythonClient,
  pythonServer,
  refusingPort,
  requires,
  scene,
} from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import {
  clientContext,
  mutualServerContext,
  overVersions,
  readExactly,
  serverContext,
  type TlsVersion,
} from './support.ts';

/** A listener that sends back what it reads, for one client. */
async function echoing(
  tls: TlsVersion,
  mutual = false,
): Promise<{ listener: SSLListener; port: number; served: Promise<SSLSocket> }> {
  const context = mutual ? await mutualServerContext(tls) : await serverContext(tls);
  const listener = await listen(['127.0.0.1', 0], { context });
  const served = listener.accept().then(async (socket) => {
    const chunks = socket[Symbol.asyncIterator]();
    void (async () => {
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) await socket.write(next.value);
    })().catch(() => {});
    return socket;
  });
  return { listener, port: listener.getSockName()[1], served };
}

async function identity(): Promise<{ cert: string; key: string }> {
  const { server } = await scene();
  return { cert: server.chainPem, key: server.keyPem };
}

overVersions('peers', (tls) => {
  describe('openssl', () => {
    requires(test, 'openssl')('s_server is verified and answers', async () => {
      await using peer = await opensslServer({ ...(await identity()), tls, args: ['-rev'] });
      await using client = await connect(['localhost', peer.port], { context: await clientContext(tls) });
      expect(client.version()).toBe(`TLSv${tls}`);
      await client.write('hello\n');
      expect((await readExactly(client, 6)).toString()).toBe('olleh\n');
    });

    requires(test, 'openssl')('s_client verifies us, talks, and closes cleanly', async () => {
      const { listener, port, served } = await echoing(tls);
      await using peer = opensslClient({ port, ca: (await files()).caFile, verifyHostname: 'localhost', tls });
      await peer.connected;
      peer.write('marco\n');
      await peer.output.waitFor(/marco/);
      peer.endInput();
      await peer.exited;
      await (await served).close();
      await listener.close();
    });

    requires(test, 'openssl')('s_client with a certificate is verified by us', async () => {
      const { client, ca } = await scene();
      const { listener, port, served } = await echoing(tls, true);
      await using peer = opensslClient({ port, ca: ca.certPem, cert: client.certPem, key: client.keyPem, tls });
      await peer.connected;
      const socket = await served;
      await socket.doHandshake();
      expect(socket.getPeerCert(true)).toEqual(Buffer.from(client.certDer));
      await socket.close();
      await listener.close();
    });
  });

  describe('CPython', () => {
    requires(test, 'python3')('its server: talk, unwrap, plain text both ways', async () => {
      await using peer = await pythonServer({ ...(await identity()), tls });
      const client = await connect(['localhost', peer.port], { context: await clientContext(tls) });
      expect(await peer.handshake()).toMatchObject({ version: `TLSv${tls}`, cipher: client.cipher() });
      await client.write('secret');
      expect((await readExactly(client, 6)).toString()).toBe('secret');
      await client.write('UNWRAP\n');
      const plain = await client.unwrap();
      expect(plain).not.toBeInstanceOf(SSLSocket);
      const socket = plain as import('@sslkit/socket').Socket;
      await socket.sendAll('in clear');
      expect((await socket.recv(100)).toString()).toBe('in clear');
      await socket.close();
    });

    requires(test, 'python3')('its server closes with close_notify, and vanishes without', async () => {
      await using peer = await pythonServer({ ...(await identity()), tls });
      for (const [word, truncated] of [
        ['CLOSE\n', false],
        ['VANISH\n', true],
      ] as const) {
        const client = await connect(['localhost', peer.port], { context: await clientContext(tls) });
        await client.write(word);
        expect((await client.read()).length).toBe(0);
        expect(client.truncated).toBe(truncated);
        await client.close();
      }
    });

    requires(test, 'python3')('its client: certificate dict, talk, unwrap, plain text', async () => {
      const listener = await listen(['127.0.0.1', 0], { context: await serverContext(tls) });
      const port = listener.getSockName()[1];
      await using peer = pythonClient({ port, ca: (await files()).caFile, tls });
      await using served = await listener.accept();
      const facts = await peer.handshake;
      expect(facts).toMatchObject({ version: `TLSv${tls}`, server_hostname: 'localhost' });
      const sent = peer.act({ send: 'question' });
      expect((await served.read()).toString()).toBe('question');
      await sent;
      await served.write('answer');
      expect(await peer.act({ recvall: 6 })).toBe('answer');
      const [plain] = await Promise.all([served.unwrap(), peer.act({ unwrap: true })]);
      const socket = plain as import('@sslkit/socket').Socket;
      await socket.sendAll('clear');
      expect(await peer.act({ recvall: 5 })).toBe('clear');
      await peer.act({ send: 'too' });
      expect((await socket.recv(10)).toString()).toBe('too');
      await socket.close();
      await listener.close();
    });

    requires(test, 'python3')('both ends of CPython agree with ours about the same certificate', async () => {
      await using peer = await pythonServer({ ...(await identity()), tls });
      await using client = await connect(['localhost', peer.port], { context: await clientContext(tls) });
      const ours = JSON.parse(JSON.stringify(client.getPeerCert())) as unknown;
      const listener = await listen(['127.0.0.1', 0], { context: await serverContext(tls) });
      await using python = pythonClient({ port: listener.getSockName()[1], ca: (await files()).caFile, tls });
      expect((await python.handshake).peercert).toEqual(ours);
      await listener.close();
    });
  });

  describe('node:tls', () => {
    test('its server', async () => {
      await using peer = await nodeTlsServer({ ...(await identity()), tls, echo: true });
      await using client = await connect(['localhost', peer.port], { context: await clientContext(tls) });
      const data = Buffer.alloc(300_000, 'node');
      const [echo] = await Promise.all([readExactly(client, data.length), client.write(data)]);
      expect(echo.equals(data)).toBe(true);
      await client.closeWrite();
      expect((await client.read()).length).toBe(0);
    });

    test('its client', async () => {
      const { listener, port, served } = await echoing(tls);
      const peer = await nodeTlsClient({ port, ca: (await scene()).ca.certPem, tls });
      expect(peer.authorized).toBe(true);
      peer.write('ping');
      const [echo] = (await new Promise((resolve) => peer.once('data', (chunk) => resolve([chunk])))) as [Buffer];
      expect(echo.toString()).toBe('ping');
      peer.end();
      const socket = await served;
      await socket.close();
      await closed(peer);
      await listener.close();
    });
  });

  requires(test, 'curl')('curl fetches from our server', async () => {
    const listener = await listen(['127.0.0.1', 0], { context: await serverContext(tls) });
    const [, port] = listener.getSockName();
    const serving = listener.accept().then(async (socket) => {
      await socket.read(65_536);
      await socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody');
      await socket.close();
    });
    const result = await curl(['--cacert', (await files()).caFile, `https://localhost:${port}/`]);
    expect(result).toMatchObject({ code: 0, stdout: 'body' });
    await serving;
    await listener.close();
  });

  describe('GnuTLS', () => {
    requires(test, 'gnutls')('gnutls-cli verifies us and talks', async () => {
      const { listener, port, served } = await echoing(tls);
      await using peer = gnutlsCli({ port, ca: (await files()).caFile, tls });
      await peer.connected;
      peer.write('marco\n');
      await peer.output.waitFor(/marco/);
      peer.endInput();
      await peer.exited;
      await (await served).close();
      await listener.close();
    });
  });

  describe('getServerCertificate', () => {
    test('with and without authorities, and by the name that was asked for', async () => {
      const { caFile, otherCaFile } = await files();
      const { server } = await scene();
      const names: unknown[] = [];
      await using peer = await nodeTlsServer({
        ...(await identity()),
        tls,
        options: {
          SNICallback: (name, done) => {
            names.push(name);
            done(null);
          },
        },
      });
      const address = ['localhost', peer.port] as const;
      expect(await getServerCertificate(address)).toBe(server.certPem);
      expect(await getServerCertificate(address, { caCerts: caFile })).toBe(server.certPem);
      await expect(getServerCertificate(address, { caCerts: otherCaFile })).rejects.toBeInstanceOf(SSLError);
      expect(names.slice(0, 2)).toEqual(['localhost', 'localhost']);
      expect(certificateOf(server).subject).toBe('CN=localhost');
    });
  });
});

describe('getServerCertificate, without a server', () => {
  test('a time-out, a refusal and a bad address', async () => {
    await using silent = await faultyServer(['silence']);
    const address = ['127.0.0.1', silent.port] as const;
    await expect(getServerCertificate(address, { timeout: 30 })).rejects.toMatchObject({ code: 'ERR_SOCKET_TIMEOUT' });
    await using refusing = await refusingPort();
    await expect(getServerCertificate(['127.0.0.1', refusing.port])).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect(getServerCertificate('localhost' as never)).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
  });

  requires(test, 'openssl')('a server that has no certificate to send', async () => {
    const peer = await opensslServer({
      ...(await identity()),
      args: ['-nocert', '-cipher', 'aNULL:@SECLEVEL=0', '-tls1_2'],
    });
    await expect(getServerCertificate(['127.0.0.1', peer.port])).rejects.toMatchObject({
      reason: expect.stringMatching(/HANDSHAKE_FAILURE/),
    });
    await peer.close();
  });
});
