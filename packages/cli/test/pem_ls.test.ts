import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { files, type Scene, type SceneFiles, scene, temporaryDirectory } from '@sslkit/testkit';
import { beforeAll, expect, test } from 'vitest';
import { envelopeOf, type Outcome, sslkit } from './command.ts';

let f: SceneFiles;
let cast: Scene;
beforeAll(async () => {
  [f, cast] = await Promise.all([files(), scene()]);
});

interface Listed {
  readonly blocks: Record<string, unknown>[];
  readonly diagnoses: Record<string, unknown>[];
}

const listed = (run: Outcome): Listed => (envelopeOf(run).result as { files: Listed[] }).files[0]!;

test('each block has its place, its label, its kind; a certificate its subject and its end', async () => {
  const run = await sslkit(['pem', 'ls', f.combinedFile]);
  expect(run).toMatchObject({ code: 0, stderr: '' });
  const text = readFileSync(f.combinedFile, 'utf8');
  const line = text.slice(0, text.indexOf('-----BEGIN CERTIFICATE')).split('\n').length;
  expect(run.stdout.toString()).toMatch(
    new RegExp(
      `^${f.combinedFile}: 2 blocks of PEM\\n  1  line 1  PRIVATE KEY: pkcs8, \\d+ bytes\\n` +
        `  2  line ${line}  CERTIFICATE: certificate, \\d+ bytes, CN=localhost, until [^\\n]+ GMT\\n$`,
    ),
  );
});

test('--json tells the same, with offsets in bytes', async () => {
  const run = await sslkit(['pem', 'ls', '--json', f.combinedFile]);
  expect(run).toMatchObject({ code: 0, stderr: '' });
  const text = readFileSync(f.combinedFile, 'utf8');
  const [key, certificate] = listed(run).blocks;
  expect(envelopeOf(run)).toMatchObject({
    schema: 1,
    command: 'pem ls',
    ok: true,
    result: { files: [{ file: f.combinedFile, form: 'pem', diagnoses: [] }] },
  });
  expect(key).toEqual({
    index: 1,
    label: 'PRIVATE KEY',
    kind: 'pkcs8',
    line: 1,
    start: 0,
    end: cast.server.keyPem.trim().length,
    bytes: cast.server.keyDer.length,
    encrypted: false,
    subject: null,
    notAfter: null,
  });
  expect(text.slice(certificate!.start as number, certificate!.end as number)).toBe(cast.server.certPem.trim());
  expect(certificate).toMatchObject({ index: 2, subject: 'CN=localhost', notAfter: expect.stringMatching(/GMT$/) });
});

test('encrypted keys of both forms are told from plain ones', async () => {
  const run = await sslkit(['pem', 'ls', f.encryptedKeyFile, f.legacyEncryptedKeyFile, f.keyFile]);
  expect(run.code).toBe(0);
  const text = run.stdout.toString();
  expect(text).toMatch(/ENCRYPTED PRIVATE KEY: encrypted-pkcs8, \d+ bytes, encrypted\n/);
  expect(text).toMatch(/ RSA PRIVATE KEY: \d+ bytes, encrypted\n/);
  expect(text).toMatch(/ PRIVATE KEY: pkcs8, \d+ bytes\n/);
});

test('DER is listed too', async () => {
  const input = Buffer.concat([cast.chained.certDer, cast.intermediate.certDer]);
  const run = await sslkit(['pem', 'ls'], { input });
  expect(run.code).toBe(0);
  const second = `2  byte ${cast.chained.certDer.length}  certificate: ${cast.intermediate.certDer.length} bytes`;
  expect(run.stdout.toString()).toContain(`standard input: 2 blocks of DER\n`);
  expect(run.stdout.toString()).toContain(`${second}, CN=sslkit intermediate CA, until `);
});

test('a fault does not keep the other blocks back; the status is 8', async () => {
  const broken = cast.intermediate.certPem.replace(/\n/, '\n!');
  const input = `${cast.chained.certPem}${broken}${cast.ca.certPem}`;
  const run = await sslkit(['pem', 'ls', '-'], { input });
  expect(run).toMatchObject({ code: 8, stderr: '' });
  expect(run.stdout.toString()).toMatch(/2 blocks of PEM\n {2}1 .*\n {2}2 .*CN=sslkit test CA.*\n {2}! line \d+: /);
  const json = await sslkit(['pem', 'ls', '--json'], { input });
  expect(json.code).toBe(8);
  expect(envelopeOf(json)).toMatchObject({ ok: true });
  const line = cast.chained.certPem.split('\n').length + 1;
  expect(listed(json).diagnoses).toEqual([
    { code: 'ERR_PEM_BASE64', line, message: expect.any(String), hint: expect.toBeOneOf([null, expect.any(String)]) },
  ]);
  expect(listed(json).blocks).toHaveLength(2);
});

test('a literal \\n is named, and pem repair as what mends it', async () => {
  const run = await sslkit(['pem', 'ls'], { input: cast.server.keyPem.replaceAll('\n', '\\n') });
  expect(run.stdout.toString()).toContain('! line 1: ');
  expect(run.stdout.toString()).toContain('(ERR_PEM_LITERAL_NEWLINE)');
  const indented = await sslkit(['pem', 'ls'], { input: cast.server.certPem.replace(/^/gm, '  ') });
  expect(indented.stdout.toString()).toMatch(/indented; [^\n]*sslkit pem repair/);
  expect(indented.code).toBe(8);
});

test('a certificate that OpenSSL cannot read', async () => {
  const der = Buffer.from(cast.server.certDer);
  // The version, [0] { INTEGER 2 }, becomes a type that no certificate has there.
  der[der.indexOf(Buffer.from([0xa0, 3, 2, 1, 2])) + 2] = 4;
  const run = await sslkit(['pem', 'ls', '--json'], { input: der });
  expect(run.code).toBe(8);
  expect(listed(run).blocks[0]).toMatchObject({ kind: 'certificate', subject: null });
  expect(listed(run).diagnoses).toMatchObject([{ code: 'ERR_CLI_CERTIFICATE', line: null }]);
});

test('names from a certificate cannot repaint the terminal, nor can labels', async () => {
  const golden = new URL('../../../internal/testkit/golden/subject-string-control.pem', import.meta.url);
  const run = await sslkit(['pem', 'ls'], { input: readFileSync(golden) });
  expect(run.stdout.toString()).toContain('\\x');
  expect(run.stdout.toString().replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
});

test('files that cannot be listed', async () => {
  const missing = await sslkit(['pem', 'ls', f.missingFile]);
  expect(missing.stderr).toMatch(/cannot read .*ENOENT/);
  expect(missing.code).toBe(8);
  const none = await sslkit(['pem', 'ls', f.garbageFile]);
  expect(none.stdout.toString()).toContain('(ERR_PEM_NO_BLOCK)');
  expect(none.code).toBe(8);
  const twice = await sslkit(['pem', 'ls', '-', '-']);
  expect(twice.stderr).toContain('standard input can be read only once');
  expect(twice.code).toBe(1);
});

test('more than 64 MiB is not read', async () => {
  const big = join(temporaryDirectory(), 'big');
  writeFileSync(big, Buffer.alloc(64 * 1024 * 1024 + 1, 'x'));
  const run = await sslkit(['pem', 'ls', big]);
  expect(run.stderr).toContain('larger than 67108864 bytes');
  expect(run.code).toBe(8);
  const endless = await sslkit(['pem', 'ls', '/dev/zero']);
  expect(endless.stderr).toContain('larger than 67108864 bytes');
});
