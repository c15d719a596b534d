import { describe, expect, test } from 'vitest';
import { differences } from './preflight.ts';
import { readServerHello } from './server_hello.ts';

const RETRY = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c';
const VERSION_13 = '002b00020304';
const X25519_SHARE = `0033${'0024'}001d0020${'55'.repeat(32)}`;
const PRE_SHARED_KEY = '002900020000';

describe('the ServerHello on the wire', () => {
  test('tells protocol, cipher suite, group, and that it is a full handshake', () => {
    expect(readServerHello(hello({ extensions: VERSION_13 + X25519_SHARE }))).toEqual({
      protocol: 'TLSv1.3',
      cipher: 'TLS_AES_128_GCM_SHA256',
      group: 'X25519',
      resumed: false,
      retried: false,
    });
  });

  test('a selected pre-shared key is a resumption', () => {
    const bytes = hello({ extensions: VERSION_13 + X25519_SHARE + PRE_SHARED_KEY });
    expect(readServerHello(bytes)).toMatchObject({ resumed: true });
  });

  test('a HelloRetryRequest is counted, and the hello after it is the one that holds', () => {
    const retry = hello({ random: RETRY, extensions: `${VERSION_13}00330002001d` });
    const change = Buffer.from('140303000101', 'hex');
    const bytes = Buffer.concat([retry, change, hello({ cipher: '1302', extensions: VERSION_13 + X25519_SHARE })]);
    expect(readServerHello(retry)).toBeNull();
    expect(readServerHello(bytes)).toMatchObject({ cipher: 'TLS_AES_256_GCM_SHA384', retried: true });
  });

  test('is waited for while it is incomplete', () => {
    const bytes = hello({ extensions: VERSION_13 + X25519_SHARE });
    for (let length = 0; length < bytes.length; length++) expect(readServerHello(bytes.subarray(0, length))).toBeNull();
  });

  test('an unknown code point is shown as such', () => {
    expect(readServerHello(hello({ cipher: '13ff', extensions: VERSION_13 }))).toMatchObject({
      cipher: '0x13ff',
      group: '0x0000',
    });
  });

  test('what is not the same work is named', () => {
    const same = readServerHello(hello({ extensions: VERSION_13 + X25519_SHARE }));
    const other = readServerHello(hello({ cipher: '1302', extensions: VERSION_13 + X25519_SHARE }));
    expect(same && differences(same)).toBe('');
    expect(other && differences(other)).toBe('negotiates TLS_AES_256_GCM_SHA384 instead of TLS_AES_128_GCM_SHA256');
    expect(same && differences({ ...same, retried: true })).toBe('negotiates a HelloRetryRequest');
  });
});

function hello(parts: { random?: string; cipher?: string; extensions: string }): Buffer {
  const { random = '77'.repeat(32), cipher = '1301', extensions } = parts;
  const body = `0303${random}20${'88'.repeat(32)}${cipher}00${length(extensions, 2)}${extensions}`;
  const message = `02${length(body, 3)}${body}`;
  return Buffer.from(`160303${length(message, 2)}${message}`, 'hex');
}

function length(hex: string, bytes: number): string {
  return (hex.length / 2).toString(16).padStart(bytes * 2, '0');
}
