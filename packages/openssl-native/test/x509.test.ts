import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CertificateDict, X509 } from '@sslkit/openssl-native';
import { golden, goldenNames, pythonCommand, requires, temporaryDirectory } from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';

const ROOTS = '/etc/ssl/certs/ca-certificates.crt';

/** Where we differ from CPython on purpose, and how. */
const DEVIATIONS: Readonly<Record<string, Partial<Record<keyof CertificateDict, unknown>>>> = {
  'aia-latin1': { OCSP: ['http://caf\udce9.example/'] },
  'crl-dp-latin1': { crlDistributionPoints: ['http://caf\udce9.example/'] },
  'san-dns-latin1': {
    subjectAltName: [
      ['DNS', 'caf\udce9.example'],
      ['DNS', 'golden.example'],
    ],
  },
  'san-email-latin1': { subjectAltName: [['email', 'caf\udce9@example.com']] },
  'san-uri-latin1': { subjectAltName: [['URI', 'http://caf\udce9.example/']] },
  // CPython reads a serial number of more than 35 octets up to OpenSSL's line break.
  'serial-very-long': { serialNumber: `7F${'AB'.repeat(63)}` },
  // CPython gives bytes for a bit string.
  'subject-bits': { subject: [[['organizationName', '\udca5\udc80']], [['commonName', 'golden.example']]] },
  // CPython refuses a value that is not a string type.
  'subject-sequence': {
    subject: [[['organizationName', escaped('\x30\x07\x0c\x05inner')]], [['commonName', 'golden.example']]],
  },
};

function escaped(bytes: string): string {
  return String.fromCharCode(...[...bytes].map((byte) => 0xdc00 + byte.charCodeAt(0)));
}

/**
 * OpenSSL 3.4 and later read no certificate whose dates break RFC 5280 section 4.1.2.5; 3.0, which wrote down what
 * CPython says, reads them. Node's own class tells which this one is.
 */
const BAD_DATES = ['dates-malformed', 'dates-without-seconds'];

function readsBadDates(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== '';
  } catch {
    return false;
  }
}

function decode(pem: string): CertificateDict | 'unreadable' {
  try {
    return X509.fromPem(Buffer.from(pem)).toDict();
  } catch {
    return 'unreadable';
  }
}

describe.each(['3.11', '3.13'] as const)('decoded as by CPython %s', (version) => {
  test.each(goldenNames())('%s', (name) => {
    const { pem, python } = golden(name);
    const ours = decode(pem);
    const theirs = python[version];
    const deviation = DEVIATIONS[name];
    if (deviation) expect(ours).toMatchObject(deviation);
    else if (BAD_DATES.includes(name) && !readsBadDates(pem)) expect(ours).toBe('unreadable');
    else expect(ours).toEqual('dict' in theirs ? theirs.dict : 'unreadable');
  });
});

test('every listed deviation is one', () => {
  for (const name of Object.keys(DEVIATIONS)) {
    const { pem, python } = golden(name);
    expect(decode(pem)).not.toEqual('dict' in python['3.11'] ? python['3.11'].dict : 'unreadable');
  }
});

test("the keys come in Python's order", () => {
  const every = [
    'subject',
    'issuer',
    'version',
    'serialNumber',
    'notBefore',
    'notAfter',
    'subjectAltName',
    'OCSP',
    'caIssuers',
    'crlDistributionPoints',
  ];
  for (const name of goldenNames()) {
    const dict = decode(golden(name).pem);
    if (dict !== 'unreadable') expect(Object.keys(dict)).toEqual(every.filter((key) => key in dict));
  }
});

const PYTHON = `
import json, ssl, sys
print(json.dumps([ssl._ssl._test_decode_cert(path) for path in sys.argv[1:]]))
`;

test.skipIf(!existsSync(ROOTS))(`every root of ${ROOTS} is readable`, () => {
  for (const pem of roots()) expect(decode(pem)).not.toBe('unreadable');
});

const withRoots = existsSync(ROOTS) ? requires(test, 'python3') : test.skip;
withRoots('every root of the system is decoded as by CPython', () => {
  const folder = temporaryDirectory('roots');
  const all = roots();
  const paths = all.map((pem, i) => {
    const path = join(folder, `${i}.pem`);
    writeFileSync(path, pem);
    return path;
  });
  const theirs = JSON.parse(execFileSync(pythonCommand(), ['-c', PYTHON, ...paths], { encoding: 'utf8' }));
  expect(all.length).toBeGreaterThan(50);
  expect(all.map(decode)).toEqual(theirs);
});

function roots(): string[] {
  const text = readFileSync(ROOTS, 'utf8');
  return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}
