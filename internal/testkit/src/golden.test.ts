import { createPublicKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { golden, goldenNames } from './golden.ts';

const key = createPublicKey(readFileSync(new URL('../golden/key.pem', import.meta.url)));

test('the files are what the cases generate, byte for byte', async () => {
  const script = (file: string) => import(new URL(`../golden/${file}`, import.meta.url).href);
  const { cases } = (await script('cases.mjs')) as { cases: Record<string, object> };
  const { certificate } = (await script('regenerate.mjs')) as { certificate: (fields: object) => Buffer };
  expect(goldenNames()).toEqual(Object.keys(cases).sort());
  for (const [name, fields] of Object.entries(cases)) {
    expect(golden(name).der.equals(certificate(fields)), name).toBe(true);
  }
});

test('each that CPython can load is a certificate signed by the golden key', () => {
  for (const one of goldenNames().map(golden)) {
    const python = one.python['3.13'];
    if ('error' in python && python.message.includes('Error decoding PEM-encoded file')) {
      expect(() => new X509Certificate(one.pem), one.name).toThrow();
    } else {
      expect(new X509Certificate(one.pem).verify(key), one.name).toBe(true);
    }
  }
});

test('the oracle has what the cases were made for', () => {
  const dict = (name: string) => (golden(name).python['3.13'] as { dict: Record<string, unknown> }).dict;
  expect(dict('typical')).toMatchObject({ OCSP: ['http://ocsp.example/'], version: 3, serialNumber: '0102030405' });
  expect(dict('san-dns-nul').subjectAltName).toContainEqual(['DNS', 'golden.example\0.evil.example']);
  expect(dict('subject-empty').subject).toEqual([]);
  expect(dict('version-1').version).toBe(1);
  expect(dict('dates-generalized').notAfter).toBe('Jun 15 12:34:56 2054 GMT');
  expect(golden('san-dns-latin1').python['3.11']).toMatchObject({ error: 'UnicodeDecodeError' });
});

test('a name that does not exist is refused', () => {
  expect(() => golden('no-such-case')).toThrow('no-such-case');
});
