import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { files, mintCa, mintLeaf, type Scene, type SceneFiles, scene, temporaryDirectory } from '@sslkit/testkit';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { envelopeOf, sslkit } from './command.ts';

let f: SceneFiles;
let cast: Scene;
let out: string;
beforeAll(async () => {
  [f, cast] = await Promise.all([files(), scene()]);
});
beforeEach(() => {
  out = join(temporaryDirectory(), 'joined.pem');
});

test('key, leaf, chain, in whatever order they came; the file is its owner’s', async () => {
  const { keyPem, certPem } = cast.chained;
  const input = cast.ca.certPem + cast.intermediate.certPem + certPem;
  const run = await sslkit(['pem', 'join', '-', f.chainKeyFile, '--out', out, '--json'], { input });
  expect(run).toMatchObject({ code: 0, stderr: '' });
  expect(readFileSync(out, 'utf8')).toBe(keyPem + certPem + cast.intermediate.certPem + cast.ca.certPem);
  expect(statSync(out).mode & 0o777).toBe(0o600);
  expect(envelopeOf(run)).toEqual({
    schema: 1,
    command: 'pem join',
    ok: true,
    result: {
      inputs: ['-', f.chainKeyFile],
      out,
      blocks: [
        { label: 'PRIVATE KEY', file: f.chainKeyFile, subject: null },
        { label: 'CERTIFICATE', file: '-', subject: 'CN=localhost' },
        { label: 'CERTIFICATE', file: '-', subject: 'CN=sslkit intermediate CA' },
        { label: 'CERTIFICATE', file: '-', subject: 'CN=sslkit test CA' },
      ],
      keyChecked: true,
    },
  });
});

test('certificates alone go to standard output; --no-root leaves the root out', async () => {
  const args = ['pem', 'join', f.caFile, '-', '--no-root'];
  const run = await sslkit(args, { input: cast.intermediate.certPem + cast.chained.certPem });
  expect(run.code).toBe(0);
  expect(run.stdout.toString()).toBe(cast.chained.chainPem);
  expect(run.stderr).toBe(
    'sslkit: 2 blocks to standard output\n  CERTIFICATE, CN=localhost\n  CERTIFICATE, CN=sslkit intermediate CA\n',
  );
  const self = await sslkit(['pem', 'join', '--no-root'], { input: cast.ca.certPem });
  expect(self.stdout.toString()).toBe(cast.ca.certPem);
});

test('DER, and the parameters that openssl writes before an EC key', async () => {
  const parameters = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n';
  const der = join(temporaryDirectory(), 'cert.der');
  writeFileSync(der, cast.server.certDer);
  const run = await sslkit(['pem', 'join', '-', der, '-o', '-', '-q'], { input: parameters + cast.server.keyPem });
  expect(run).toMatchObject({ code: 0, stderr: '' });
  expect(run.stdout.toString()).toBe(cast.server.keyPem + cast.server.certPem);
});

describe('an encrypted key', () => {
  test('is joined unread, and that is said', async () => {
    const run = await sslkit(['pem', 'join', f.encryptedKeyFile, f.certFile, '-o', out]);
    expect(run.stderr).toContain('the key is encrypted, and was not compared with the certificate');
    expect(readFileSync(out, 'utf8')).toBe(readFileSync(f.encryptedKeyFile, 'utf8') + cast.server.certPem);
    const json = await sslkit(['pem', 'join', f.encryptedKeyFile, f.certFile, '-o', out, '-f', '--json']);
    expect(envelopeOf(json)).toMatchObject({ result: { keyChecked: false } });
  });

  test('is compared when there is its password', async () => {
    const env = { KEY_PASSWORD: f.password };
    const args = ['pem', 'join', '--pass-env', 'KEY_PASSWORD', '--json', '-o', out, f.encryptedKeyFile];
    const wrong = await sslkit([...args, f.otherCaFile], { env });
    expect(wrong.code).toBe(8);
    const right = await sslkit([...args, f.certFile], { env });
    expect(envelopeOf(right)).toMatchObject({ result: { keyChecked: true } });
  });
});

test('an authority of the same name with another key is not the issuer, nor part of the chain', async () => {
  const issuer = await mintCa({ name: 'same name', issuer: cast.ca });
  const namesake = await mintCa({ name: 'same name', issuer: cast.otherCa });
  // Without the key identifier the name is all that points to the issuer.
  const leaf = await mintLeaf(issuer, { omit: [AUTHORITY_KEY_IDENTIFIER] });
  const both = await sslkit(['pem', 'join', '--json', '-o', out], { input: leaf.certPem + namesake.certPem });
  expect(both.code).toBe(8);
  expect(envelopeOf(both)).toMatchObject({ error: { message: 'these are 2 chains: CN=localhost; CN=same name' } });
  const right = await sslkit(['pem', 'join', '-q'], { input: issuer.certPem + leaf.certPem });
  expect(right.stdout.toString()).toBe(leaf.certPem + issuer.certPem);
});

const AUTHORITY_KEY_IDENTIFIER = '2.5.29.35';

describe('refused', () => {
  const cases: readonly (readonly [name: string, input: (cast: Scene) => string, message: RegExp])[] = [
    ['a block that is there twice', ({ ca }) => ca.certPem + ca.certPem, /block 2\) is the same as CERTIFICATE/],
    ['two keys', ({ ca, server }) => ca.keyPem + server.combinedPem, /there are 2 private keys/],
    ['a key of another certificate', ({ ca, server }) => ca.keyPem + server.certPem, /belongs to none of the cert/],
    ['no certificate', ({ server }) => server.keyPem, /there is no certificate/],
    [
      'a certificate that is not in the chain',
      ({ server, otherCa }) => server.combinedPem + otherCa.certPem,
      /not in the chain of CN=localhost: CN=sslkit other CA/,
    ],
    ['two chains', ({ server, otherServer }) => server.certPem + otherServer.certPem, /2 chains: CN=loc/],
    [
      'a public key',
      ({ server }) => `${server.certPem}-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n`,
      /PUBLIC KEY .* has no place in a chain/,
    ],
    ['too many certificates', ({ ca }) => ca.certPem.repeat(101), /the same as|more than 100/],
  ];
  test.each(cases)('%s', async (_, input, message) => {
    const run = await sslkit(['pem', 'join', '-o', out], { input: input(cast) });
    expect(run.stderr).toMatch(message);
    expect(run.code).toBe(8);
    expect(() => statSync(out)).toThrow('ENOENT');
  });

  test('a key on standard output, unless asked for by name; a file that is there', async () => {
    const unasked = await sslkit(['pem', 'join', f.combinedFile]);
    expect(unasked.stderr).toContain('a private key is not written to standard output unasked');
    expect(unasked.stdout.length).toBe(0);
    expect(unasked.code).toBe(1);
    writeFileSync(out, 'mine');
    const there = await sslkit(['pem', 'join', f.combinedFile, '-o', out]);
    expect(there.stderr).toContain('is there already');
    expect(readFileSync(out, 'utf8')).toBe('mine');
  });
});
