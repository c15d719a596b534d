/** Rows of a context that the comparison with CPython does not reach. */
import {
  createDefaultContext,
  decodeCertificate,
  getProtocolName,
  MemoryBIO,
  OP_ALL,
  OP_NO_SSLv2,
  OP_NO_SSLv3,
  OP_NO_TLSv1,
  OPENSSL_VERSION,
  OPENSSL_VERSION_INFO,
  OPENSSL_VERSION_NUMBER,
  Options,
  PROTOCOL_TLS,
  PROTOCOL_TLS_SERVER,
  Protocol,
  Purpose,
  SSLContext,
  TLSVersion,
  VERIFY_X509_PARTIAL_CHAIN,
  VERIFY_X509_STRICT,
  VERIFY_X509_TRUSTED_FIRST,
} from '@sslkit/context';
import { describe, expect, test } from 'vitest';
import { cast, clientOf, serverOf } from './contexts.ts';
import { connectedPair, thrownBy } from './pair.ts';

test('the version is that of the OpenSSL in use', () => {
  expect(OPENSSL_VERSION).toContain(process.versions.openssl.split('+')[0]!);
  const [major, minor, , patch] = OPENSSL_VERSION_INFO;
  expect(`${major}.${minor}.${patch}`).toBe(process.versions.openssl.split('+')[0]);
  expect(OPENSSL_VERSION_NUMBER >>> 28).toBe(major);
});

test('options are joined, set and cleared as 64-bit numbers', () => {
  const context = new SSLContext(PROTOCOL_TLS);
  expect(context.options & OP_ALL).toBe(OP_ALL);
  expect(OP_ALL > 0n && OP_NO_SSLv2 === 0n).toBe(true);
  context.options |= OP_NO_TLSv1;
  expect(context.options & OP_NO_TLSv1).toBe(OP_NO_TLSv1);
  context.options &= ~(OP_NO_TLSv1 | OP_NO_SSLv3);
  expect(context.options & (OP_NO_TLSv1 | OP_NO_SSLv3)).toBe(0n);
  expect(Options.OP_ALL).toBe(OP_ALL);
  expect(thrownBy(() => (context.options = 1n << 64n)).code).toBe('ERR_OUT_OF_RANGE');
  expect(thrownBy(() => (context.options = 5 as unknown as bigint)).code).toBe('ERR_INVALID_ARG_TYPE');
});

test('switching a version off by an option has its effect', () => {
  const client = clientOf();
  client.options |= Options.OP_NO_TLSv1_3;
  const server = serverOf();
  expect(connectedPair(client, server, { serverHostname: 'localhost' }).client.version()).toBe('TLSv1.2');
});

test('setCiphersuites chooses among those of TLS 1.3', () => {
  const client = clientOf();
  client.setCiphersuites('TLS_CHACHA20_POLY1305_SHA256');
  const server = serverOf();
  const { client: c } = connectedPair(client, server, { serverHostname: 'localhost' });
  expect(c.cipher()).toEqual(['TLS_CHACHA20_POLY1305_SHA256', 'TLSv1.3', 256]);
  expect(thrownBy(() => client.setCiphersuites('nonsense'))).toMatchObject({
    name: 'SSLError',
    message: 'No cipher can be selected.',
    errno: 0,
  });
});

test('createDefaultContext has what Python 3.13 has', () => {
  const context = createDefaultContext(Purpose.CLIENT_AUTH);
  expect(context.protocol).toBe(PROTOCOL_TLS_SERVER);
  expect(context.verifyFlags).toBe(VERIFY_X509_TRUSTED_FIRST | VERIFY_X509_PARTIAL_CHAIN | VERIFY_X509_STRICT);
  expect(context.minimumVersion).toBe(TLSVersion.TLSv1_2);
});

describe('verifyTime', () => {
  test('is a copy of a Date, or null', () => {
    const context = new SSLContext(PROTOCOL_TLS);
    expect(context.verifyTime).toBeNull();
    const time = new Date('2020-01-01T00:00:00Z');
    context.verifyTime = time;
    time.setFullYear(1970);
    context.verifyTime!.setFullYear(1970);
    expect(context.verifyTime).toEqual(new Date('2020-01-01T00:00:00Z'));
    context.verifyTime = null;
    expect(context.verifyTime).toBeNull();
  });

  test.each([0, '2020-01-01', undefined])('%j is refused', (time) => {
    const context = new SSLContext(PROTOCOL_TLS);
    expect(thrownBy(() => (context.verifyTime = time as unknown as Date)).code).toBe('ERR_INVALID_ARG_TYPE');
  });

  test('an invalid Date is refused', () => {
    const context = new SSLContext(PROTOCOL_TLS);
    expect(thrownBy(() => (context.verifyTime = new Date(Number.NaN))).code).toBe('ERR_INVALID_ARG_VALUE');
  });
});

test.each(['checkHostname', 'hostnameChecksCommonName'] as const)('%s takes booleans only', (name) => {
  const context = new SSLContext(PROTOCOL_TLS);
  expect(thrownBy(() => (context[name] = 1 as unknown as boolean)).code).toBe('ERR_INVALID_ARG_TYPE');
});

test('ALPN: what is no list of short ASCII names is refused, with how to write it', () => {
  const context = new SSLContext(PROTOCOL_TLS);
  expect(thrownBy(() => context.setAlpnProtocols('h2' as unknown as string[])).message).toContain("['h2']");
  expect(thrownBy(() => context.setAlpnProtocols(['h2'], { require: true } as object)).message).toContain('required');
  expect(thrownBy(() => context.setAlpnProtocols(Array(300).fill('a'.repeat(250)))).code).toBe('ERR_INVALID_ARG_VALUE');
});

test('decodeCertificate reads PEM and DER, and says what else it was given', () => {
  const fromPem = decodeCertificate(cast.ca.certPem);
  expect(fromPem).toMatchObject({ subject: [[['commonName', 'sslkit test CA']]], version: 3 });
  expect(decodeCertificate(cast.ca.certDer)).toEqual(fromPem);
  expect(decodeCertificate(Buffer.from(cast.ca.certPem))).toEqual(fromPem);
  expect(thrownBy(() => decodeCertificate(cast.ca.keyPem))).toMatchObject({
    name: 'SSLError',
    hint: expect.stringContaining('PRIVATE KEY'),
  });
  expect(thrownBy(() => decodeCertificate(Buffer.from([0x30, 1, 2])))).toMatchObject({
    hint: expect.stringContaining('DER'),
  });
  expect(thrownBy(() => decodeCertificate(5 as unknown as string)).code).toBe('ERR_INVALID_ARG_TYPE');
});

test('getCaCerts gives dicts or DER', () => {
  const context = new SSLContext(PROTOCOL_TLS);
  context.loadVerifyLocations({ cadata: cast.ca.certPem });
  expect(context.getCaCerts()).toEqual([decodeCertificate(cast.ca.certPem)]);
  expect(context.getCaCerts({ binaryForm: true })).toEqual([Buffer.from(cast.ca.certDer)]);
});

test('protocols have names', () => {
  for (const [name, value] of Object.entries(Protocol)) {
    if (name !== 'PROTOCOL_SSLv23') expect(getProtocolName(value)).toBe(name);
  }
  expect(getProtocolName(99)).toBe('<unknown>');
});

test('a MemoryBIO copies what is written', () => {
  const bio = new MemoryBIO();
  const data = Buffer.from('abc');
  bio.write(data);
  data.fill(0);
  expect(bio.read().toString()).toBe('abc');
  bio.writeEof();
  expect(thrownBy(() => bio.write(data)).message).toBe('cannot write() after write_eof()');
});

test('methods and accessors called on something else fail cleanly', () => {
  const { get } = Object.getOwnPropertyDescriptor(SSLContext.prototype, 'options')!;
  expect(() => get!.call({})).toThrow(TypeError);
  expect(() => MemoryBIO.prototype.read.call({} as MemoryBIO)).toThrow(TypeError);
});
