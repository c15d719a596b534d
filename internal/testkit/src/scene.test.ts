import { spawnSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { files, scene } from './scene.ts';

test('the scene is minted once per process', async () => {
  expect(scene()).toBe(scene());
  expect(files()).toBe(files());
});

test('each member of the cast is what its name says', async () => {
  const cast = await scene();
  const now = Date.now();
  const certificate = (name: keyof typeof cast) => new X509Certificate(cast[name].certPem);
  expect(Date.parse(certificate('expired').validTo)).toBeLessThan(now);
  expect(Date.parse(certificate('notYetValid').validFrom)).toBeGreaterThan(now);
  expect(certificate('wrongHost').checkHost('localhost')).toBeUndefined();
  expect(certificate('server').checkHost('localhost')).toBe('localhost');
  expect(certificate('otherServer').verify(certificate('ca').publicKey)).toBe(false);
  expect(certificate('intermediate').ca).toBe(true);
  expect(certificate('chained').checkIssued(certificate('intermediate'))).toBe(true);
  expect(certificate('serverRsa').publicKey.asymmetricKeyType).toBe('rsa');
});

test('every file that should exist does, and the missing one does not', async () => {
  const { missingFile, password, ...rest } = await files();
  expect(existsSync(missingFile)).toBe(false);
  for (const path of Object.values(rest)) expect(existsSync(path), path).toBe(true);
  expect(createPrivateKey({ key: readFileSync(rest.encryptedKeyFile), passphrase: password }).type).toBe('private');
  expect(readFileSync(rest.emptyFile)).toHaveLength(0);
});

test('the hashed directory links the authority under the hash that OpenSSL computes', async ({ skip }) => {
  const { caFile, hashedCapath } = await files();
  const run = spawnSync('openssl', ['x509', '-subject_hash', '-noout', '-in', caFile], { encoding: 'utf8' });
  if (run.error && process.env.CI !== 'true') skip('openssl is absent');
  expect(readdirSync(hashedCapath)).toEqual([`${run.stdout.trim()}.0`]);
});
