import { type CertificateAndKey, type OpenSSLFailure, type PasswordSource, SslCtx } from '@sslkit/openssl-native';
import { encryptKeyPem, legacyEncryptKeyPem, scene } from '@sslkit/testkit';
import { createPrivateKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { certAndKey, clientContext, handshake, makePair, pem, serverContext } from './pair.ts';

const PASSWORD = 'open sesame';
const garbage = pem('no PEM at all\n');

async function good(): Promise<CertificateAndKey> {
  return certAndKey((await scene()).server);
}

function use(input: CertificateAndKey, ctx: SslCtx = new SslCtx('TLS_server')): void {
  ctx.useCertAndKey(input);
}

function failureOf(call: () => unknown): OpenSSLFailure {
  try {
    call();
  } catch (error) {
    return error as OpenSSLFailure;
  }
  throw new Error('nothing was thrown');
}

describe('useCertAndKey', () => {
  test('takes PEM and DER in any mix', async () => {
    const { server } = await scene();
    const certs = [
      { cert: pem(server.chainPem), certEncoding: 'pem' },
      { cert: server.certDer, certEncoding: 'der' },
    ] as const;
    const sec1 = createPrivateKey(server.keyPem).export({ type: 'sec1', format: 'der' });
    const keys = [
      { key: pem(server.keyPem), keyEncoding: 'pem' },
      { key: server.keyDer, keyEncoding: 'der' },
      { key: sec1, keyEncoding: 'der' },
      { key: pem(server.combinedPem), keyEncoding: 'pem' },
    ] as const;
    for (const cert of certs) for (const key of keys) expect(() => use({ ...cert, ...key })).not.toThrow();
  });

  test('takes the other labels of a certificate', async () => {
    const input = await good();
    const text = Buffer.from(input.cert).toString();
    const relabelled = text.replaceAll('CERTIFICATE', 'X509 CERTIFICATE');
    expect(() => use({ ...input, cert: pem(relabelled) })).not.toThrow();
    expect(() => use({ ...input, cert: pem(text.replaceAll(' CERTIFICATE', ' TRUSTED CERTIFICATE')) })).not.toThrow();
  });

  test.each<[string, (input: CertificateAndKey) => CertificateAndKey, string]>([
    ['an empty certificate', (it) => ({ ...it, cert: new Uint8Array() }), 'certificate'],
    ['text for a certificate', (it) => ({ ...it, cert: garbage }), 'certificate'],
    ['a key for a certificate', (it) => ({ ...it, cert: it.key }), 'certificate'],
    [
      'a broken certificate',
      (it) => ({ ...it, cert: pem('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n') }),
      'certificate',
    ],
    ['an empty key', (it) => ({ ...it, key: new Uint8Array() }), 'private key'],
    ['a certificate for a key', (it) => ({ ...it, key: it.cert }), 'private key'],
  ])('%s fails as the file functions do: [SSL] PEM lib, last', async (_, change, operation) => {
    const input = change(await good());
    expect(failureOf(() => use(input))).toMatchObject({ code: 'ERR_OPENSSL', operation, sslError: 0 });
    expect(failureOf(() => use(input)).errors.at(-1)).toMatchObject({
      library: 'SSL',
      reason: null,
      reasonText: 'PEM lib',
    });
  });

  test('a broken certificate behind the leaf fails too', async () => {
    const input = await good();
    const cert = pem(
      `${Buffer.from(input.cert).toString()}-----BEGIN CERTIFICATE-----\n????\n-----END CERTIFICATE-----\n`,
    );
    expect(failureOf(() => use({ ...input, cert }))).toMatchObject({ operation: 'certificate' });
  });

  test.each(['serverRsa', 'client'] as const)('the key of another certificate (%s) does not match', async (other) => {
    const cast = await scene();
    const failure = failureOf(() => use({ ...certAndKey(cast.server), key: pem(cast[other].keyPem) }));
    expect(failure.operation).toBe('match');
    expect(failure.errors.at(-1)).toMatchObject({ library: 'X509', reason: 'KEY_VALUES_MISMATCH' });
  });

  test('a failure leaves what was loaded before in place', async () => {
    const cast = await scene();
    const ctx = await serverContext(0x0304, cast.server);
    expect(() => use({ ...certAndKey(cast.serverRsa), key: pem(cast.client.keyPem) }, ctx)).toThrow();
    expect(() => use({ ...certAndKey(cast.serverRsa), key: garbage }, ctx)).toThrow();
    const pair = makePair(await clientContext(0x0304), ctx);
    handshake(pair);
    expect(pair.client.ssl.getPeerChain()[0]).toEqual(Buffer.from(cast.server.certDer));
  });

  test('RSA and ECDSA certificates live side by side', async () => {
    const cast = await scene();
    const ctx = await serverContext(0x0303, cast.server);
    use(certAndKey(cast.serverRsa), ctx);
    for (const [cipher, expected] of [
      ['aECDSA', cast.server],
      ['aRSA', cast.serverRsa],
    ] as const) {
      const clientCtx = await clientContext(0x0303);
      clientCtx.setCipherList(cipher);
      const pair = makePair(clientCtx, ctx);
      handshake(pair);
      expect(pair.client.ssl.getPeerChain()[0]).toEqual(Buffer.from(expected.certDer));
    }
  });
});

const encryptedKeys: readonly (readonly [string, () => Promise<Partial<CertificateAndKey>>])[] = [
  ['PKCS#8', async () => ({ key: pem(encryptKeyPem((await scene()).server.keyPem, PASSWORD)) })],
  ['traditional', async () => ({ key: pem(legacyEncryptKeyPem((await scene()).server.keyPem, PASSWORD)) })],
  ['PKCS#8 in DER', async () => ({ key: await encryptedDer(), keyEncoding: 'der' as const })],
];

async function encryptedDer(): Promise<Buffer> {
  const key = createPrivateKey((await scene()).server.keyPem);
  return key.export({ type: 'pkcs8', format: 'der', cipher: 'aes-256-cbc', passphrase: PASSWORD });
}

describe.each(encryptedKeys)('an encrypted key (%s)', (_, makeKey) => {
  async function withPassword(password: PasswordSource | null): Promise<CertificateAndKey> {
    return { ...(await good()), ...(await makeKey()), password };
  }

  test('opens with its password, asked for once', async () => {
    for (const answer of [PASSWORD, Buffer.from(PASSWORD)]) {
      let asked = 0;
      const count = (): typeof answer => {
        asked++;
        return answer;
      };
      use(await withPassword(count));
      expect(asked).toBe(1);
    }
  });

  test.each(['mistaken', ''])('fails with the password "%s", and tells nothing about it', async (password) => {
    const input = await withPassword(() => password);
    const failure = failureOf(() => use(input));
    expect(failure.operation).toBe('private key');
    expect(failure.errors.at(-1)).toMatchObject({ library: 'SSL', reason: null });
    expect(JSON.stringify([failure.message, failure.errors])).not.toMatch(/mistaken|sesame/);
  });

  test('fails at once without a password source: nothing is asked on a terminal', async () => {
    const input = await withPassword(null);
    expect(failureOf(() => use(input)).operation).toBe('private key');
  });

  test.each([[new Error('mine')], [null], [undefined], ['text'], [0], [Object.create(null)]])(
    'what the password function throws comes out unchanged: %j',
    async (thrown) => {
      const input = await withPassword(() => {
        throw thrown;
      });
      let caught: unknown = 'nothing';
      try {
        use(input);
      } catch (error) {
        caught = error;
      }
      expect(caught).toBe(thrown);
    },
  );

  test.each([[5], [null], [undefined], [{}], [new Uint16Array(2)], [Promise.resolve('x')]])(
    'the answer %j has the wrong type',
    async (answer) => {
      const input = await withPassword(() => answer as string);
      expect(() => use(input)).toThrow(expect.objectContaining({ name: 'TypeError', code: 'ERR_PASSWORD_TYPE' }));
    },
  );

  test.each([['x'.repeat(1025)], ['é'.repeat(513)], [Buffer.alloc(1025)]])(
    'an answer of more than 1024 bytes is refused',
    async (answer) => {
      const input = await withPassword(() => answer);
      expect(() => use(input)).toThrow(expect.objectContaining({ name: 'RangeError', code: 'ERR_PASSWORD_TOO_LONG' }));
    },
  );

  test('the password function may do anything meanwhile', async () => {
    const ctx = new SslCtx('TLS_server');
    const inner = await good();
    const input = await withPassword(() => {
      structuredClone(input.key.buffer, { transfer: [input.key.buffer as ArrayBuffer] });
      ctx.useCertAndKey(inner);
      return PASSWORD;
    });
    (input as { key: Uint8Array }).key = new Uint8Array(input.key);
    expect(() => use(input, ctx)).not.toThrow();
  });
});

test('the password of a key that is not encrypted is not asked for', async () => {
  const input = await good();
  const password = (): never => {
    throw new Error('asked');
  };
  expect(() => use({ ...input, password })).not.toThrow();
});

test('what a getter of the input throws comes out unchanged', async () => {
  const input = await good();
  for (const thrown of [null, undefined, new Error('mine')]) {
    const odd = Object.defineProperty({ ...input }, 'key', {
      get: () => {
        throw thrown;
      },
    });
    let caught: unknown = 'nothing';
    try {
      use(odd);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBe(thrown);
  }
});
