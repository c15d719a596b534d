import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  files,
  type Minted,
  mintLeaf,
  nodeTlsServer,
  type Scene,
  type SceneFiles,
  scene,
  temporaryDirectory,
} from '@sslkit/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { envelopeOf, sslkit } from './command.ts';

let f: SceneFiles;
let cast: Scene;
beforeAll(async () => {
  [f, cast] = await Promise.all([files(), scene()]);
});

describe.each(['1.2', '1.3'] as const)('a server, TLS %s', (tls) => {
  const serve = (who: Minted) => nodeTlsServer({ cert: who.chainPem, key: who.keyPem, tls });

  test('is verified, and its chain shown down from the root', async () => {
    await using server = await serve(cast.chained);
    const args = ['cert', 'verify', '--cafile', f.caFile, `localhost:${server.port}`];
    const run = await sslkit(args);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout.toString()).toMatch(
      /^verified localhost:\d+, for localhost, at \S+Z\n {2}0 {2}CN=localhost\n {2}1 {2}CN=sslkit intermediate CA\n {2}2 {2}CN=sslkit test CA\n$/,
    );
    const json = await sslkit([...args, '--json']);
    expect(envelopeOf(json)).toEqual({
      schema: 1,
      command: 'cert verify',
      ok: true,
      result: {
        target: `localhost:${server.port}`,
        kind: 'host',
        serverName: 'localhost',
        at: expect.stringMatching(/Z$/),
        chain: ['CN=localhost', 'CN=sslkit intermediate CA', 'CN=sslkit test CA'],
      },
    });
  });

  test('is verified at another time', async () => {
    const validUntilNow = { notBefore: new Date(Date.now() - DAY_MS / 2), notAfter: new Date(Date.now() - HOUR_MS) };
    await using server = await serve(await mintLeaf(cast.ca, validUntilNow));
    const args = ['cert', 'verify', '--json', '--cafile', f.caFile, `127.0.0.1:${server.port}`];
    const now = await sslkit(args);
    expect(now.code).toBe(5);
    expect(envelopeOf(now)).toMatchObject({ ok: false, error: { verifyCode: 10 } });
    const at = new Date(Date.now() - 2 * HOUR_MS).toISOString();
    const then = await sslkit([...args, '--at', at.replace(/\.\d+/, '')]);
    expect(envelopeOf(then)).toMatchObject({ ok: true, result: { serverName: '127.0.0.1' } });
  });
});

describe('a file, as if a server sent it', () => {
  const verify = (input: string | Uint8Array, ...args: string[]) =>
    sslkit(['cert', 'verify', '-', '--json', '--cafile', f.caFile, ...args], { input });

  test('of EC, RSA and DER; the root comes from what is trusted', async () => {
    for (const input of [cast.server.certPem, cast.serverRsa.certPem, cast.server.certDer]) {
      const run = await verify(input, '--servername', 'localhost');
      expect(run).toMatchObject({ code: 0, stderr: '' });
      expect(envelopeOf(run).result).toMatchObject({
        target: '-',
        kind: 'file',
        serverName: 'localhost',
        chain: ['CN=localhost', 'CN=sslkit test CA'],
      });
    }
  });

  test('with its intermediate in the file, or beside it', async () => {
    const chain = ['CN=localhost', 'CN=sslkit intermediate CA', 'CN=sslkit test CA'];
    expect(envelopeOf(await verify(cast.chained.chainPem)).result).toMatchObject({ serverName: null, chain });
    const intermediate = join(temporaryDirectory(), 'intermediate.pem');
    writeFileSync(intermediate, cast.intermediate.certPem);
    const beside = await verify(cast.chained.certPem, '--untrusted', intermediate);
    expect(envelopeOf(beside).result).toMatchObject({ chain });
    const alone = await verify(cast.chained.certPem);
    expect(alone.code).toBe(4);
  });

  const refused: readonly (readonly [name: string, who: keyof Scene, code: number, verifyCode: number])[] = [
    ['of an authority that is not trusted', 'otherServer', 4, 20],
    ['self-signed', 'selfSigned', 4, 18],
    ['for another name', 'wrongHost', 4, 62],
    ['expired', 'expired', 5, 10],
    ['not yet valid', 'notYetValid', 5, 9],
    ['for clients', 'client', 4, 26],
  ];
  test.each(refused)('%s: refused, as a session would be', async (_, who, code, verifyCode) => {
    const { certPem } = cast[who] as Minted;
    const run = await verify(certPem, ...(who === 'client' ? [] : ['--servername', 'localhost']));
    expect(run.code).toBe(code);
    expect(envelopeOf(run)).toMatchObject({ ok: false, error: { class: 'SSLCertVerificationError', verifyCode } });
  });

  test('names: an IP address, another name, none', async () => {
    expect((await verify(cast.server.certPem, '--servername', '127.0.0.1')).code).toBe(0);
    expect((await verify(cast.server.certPem, '--servername', '127.0.0.2')).code).toBe(4);
    expect((await verify(cast.wrongHost.certPem, '--servername', 'wrong.example')).code).toBe(0);
    expect((await verify(cast.wrongHost.certPem)).code).toBe(0);
  });

  test('--purpose client: one for clients passes, one for servers does not', async () => {
    const client = await verify(cast.client.certPem, '--purpose', 'client');
    expect(envelopeOf(client)).toMatchObject({
      ok: true,
      result: { serverName: null, chain: ['CN=client', 'CN=sslkit test CA'] },
    });
    const server = await verify(cast.server.certPem, '--purpose', 'client');
    expect(server.code).toBe(4);
    expect(envelopeOf(server)).toMatchObject({ error: { verifyCode: 26 } });
    const authority = await sslkit(['cert', 'verify', '--purpose', 'client', f.clientCertFile]);
    expect(authority.stderr).toContain('unable to get local issuer certificate');
    expect(authority.code).toBe(4);
  });

  test('the system’s certificates do not know the authority', async () => {
    const run = await sslkit(['cert', 'verify', f.certFile]);
    expect(run.stderr).toContain('unable to get local issuer certificate');
    expect(run.code).toBe(4);
  });

  test('a chain of more than one record', async () => {
    const padding = await mintLeaf(cast.ca, { dns: Array.from({ length: 900 }, (_, at) => `name-${at}.example.com`) });
    const run = await verify(padding.certPem, '--servername', 'name-899.example.com');
    expect(padding.certDer.length).toBeGreaterThan(2 ** 14);
    expect(run.code).toBe(0);
  });

  test('at a time: with and without a zone', async () => {
    const tooEarly = await verify(cast.server.certPem, '--at', '2020-01-31');
    expect(tooEarly.code).toBe(5);
    expect(envelopeOf(tooEarly)).toMatchObject({ error: { verifyCode: 9 } });
    const at = new Date(Date.now() + HOUR_MS).toISOString().slice(0, 19);
    const zoned = await verify(cast.server.certPem, '--at', `${at}+00:00`);
    expect(envelopeOf(zoned).result).toMatchObject({ at: `${at}.000Z` });
    const args = ['cert', 'verify', f.certFile, '--json', '--cafile', f.caFile, '--at', at];
    const bare = await sslkit(args, { env: { TZ: 'Asia/Tokyo' } });
    expect(envelopeOf(bare).result).toMatchObject({ at: `${at}.000Z` });
  });
});

test.each<[name: string, args: string[], code: number, text: string]>([
  ['--insecure', ['--insecure', 'localhost:1'], 1, '--insecure verifies nothing'],
  ['--untrusted with a server', ['localhost:1', '--untrusted', 'x.pem'], 1, '--untrusted with a server'],
  ['--purpose client with a server', ['localhost:1', '--purpose', 'client'], 1, '--purpose client with a server'],
  [
    'a name for a client',
    ['x.pem', '--purpose', 'client', '--servername', 'x'],
    1,
    '--servername with --purpose client',
  ],
  ['a time that is none', ['x.pem', '--at', '2027-02-30T25:00'], 1, 'give a time like'],
  ['a time in words', ['x.pem', '--at', 'tomorrow'], 1, 'give a time like'],
  ['a file that is not there', ['x.pem'], 8, 'cannot read x.pem'],
])('%s is refused', async (_, args, code, text) => {
  const run = await sslkit(['cert', 'verify', ...args]);
  expect(run.stderr).toContain(text);
  expect(run.code).toBe(code);
});

test('a file without a certificate', async () => {
  const run = await sslkit(['cert', 'verify', f.keyFile]);
  expect(run.stderr).toContain('holds no certificate');
  expect(run.code).toBe(8);
});

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
