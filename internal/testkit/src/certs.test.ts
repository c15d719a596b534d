import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { certificateOf, mintCa, mintCrl, mintLeaf, mintSelfSigned, x509 } from './certs.ts';
import { encryptKeyPem, legacyEncryptKeyPem, traditionalKeyPem } from './keys.ts';

describe('a minted leaf', () => {
  for (const alg of ['ecdsa', 'rsa'] as const) {
    test(`is signed by its authority and matches its key (${alg})`, async () => {
      const ca = await mintCa({ alg });
      const leaf = await mintLeaf(ca, { alg });
      const certificate = new X509Certificate(leaf.certPem);
      expect(certificate.verify(new X509Certificate(ca.certPem).publicKey)).toBe(true);
      expect(certificate.checkIssued(new X509Certificate(ca.certPem))).toBe(true);
      expect(certificate.checkPrivateKey(createPrivateKey(leaf.keyPem))).toBe(true);
      expect(certificate.raw).toEqual(Buffer.from(leaf.certDer));
      const key = createPrivateKey({ key: Buffer.from(leaf.keyDer), format: 'der', type: 'pkcs8' });
      expect(certificate.checkPrivateKey(key)).toBe(true);
    });
  }

  test('is for localhost and both loopback addresses by default', async () => {
    const leaf = new X509Certificate((await mintLeaf(await mintCa())).certPem);
    expect(leaf.subject).toBe('CN=localhost');
    expect(leaf.subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1');
    expect(leaf.ca).toBe(false);
  });

  test('carries every kind of name that is asked for and no other', async () => {
    const names = { dns: ['a.example', '*.b.example'], ips: ['2001:db8::1'], emails: ['x@example.com'] };
    const leaf = await mintLeaf(await mintCa(), { ...names, uris: ['urn:x:y'], commonName: null });
    const certificate = new X509Certificate(leaf.certPem);
    expect(leaf.commonName).toBe('');
    expect(certificate.subject).toBeFalsy();
    expect(certificate.subjectAltName).toBe(
      'DNS:a.example, DNS:*.b.example, IP Address:2001:DB8:0:0:0:0:0:1, email:x@example.com, URI:urn:x:y',
    );
  });

  test('has the serial number and the dates that are asked for', async () => {
    const notBefore = new Date('2051-01-02T03:04:05Z');
    const notAfter = new Date('2052-01-02T03:04:05Z');
    const leaf = await mintLeaf(await mintCa(), { serial: '0badf00d', notBefore, notAfter });
    const certificate = new X509Certificate(leaf.certPem);
    expect(certificate.serialNumber).toBe('0BADF00D');
    expect(new Date(certificate.validFrom)).toEqual(notBefore);
    expect(new Date(certificate.validTo)).toEqual(notAfter);
  });

  test('shares its RSA key within the process unless it asks for its own', async () => {
    const ca = await mintCa();
    const [one, two] = [await mintLeaf(ca, { alg: 'rsa' }), await mintLeaf(ca, { alg: 'rsa' })];
    const own = await mintLeaf(ca, { alg: 'rsa', freshKey: true });
    expect(two.keyPem).toBe(one.keyPem);
    expect(own.keyPem).not.toBe(one.keyPem);
  });
});

describe('chains', () => {
  test('a chain has the leaf first, then the intermediates, never the root', async () => {
    const root = await mintCa();
    const upper = await mintCa({ name: 'upper', issuer: root });
    const lower = await mintCa({ name: 'lower', issuer: upper });
    const leaf = await mintLeaf(lower);
    expect(leaf.chainPem).toBe(leaf.certPem + lower.certPem + upper.certPem);
    expect(leaf.combinedPem).toBe(leaf.keyPem + leaf.chainPem);
    expect(leaf.ca).toBe(lower);
    expect(root.chainPem).toBe(root.certPem);
  });

  test('a self-signed certificate has no issuer but itself', async () => {
    const lone = await mintSelfSigned({ dns: ['lone.example'] });
    const certificate = new X509Certificate(lone.certPem);
    expect(lone.ca).toBeUndefined();
    expect(certificate.issuer).toBe(certificate.subject);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
  });
});

test('a revocation list names exactly the revoked certificates', async () => {
  const ca = await mintCa();
  const [bad, good] = [await mintLeaf(ca), await mintLeaf(ca)];
  const crl = new x509.X509Crl(x509.PemConverter.decodeFirst(await mintCrl(ca, [bad])));
  expect(crl.entries.map((entry) => entry.serialNumber)).toEqual([certificateOf(bad).serialNumber]);
  expect(crl.findRevoked(certificateOf(good))).toBeNull();
  expect(await crl.verify({ publicKey: certificateOf(ca).publicKey })).toBe(true);
});

describe('encrypted keys', () => {
  for (const alg of ['ecdsa', 'rsa'] as const) {
    test(`open with their password only, in both forms (${alg})`, async () => {
      const { keyPem } = await mintSelfSigned({ alg });
      const forms = [encryptKeyPem(keyPem, 'right'), legacyEncryptKeyPem(keyPem, 'right')];
      for (const key of forms) {
        const opened = createPrivateKey({ key, passphrase: 'right' });
        expect(opened.export({ type: 'pkcs8', format: 'pem' })).toBe(keyPem);
        expect(() => createPrivateKey({ key, passphrase: 'wrong' })).toThrow();
      }
      expect(forms[0]).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----/);
      expect(forms[1]).toMatch(/^-----BEGIN (EC|RSA) PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: /);
      expect(traditionalKeyPem(keyPem)).toMatch(/^-----BEGIN (EC|RSA) PRIVATE KEY-----\n[A-Za-z0-9]/);
    });
  }
});
