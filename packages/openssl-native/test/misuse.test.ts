import { binding, MemoryBio, randBytes, Ssl, SslCtx, SslPipe, X509, X509Store } from '@sslkit/openssl-native';
import { describe, expect, test } from 'vitest';

type Method = (...args: unknown[]) => unknown;

const instances: Readonly<Record<string, object>> = {
  MemoryBio: new MemoryBio(),
  SslCtx: new SslCtx('TLS'),
  Ssl: new Ssl(new SslCtx('TLS'), false),
  SslPipe: new SslPipe(new Ssl(new SslCtx('TLS'), false)),
  X509Store: new X509Store(),
};

const classes = (['MemoryBio', 'SslCtx', 'Ssl', 'SslPipe', 'SslSession', 'X509', 'X509Store'] as const).map(
  (name) => [name, (binding[name] as unknown as { prototype: object }).prototype] as const,
);

function calls(prototype: object): Method[] {
  return Object.entries(Object.getOwnPropertyDescriptors(prototype))
    .filter(([name]) => name !== 'constructor')
    .map(([, { value, get }]) => (value ?? get) as Method);
}

describe.each(classes)('%s', (name, prototype) => {
  const others = Object.entries(instances).filter(([other]) => other !== name);

  test('every method and getter refuses a receiver of another kind', () => {
    expect(calls(prototype).length).toBeGreaterThan(2);
    for (const call of calls(prototype)) {
      for (const receiver of [
        undefined,
        null,
        1,
        'text',
        {},
        [],
        prototype,
        Object.create(prototype),
        ...others.map(([, it]) => it),
      ]) {
        expect(() => call.call(receiver)).toThrow(
          expect.objectContaining({ name: 'TypeError', code: 'ERR_INVALID_THIS' }),
        );
      }
    }
  });

  test('called without new it throws', () => {
    expect(() => (binding[name] as unknown as Method)('TLS')).toThrow(TypeError);
  });
});

test('only the addon makes certificates and sessions', () => {
  for (const name of ['X509', 'SslSession'] as const) {
    const Class = binding[name] as unknown as new () => unknown;
    expect(() => new Class()).toThrow(expect.objectContaining({ code: 'ERR_ILLEGAL_CONSTRUCTOR' }));
  }
});

test('an object whose construction failed is of no use', () => {
  let half: SslCtx | undefined;
  class Spy extends (SslCtx as new (method: unknown) => SslCtx) {
    static make(): void {
      Reflect.construct(SslCtx, ['nonsense'], Spy);
    }
  }
  expect(() => Spy.make()).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' }));
  half = Object.create(Spy.prototype) as SslCtx;
  expect(() => half.getOptions()).toThrow(expect.objectContaining({ code: 'ERR_INVALID_THIS' }));
});

test('a subclass works', () => {
  class Mine extends SslCtx {}
  expect(new Mine('TLS').getVerify()).toBe(0);
});

test.each<[string, () => unknown, string]>([
  ['text for bytes', () => new MemoryBio().write('x' as never), 'ERR_INVALID_ARG_TYPE'],
  ['another typed array', () => new MemoryBio().write(new Uint16Array(2) as never), 'ERR_INVALID_ARG_TYPE'],
  ['a DataView', () => X509.fromDer(new DataView(new ArrayBuffer(1)) as never), 'ERR_INVALID_ARG_TYPE'],
  ['a NUL in a name', () => new Ssl(new SslCtx('TLS'), false).setHost('a\0b'), 'ERR_INVALID_ARG_VALUE'],
  ['a number for a bigint', () => new SslCtx('TLS').setOptions(1 as never), 'ERR_INVALID_ARG_TYPE'],
  ['a fraction', () => new SslCtx('TLS').setVerify(0.5), 'ERR_OUT_OF_RANGE'],
  ['not a number', () => randBytes(Number.NaN), 'ERR_OUT_OF_RANGE'],
  ['a negative size', () => randBytes(-1), 'ERR_OUT_OF_RANGE'],
  ['a wrong object', () => new Ssl(new X509Store() as never, false), 'ERR_INVALID_ARG_TYPE'],
  ['nothing', () => new Ssl(undefined as never, undefined as never), 'ERR_INVALID_ARG_TYPE'],
  [
    'an ALPN list with an empty name',
    () => new SslCtx('TLS').setAlpn(Buffer.from([0]), false),
    'ERR_INVALID_ARG_VALUE',
  ],
  ['an ALPN list that is cut', () => new SslCtx('TLS').setAlpn(Buffer.from([3, 104]), false), 'ERR_INVALID_ARG_VALUE'],
  [
    'a session id context that is too long',
    () => new SslCtx('TLS').setSessionIdContext(Buffer.alloc(33)),
    'ERR_OUT_OF_RANGE',
  ],
])('%s is refused by code', (_, call, code) => {
  expect(call).toThrow(expect.objectContaining({ code }));
});

test('a detached array is an empty one', () => {
  const bytes = new Uint8Array(8);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  expect(new MemoryBio().write(bytes)).toBe(0);
});

test('a handshake without BIOs throws and does not crash', () => {
  const ssl = new Ssl(new SslCtx('TLS'), false);
  expect(() => ssl.doHandshake()).toThrow(expect.objectContaining({ code: 'ERR_OPENSSL' }));
  expect(() => ssl.read(Buffer.alloc(1))).toThrow(expect.objectContaining({ code: 'ERR_OPENSSL' }));
});

test("errors of earlier calls, ours or node's, never show up in later ones", async () => {
  const { createPrivateKey } = await import('node:crypto');
  expect(() => createPrivateKey('nonsense')).toThrow();
  expect(() => X509.fromPem(Buffer.from('nonsense'))).toThrow(
    expect.objectContaining({ errors: [expect.objectContaining({ library: 'PEM', reason: 'NO_START_LINE' })] }),
  );
  expect(() => new SslCtx('TLS').setCipherList('nonsense')).toThrow(
    expect.objectContaining({ errors: [expect.objectContaining({ reason: 'NO_CIPHER_MATCH' })] }),
  );
});
