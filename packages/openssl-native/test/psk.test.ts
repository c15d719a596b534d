/** Pre-shared keys as the addon has them: bytes in and out, and an SSL that nobody can touch meanwhile. */
import { type NativePskServerCallback, type OpenSSLFailure, SslCtx } from '@sslkit/openssl-native';
import { describe, expect, test } from 'vitest';
import { makePair, type Pair, VERSIONS } from './pair.ts';

const KEY = Buffer.alloc(16, 7);
const NAME = Buffer.from([0xff, 0xfe, 1]);

function contextOf(method: 'TLS_client' | 'TLS_server', version: number): SslCtx {
  const ctx = new SslCtx(method);
  ctx.setMinProtoVersion(version);
  ctx.setMaxProtoVersion(version);
  ctx.setCipherList('PSK');
  return ctx;
}

const thrownBy = (call: () => unknown): OpenSSLFailure => {
  try {
    call();
  } catch (error) {
    return error as OpenSSLFailure;
  }
  throw new Error('expected the call to throw');
};

describe.each(VERSIONS)('pre-shared keys, %s', (_name, version) => {
  const pairOf = (server: NativePskServerCallback | null, hint: string | null = null): Pair => {
    const clientCtx = contextOf('TLS_client', version);
    clientCtx.setPskClientCallback((told) => [Buffer.concat([NAME, told ?? Buffer.alloc(0)]), KEY]);
    const serverCtx = contextOf('TLS_server', version);
    serverCtx.setPskServerCallback(server, hint);
    return makePair(clientCtx, serverCtx);
  };

  const drive = ({ client, server }: Pair): void => {
    for (let round = 0; round < 6; round++) {
      client.ssl.doHandshake();
      server.ssl.doHandshake();
    }
  };

  test('an identity is bytes, and the hint reaches clients of TLS 1.2', () => {
    const asked: (Buffer | null)[] = [];
    const pair = pairOf((identity) => {
      asked.push(identity);
      return KEY;
    }, 'hint');
    drive(pair);
    expect(asked).toEqual([Buffer.concat([NAME, Buffer.from(version === 0x303 ? 'hint' : '')])]);
    expect([pair.client.ssl.isInitFinished(), pair.server.ssl.isInitFinished()]).toEqual([true, true]);
  });

  test('what a callback throws is the cause of the failure, once', () => {
    const thrown = { not: 'an error' };
    const pair = pairOf(() => {
      throw thrown;
    });
    const failure = thrownBy(() => drive(pair));
    expect(failure).toMatchObject({ code: 'ERR_OPENSSL', operation: 'SSL_do_handshake' });
    expect(failure.cause).toBe(thrown);
    expect('cause' in thrownBy(() => pair.server.ssl.doHandshake())).toBe(false);
  });

  test.each([undefined, 'text', Buffer.alloc(513), [KEY]])('%o is no key', (answer) => {
    const { cause } = thrownBy(() => drive(pairOf(() => answer as never)));
    expect(cause).toMatchObject({ code: answer instanceof Buffer ? 'ERR_OUT_OF_RANGE' : 'ERR_INVALID_ARG_TYPE' });
  });

  test('an Ssl is busy inside its callback, and may be freed there', () => {
    const codes: unknown[] = [];
    const pair = pairOf(() => {
      codes.push(
        thrownBy(() => pair.server.ssl.doHandshake()).code,
        thrownBy(() => pair.server.ssl.getCurrentCipher()).code,
      );
      pair.server.ssl.free();
      codes.push(thrownBy(() => pair.server.ssl.doHandshake()).code);
      return KEY;
    });
    expect(thrownBy(() => drive(pair)).code).toBe('ERR_OPENSSL');
    expect(codes).toEqual(['ERR_SSL_BUSY', 'ERR_SSL_BUSY', 'ERR_SSL_BUSY']);
    expect(thrownBy(() => pair.server.ssl.doHandshake()).code).toBe('ERR_SSL_FREED');
  });
});

test('only functions and null are callbacks, and a hint has at most 256 bytes', () => {
  const ctx = new SslCtx('TLS_server');
  for (const wrong of ['no', 1, {}]) {
    expect(thrownBy(() => ctx.setPskServerCallback(wrong as never, null)).code).toBe('ERR_INVALID_ARG_TYPE');
    expect(thrownBy(() => ctx.setPskClientCallback(wrong as never)).code).toBe('ERR_INVALID_ARG_TYPE');
  }
  expect(thrownBy(() => ctx.setPskServerCallback(() => KEY, 'h'.repeat(257))).code).toBe('ERR_OPENSSL');
  ctx.setPskServerCallback(() => KEY, 'h'.repeat(256));
  ctx.setPskServerCallback(null, null);
});
