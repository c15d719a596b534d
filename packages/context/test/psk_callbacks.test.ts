/** What the callbacks of pre-shared keys may do and answer, when they are set and while they are asked. */
import {
  PROTOCOL_TLS,
  PROTOCOL_TLS_CLIENT,
  PROTOCOL_TLS_SERVER,
  type PskServerCallback,
  SSLContext,
  type SSLError,
  type SSLObject,
  TLSVersion,
} from '@sslkit/context';
import { describe, expect, test } from 'vitest';
import { connectedPair, handshake, pairOf, thrownBy, VERSIONS } from './pair.ts';
import { exchange, failures, KEY, leaf, NAME, NONE, pskClient, pskContext, pskServer } from './psk_contexts.ts';

describe('setting the callbacks', () => {
  const client = new SSLContext(PROTOCOL_TLS_CLIENT);
  const server = new SSLContext(PROTOCOL_TLS_SERVER);

  test('the wrong role is refused as in Python, for null too', () => {
    const role = { name: 'SSLError', code: 'ERR_SSL_WRONG_ROLE' };
    expect(thrownBy(() => client.setPskServerCallback(null))).toMatchObject({
      ...role,
      message: 'Cannot add PSK server callback to a PROTOCOL_TLS_CLIENT context',
    });
    expect(thrownBy(() => server.setPskClientCallback(() => ['me', KEY]))).toMatchObject({
      ...role,
      message: 'Cannot add PSK client callback to a PROTOCOL_TLS_SERVER context',
    });
    const both = new SSLContext(PROTOCOL_TLS);
    both.setPskClientCallback(() => ['me', KEY]);
    both.setPskServerCallback(() => KEY);
  });

  test.each([undefined, 1, 'key', KEY, {}])('%o is no callback', (callback) => {
    const type = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
    expect(thrownBy(() => client.setPskClientCallback(callback as never))).toMatchObject(type);
    expect(thrownBy(() => server.setPskServerCallback(callback as never))).toMatchObject(type);
  });

  test('a hint has at most 256 bytes and is a string', () => {
    const set = (identityHint: unknown) => (): void =>
      server.setPskServerCallback(() => KEY, { identityHint } as never);
    set('h'.repeat(256))();
    set(null)();
    expect(thrownBy(set('h'.repeat(257)))).toMatchObject({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });
    expect(thrownBy(set('é'.repeat(129)))).toMatchObject({ name: 'RangeError' });
    expect(thrownBy(set('h\0'))).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' });
    expect(thrownBy(set(1))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
    const misspelt = { identityhint: 'x' } as never;
    expect(thrownBy(() => server.setPskServerCallback(() => KEY, misspelt)).message).toContain('identityHint');
  });

  test('what is refused leaves the callback that was there', () => {
    const context = pskServer(TLSVersion.TLSv1_3);
    thrownBy(() => context.setPskServerCallback(() => NONE, { identityHint: 'h'.repeat(300) }));
    thrownBy(() => context.setPskServerCallback('no' as never));
    connectedPair(pskClient(TLSVersion.TLSv1_3), context, NAME);
  });
});

describe.each(VERSIONS)('the callbacks of pre-shared keys, %s', (_name, version) => {
  const isTls12 = version === TLSVersion.TLSv1_2;

  describe.each([
    ['an error', new Error('no')],
    ['null', null],
    ['a string', 'no'],
  ])('a callback that throws %s', (_what, thrown) => {
    const fails = (): never => {
      throw thrown;
    };

    test('fails the client at once, and is the cause of its error, the same at every call', () => {
      const pair = pairOf(pskClient(version, fails), pskServer(version), NAME);
      const { client, server } = handshake(pair) as { client: SSLError; server: SSLError };
      expect(client).toMatchObject({
        name: 'SSLError',
        errno: 1,
        reason: 'CALLBACK_FAILED',
        code: 'ERR_SSL_CALLBACK_FAILED',
      });
      expect(client.cause).toBe(thrown);
      expect(client.hint).toContain('PSK callback');
      expect(thrownBy(() => pair.client.doHandshake())).toBe(client);
      // In TLS 1.3 it happens before anything was sent.
      expect(server.reason).toMatch(/HANDSHAKE_FAILURE|UNEXPECTED_MESSAGE|ALERT|UNKNOWN/u);
    });

    test('fails the server with a fatal alert', () => {
      const server = pskServer(version, fails);
      server.loadCertChain({ pem: leaf.combinedPem });
      const result = failures(pskClient(version), server);
      expect(result.server?.cause).toBe(thrown);
      expect(result.client?.message).toMatch(/alert/iu);
    });
  });

  test.each<[string, unknown]>([
    ['a promise', new Promise(() => {})],
    ['undefined', undefined],
    ['a string', 'key'],
    ['an ArrayBuffer', new ArrayBuffer(8)],
    ['an array of numbers', [1, 2]],
    ['three things', ['me', KEY, 1]],
    ['an identity that is bytes', [Buffer.from('me'), KEY]],
    ['an identity with NUL', ['m\0e', KEY]],
    ['an identity with half a character', ['\ud800', KEY]],
  ])('%s is no answer', (_what, answer) => {
    const client = failures(
      pskClient(version, () => answer as never),
      pskServer(version),
    ).client;
    expect(client?.cause).toBeInstanceOf(TypeError);
    expect(client?.cause).toHaveProperty(
      'message',
      expect.stringMatching(/^PSK callback: (?:must return|the identity)|NUL|surrogate/u),
    );
    const server = failures(
      pskClient(version),
      pskServer(version, () => answer as never),
    ).server;
    expect(server?.cause).toMatchObject({ code: 'ERR_INVALID_RETURN_VALUE' });
    if (answer instanceof Promise)
      expect(server).toHaveProperty('cause.message', expect.stringContaining('not a promise'));
  });

  test('the connection cannot be used inside its callback, and goes on after it', () => {
    const codes: unknown[] = [];
    const use = (object: () => SSLObject): void => {
      const calls = [
        () => object().doHandshake(),
        () => object().read(),
        () => object().write(KEY),
        () => object().unwrap(),
      ];
      codes.push(...calls.map((call) => thrownBy(call).code));
      codes.push(object().version(), object().cipher());
    };
    const pair = pairOf(
      pskClient(version, () => {
        use(() => pair.client);
        return ['me', KEY];
      }),
      pskServer(version, () => {
        use(() => pair.server);
        return KEY;
      }),
      NAME,
    );
    expect(handshake(pair)).toEqual({ client: null, server: null });
    const busy = Array<string>(4).fill('ERR_SSL_BUSY');
    expect(codes).toEqual([...busy, null, null, ...busy, null, null]);
    expect(exchange(pair.client, pair.server)).toBe('over the key');
  });

  test('other connections can be made inside a callback, and fail by themselves', () => {
    const inner: unknown[] = [];
    const server = pskServer(version, () => {
      inner.push(handshake(pairOf(pskClient(version), pskServer(version), NAME)));
      const boom = (): never => {
        throw new Error('inner');
      };
      inner.push(failures(pskClient(version), pskServer(version, boom)).server?.cause);
      return KEY;
    });
    connectedPair(pskClient(version), server, NAME);
    expect(inner).toEqual([{ client: null, server: null }, new Error('inner')]);
  });

  test('a callback may change and remove callbacks; connections ask the present one', () => {
    const server = pskServer(version, () => {
      server.setPskServerCallback(null);
      return KEY;
    });
    const [first, second] = [pairOf(pskClient(version), server, NAME), pairOf(pskClient(version), server, NAME)];
    expect(handshake(first)).toEqual({ client: null, server: null });
    // Made while there was a callback, which is no more: the key is not known.
    expect(handshake(second).server).toMatchObject({
      reason: isTls12 ? 'PSK_IDENTITY_NOT_FOUND' : 'NO_SUITABLE_SIGNATURE_ALGORITHM',
    });
    const early = pairOf(pskClient(version), server, NAME);
    server.setPskServerCallback(() => KEY);
    expect(handshake(early).server, 'made before there was one').not.toBeNull();
  });

  test('the context that the SNI callback chooses is asked, not the first one', () => {
    const asked: string[] = [];
    const answering =
      (name: string): PskServerCallback =>
      (identity) => {
        asked.push(`${name} ${identity}`);
        return KEY;
      };
    const first = pskServer(version, answering('first'));
    const other = pskServer(version, answering('other'));
    const plain = pskContext(PROTOCOL_TLS_SERVER, version);
    first.sniCallback = (connection, name) => {
      if (name === 'other.example') connection.context = other;
    };
    plain.sniCallback = (connection) => {
      connection.context = other;
    };
    connectedPair(pskClient(version), first, { serverHostname: 'first.example' });
    connectedPair(pskClient(version), first, { serverHostname: 'other.example' });
    connectedPair(pskClient(version), plain, { serverHostname: 'other.example' });
    expect(asked).toEqual(['first me', 'other me', 'other me']);
    first.sniCallback = (connection) => {
      connection.context = plain;
    };
    expect(failures(pskClient(version), first).server, 'a context without keys').not.toBeNull();
    expect(asked).toHaveLength(3);
  });
});
