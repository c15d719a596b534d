/** Pre-shared keys over memory: what the callbacks are told, what their answers do, and what sessions are bound to. */
import {
  CERT_NONE,
  CERT_REQUIRED,
  HAS_PSK,
  PROTOCOL_TLS,
  PROTOCOL_TLS_CLIENT,
  PROTOCOL_TLS_SERVER,
  type PskClientCallback,
  type PskServerCallback,
  SSLContext,
  type SSLError,
  type SSLObject,
  SSLSession,
  TLSVersion,
} from '@sslkit/context';
import { mintLeaf, scene } from '@sslkit/testkit';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { connectedPair, handshake, pairOf, thrownBy, VERSIONS } from './pair.ts';

const KEY = Buffer.from('0123456789abcdef');
const NONE = Buffer.alloc(0);
const { ca } = await scene();
const leaf = (await mintLeaf(ca, { dns: ['good.example'] })).combinedPem;

function contextOf(protocol: typeof PROTOCOL_TLS_CLIENT | typeof PROTOCOL_TLS_SERVER, version: TLSVersion): SSLContext {
  const context = new SSLContext(protocol);
  context.minimumVersion = context.maximumVersion = version;
  if (version === TLSVersion.TLSv1_2) context.setCiphers('PSK:ECDHE+AESGCM');
  return context;
}

/** Verifies as ever: a pre-shared key is all that can take the place of the certificate that the server does not have. */
function clientOf(version: TLSVersion, callback: PskClientCallback | null = () => ['me', KEY]): SSLContext {
  const context = contextOf(PROTOCOL_TLS_CLIENT, version);
  context.setPskClientCallback(callback);
  return context;
}

function serverOf(version: TLSVersion, callback: PskServerCallback | null = () => KEY): SSLContext {
  const context = contextOf(PROTOCOL_TLS_SERVER, version);
  context.setPskServerCallback(callback);
  return context;
}

const NAME = { serverHostname: 'good.example' };

const failures = (client: SSLContext, server: SSLContext): { client: SSLError | null; server: SSLError | null } =>
  handshake(pairOf(client, server, NAME)) as { client: SSLError | null; server: SSLError | null };

const exchange = (from: SSLObject, to: SSLObject): string => {
  from.write(Buffer.from('over the key'));
  return to.read().toString();
};

describe.each(VERSIONS)('pre-shared keys, %s', (_name, version) => {
  const isTls12 = version === TLSVersion.TLSv1_2;

  test('both sides have the key: a connection without certificates, though the client requires one', () => {
    const client = clientOf(version);
    expect([client.verifyMode, client.checkHostname]).toEqual([CERT_REQUIRED, true]);
    const pair = connectedPair(client, serverOf(version), NAME);
    expect(exchange(pair.client, pair.server)).toBe('over the key');
    expect(exchange(pair.server, pair.client)).toBe('over the key');
    expect([pair.client.getPeerCert(), pair.server.getPeerCert()]).toEqual([null, null]);
    expect(pair.client.getUnverifiedChain()).toEqual([]);
    // As in Python: OpenSSL counts a pre-shared key of TLS 1.3 as a session that was resumed.
    expect(pair.client.sessionReused).toBe(!isTls12);
  });

  test('the callbacks are told the hint and the identity', () => {
    const told: unknown[] = [];
    const client = clientOf(version, (hint) => {
      told.push(hint);
      return ['ålfa', KEY];
    });
    const server = contextOf(PROTOCOL_TLS_SERVER, version);
    const answer: PskServerCallback = (identity) => {
      told.push(identity);
      return KEY;
    };
    server.setPskServerCallback(answer, { identityHint: 'hïnt' });
    connectedPair(client, server, NAME);
    expect(told).toEqual([isTls12 ? 'hïnt' : null, 'ålfa']);
  });

  test('a server that requires certificates takes a client with a key', () => {
    const server = serverOf(version);
    server.verifyMode = CERT_REQUIRED;
    server.loadVerifyLocations({ cadata: ca.certPem });
    connectedPair(clientOf(version), server, NAME);
  });

  test('another key fails, and no data pass', () => {
    const pair = pairOf(
      clientOf(version),
      serverOf(version, () => Buffer.from('another key of 25 bytes..')),
      NAME,
    );
    const result = handshake(pair) as { client: SSLError; server: SSLError };
    // OpenSSL 3.2 and later put another reason over that of TLS 1.2.
    expect(result.server.errors.map(({ reason }) => reason)).toContain(
      isTls12 ? 'DECRYPTION_FAILED_OR_BAD_RECORD_MAC' : 'BINDER_DOES_NOT_VERIFY',
    );
    expect(result.client).toMatchObject({ errno: 1, name: 'SSLError' });
    expect(() => pair.client.write(Buffer.from('x'))).toThrow(result.client);
  });

  test('an empty key of the server refuses the client', () => {
    const { client, server } = failures(
      clientOf(version),
      serverOf(version, () => NONE),
    );
    expect(server?.cause).toBeUndefined();
    expect(server?.reason).toBe(isTls12 ? 'PSK_IDENTITY_NOT_FOUND' : 'NO_SUITABLE_SIGNATURE_ALGORITHM');
    if (isTls12) {
      expect(server?.hint).toContain('empty');
      expect(client?.message).toMatch(/unknown psk identity/iu);
    }
    expect(client).not.toBeNull();
  });

  test('an empty key of the client offers none', () => {
    const { client, server } = failures(
      clientOf(version, () => ['me', NONE]),
      serverOf(version),
    );
    expect(isTls12 ? client?.reason : server?.reason).toBe(
      isTls12 ? 'PSK_IDENTITY_NOT_FOUND' : 'NO_SUITABLE_SIGNATURE_ALGORITHM',
    );
  });

  test('a server that does not know the key must show a certificate that verifies', () => {
    const server = serverOf(version, isTls12 ? null : () => NONE);
    server.loadCertChain({ pem: leaf });
    const untrusting = clientOf(version);
    expect(failures(untrusting, server).client?.code).toBe('ERR_SSL_CERT_VERIFICATION');
    const trusting = clientOf(version);
    trusting.loadVerifyLocations({ cadata: ca.certPem });
    expect(connectedPair(trusting, server, NAME).client.getPeerCert()).toMatchObject({ version: 3 });
  });

  test.each([256, 257])('an identity of %i bytes', (length) => {
    const { client, server } = failures(
      clientOf(version, () => ['i'.repeat(length), KEY]),
      serverOf(version),
    );
    if (length === 256) {
      expect([client, server]).toEqual([null, null]);
    } else {
      expect(client).toMatchObject({ reason: 'CALLBACK_FAILED', cause: { code: 'ERR_OUT_OF_RANGE' } });
    }
  });

  test.each([512, 513])('a key of %i bytes, on each side', (length) => {
    const key = Buffer.alloc(length, 7);
    const own = failures(
      clientOf(version, () => ['me', key]),
      serverOf(version, () => key),
    );
    const theirs = failures(
      clientOf(version),
      serverOf(version, () => key),
    );
    if (length === 512) {
      expect(own).toEqual({ client: null, server: null });
    } else {
      expect(own.client?.cause).toMatchObject({ code: 'ERR_OUT_OF_RANGE' });
      expect(theirs.server?.cause).toMatchObject({ code: 'ERR_OUT_OF_RANGE' });
    }
  });

  describe.each([
    ['an error', new Error('no')],
    ['null', null],
    ['a string', 'no'],
  ])('a callback that throws %s', (_what, thrown) => {
    const fails = (): never => {
      throw thrown;
    };

    test('fails the client at once, and is the cause of its error, the same at every call', () => {
      const pair = pairOf(clientOf(version, fails), serverOf(version), NAME);
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
      const server = serverOf(version, fails);
      server.loadCertChain({ pem: leaf });
      const result = failures(clientOf(version), server);
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
      clientOf(version, () => answer as never),
      serverOf(version),
    ).client;
    expect(client?.cause).toBeInstanceOf(TypeError);
    expect(client?.cause).toHaveProperty(
      'message',
      expect.stringMatching(/^PSK callback: (?:must return|the identity)|NUL|surrogate/u),
    );
    const server = failures(
      clientOf(version),
      serverOf(version, () => answer as never),
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
      clientOf(version, () => {
        use(() => pair.client);
        return ['me', KEY];
      }),
      serverOf(version, () => {
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
    const server = serverOf(version, () => {
      inner.push(handshake(pairOf(clientOf(version), serverOf(version), NAME)));
      const boom = (): never => {
        throw new Error('inner');
      };
      inner.push(failures(clientOf(version), serverOf(version, boom)).server?.cause);
      return KEY;
    });
    connectedPair(clientOf(version), server, NAME);
    expect(inner).toEqual([{ client: null, server: null }, new Error('inner')]);
  });

  test('a callback may change and remove callbacks; connections ask the present one', () => {
    const server = serverOf(version, () => {
      server.setPskServerCallback(null);
      return KEY;
    });
    const [first, second] = [pairOf(clientOf(version), server, NAME), pairOf(clientOf(version), server, NAME)];
    expect(handshake(first)).toEqual({ client: null, server: null });
    // Made while there was a callback, which is no more: the key is not known.
    expect(handshake(second).server).toMatchObject({
      reason: isTls12 ? 'PSK_IDENTITY_NOT_FOUND' : 'NO_SUITABLE_SIGNATURE_ALGORITHM',
    });
    const early = pairOf(clientOf(version), server, NAME);
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
    const first = serverOf(version, answering('first'));
    const other = serverOf(version, answering('other'));
    const plain = contextOf(PROTOCOL_TLS_SERVER, version);
    first.sniCallback = (connection, name) => {
      if (name === 'other.example') connection.context = other;
    };
    plain.sniCallback = (connection) => {
      connection.context = other;
    };
    connectedPair(clientOf(version), first, { serverHostname: 'first.example' });
    connectedPair(clientOf(version), first, { serverHostname: 'other.example' });
    connectedPair(clientOf(version), plain, { serverHostname: 'other.example' });
    expect(asked).toEqual(['first me', 'other me', 'other me']);
    first.sniCallback = (connection) => {
      connection.context = plain;
    };
    expect(failures(clientOf(version), first).server, 'a context without keys').not.toBeNull();
    expect(asked).toHaveLength(3);
  });

  describe('sessions', () => {
    /** The ticket of TLS 1.3 comes with the first data. */
    const sessionOf = (client: SSLContext, server: SSLContext): SSLSession => {
      const pair = connectedPair(client, server, NAME);
      exchange(pair.server, pair.client);
      return pair.client.session as SSLSession;
    };
    /** Whether the server's callback was asked: it is not for a session. */
    const asks = (client: SSLContext, server: SSLContext, session: SSLSession): boolean => {
      let asked = false;
      const again = server;
      again.setPskServerCallback(() => {
        asked = true;
        return KEY;
      });
      connectedPair(client, again, { ...NAME, session });
      return asked;
    };

    test('are resumed while the callbacks are the same', () => {
      let asked = 0;
      const client = clientOf(version);
      const server = serverOf(version, () => {
        asked++;
        return KEY;
      });
      const session = sessionOf(client, server);
      const hits = server.sessionStats().hits as number;
      const pair = connectedPair(client, server, { ...NAME, session });
      expect(pair.client.sessionReused).toBe(true);
      expect(pair.client.getPeerCert()).toBeNull();
      if (isTls12) expect([asked, server.sessionStats().hits]).toEqual([1, hits + 1]);
    });

    test('are not resumed by a client whose callback was set again', () => {
      const client = clientOf(version);
      const server = serverOf(version);
      const session = sessionOf(client, server);
      client.setPskClientCallback(null);
      const { client: failure } = handshake(pairOf(client, server, { ...NAME, session }));
      expect(failure, 'nothing vouches for the server any more').not.toBeNull();
    });

    test('are not resumed by a server whose callback was set again', () => {
      const client = clientOf(version);
      const server = serverOf(version);
      const session = sessionOf(client, server);
      expect(asks(client, server, session)).toBe(true);
    });

    test('that a certificate has vouched for are not resumed where keys were allowed since, nor the reverse', () => {
      const client = contextOf(PROTOCOL_TLS_CLIENT, version);
      client.loadVerifyLocations({ cadata: ca.certPem });
      const server = contextOf(PROTOCOL_TLS_SERVER, version);
      server.loadCertChain({ pem: leaf });
      const certified = sessionOf(client, server);
      client.setPskClientCallback(() => ['me', NONE]);
      if (isTls12) client.setCiphers('ECDHE+AESGCM');
      expect(connectedPair(client, server, { ...NAME, session: certified }).client.sessionReused).toBe(false);
    });

    test('that were written down are not resumed under the callbacks of another context', () => {
      const client = clientOf(version, () => ['me', KEY]);
      const server = serverOf(version);
      const bytes = sessionOf(client, server).serialize();
      const other = clientOf(version, () => ['me', NONE]);
      const session = SSLSession.deserialize(other, bytes);
      expect(handshake(pairOf(other, server, { ...NAME, session })).client).not.toBeNull();
    });
  });

  test('no key shows in an error or when things are inspected', () => {
    const client = clientOf(version);
    const server = serverOf(version, () => Buffer.from('another'));
    const pair = pairOf(client, server, NAME);
    const result = handshake(pair);
    const shown = inspect([client, server, pair, result], { depth: 9, showHidden: true });
    expect(shown).not.toContain(KEY.toString());
    expect(shown).not.toContain(KEY.toString('hex').slice(0, 8));
    expect(shown).not.toContain('30 31 32 33');
  });
});

test('a client of both versions is asked for each, and TLS 1.2 gets the hint', () => {
  const hints: unknown[] = [];
  const client = new SSLContext(PROTOCOL_TLS_CLIENT);
  client.setCiphers('PSK');
  client.setPskClientCallback((hint) => {
    hints.push(hint);
    return ['me', KEY];
  });
  const server = contextOf(PROTOCOL_TLS_SERVER, TLSVersion.TLSv1_2);
  server.setPskServerCallback(() => KEY, { identityHint: 'choose' });
  expect(connectedPair(client, server, NAME).client.version()).toBe('TLSv1.2');
  expect(hints).toEqual([null, 'choose']);
});

test('an identity of null and one of no characters are the same, and for TLS 1.2 only', () => {
  const identities: unknown[] = [];
  const server = serverOf(TLSVersion.TLSv1_2, (identity) => {
    identities.push(identity);
    return KEY;
  });
  connectedPair(
    clientOf(TLSVersion.TLSv1_2, () => [null, KEY]),
    server,
    NAME,
  );
  connectedPair(
    clientOf(TLSVersion.TLSv1_2, () => ['', KEY]),
    server,
    NAME,
  );
  expect(identities).toEqual([null, null]);
  const { client } = failures(
    clientOf(TLSVersion.TLSv1_3, () => [null, KEY]),
    serverOf(TLSVersion.TLSv1_3),
  );
  expect(client?.cause).toHaveProperty('message', expect.stringContaining('TLS 1.3 needs an identity'));
});

test('a ticket that begins with a zero byte is no identity: a server with a key for everybody goes on resuming', () => {
  const client = contextOf(PROTOCOL_TLS_CLIENT, TLSVersion.TLSv1_3);
  client.loadVerifyLocations({ cadata: ca.certPem });
  const asked: unknown[] = [];
  const server = serverOf(TLSVersion.TLSv1_3, (identity) => {
    asked.push(identity);
    return identity === null ? KEY : NONE;
  });
  server.loadCertChain({ pem: leaf });
  for (let i = 0; i < 8; i++) {
    const first = connectedPair(client, server, NAME);
    exchange(first.server, first.client);
    const second = connectedPair(client, server, { ...NAME, session: first.client.session });
    expect(second.client.sessionReused).toBe(true);
  }
  expect(asked).not.toContain(null);
});

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
    const context = serverOf(TLSVersion.TLSv1_3);
    thrownBy(() => context.setPskServerCallback(() => NONE, { identityHint: 'h'.repeat(300) }));
    thrownBy(() => context.setPskServerCallback('no' as never));
    connectedPair(clientOf(TLSVersion.TLSv1_3), context, NAME);
  });

  test('HAS_PSK', () => {
    expect(HAS_PSK).toBe(true);
    expect(CERT_NONE).toBe(0);
  });
});
