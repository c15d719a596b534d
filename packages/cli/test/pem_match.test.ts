import { execFileSync } from 'node:child_process';
import { createHash, createPublicKey } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { files, requires, type Scene, type SceneFiles, scene, temporaryDirectory } from '@sslkit/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { envelopeOf, sslkit } from './command.ts';

let f: SceneFiles;
let cast: Scene;
beforeAll(async () => {
  [f, cast] = await Promise.all([files(), scene()]);
});

const pinOf = (keyPem: string): string => {
  const spki = createPublicKey(keyPem).export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(spki).digest('base64');
};

test('a key and its certificate', async () => {
  const run = await sslkit(['pem', 'match', f.keyFile, f.certFile]);
  expect(run).toMatchObject({ code: 0, stderr: '' });
  const pin = pinOf(cast.server.keyPem);
  expect(run.stdout.toString()).toBe(
    'they belong together\n' +
      `  key 1  ${f.keyFile}, block 1: private-key, sha256/${pin}\n` +
      `  key 1  ${f.certFile}, block 1: certificate CN=localhost, sha256/${pin}\n`,
  );
});

test('a key of another certificate: status 9, and both keys named', async () => {
  const run = await sslkit(['pem', 'match', f.mismatchedKeyFile, f.certFile]);
  expect(run).toMatchObject({ code: 9, stderr: '' });
  expect(run.stdout.toString()).toMatch(/^they do NOT belong together\n {2}key 1 .*\n {2}key 2 /);
  const quiet = await sslkit(['pem', 'match', '-q', f.mismatchedKeyFile, f.certFile]);
  expect(quiet).toMatchObject({ code: 9, stderr: '' });
  expect(quiet.stdout.length).toBe(0);
  const json = await sslkit(['pem', 'match', '--json', f.mismatchedKeyFile, f.certFile]);
  expect(json.code).toBe(9);
  expect(envelopeOf(json)).toEqual({
    schema: 1,
    command: 'pem match',
    ok: true,
    result: {
      match: false,
      items: [
        {
          file: f.mismatchedKeyFile,
          block: 1,
          kind: 'private-key',
          subject: null,
          spkiSha256: pinOf(cast.otherServer.keyPem),
        },
        {
          file: f.certFile,
          block: 1,
          kind: 'certificate',
          subject: 'CN=localhost',
          spkiSha256: pinOf(cast.server.keyPem),
        },
      ],
      chains: [],
    },
  });
});

describe('requests and keys of other forms, as openssl writes them', () => {
  const openssl = (args: readonly string[]): Buffer => execFileSync('openssl', args, { stdio: 'pipe' });

  requires(test, 'openssl')('a request, its key in PKCS#1 and SEC1, the public key in both forms, DER', async () => {
    const dir = temporaryDirectory();
    for (const [name, key] of [
      ['rsa', f.keyRsaFile],
      ['ec', f.keyFile],
    ] as const) {
      const path = (kind: string) => join(dir, `${name}-${kind}`);
      openssl(['req', '-new', '-key', key, '-subj', '/CN=x', '-out', path('csr')]);
      openssl(['req', '-in', path('csr'), '-outform', 'DER', '-out', path('csr.der')]);
      openssl(['pkey', '-in', key, '-traditional', '-out', path('old')]);
      openssl(['pkey', '-in', key, '-pubout', '-out', path('pub')]);
      const all = ['csr', 'csr.der', 'old', 'pub'].map(path);
      if (name === 'rsa') {
        openssl(['rsa', '-in', key, '-RSAPublicKey_out', '-out', path('pub.old')]);
        all.push(path('pub.old'));
      }
      const run = await sslkit(['pem', 'match', '--json', key, ...all]);
      expect(envelopeOf(run)).toMatchObject({ ok: true, result: { match: true } });
      expect((envelopeOf(run).result as { items: unknown[] }).items).toHaveLength(all.length + 1);
    }
    const wrong = await sslkit(['pem', 'match', '-q', f.keyRsaFile, join(dir, 'ec-csr')]);
    expect(wrong.code).toBe(9);
  });
});

describe('an encrypted key', () => {
  test.each(['encryptedKeyFile', 'legacyEncryptedKeyFile'] as const)(
    '%s: the password by file or environment',
    async (name) => {
      const certificate = name === 'encryptedKeyFile' ? f.certFile : f.certRsaFile;
      const passFile = join(temporaryDirectory(), 'password');
      writeFileSync(passFile, `${f.password}\r\nsecond line\n`);
      const byFile = await sslkit(['pem', 'match', '--pass-file', passFile, f[name], certificate]);
      expect(byFile).toMatchObject({ code: 0, stderr: '' });
      const env = { KEY_PASSWORD: f.password };
      const byEnvironment = await sslkit(['pem', 'match', '--pass-env', 'KEY_PASSWORD', f[name], certificate], { env });
      expect(byEnvironment.code).toBe(0);
    },
  );

  test('without a password, with a wrong one, with a variable that is not set', async () => {
    const none = await sslkit(['pem', 'match', f.encryptedKeyFile, f.certFile]);
    expect(none.stderr).toMatch(/is encrypted\n(.*\n)*.*--pass-file FILE or --pass-env NAME/);
    expect(none.code).toBe(8);
    const args = ['pem', 'match', '--pass-env', 'KEY_PASSWORD', f.encryptedKeyFile, f.certFile];
    const wrong = await sslkit(args, { env: { KEY_PASSWORD: 'hunter2' } });
    expect(wrong.stderr).toContain('the password may be wrong');
    expect(wrong.stderr).not.toContain('hunter2');
    expect(wrong.code).toBe(8);
    const unset = await sslkit(args);
    expect(unset.stderr).toContain('the environment variable KEY_PASSWORD is not set');
    const both = await sslkit([...args, '--pass-file', f.certFile], { env: { KEY_PASSWORD: 'x' } });
    expect(both.code).toBe(1);
  });
});

describe('the chain in a file', () => {
  test('each certificate is issued by the next', async () => {
    const run = await sslkit(['pem', 'match', f.chainKeyFile, f.chainFile]);
    expect(run.code).toBe(0);
    expect(run.stdout.toString()).toContain(`  chain  ${f.chainFile}: 2 certificates, each issued by the next\n`);
  });

  test('in the wrong order: status 9, and the place', async () => {
    const input = cast.chained.keyPem + cast.chained.certPem + cast.ca.certPem + cast.intermediate.certPem;
    const run = await sslkit(['pem', 'match', '--json'], { input });
    expect(run.code).toBe(9);
    expect(envelopeOf(run)).toMatchObject({
      result: {
        match: true,
        chains: [
          {
            file: '-',
            certificates: 3,
            ordered: false,
            breakAt: { certificate: 'CN=localhost', next: 'CN=sslkit test CA' },
          },
        ],
      },
    });
    const text = await sslkit(['pem', 'match'], { input });
    expect(text.stdout.toString()).toContain('not in order: CN=localhost is not issued by CN=sslkit test CA\n');
  });
});

test('nothing to compare', async () => {
  const one = await sslkit(['pem', 'match', f.keyFile]);
  expect(one.stderr).toContain('only the PRIVATE KEY of');
  expect(one.code).toBe(8);
  const chain = await sslkit(['pem', 'match', f.chainFile]);
  expect(chain.stderr).toContain('only the CERTIFICATE of');
});

test('a key in a certificate’s clothes, and a certificate that is none', async () => {
  const disguised = cast.server.keyPem.replaceAll('PRIVATE KEY', 'CERTIFICATE');
  const run = await sslkit(['pem', 'match', '-', f.certFile], { input: disguised });
  expect(run.code).toBe(8);
  expect(run.stdout.length).toBe(0);
  const bad = await sslkit(['pem', 'match', f.badCertFile, f.keyFile]);
  expect(bad.code).toBe(8);
});
