import { createHash, X509Certificate } from 'node:crypto';
import { golden, mintSelfSigned, requires, runCommand } from '@sslkit/testkit';
import { expect, test } from 'vitest';
import { signatureHash } from './signature_hash.ts';

test.each(['SHA-256', 'SHA-384', 'SHA-512'] as const)(
  'a certificate signed with ECDSA and %s names that hash',
  async (hash) => {
    const { certDer } = await mintSelfSigned({ hash });
    expect(signatureHash(certDer)).toBe(hash.replace('-', '').toLowerCase());
  },
);

test('a certificate signed with RSA and SHA-1 is hashed with SHA-256 (RFC 5929)', async () => {
  const { certDer } = await mintSelfSigned({ alg: 'rsa', hash: 'SHA-1' });
  expect(signatureHash(certDer)).toBe('sha256');
});

requires(test, 'openssl').each(['sha256', 'sha384'])(
  'a certificate signed with RSASSA-PSS and %s names it',
  async (hash) => {
    const pss = ['-sigopt', 'rsa_padding_mode:pss', `-${hash}`];
    const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', '/dev/null', '-subj', '/CN=pss', ...pss];
    const { code, stdout } = await runCommand('openssl', [...args, '-outform', 'PEM']);
    expect(code).toBe(0);
    expect(signatureHash(new X509Certificate(stdout).raw)).toBe(hash);
  },
);

test('the hash can be computed by node:crypto', async () => {
  const { certDer, certPem } = await mintSelfSigned({ hash: 'SHA-256' });
  const digest = createHash(signatureHash(certDer)!).update(certDer).digest('hex');
  expect(digest).toBe(new X509Certificate(certPem).fingerprint256.replaceAll(':', '').toLowerCase());
});

test('truncated and foreign bytes give null instead of reading past the end', () => {
  const der = golden('typical').der;
  for (let end = 0; end < der.length; end += 7) expect(signatureHash(der.subarray(0, end))).toBeNull();
  expect(signatureHash(Buffer.from('not a certificate'))).toBeNull();
  expect(signatureHash(Buffer.from('3084ffffffff', 'hex'))).toBeNull();
});
