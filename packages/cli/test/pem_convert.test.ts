import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { files, requires, type Scene, type SceneFiles, scene, temporaryDirectory } from '@sslkit/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { envelopeOf, sslkit } from './command.ts';

let f: SceneFiles;
let cast: Scene;
beforeAll(async () => {
  [f, cast] = await Promise.all([files(), scene()]);
});

const openssl = (args: readonly string[], input?: Uint8Array): Buffer =>
  execFileSync('openssl', args, { stdio: ['pipe', 'pipe', 'ignore'], ...(input ? { input } : {}) });

requires(test, 'openssl')('PEM to DER equals openssl x509 -outform DER', async () => {
  const run = await sslkit(['pem', 'convert', f.certFile, '--to', 'der']);
  expect(run.code).toBe(0);
  expect(run.stdout.equals(openssl(['x509', '-in', f.certFile, '-outform', 'DER']))).toBe(true);
  expect(run.stderr).toMatch(/\(pem\) to standard output \(der\): 1 of 1 block\n {2}CERTIFICATE, \d+ bytes of DER\n/);
});

requires(test, 'openssl')('DER to PEM equals openssl x509 -outform PEM', async () => {
  const input = Buffer.from(cast.serverRsa.certDer);
  const run = await sslkit(['pem', 'convert', '--to', 'pem'], { input });
  expect(run.code).toBe(0);
  expect(run.stdout.equals(openssl(['x509', '-inform', 'DER', '-outform', 'PEM'], input))).toBe(true);
});

requires(test, 'openssl')('the label of a DER key is found out: what openssl reads back is the same key', async () => {
  for (const [form, label] of [
    ['pkcs8', 'PRIVATE KEY'],
    ['sec1', 'EC PRIVATE KEY'],
  ]) {
    const args = form === 'pkcs8' ? ['pkcs8', '-topk8', '-nocrypt'] : ['ec'];
    const der = openssl([...args, '-in', f.keyFile, '-outform', 'DER']);
    const run = await sslkit(['pem', 'convert', '--to', 'pem', '--out', '-'], { input: der });
    expect(run.stdout.toString()).toContain(`-----BEGIN ${label}-----\n`);
    const publicKey = openssl(['pkey', '-pubout'], run.stdout);
    expect(publicKey.equals(openssl(['pkey', '-in', f.keyFile, '-pubout']))).toBe(true);
  }
});

test('one block of a bundle is chosen by number and by label', async () => {
  const bundle = cast.chained.combinedPem;
  const second = await sslkit(['pem', 'convert', '--to', 'der', '--index', '3'], { input: bundle });
  expect(second.stdout.equals(cast.intermediate.certDer)).toBe(true);
  const labelled = ['pem', 'convert', '--to', 'der', '--label', 'CERTIFICATE', '--index', '1'];
  const leaf = await sslkit(labelled, { input: bundle });
  expect(leaf.stdout.equals(cast.chained.certDer)).toBe(true);
  const key = await sslkit(['pem', 'convert', '--to', 'der', '--label', 'PRIVATE KEY', '-o', '-'], { input: bundle });
  expect(key.stdout.equals(cast.chained.keyDer)).toBe(true);
});

test('PEM written anew: lines of 64, no text between, CR LF gone', async () => {
  const messy = `Bag Attributes\n  friendlyName: x\n${cast.server.certPem.replaceAll('\n', '\r\n')}trailing text\n`;
  const run = await sslkit(['pem', 'convert', '--to', 'pem'], { input: messy });
  expect(run.stdout.toString()).toBe(cast.server.certPem);
});

test('DER certificates back to back become as many blocks', async () => {
  const input = Buffer.concat([cast.chained.certDer, cast.intermediate.certDer]);
  const run = await sslkit(['pem', 'convert', '-q', '--to', 'pem'], { input });
  expect(run.stdout.toString()).toBe(cast.chained.chainPem);
  expect(run.stderr).toBe('');
});

test('a file is written with --out; a private key for its owner only', async () => {
  const dir = temporaryDirectory();
  const keyOut = join(dir, 'key.der');
  const run = await sslkit(['pem', 'convert', f.keyFile, '--to', 'der', '--out', keyOut, '--json']);
  expect(run).toMatchObject({ code: 0, stderr: '' });
  expect(envelopeOf(run)).toEqual({
    schema: 1,
    command: 'pem convert',
    ok: true,
    result: {
      input: f.keyFile,
      from: 'pem',
      to: 'der',
      out: keyOut,
      blocks: [{ label: 'PRIVATE KEY', bytes: cast.server.keyDer.length }],
    },
  });
  expect(readFileSync(keyOut).equals(cast.server.keyDer)).toBe(true);
  expect(statSync(keyOut).mode & 0o777).toBe(0o600);
});

test('a private key is not written into a file that others may read', async () => {
  const out = join(temporaryDirectory(), 'open.der');
  writeFileSync(out, '', { mode: 0o644 });
  const args = ['pem', 'convert', f.keyFile, '--to', 'der', '--out', out];
  const kept = await sslkit(args);
  expect(kept.stderr).toMatch(/is there already\n(.*\n)*.*--force replaces it/);
  expect(kept.code).toBe(8);
  expect(statSync(out).size).toBe(0);
  const run = await sslkit([...args, '--force']);
  expect(run.code).toBe(0);
  expect(statSync(out).mode & 0o777).toBe(0o600);
});

test('a private key is not written to standard output unless that is asked for by name', async () => {
  const run = await sslkit(['pem', 'convert', f.keyFile, '--to', 'pem']);
  expect(run.stderr).toContain('a private key is not written to standard output unasked');
  expect(run.stdout.length).toBe(0);
  expect(run.code).toBe(1);
});

describe('refused', () => {
  const bundle = () => cast.chained.chainPem;
  const cases: readonly (readonly [
    name: string,
    args: string[],
    input: () => string | Uint8Array,
    code: number,
    text: RegExp,
  ])[] = [
    [
      'several blocks for one DER',
      ['--to', 'der'],
      bundle,
      1,
      /2 blocks for one DER.*\n(.*\n)*.*1 CERTIFICATE, 2 CERTIFICATE/,
    ],
    ['a number that is not there', ['--to', 'der', '--index', '3'], bundle, 8, /there is no block 3/],
    ['a label that is not there', ['--to', 'der', '--label', 'X509 CRL'], bundle, 8, /there is no X509 CRL block/],
    ['a number from zero', ['--to', 'der', '--index', '0'], bundle, 1, /whole number from 1/],
    ['no form', [], bundle, 1, /--to/],
    ['nothing', ['--to', 'der'], () => '', 8, /standard input is empty/],
    ['text that is no PEM', ['--to', 'der'], () => 'hello\n', 8, /no PEM block|PEM/],
    ['a block without its end', ['--to', 'der'], () => bundle().slice(0, 200), 8, /END/],
    ['DER of an unknown kind', ['--to', 'pem'], () => Buffer.from([0x30, 3, 2, 1, 5]), 8, /unknown kind/],
    ['truncated DER', ['--to', 'pem'], () => cast.server.certDer.slice(0, 100), 8, /./],
    ['JSON and blocks on one stream', ['--to', 'der', '--json'], bundle, 1, /needs --out/],
  ];
  for (const [name, args, input, code, text] of cases) {
    test(name, async () => {
      const run = await sslkit(['pem', 'convert', ...args], { input: input() });
      expect(`${run.stderr}${args.includes('--json') ? run.stdout : ''}`).toMatch(text);
      expect(run.code).toBe(code);
    });
  }

  test('an indented block, with the command that mends it', async () => {
    const run = await sslkit(['pem', 'convert', '--to', 'der'], { input: bundle().replace(/^(?=.)/gm, '  ') });
    expect(run.stderr).toMatch(/hint +[^\n]*sslkit pem repair/);
    expect(run.code).toBe(8);
  });

  test('an encrypted key in the old form, whose headers DER would lose', async () => {
    const run = await sslkit(['pem', 'convert', f.legacyEncryptedKeyFile, '--to', 'der']);
    expect(run.stderr).toMatch(/headers, which DER cannot keep/);
    expect(run.stdout.length).toBe(0);
    expect(run.code).toBe(8);
  });

  test('a file that is not there, and a place where nothing can be written', async () => {
    const missing = await sslkit(['pem', 'convert', f.missingFile, '--to', 'der']);
    expect(missing.stderr).toMatch(/cannot read .*ENOENT/);
    expect(missing.code).toBe(8);
    const out = join(temporaryDirectory(), 'no', 'such', 'folder');
    const unwritable = await sslkit(['pem', 'convert', f.certFile, '--to', 'der', '--out', out]);
    expect(unwritable.code).toBe(8);
  });
});
