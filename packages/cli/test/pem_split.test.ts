import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { files, mintLeaf, type Scene, type SceneFiles, scene, temporaryDirectory } from '@sslkit/testkit';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { envelopeOf, sslkit } from './command.ts';

let f: SceneFiles;
let cast: Scene;
let dir: string;
beforeAll(async () => {
  [f, cast] = await Promise.all([files(), scene()]);
});
beforeEach(() => {
  dir = join(temporaryDirectory(), 'parts');
});

const read = (name: string): string => readFileSync(join(dir, name), 'utf8');

test('a file for each block, named by place, label and common name; the key for its owner only', async () => {
  const input = `Bag Attributes\n${cast.chained.combinedPem}`;
  const run = await sslkit(['pem', 'split', '--dir', dir], { input });
  expect(run).toMatchObject({ code: 0, stderr: '' });
  const names = ['01-private-key.pem', '02-certificate-localhost.pem', '03-certificate-sslkit-intermediate-ca.pem'];
  expect(run.stdout.toString()).toBe(names.map((name) => `${join(dir, name)}\n`).join(''));
  expect(readdirSync(dir).sort()).toEqual(names);
  expect(names.map(read)).toEqual([cast.chained.keyPem, cast.chained.certPem, cast.intermediate.certPem]);
  expect(statSync(join(dir, names[0]!)).mode & 0o777).toBe(0o600);
});

test('a file for each kind, of several inputs, with a prefix', async () => {
  const args = ['pem', 'split', '--by', 'kind', '--prefix', 'web-', '-d', dir, f.combinedFile, f.caFile];
  const run = await sslkit([...args, '--json']);
  expect(run).toMatchObject({ code: 0, stderr: '' });
  expect(envelopeOf(run)).toEqual({
    schema: 1,
    command: 'pem split',
    ok: true,
    result: {
      inputs: [f.combinedFile, f.caFile],
      files: [
        {
          file: join(dir, 'web-private-keys.pem'),
          blocks: [{ label: 'PRIVATE KEY', bytes: cast.server.keyDer.length }],
        },
        {
          file: join(dir, 'web-certificates.pem'),
          blocks: [
            { label: 'CERTIFICATE', bytes: cast.server.certDer.length },
            { label: 'CERTIFICATE', bytes: cast.ca.certDer.length },
          ],
        },
      ],
    },
  });
  expect(read('web-certificates.pem')).toBe(cast.server.certPem + cast.ca.certPem);
  expect(statSync(join(dir, 'web-private-keys.pem')).mode & 0o777).toBe(0o600);
});

test('headers of an encrypted key stay', async () => {
  const run = await sslkit(['pem', 'split', '-q', '--dir', dir, f.legacyEncryptedKeyFile]);
  expect(run).toMatchObject({ code: 0, stderr: '' });
  expect(run.stdout.length).toBe(0);
  expect(read('01-rsa-private-key.pem')).toBe(readFileSync(f.legacyEncryptedKeyFile, 'utf8'));
});

test('when one file is there already none is written; --force replaces it', async () => {
  const certificate = join(dir, '02-certificate-localhost.pem');
  mkdirSync(dir);
  writeFileSync(certificate, 'mine');
  const args = ['pem', 'split', '--dir', dir, f.combinedFile];
  const refused = await sslkit(args);
  expect(refused.stderr).toMatch(/is there already\n(.*\n)*.*--force/);
  expect(refused.code).toBe(8);
  expect(readdirSync(dir)).toEqual(['02-certificate-localhost.pem']);
  expect(readFileSync(certificate, 'utf8')).toBe('mine');
  const forced = await sslkit([...args, '--force']);
  expect(forced.code).toBe(0);
  expect(readFileSync(certificate, 'utf8')).toBe(cast.server.certPem);
  expect(read('01-private-key.pem')).toBe(cast.server.keyPem);
});

test('a link that leads nowhere is there, too', async () => {
  mkdirSync(dir);
  symlinkSync(join(dir, 'nowhere'), join(dir, '02-certificate-localhost.pem'));
  const refused = await sslkit(['pem', 'split', '--dir', dir, f.combinedFile]);
  expect(refused.code).toBe(8);
  expect(readdirSync(dir)).toEqual(['02-certificate-localhost.pem']);
});

test('a common name cannot lead out of the folder', async () => {
  const evil = await mintLeaf(cast.ca, { commonName: '../../.ssh/$(id)\n*.example' });
  const run = await sslkit(['pem', 'split', '--dir', dir], { input: evil.certPem });
  expect(run.code).toBe(0);
  expect(readdirSync(dir)).toEqual(['01-certificate-ssh-id-.example.pem']);
  expect(readdirSync(join(dir, '..'))).toEqual(['parts']);
});

test('wrong arguments and inputs write nothing', async () => {
  const prefix = await sslkit(['pem', 'split', '--dir', dir, '--prefix', '../x', f.combinedFile]);
  expect(prefix.stderr).toContain('a prefix has letters');
  expect(prefix.code).toBe(1);
  const truncated = cast.server.certPem + cast.ca.certPem.slice(0, 100);
  const broken = await sslkit(['pem', 'split', '--dir', dir], { input: truncated });
  expect(broken.stderr).toMatch(/standard input: line \d+: no -----END line/);
  expect(broken.code).toBe(8);
  const many = Array.from({ length: 1001 }, () => cast.server.certPem).join('');
  const tooMany = await sslkit(['pem', 'split', '--dir', dir], { input: many });
  expect(tooMany.stderr).toContain('1001 files are more than 1000');
  expect(() => readdirSync(dir)).toThrow('ENOENT');
});
