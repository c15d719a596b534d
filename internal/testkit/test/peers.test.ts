import type { TLSSocket } from 'node:tls';
import {
  closed,
  collect,
  curl,
  cuttingProxy,
  files,
  gnutlsCli,
  nodeTlsClient,
  nodeTlsServer,
  opensslClient,
  opensslServer,
  pythonClient,
  pythonServer,
  readExactly,
  requires,
  runPython,
  scene,
} from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';

const withOpenssl = requires(test, 'openssl');
const withCurl = requires(test, 'curl');
const withGnutls = requires(test, 'gnutls');

async function identity() {
  const { server, ca } = await scene();
  return { cert: server.chainPem, key: server.keyPem, ca: ca.certPem };
}

/** Puts a line in, and waits until it comes back. */
async function echoes(socket: TLSSocket, line: string): Promise<void> {
  socket.write(line);
  expect(String(await readExactly(socket, line.length))).toBe(line);
}

describe.each(['1.2', '1.3'] as const)('TLS %s', (tls) => {
  withOpenssl('openssl s_server and a client on node:tls', async () => {
    const { cert, key, ca } = await identity();
    await using server = await opensslServer({ cert, key, tls, args: ['-rev'] });
    const client = await nodeTlsClient({ port: server.port, ca });
    expect(client.getProtocol()).toBe(`TLSv${tls}`);
    client.write('abc\n');
    expect(String(await readExactly(client, 4))).toBe('cba\n');
    client.end();
    await closed(client);
  });

  withOpenssl('openssl s_server shows each certificate of a chain once, leaf first', async () => {
    const { chained, server, ca } = await scene();
    for (const [one, count] of [
      [chained, 2],
      [server, 1],
    ] as const) {
      await using host = await opensslServer({ cert: one.chainPem, key: one.keyPem, tls });
      await using client = opensslClient({ port: host.port, ca: ca.certPem, args: ['-showcerts'] });
      await client.connected;
      expect(client.output.text().match(/-----BEGIN CERTIFICATE-----/g)).toHaveLength(count);
    }
  });

  withOpenssl('openssl s_client and a server on node:tls', async () => {
    const { cert, key, ca } = await identity();
    await using server = await nodeTlsServer({ cert, key, tls });
    await using client = opensslClient({ port: server.port, ca, verifyHostname: 'localhost' });
    const socket = await server.accept();
    await client.connected;
    client.write('from the client\n');
    expect(String(await readExactly(socket, 16))).toBe('from the client\n');
    socket.end('from the server\n');
    await client.output.waitFor(/from the server\n/);
    expect((await client.exited).code).toBe(0);
  });

  for (const python of ['3.11', '3.13'] as const) {
    const withPython = requires(test, python === '3.11' ? 'python3' : 'python3.13');

    withPython(`a server on Python ${python} and a client on node:tls`, async () => {
      const { cert, key, ca } = await identity();
      await using server = await pythonServer({ cert, key, tls, python });
      const client = await nodeTlsClient({ port: server.port, ca });
      expect(await server.handshake()).toMatchObject({ version: `TLSv${tls}`, peercert: null });
      await echoes(client, 'echo');
      client.write('CLOSE\n');
      expect(await collect(client)).toHaveLength(0);
    });

    withPython(`a client on Python ${python} and a server on node:tls`, async () => {
      const { cert, key, ca } = await identity();
      await using server = await nodeTlsServer({ cert, key, tls, echo: true });
      await using client = pythonClient({ port: server.port, ca, tls, python });
      expect(await client.handshake).toMatchObject({ version: `TLSv${tls}`, server_hostname: 'localhost' });
      expect(await client.act({ send: 'hello' })).toBe(5);
      expect(await client.act({ recvall: 5 })).toBe('hello');
      await client.act({ close: true });
    });

    withPython(`Python ${python} on both sides goes on in clear after unwrap`, async () => {
      const { cert, key, ca } = await identity();
      await using server = await pythonServer({ cert, key, tls, python });
      await using client = pythonClient({ port: server.port, ca, python });
      await client.act({ send: 'UNWRAP\n' });
      await client.act({ unwrap: true });
      await client.act({ send: 'in clear' });
      expect(await client.act({ recvall: 8 })).toBe('in clear');
    });
  }

  withCurl('curl fetches from a server on node:tls', async () => {
    const { cert, key } = await identity();
    const { caFile } = await files();
    await using server = await nodeTlsServer({ cert, key, tls });
    const run = curl([
      '--cacert',
      caFile,
      `https://localhost:${server.port}/`,
      '--resolve',
      `localhost:${server.port}:127.0.0.1`,
    ]);
    const socket = await server.accept();
    await readExactly(socket, 'GET / HTTP/1.1\r\n'.length);
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok');
    expect(await run).toEqual({ code: 0, stdout: 'ok', stderr: '' });
  });

  withGnutls('gnutls-cli and a server on node:tls', async () => {
    const { cert, key, ca } = await identity();
    await using server = await nodeTlsServer({ cert, key, tls, echo: true });
    await using client = gnutlsCli({ port: server.port, ca, tls });
    await client.connected;
    client.write('over gnutls\n');
    await client.output.waitFor(/over gnutls\n/);
    client.endInput();
    expect((await client.exited).code).toBe(0);
  });

  withOpenssl('a client certificate is asked for and verified', async () => {
    const { cert, key, ca } = await identity();
    const { client } = await scene();
    await using server = await opensslServer({ cert, key, ca, tls, clientCert: 'required', args: ['-rev'] });
    const socket = await nodeTlsClient({ port: server.port, ca, cert: client.chainPem, key: client.keyPem });
    socket.write('abc\n');
    expect(String(await readExactly(socket, 4))).toBe('cba\n');
    socket.destroy();
  });

  withOpenssl('a line cut in the handshake is an error on both sides', async () => {
    const { cert, key, ca } = await identity();
    await using server = await nodeTlsServer({ cert, key, tls });
    await using proxy = await cuttingProxy(server.port, { from: 'server', after: { records: 1 }, how: 'end' });
    await using client = opensslClient({ port: proxy.port, ca });
    await expect(client.connected).rejects.toThrow('until it ended');
    expect((await client.exited).code).not.toBe(0);
  });
});

describe.each(['1.0', '1.1'] as const)('TLS %s, at security level 0', (tls) => {
  requires(
    test,
    'openssl',
    'python3',
  )('openssl s_server and a Python client', async () => {
    const { cert, key, ca } = await identity();
    await using server = await opensslServer({ cert, key, tls, args: ['-rev'] });
    await using client = pythonClient({ port: server.port, ca, tls });
    expect((await client.handshake).version).toBe(tls === '1.0' ? 'TLSv1' : 'TLSv1.1');
    await client.act({ send: 'abc\n' });
    expect(await client.act({ recvall: 4 })).toBe('cba\n');
  });

  withOpenssl('openssl s_client and a server on node:tls', async () => {
    const { cert, key, ca } = await identity();
    await using server = await nodeTlsServer({ cert, key, tls });
    await using client = opensslClient({ port: server.port, ca, tls });
    await client.connected;
    expect((await server.accept()).getProtocol()).toBe(tls === '1.0' ? 'TLSv1' : 'TLSv1.1');
  });
});

describe('refusals', () => {
  withOpenssl('an untrusted server ends openssl s_client and says why', async () => {
    const { otherServer, ca } = await scene();
    await using server = await nodeTlsServer({ cert: otherServer.certPem, key: otherServer.keyPem });
    await using client = opensslClient({ port: server.port, ca: ca.certPem });
    await expect(client.connected).rejects.toThrow('unable to get local issuer certificate');
    expect(await server.clientError()).toMatchObject({ code: expect.stringContaining('ALERT_UNKNOWN_CA') });
  });

  requires(test, 'python3')('an untrusted server is refused by Python with its reason', async () => {
    const { otherServer, ca } = await scene();
    await using server = await nodeTlsServer({ cert: otherServer.certPem, key: otherServer.keyPem });
    await using client = pythonClient({ port: server.port, ca: ca.certPem });
    await expect(client.handshake).rejects.toThrow(/^SSLCertVerificationError: .*CERTIFICATE_VERIFY_FAILED/);
  });
});

describe('running a script', () => {
  for (const python of ['3.11', '3.13'] as const) {
    const withPython = requires(test, python === '3.11' ? 'python3' : 'python3.13');
    withPython(`gives Python ${python} its input, arguments and environment`, async () => {
      const script = 'import os, sys; print(sys.argv[1], os.environ["X"], sys.stdin.read(), sys.version_info[1])';
      const run = await runPython(script, { python, args: ['a'], env: { X: 'b' }, input: 'c' });
      expect(run).toEqual({ code: 0, stdout: `a b c ${python.slice(2)}\n`, stderr: '' });
    });
  }

  requires(test, 'python3')('reports the exit code and the error text', async () => {
    const run = await runPython('import sys; sys.stderr.write("no"); sys.exit(3)');
    expect(run).toEqual({ code: 3, stdout: '', stderr: 'no' });
  });
});
