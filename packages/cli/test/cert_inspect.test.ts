import { execFileSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { files, mintLeaf, requires, type Scene, type SceneFiles, scene } from '@sslkit/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { envelopeOf, type Outcome, sslkit } from './command.ts';

let f: SceneFiles;
let cast: Scene;
beforeAll(async () => {
  [f, cast] = await Promise.all([files(), scene()]);
});

const certificatesOf = (run: Outcome): Record<string, unknown>[] =>
  (envelopeOf(run).result as { certificates: Record<string, unknown>[] }).certificates;

const plain = (fingerprint: string): string => fingerprint.replaceAll(':', '').toLowerCase();

requires(test, 'openssl')('--json has the dict, fingerprints, the pin, the key and the signature', async () => {
  const run = await sslkit(['cert', 'inspect', '--json', f.certFile]);
  expect(run).toMatchObject({ code: 0, stderr: '' });
  const x509 = new X509Certificate(cast.server.certPem);
  const openssl = (args: readonly string[], input: string | Buffer): Buffer =>
    execFileSync('openssl', args, { input, stdio: ['pipe', 'pipe', 'ignore'] });
  const publicKey = openssl(['x509', '-noout', '-pubkey'], cast.server.certPem);
  const spki = openssl(['pkey', '-pubin', '-outform', 'DER'], publicKey);
  const pin = openssl(['dgst', '-sha256', '-binary'], spki).toString('base64');
  expect(envelopeOf(run)).toEqual({
    schema: 1,
    command: 'cert inspect',
    ok: true,
    result: {
      certificates: [
        {
          file: f.certFile,
          block: 1,
          dict: expect.objectContaining({ subject: [[['commonName', 'localhost']]], serialNumber: x509.serialNumber }),
          sha256: plain(x509.fingerprint256),
          sha1: plain(x509.fingerprint),
          notBefore: new Date(x509.validFrom).toISOString(),
          notAfter: new Date(x509.validTo).toISOString(),
          daysLeft: 29,
          spkiSha256: pin,
          key: { kind: 'ec', bits: null, curve: 'prime256v1' },
          signature: { oid: '1.2.840.10045.4.3.2', name: 'ecdsa-with-SHA256' },
          ca: false,
          extendedKeyUsage: [{ oid: '1.3.6.1.5.5.7.3.1', name: 'serverAuth' }],
        },
      ],
    },
  });
});

test('text: every row, the key and what it is for', async () => {
  const run = await sslkit(['cert', 'inspect', f.certRsaFile]);
  expect(run).toMatchObject({ code: 0, stderr: '' });
  const text = run.stdout.toString();
  expect(text).toContain(`${f.certRsaFile}, block 1\n  subject      CN=localhost\n  issuer       CN=sslkit test CA\n`);
  expect(text).toMatch(/ {2}names {8}localhost, IP Address 127\.0\.0\.1/);
  expect(text).toMatch(/ {2}until {8}\S+Z, 29 days left\n {2}key {10}RSA, 2048 bits\n/);
  expect(text).toMatch(/ {2}CA {11}no\n {2}for {10}serverAuth\n/);
});

test('every certificate of several files, whatever is between them', async () => {
  const run = await sslkit(['cert', 'inspect', '--json', f.chainFile, '-'], { input: cast.ca.combinedPem });
  expect(certificatesOf(run).map(({ file, block, ca }) => [file, block, ca])).toEqual([
    [f.chainFile, 1, false],
    [f.chainFile, 2, true],
    ['-', 2, true],
  ]);
  expect(JSON.stringify(envelopeOf(run))).not.toContain('PRIVATE KEY');
});

test('one that has expired says so', async () => {
  const run = await sslkit(['cert', 'inspect'], { input: cast.expired.certDer });
  expect(run.code).toBe(0);
  expect(run.stdout.toString()).toContain('expired 2 days ago');
});

describe('strange certificates', () => {
  const golden = new URL('../../../internal/testkit/golden/', import.meta.url);
  const names = readdirSync(golden).filter((name) => name.endsWith('.pem') && name !== 'key.pem');

  test('there are many', () => {
    expect(names.length).toBeGreaterThan(40);
  });

  test.each(names.filter((_, at) => at % 4 === 0))(
    '%s is inspected or refused, and raises no fault of the command; nothing raw reaches the terminal',
    async (name) => {
      const run = await sslkit(['cert', 'inspect'], { input: readFileSync(new URL(name, golden)) });
      expect([0, 8]).toContain(run.code);
      expect(run.stdout.toString().replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    },
  );

  test('version 1 has no version field: the key is found all the same', async () => {
    const pem = readFileSync(new URL('version-1.pem', golden), 'utf8');
    const run = await sslkit(['cert', 'inspect', '--json'], { input: pem });
    const spki = new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' });
    const pinned = await sslkit(['pem', 'match', '--json', '-', f.certFile], { input: pem });
    expect(certificatesOf(run)[0]).toMatchObject({ extendedKeyUsage: null });
    expect(certificatesOf(run)[0]!.spkiSha256).toBe(createHash('sha256').update(spki).digest('base64'));
    expect(pinned.code).toBe(9);
  });

  test('a name cannot repaint the terminal', async () => {
    const evil = await mintLeaf(cast.ca, { commonName: '\x1b[2Jevil' });
    const run = await sslkit(['cert', 'inspect'], { input: evil.certPem });
    expect(run.stdout.toString()).toContain('CN=\\x1b[2Jevil');
  });
});

test('a file without a certificate, and one that is none', async () => {
  const key = await sslkit(['cert', 'inspect', f.keyFile]);
  expect(key.stderr).toContain('there is no certificate');
  expect(key.code).toBe(8);
  const broken = await sslkit(['cert', 'inspect', f.badCertFile]);
  expect(broken.code).toBe(8);
});
