import type { Binding } from '@sslkit/openssl-native';
import { expect, test, vi } from 'vitest';
import { HAS_PSK, HAS_PSK_TLS13, PROTOCOL_TLS } from './constants.ts';
import { SSLContext } from './context.ts';

vi.mock('./native.ts', async (original) => {
  const real = await original<{ native: Binding }>();
  return { ...real, native: { ...real.native, has: { ...real.native.has, psk: false } } };
});

test('an OpenSSL without pre-shared keys: HAS_PSK says so, and callbacks are refused', () => {
  expect([HAS_PSK, HAS_PSK_TLS13]).toEqual([false, false]);
  const context = new SSLContext(PROTOCOL_TLS);
  const refusal = expect.objectContaining({ code: 'ERR_SSL_UNSUPPORTED' });
  expect(() => context.setPskClientCallback(() => ['me', new Uint8Array(1)])).toThrow(refusal);
  expect(() => context.setPskServerCallback(() => new Uint8Array(1))).toThrow(refusal);
});
