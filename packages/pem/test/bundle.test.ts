import { existsSync, readFileSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import {
  formatPem,
  identifyDer,
  type PemMode,
  parsePem,
  parsePemStream,
  readDer,
  repairPem,
  splitBundle,
} from '@sslkit/pem';
import { describe, expect, test } from 'vitest';
import { requires } from './require.ts';

const examples = readFileSync(new URL('./rfc7468.pem', import.meta.url), 'utf8');
const ROOTS = '/etc/ssl/certs/ca-certificates.crt';
const withRoots = requires(existsSync(ROOTS), ROOTS);

describe("RFC 7468's examples", () => {
  const kinds = [
    ['CERTIFICATE', 'certificate'],
    ['CERTIFICATE', 'certificate'],
    ['X509 CRL', 'crl'],
    ['CERTIFICATE REQUEST', 'certificate-request'],
    ['PKCS7', 'pkcs7'],
    ['CMS', 'pkcs7'],
    ['PRIVATE KEY', 'pkcs8'],
    ['ENCRYPTED PRIVATE KEY', 'encrypted-pkcs8'],
    ['ATTRIBUTE CERTIFICATE', 'unknown'],
    ['PUBLIC KEY', 'spki'],
    ['X509 CERTIFICATE', 'certificate'],
    ['X.509 CERTIFICATE', 'certificate'],
    ['NEW CERTIFICATE REQUEST', 'certificate-request'],
    ['CERTIFICATE CHAIN', 'pkcs7'],
  ];

  test.each<PemMode>(['strict', 'standard', 'lax'])('are read in %s mode, and are what they say', (mode) => {
    const blocks = parsePem(examples, { mode });
    expect(blocks.map(({ label, der }) => [label, identifyDer(der)])).toEqual(kinds);
    for (const block of blocks) {
      expect(readDer(block.der).end).toBe(block.der.length);
      expect(`${examples.slice(block.start, block.end)}\n`).toBe(formatPem(block));
    }
  });

  test('figure 7 has its explanatory text as preamble', () => {
    expect(parsePem(examples)[1]?.preamble).toMatch(/^\nSubject: CN=Atlantis\nIssuer: CN=Atlantis\nValidity: .*\n$/);
  });

  test('figures 16 to 18 are what they stand for in lax mode', () => {
    expect(splitBundle(examples).certificates).toHaveLength(2);
    expect(splitBundle(examples, { mode: 'lax' }).certificates).toHaveLength(4);
    expect(parsePem(examples, { mode: 'lax', label: 'CERTIFICATE REQUEST' })).toHaveLength(2);
  });
});

describe("the system's roots", () => {
  withRoots('are all read, as node:crypto reads them', async () => {
    const text = readFileSync(ROOTS, 'utf8');
    const blocks = parsePem(text);
    expect(blocks.length).toBeGreaterThan(50);
    for (const { der, label } of blocks) {
      expect([label, identifyDer(der)]).toEqual(['CERTIFICATE', 'certificate']);
      expect(new X509Certificate(der).raw).toEqual(Buffer.from(der));
      expect(readDer(der).end).toBe(der.length);
    }
    expect(text.split('-----BEGIN')).toHaveLength(blocks.length + 1);
    expect(parsePem(readFileSync(ROOTS))).toEqual(blocks);
    expect(repairPem(text)).toEqual({ text, repairs: [] });
    expect(blocks.map((block) => formatPem(block)).join('')).toBe(
      text.replace(/^[^-\n][^\n]*\n/gm, (line) => (/^[A-Za-z0-9+/=]+\n$/.test(line) ? line : '')),
    );
    const streamed = [];
    for await (const block of parsePemStream(new Blob([text]).stream() as ReadableStream<Uint8Array>))
      streamed.push(block);
    expect(streamed).toEqual(blocks);
  });
});
