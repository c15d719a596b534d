import { files, nodeTlsServer, opensslServer, requires, type Scene, type SceneFiles, scene } from '@sslkit/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { envelopeOf, sslkit } from './command.ts';

let f: SceneFiles;
let cast: Scene;
beforeAll(async () => {
  [f, cast] = await Promise.all([files(), scene()]);
});

describe.each(['1.2', '1.3'] as const)('TLS %s', (tls) => {
  test('the certificate of the server comes as PEM, verified', async () => {
    await using server = await nodeTlsServer({ cert: f.certFile, key: f.keyFile, tls });
    const run = await sslkit(['cert', 'fetch', '--cafile', f.caFile, `localhost:${server.port}`]);
    expect(run.code).toBe(0);
    expect(Buffer.from(pemBody(run.stdout), 'base64').equals(cast.server.certDer)).toBe(true);
    expect(run.stderr).toMatch(/^sslkit: 1 of 1 certificate that the server sent, verified\n {2}CN=localhost, until /);
  });

  test('--chain gives all that the server sent, leaf first', async () => {
    await using server = await nodeTlsServer({ cert: f.chainFile, key: f.chainKeyFile, tls });
    const address = `localhost:${server.port}`;
    const chain = await sslkit(['cert', 'fetch', '--chain', '-q', '--cafile', f.caFile, address]);
    expect(chain).toMatchObject({ code: 0, stderr: '' });
    expect(chain.stdout.toString()).toBe(cast.chained.chainPem);
    const leaf = await sslkit(['cert', 'fetch', '--cafile', f.caFile, address]);
    expect(leaf.stderr).toContain('1 of 2 certificates');
    expect(leaf.stdout.toString()).toBe(cast.chained.certPem);
    const der = await sslkit(['cert', 'fetch', '--chain', '--der', '-q', '--cafile', f.caFile, address]);
    expect(der.stdout.equals(Buffer.concat([cast.chained.certDer, cast.intermediate.certDer]))).toBe(true);
  });

  requires(test, 'openssl')('openssl s_server is asked too', async () => {
    await using server = await opensslServer({ cert: f.certFile, key: f.keyFile, tls });
    const run = await sslkit(['cert', 'fetch', '--cafile', f.caFile, `localhost:${server.port}`]);
    expect(run.stdout.toString()).toBe(cast.server.certPem);
  });

  test('--der gives the bytes of the certificate', async () => {
    await using server = await nodeTlsServer({ cert: f.certFile, key: f.keyFile, tls });
    const run = await sslkit(['cert', 'fetch', '--der', '-q', '--cafile', f.caFile, `localhost:${server.port}`]);
    expect(run.stdout.equals(cast.server.certDer)).toBe(true);
  });

  test('nothing is printed of a server that is not trusted', async () => {
    const { certPem: cert, keyPem: key } = cast.otherServer;
    await using server = await nodeTlsServer({ cert, key, tls });
    const run = await sslkit(['cert', 'fetch', '--cafile', f.caFile, `localhost:${server.port}`]);
    expect(run.code).toBe(4);
    expect(run.stdout.length).toBe(0);
  });

  test('nothing is printed of a server with another name', async () => {
    const { certPem: cert, keyPem: key } = cast.wrongHost;
    await using server = await nodeTlsServer({ cert, key, tls });
    const run = await sslkit(['cert', 'fetch', '--cafile', f.caFile, `localhost:${server.port}`]);
    expect(run.code).toBe(4);
    expect(run.stdout.length).toBe(0);
  });

  test('--insecure prints any certificate, and says that it is not verified', async () => {
    const { certPem: cert, keyPem: key } = cast.expired;
    await using server = await nodeTlsServer({ cert, key, tls });
    const run = await sslkit(['cert', 'fetch', '--insecure', `localhost:${server.port}`]);
    expect(run.code).toBe(0);
    expect(run.stdout.toString()).toBe(cast.expired.certPem);
    expect(run.stderr).toContain('DANGER');
    expect(run.stderr).toContain('NOT verified');
  });
});

test('--json holds the PEM, the dict and the days left; negative when expired', async () => {
  const { certPem: cert, keyPem: key } = cast.expired;
  await using server = await nodeTlsServer({ cert, key });
  const run = await sslkit(['cert', 'fetch', '--insecure', '--json', `localhost:${server.port}`]);
  expect(run).toMatchObject({ code: 0, stderr: '' });
  expect(envelopeOf(run)).toMatchObject({
    schema: 1,
    command: 'cert fetch',
    ok: true,
    result: {
      host: 'localhost',
      port: server.port,
      serverName: 'localhost',
      verified: false,
      certificates: [{ pem: cast.expired.certPem, daysLeft: -2, dict: { version: 3 } }],
    },
  });
});

function pemBody(pem: Buffer): string {
  return pem.toString().replaceAll(/-----[^-]+-----|\s/g, '');
}
