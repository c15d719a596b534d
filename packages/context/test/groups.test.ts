/** Groups for the key agreement: what there is, what is set, what comes of it, and what a mismatch is told as. */
import {
  OPENSSL_VERSION_INFO,
  PROTOCOL_TLS,
  PROTOCOL_TLSv1_2,
  SSLContext,
  type SSLError,
  TLSVersion,
} from '@sslkit/context';
import { beforeEach, describe, expect, test } from 'vitest';
import { cast, clientOf, serverOf } from './contexts.ts';
import { connectedPair, handshake, pairOf, thrownBy, VERSIONS } from './pair.ts';

const hasNewGroups = OPENSSL_VERSION_INFO[0] > 3 || (OPENSSL_VERSION_INFO[0] === 3 && OPENSSL_VERSION_INFO[1] >= 5);

const rsaServer = (): SSLContext => serverOf({ own: cast.serverRsa });

const bounded = (minimum: TLSVersion, maximum: TLSVersion): SSLContext => {
  const context = new SSLContext(PROTOCOL_TLS);
  context.minimumVersion = minimum;
  context.maximumVersion = maximum;
  return context;
};

describe('getGroups()', () => {
  const CURVES = ['secp256r1', 'secp384r1', 'secp521r1', 'x25519', 'x448'];
  const FINITE = ['ffdhe2048', 'ffdhe3072', 'ffdhe4096', 'ffdhe6144', 'ffdhe8192'];

  test('names every group once, in the order of their numbers in TLS', () => {
    const groups = new SSLContext(PROTOCOL_TLS).getGroups();
    expect(groups.filter((name) => [...CURVES, ...FINITE].includes(name))).toEqual([...CURVES, ...FINITE]);
    expect(new Set(groups).size).toBe(groups.length);
    expect(groups).not.toContain('P-256');
    expect(groups.includes('X25519MLKEM768')).toBe(hasNewGroups);
  });

  test('with aliases, other names follow the first one', () => {
    const context = new SSLContext(PROTOCOL_TLS);
    const all = context.getGroups({ includeAliases: true });
    expect(all.slice(all.indexOf('secp256r1'), all.indexOf('secp521r1') + 2)).toEqual([
      'secp256r1',
      'P-256',
      'secp384r1',
      'P-384',
      'secp521r1',
      'P-521',
    ]);
    const once = context.getGroups({ includeAliases: false });
    expect(all.filter((name) => once.includes(name))).toEqual(once);
  });

  test('goes by the range of versions, also where that is fixed or empty', () => {
    const old = bounded(TLSVersion.TLSv1_2, TLSVersion.TLSv1_2).getGroups();
    expect(old).toEqual(expect.arrayContaining([...CURVES, 'secp256k1']));
    expect(old.some((name) => /ffdhe|MLKEM/u.test(name))).toBe(false);
    const pinned = new SSLContext(PROTOCOL_TLSv1_2);
    expect(pinned.getGroups()).toEqual(old);
    const modern = bounded(TLSVersion.TLSv1_3, TLSVersion.TLSv1_3).getGroups();
    expect(modern).toEqual(expect.arrayContaining([...CURVES, ...FINITE]));
    expect(modern).not.toContain('secp256k1');
  });

  test('each name is taken by setGroups(), alone', () => {
    const context = new SSLContext(PROTOCOL_TLS);
    for (const name of context.getGroups({ includeAliases: true })) context.setGroups(name);
  });

  test('does not depend on what is set', () => {
    const context = rsaServer();
    const before = context.getGroups();
    context.setGroups('P-256');
    expect(context.getGroups()).toEqual(before);
  });

  test('an unknown option is refused', () => {
    const wrong = { include_aliases: true } as { includeAliases?: boolean };
    const error = thrownBy(() => new SSLContext(PROTOCOL_TLS).getGroups(wrong));
    expect(error).toMatchObject({ code: 'ERR_UNKNOWN_OPTION', message: expect.stringContaining('includeAliases') });
    const text = thrownBy(() =>
      new SSLContext(PROTOCOL_TLS).getGroups({ includeAliases: 'yes' as unknown as boolean }),
    );
    expect(text).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
  });
});

describe.each(VERSIONS)('a handshake, %s', (_name, version) => {
  let client: SSLContext;
  let server: SSLContext;
  beforeEach(() => {
    client = clientOf({ version });
    server = rsaServer();
  });
  const agreed = (): (string | null)[] => {
    const pair = connectedPair(client, server, { serverHostname: 'localhost' });
    return [pair.client.group(), pair.server.group()];
  };

  test.each([
    ['P-384', 'secp384r1'],
    ['secp521r1', 'secp521r1'],
    ['X448', 'x448'],
    ['X25519', 'x25519'],
    ['prime256v1', 'secp256r1'],
  ])('setGroups(%j) on the client is %s on both sides', (name, group) => {
    client.setGroups(name);
    expect(agreed()).toEqual([group, group]);
  });

  test.each([
    ['prime256v1', 'secp256r1'],
    ['secp384r1', 'secp384r1'],
    ['X25519', 'x25519'],
  ])('setEcdhCurve(%j) on the server is %s on both sides', (name, group) => {
    server.setEcdhCurve(name);
    expect(agreed()).toEqual([group, group]);
  });

  test('the last one of setGroups and setEcdhCurve counts, for new connections', () => {
    client.setGroups('P-384');
    const before = pairOf(client, server, { serverHostname: 'localhost' });
    client.setEcdhCurve('secp521r1');
    expect(handshake(before)).toEqual({ client: null, server: null });
    expect(before.client.group()).toBe('secp384r1');
    expect(agreed()).toEqual(['secp521r1', 'secp521r1']);
    client.setGroups('X25519');
    expect(agreed()).toEqual(['x25519', 'x25519']);
  });

  test('a refused list leaves what was set', () => {
    client.setGroups('P-384');
    thrownBy(() => client.setGroups('X25519:nonsense'));
    thrownBy(() => client.setEcdhCurve('P-256'));
    expect(agreed()).toEqual(['secp384r1', 'secp384r1']);
  });

  test('a resumed session tells the group too', () => {
    client.setGroups('P-384');
    const first = connectedPair(client, server, { serverHostname: 'localhost' });
    first.server.write(Buffer.from('x'));
    first.client.read();
    const { session } = first.client;
    const second = connectedPair(client, server, { serverHostname: 'localhost', session });
    expect([second.client.sessionReused, second.client.group(), second.server.group()]).toEqual([
      true,
      'secp384r1',
      'secp384r1',
    ]);
  });

  test('no group in common: the server says so, the client that it may be so', () => {
    client.setGroups('X25519');
    server.setGroups('P-384');
    const pair = pairOf(client, server, { serverHostname: 'localhost' });
    const result = handshake(pair);
    const reason = version === TLSVersion.TLSv1_2 ? 'NO_SHARED_CIPHER' : 'NO_SUITABLE_KEY_SHARE';
    expect(result.server).toMatchObject({ name: 'SSLError', reason });
    expect((result.server as SSLError).hint).toContain('no group for the key agreement in common');
    expect((result.client as SSLError).hint).toContain('group');
    expect([pair.client.group(), pair.server.group()]).toEqual([null, null]);
  });

  test('those of a context that an SNI callback assigns do not count', () => {
    const other = rsaServer();
    other.setGroups('X25519');
    server.setGroups('P-384');
    server.sniCallback = (connection) => {
      connection.context = other;
    };
    expect(agreed()).toEqual(['secp384r1', 'secp384r1']);
  });

  test('before the handshake there is no group', () => {
    const pair = pairOf(client, server, { serverHostname: 'localhost' });
    expect([pair.client.group(), pair.server.group()]).toEqual([null, null]);
  });
});

test('a client whose groups are all of another version, or too weak, is told so', () => {
  for (const name of ['secp256k1', 'secp192r1']) {
    const client = clientOf({ version: TLSVersion.TLSv1_3 });
    client.setGroups(name);
    const { client: error } = handshake(pairOf(client, rsaServer(), { serverHostname: 'localhost' }));
    expect(error).toMatchObject({ reason: 'NO_SUITABLE_GROUPS', hint: expect.stringContaining('setGroups') });
  }
});

test('a server without a cipher for the client does not blame the groups', () => {
  const client = clientOf({ version: TLSVersion.TLSv1_2 });
  client.setCiphers('ECDHE-ECDSA-AES128-GCM-SHA256');
  const { server } = handshake(pairOf(client, rsaServer(), { serverHostname: 'localhost' }));
  expect(server).toMatchObject({ reason: 'NO_SHARED_CIPHER', hint: expect.stringContaining('no certificate') });
});

test('in TLS 1.2, and there only, the curve of the certificate must be among the groups of the client', () => {
  const old = clientOf({ version: TLSVersion.TLSv1_2 });
  old.setGroups('X25519');
  const { server } = handshake(pairOf(old, serverOf(), { serverHostname: 'localhost' }));
  expect(server).toMatchObject({ reason: 'NO_SHARED_CIPHER', hint: expect.stringContaining('its curve is not among') });
  old.setGroups('X25519:P-256');
  expect(connectedPair(old, serverOf(), { serverHostname: 'localhost' }).client.group()).toBe('x25519');
  const modern = clientOf({ version: TLSVersion.TLSv1_3 });
  modern.setGroups('X25519');
  connectedPair(modern, serverOf(), { serverHostname: 'localhost' });
});

describe('what is no list of groups', () => {
  const context = new SSLContext(PROTOCOL_TLS);

  test.each([
    ['one unknown name', 'foo', /knows no group 'foo'\. getGroups/u],
    ['the unknown ones among others', 'X25519:foo:P-256:bar', /knows no group 'foo', 'bar'\./u],
    ['nothing', '', /The list is empty/u],
    ['blanks', '  ', /The list is empty/u],
    ['a very long name', 'x'.repeat(5000), /^.{0,300}$/u],
  ])('%s', (_case, list, hint) => {
    const error = thrownBy(() => context.setGroups(list));
    expect(error).toMatchObject({ name: 'SSLError', message: expect.stringContaining('unrecognized group') });
    expect(error.hint).toMatch(hint);
  });

  test.skipIf(hasNewGroups)('what needs a newer OpenSSL: it says which', () => {
    for (const list of ['X25519MLKEM768:X25519', '?X25519:foo', 'X25519/P-256:*foo']) {
      expect(thrownBy(() => context.setGroups(list)).hint).toContain('need OpenSSL 3.5');
    }
    expect(thrownBy(() => context.setGroups('x25519:x25519')).hint).toBe("'x25519' is listed twice.");
  });

  test.each([null, undefined, 5, ['X25519']])('%j is no string', (list) => {
    expect(thrownBy(() => context.setGroups(list as unknown as string))).toMatchObject({
      code: 'ERR_INVALID_ARG_TYPE',
    });
    expect(thrownBy(() => context.setEcdhCurve(list as unknown as string))).toMatchObject({
      code: 'ERR_INVALID_ARG_TYPE',
    });
  });

  test('a NUL ends no name', () => {
    expect(thrownBy(() => context.setGroups('P-256\0foo'))).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' });
    expect(thrownBy(() => context.setEcdhCurve('prime256v1\0'))).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' });
  });

  test('a curve goes by OpenSSL’s short name, and must be a group', () => {
    const unknown = thrownBy(() => context.setEcdhCurve('P-256'));
    expect(unknown).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' });
    expect(unknown.message).toMatch(/^unknown elliptic curve name 'P-256'; .*prime256v1.*setGroups/u);
    const other = thrownBy(() => context.setEcdhCurve('SHA256'));
    expect(other).toMatchObject({ name: 'SSLError', hint: expect.stringContaining("'SHA256' is no group of TLS") });
  });
});
