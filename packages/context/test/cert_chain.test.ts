/** What the comparison with CPython cannot show: memory sources, what an error tells, and that a failure changes nothing. */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { PROTOCOL_TLS_SERVER, SSLContext } from '@sslkit/context';
import type { Scene, SceneFiles } from '@sslkit/testkit';
import { encryptKeyPem, files } from '@sslkit/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { cast, clientOf } from './contexts.ts';
import { handshake, pairOf, thrownBy } from './pair.ts';

let paths: SceneFiles;
beforeAll(async () => {
  paths = await files();
});

const serverContext = (): SSLContext => new SSLContext(PROTOCOL_TLS_SERVER);

function works(server: SSLContext): boolean {
  const client = clientOf();
  const { client: c, server: s } = handshake(pairOf(client, server, { serverHostname: 'localhost' }));
  return c === null && s === null;
}

describe('from memory', () => {
  test.each<[string, (minted: Scene['server']) => Parameters<SSLContext['loadCertChain']>]>([
    ['combined PEM as a string', ({ combinedPem }) => [{ pem: combinedPem }]],
    ['combined PEM as bytes', ({ combinedPem }) => [{ pem: Buffer.from(combinedPem) }]],
    ['PEM and PEM', ({ certPem, keyPem }) => [{ pem: certPem }, { pem: keyPem }]],
    ['DER and DER', ({ certDer, keyDer }) => [{ der: certDer }, { der: keyDer }]],
    ['DER and PEM', ({ certDer, keyPem }) => [{ der: certDer }, { pem: keyPem }]],
    [
      'encrypted PEM',
      ({ certPem, keyPem }) => [{ pem: certPem }, { pem: encryptKeyPem(keyPem, 'x') }, { password: 'x' }],
    ],
  ])('%s', (_what, args) => {
    const server = serverContext();
    server.loadCertChain(...args(cast.server));
    expect(works(server)).toBe(true);
  });

  test('a file URL is a path', () => {
    const server = serverContext();
    server.loadCertChain(pathToFileURL(paths.combinedFile));
    expect(works(server)).toBe(true);
  });

  test.each([[{}], [{ pem: 'x', der: new Uint8Array() }], [{ path: 'x' }], [Buffer.from('x')], [[]]])(
    '%j is refused',
    (source) => {
      const code = thrownBy(() => serverContext().loadCertChain(source as string)).code;
      expect(code).toMatch(/^ERR_(INVALID_ARG_TYPE|UNKNOWN_OPTION)$/);
    },
  );
});

test.each<[string, (server: SSLContext) => void]>([
  ['a key that does not match', (server) => server.loadCertChain(paths.certFile, paths.mismatchedKeyFile)],
  ['a key of another type', (server) => server.loadCertChain(paths.certFile, paths.keyRsaFile)],
  ['a missing file', (server) => server.loadCertChain(paths.certFile, paths.missingFile)],
  ['a broken certificate', (server) => server.loadCertChain(paths.badCertFile, paths.keyFile)],
  ['a wrong password', (server) => server.loadCertChain(paths.certFile, paths.encryptedKeyFile, { password: 'wrong' })],
])('after %s the certificate that was there still serves', (_what, fail) => {
  const server = serverContext();
  server.loadCertChain(paths.combinedFile);
  expect(() => fail(server)).toThrow();
  expect(works(server)).toBe(true);
});

describe('an error tells what is wrong where', () => {
  const load = (...args: Parameters<SSLContext['loadCertChain']>) =>
    thrownBy(() => serverContext().loadCertChain(...args));

  test('a missing file: what the system says, and which file', () => {
    expect(load(paths.missingFile)).toMatchObject({
      name: 'SocketError',
      code: 'ENOENT',
      errno: 2,
      syscall: 'open',
      path: paths.missingFile,
      hint: expect.stringContaining('no such file'),
      message: expect.stringContaining(paths.missingFile),
    });
    expect(load(paths.certFile, paths.dir)).toMatchObject({ code: 'EISDIR', path: paths.dir });
  });

  test('PEM text in place of a path is refused, and a private key never gets into the error', () => {
    const { server } = cast;
    const secret = server.keyPem.split('\n')[1] as string;
    for (const error of [load(server.keyPem), load(paths.certFile, server.keyPem)]) {
      expect(error).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE', message: expect.stringContaining('{ pem: … }') });
      expect(inspect(error, { showHidden: true, depth: null })).not.toContain(secret);
    }
    expect(thrownBy(() => serverContext().loadVerifyLocations({ cafile: server.certPem }))).toMatchObject({
      message: expect.stringContaining('cadata'),
    });
  });

  test('a mismatch names both files', () => {
    expect(load(paths.certFile, paths.mismatchedKeyFile)).toMatchObject({
      code: 'ERR_SSL_KEY_VALUES_MISMATCH',
      hint: expect.stringContaining(`${paths.mismatchedKeyFile} and ${paths.certFile}`),
    });
  });

  test.each<[string, () => Parameters<SSLContext['loadCertChain']>, RegExp]>([
    [
      'a key where the certificate should be',
      () => [paths.keyFile],
      /^certificate in .*server\.key: .*PRIVATE KEY.*CERTIFICATE/s,
    ],
    ['a certificate without its key', () => [paths.certFile], /^private key in .*server\.pem: .*CERTIFICATE/s],
    [
      'text instead of a certificate',
      () => [paths.garbageFile, paths.keyFile],
      /^certificate in .*garbage\.pem: line 1: no -----BEGIN/,
    ],
    ['an empty file', () => [paths.emptyFile], /^certificate in .*empty\.pem: .*empty/],
    ['a damaged certificate', () => [paths.badCertFile, paths.keyFile], /^certificate in .*bad-cert\.pem: .*damaged/],
    ['no password', () => [paths.certFile, paths.encryptedKeyFile], /^password in .*: .*encrypted: give its password/],
    [
      'a wrong password',
      () => [paths.certFile, paths.encryptedKeyFile, { password: 'nope' }],
      /^password in .*: .*password is wrong/,
    ],
    [
      'a wrong password of a traditional key',
      () => [paths.certRsaFile, paths.legacyEncryptedKeyFile, { password: 'nope' }],
      /password is wrong/,
    ],
    ['DER where PEM is meant', () => [{ pem: cast.server.certDer }], /^certificate: .*DER/],
    ['PEM where DER is meant', () => [{ der: Buffer.from(cast.server.certPem) }], /^certificate: .*no DER/],
  ])('%s', (_what, args, hint) => {
    expect(load(...args())).toMatchObject({ name: 'SSLError', hint: expect.stringMatching(hint) });
  });

  test('never a password or a key', () => {
    const secret = 'correct horse battery staple';
    const error = load(paths.certFile, paths.encryptedKeyFile, { password: secret });
    const key = readFileSync(paths.keyFile, 'utf8').split('\n')[1]!;
    const shown = inspect(error, { depth: 10, showHidden: true });
    expect(shown).not.toContain(secret);
    expect(shown).not.toContain(key.slice(0, 20));
  });

  test('unknown options are refused', () => {
    expect(load(paths.certFile, null, { passphrase: 'x' } as object).code).toBe('ERR_UNKNOWN_OPTION');
  });
});

test('a password callback may throw anything, also null', () => {
  const server = serverContext();
  const given = [new RangeError('mine'), null, 'text'];
  for (const thrown of given) {
    let caught: unknown = 'nothing';
    try {
      server.loadCertChain(paths.certFile, paths.encryptedKeyFile, {
        password: () => {
          throw thrown;
        },
      });
    } catch (error) {
      caught = error;
    }
    expect(caught).toBe(thrown);
  }
});

test('a password callback is not asked for a key that is not encrypted, and once for one that is', () => {
  let asked = 0;
  const password = (): string => {
    asked++;
    return paths.password;
  };
  serverContext().loadCertChain(paths.certFile, paths.keyFile, { password });
  expect(asked).toBe(0);
  serverContext().loadCertChain(paths.certFile, paths.encryptedKeyFile, { password });
  expect(asked).toBe(1);
});
