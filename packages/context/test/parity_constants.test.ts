/** The constants as a whole: each enum has Python's members, and each member its flat name. */
import * as ssl from '@sslkit/context';
import { requires, runPython } from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';

const ENUMS = {
  VerifyMode: ssl.VerifyMode,
  VerifyFlags: ssl.VerifyFlags,
  Options: ssl.Options,
  TLSVersion: ssl.TLSVersion,
  AlertDescription: ssl.AlertDescription,
  SSLErrorNumber: ssl.SSLErrorNumber,
} as const;

/** Members that Python 3.11 has only with some builds of OpenSSL, or got later. */
const NEWER: Readonly<Record<string, readonly string[]>> = {
  Options: ['OP_ENABLE_KTLS', 'OP_LEGACY_SERVER_CONNECT'],
};

describe.each(Object.entries(ENUMS))('%s', (name, members) => {
  requires(test, 'python3')('has the members and the values of Python’s enum', async () => {
    const script = `import ssl, json; print(json.dumps({k: int(v) for k, v in ssl.${name}.__members__.items()}))`;
    const { stdout } = await runPython(script, { python: '3.11' });
    const python = JSON.parse(stdout) as Record<string, number>;
    const ours = Object.fromEntries(Object.entries(members).map(([key, value]) => [key, Number(value)]));
    for (const key of NEWER[name] ?? []) delete ours[key];
    expect(ours).toEqual(python);
  });
});

test.each(Object.entries(ENUMS).filter(([name]) => name !== 'TLSVersion'))(
  '%s has a flat name for each member',
  (_name, members) => {
    for (const [key, value] of Object.entries(members)) {
      expect([key, (ssl as Record<string, unknown>)[key]]).toEqual([key, value]);
    }
  },
);

test('the protocols have the numbers of the seed and of today', () => {
  expect(ssl.Protocol).toEqual({
    PROTOCOL_SSLv2: 0,
    PROTOCOL_SSLv3: 1,
    PROTOCOL_SSLv23: 2,
    PROTOCOL_TLS: 2,
    PROTOCOL_TLSv1: 3,
    PROTOCOL_TLSv1_1: 4,
    PROTOCOL_TLSv1_2: 5,
    PROTOCOL_TLS_CLIENT: 16,
    PROTOCOL_TLS_SERVER: 17,
  });
  for (const [name, value] of Object.entries(ssl.Protocol)) expect((ssl as Record<string, unknown>)[name]).toBe(value);
});

test('what Python 3.11 does not show: OP_LEGACY_SERVER_CONNECT and OP_ENABLE_KTLS are OpenSSL’s bits', () => {
  expect(ssl.OP_LEGACY_SERVER_CONNECT).toBe(0x4n);
  expect(ssl.OP_ENABLE_KTLS).toBe(0x8n);
});

test('OP_ALL is set by default, SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS is not in it', () => {
  const context = new ssl.SSLContext(ssl.PROTOCOL_SSLv23);
  expect(context.options & ssl.OP_ALL).toBe(ssl.OP_ALL);
  expect(ssl.OP_ALL & 0x800n).toBe(0n);
  expect(context.options & ssl.OP_IGNORE_UNEXPECTED_EOF).toBe(0n);
});

test('CHANNEL_BINDING_TYPES are those that getChannelBinding() knows', () => {
  expect(ssl.CHANNEL_BINDING_TYPES).toEqual(['tls-unique', 'tls-exporter', 'tls-server-end-point']);
});

test('a Purpose has name and OID, and there are two', () => {
  expect(ssl.Purpose.SERVER_AUTH).toMatchObject({ oid: '1.3.6.1.5.5.7.3.1' });
  expect(ssl.Purpose.CLIENT_AUTH).toMatchObject({ oid: '1.3.6.1.5.5.7.3.2' });
});
