import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync, openSync } from 'node:fs';
import { files, nodeTlsServer, type Scene, type SceneFiles, scene } from '@sslkit/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { envelopeOf, MAIN, sslkit } from './command.ts';

let f: SceneFiles;
let cast: Scene;
beforeAll(async () => {
  [f, cast] = await Promise.all([files(), scene()]);
});

describe.each(['1.2', '1.3'] as const)('TLS %s', (tls) => {
  test('connect --json tells the session and copies nothing', async () => {
    await using server = await nodeTlsServer({ cert: f.certFile, key: f.keyFile, tls, echo: true });
    const args = ['connect', '--json', '--cafile', f.caFile, `localhost:${server.port}`];
    const run = await sslkit(args, { input: 'not sent' });
    expect(run).toMatchObject({ code: 0, stderr: '' });
    const envelope = envelopeOf(run);
    expect(Object.keys(envelope)).toEqual(['schema', 'command', 'ok', 'result']);
    expect(envelope).toMatchObject({ schema: 1, command: 'connect', ok: true });
    const leaf = new X509Certificate(Buffer.from(cast.server.certDer));
    expect(envelope.result).toEqual({
      host: 'localhost',
      port: server.port,
      address: '127.0.0.1',
      serverName: 'localhost',
      verified: true,
      protocol: `TLSv${tls}`,
      cipher: { name: expect.stringMatching(/GCM|CHACHA20/), bits: expect.any(Number) },
      group: expect.toBeOneOf([null, expect.any(String)]),
      alpn: null,
      chainLength: 1,
      elapsedMs: expect.any(Number),
      certificate: {
        dict: expect.objectContaining({
          subject: [[['commonName', 'localhost']]],
          version: 3,
          serialNumber: leaf.serialNumber,
          subjectAltName: [
            ['DNS', 'localhost'],
            ['IP Address', '127.0.0.1'],
            ['IP Address', '0:0:0:0:0:0:0:1'],
          ],
        }),
        sha256: leaf.fingerprint256.replaceAll(':', '').toLowerCase(),
        notBefore: new Date(leaf.validFrom).toISOString(),
        notAfter: new Date(leaf.validTo).toISOString(),
        daysLeft: 29,
      },
    });
  });
});

test('info --json has every capability, the paths and the versions', async () => {
  const run = await sslkit(['info', '--json']);
  expect(run).toMatchObject({ code: 0, stderr: '' });
  const { result, ...rest } = envelopeOf(run) as { result: Record<string, Record<string, unknown>> };
  expect(rest).toEqual({ schema: 1, command: 'info', ok: true });
  expect(result.openssl!.version).toMatch(/^OpenSSL \d/);
  expect(result.openssl!.info).toHaveLength(5);
  expect(result.has).toMatchObject({ HAS_SNI: true, HAS_TLSv1_2: true, HAS_TLSv1_3: true, HAS_SSLv2: false });
  expect(Object.values(result.has!).every((value) => typeof value === 'boolean')).toBe(true);
  expect(result.paths).toMatchObject({ opensslCafileEnv: 'SSL_CERT_FILE', opensslCapathEnv: 'SSL_CERT_DIR' });
  expect(result.defaults!.ciphers).toBeGreaterThan(5);
  expect(result.node).toMatchObject({ version: process.version, platform: process.platform, arch: process.arch });
});

test.skipIf(!existsSync('/dev/full')).each(['', '--json', '--help'])('info %s on a full disk: status 8', (option) => {
  const full = openSync('/dev/full', 'w');
  const args = ['info', option].filter((word) => word !== '');
  const run = spawnSync(process.execPath, [MAIN, ...args], { stdio: ['ignore', full, 'pipe'], encoding: 'utf8' });
  expect(run.stderr).toContain('sslkit: cannot write the output: ENOSPC');
  expect(run.status).toBe(8);
});

test('info in text is aligned and plain', async () => {
  const run = await sslkit(['info']);
  expect(run).toMatchObject({ code: 0, stderr: '' });
  const text = run.stdout.toString();
  expect(text).toMatch(/^ {2}sslkit {6,}\d/);
  expect(text).toMatch(/OpenSSL +OpenSSL 3\./);
  expect(text).toMatch(/has +.*TLSv1_3/);
  expect(text).not.toContain('\x1b');
});

test.each([
  [[], ''],
  [['nonsense'], ''],
  [['cert'], 'cert'],
  [['cert', 'nonsense'], 'cert'],
])('a command line that names no command (%j) is a usage error in JSON too', async (words, command) => {
  const run = await sslkit([...words, '--json']);
  expect(run.code).toBe(1);
  expect(envelopeOf(run)).toMatchObject({ schema: 1, command, ok: false, error: { code: 'ERR_CLI_USAGE' } });
});

describe('help', () => {
  test.each([
    [[], /Commands:[\s\S]*connect[\s\S]*cert[\s\S]*pem[\s\S]*ciphers[\s\S]*info[\s\S]*doctor/],
    [['connect'], /--insecure[\s\S]*DANGER[\s\S]*Examples:/],
    [['cert'], /fetch[\s\S]*inspect[\s\S]*expiry[\s\S]*verify[\s\S]*chain/],
    [['cert', 'fetch'], /--chain[\s\S]*Examples:/],
    [['cert', 'inspect'], /--json[\s\S]*Examples:/],
    [['cert', 'expiry'], /--warn-days[\s\S]*default: 30[\s\S]*Examples:/],
    [['cert', 'verify'], /--untrusted[\s\S]*Examples:/],
    [['cert', 'chain'], /--cafile[\s\S]*Examples:/],
    [['pem'], /ls[\s\S]*split[\s\S]*join[\s\S]*convert[\s\S]*repair[\s\S]*match/],
    [['pem', 'ls'], /--json[\s\S]*Examples:/],
    [['pem', 'split'], /--by[\s\S]*Examples:/],
    [['pem', 'join'], /--no-root[\s\S]*--pass-file[\s\S]*Examples:/],
    [['pem', 'convert'], /--label[\s\S]*Examples:/],
    [['pem', 'repair'], /--in-place[\s\S]*Examples:/],
    [['pem', 'match'], /--pass-env[\s\S]*Examples:/],
    [['ciphers'], /--max[\s\S]*Examples:/],
    [['doctor'], /--json[\s\S]*Examples:/],
    [['info'], /Examples:/],
  ])('%j --help', async (words, expected) => {
    const run = await sslkit([...words, '--help']);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout.toString()).toMatch(expected);
  });

  test('help does not load the addon', async () => {
    const code = `process.on('exit',()=>console.error(process.report.getReport().sharedObjects.filter((o)=>o.endsWith('.node')).length))`;
    const nodeArgs = ['--import', `data:text/javascript,${encodeURIComponent(code)}`];
    const help = await sslkit(['connect', '--help'], { nodeArgs });
    expect(help.stderr.trim()).toBe('0');
    const info = await sslkit(['info'], { nodeArgs });
    expect(info.stderr.trim()).toBe('1');
  });

  test('without a command the help goes to standard error, and the exit status is 1', async () => {
    const run = await sslkit([]);
    expect(run.stdout.toString()).toBe('');
    expect(run.stderr).toContain('Commands:');
    expect(run.code).toBe(1);
  });

  test('--version prints the version of the package', async () => {
    const run = await sslkit(['--version']);
    expect(run.stdout.toString()).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
