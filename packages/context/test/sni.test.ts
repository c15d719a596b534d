/** The SNI callback over memory: what it is told, and what a connection has of the context that it assigns. */
import {
  ALERT_DESCRIPTION_ACCESS_DENIED,
  CERT_NONE,
  CERT_REQUIRED,
  PROTOCOL_TLS,
  PROTOCOL_TLS_CLIENT,
  type SniCallback,
  SSLContext,
  type SSLError,
  SSLObject,
  TLSVersion,
} from '@sslkit/context';
import { mintLeaf } from '@sslkit/testkit';
import { beforeEach, describe, expect, test } from 'vitest';
import { cast, clientOf, serverOf } from './contexts.ts';
import { connectedPair, handshake, pairOf, thrownBy, VERSIONS } from './pair.ts';

const forFirst = await mintLeaf(cast.ca, { dns: ['first.example'] });
const forSecond = await mintLeaf(cast.ca, { dns: ['second.example'] });
const serverContext = (own = forFirst): SSLContext => serverOf({ own });

describe.each(VERSIONS)('the SNI callback, %s', (_name, version) => {
  let client: SSLContext;
  let server: SSLContext;
  beforeEach(() => {
    client = clientOf({ version });
    server = serverContext();
  });

  const subjectOf = (object: SSLObject): unknown =>
    (object.getPeerCert() as { subjectAltName: unknown }).subjectAltName;

  test('is told the connection, the name and its own context, before anything is agreed on', () => {
    const seen: unknown[] = [];
    server.sniCallback = (connection, name, context) => {
      seen.push([connection, name, context, connection.version(), connection.serverHostname, connection.serverSide]);
    };
    const pair = connectedPair(client, server, { serverHostname: 'first.example' });
    expect(seen).toEqual([[pair.server, 'first.example', server, null, null, true]]);
    expect(pair.server).toBeInstanceOf(SSLObject);
    expect((seen[0] as unknown[])[0]).toBe(pair.server);
  });

  test.each([
    ['a client that sends no name', null, null],
    ['a client that connects by address, which is never sent', '127.0.0.1', null],
    ['an internationalized name, as A-labels', 'bücher.example', 'xn--bcher-kva.example'],
  ])('is called for %s', (_case, serverHostname, told) => {
    let name: string | null | undefined;
    client.checkHostname = false;
    client.verifyMode = CERT_NONE;
    server.sniCallback = (_connection, serverName) => {
      name = serverName;
    };
    connectedPair(client, server, { serverHostname });
    expect(name).toBe(told);
  });

  test('serves the certificate and the protocols of the context that it assigns', () => {
    const other = serverContext(forSecond);
    other.setAlpnProtocols(['two']);
    server.setAlpnProtocols(['one']);
    client.setAlpnProtocols(['one', 'two']);
    server.sniCallback = (connection, name) => {
      if (name === 'second.example') connection.context = other;
    };
    const second = connectedPair(client, server, { serverHostname: 'second.example' });
    expect(subjectOf(second.client)).toEqual([['DNS', 'second.example']]);
    expect(second.client.selectedAlpnProtocol()).toBe('two');
    expect(second.server.context).toBe(other);
    const first = connectedPair(client, server, { serverHostname: 'first.example' });
    expect(subjectOf(first.client)).toEqual([['DNS', 'first.example']]);
    expect(first.client.selectedAlpnProtocol()).toBe('one');
    expect(first.server.context).toBe(server);
  });

  test('a context that is assigned and taken back is not served', () => {
    server.sniCallback = (connection) => {
      connection.context = serverContext(forSecond);
      connection.context = server;
    };
    expect(subjectOf(connectedPair(client, server, { serverHostname: 'first.example' }).client)).toEqual([
      ['DNS', 'first.example'],
    ]);
  });

  test('an own callback of the assigned context is not asked', () => {
    const other = serverContext(forSecond);
    other.sniCallback = () => ALERT_DESCRIPTION_ACCESS_DENIED;
    server.sniCallback = (connection) => {
      connection.context = other;
    };
    connectedPair(client, server, { serverHostname: 'second.example' });
  });

  test('the other context’s verify mode does not count, in either direction', () => {
    const strict = serverContext(forSecond);
    strict.verifyMode = CERT_REQUIRED;
    strict.loadVerifyLocations({ cadata: cast.ca.certPem });
    const switching: SniCallback = (connection, name) => {
      if (name === 'second.example') connection.context = connection.context === server ? strict : server;
    };
    server.sniCallback = switching;
    const pair = connectedPair(client, server, { serverHostname: 'second.example' });
    expect(pair.server.getPeerCert()).toBe(null);
    strict.sniCallback = (connection) => {
      connection.context = server;
    };
    const refused = handshake(pairOf(client, strict, { serverHostname: 'first.example' }));
    expect(refused.server).toMatchObject({ reason: 'PEER_DID_NOT_RETURN_A_CERTIFICATE' });
  });

  test('the other context’s authorities are those that a client certificate needs', () => {
    const other = serverContext(forSecond);
    other.loadVerifyLocations({ cadata: cast.otherCa.certPem });
    server.verifyMode = CERT_REQUIRED;
    server.loadVerifyLocations({ cadata: cast.ca.certPem });
    client.loadCertChain({ pem: cast.client.combinedPem });
    server.sniCallback = (connection, name) => {
      if (name === 'second.example') connection.context = other;
    };
    connectedPair(client, server, { serverHostname: 'first.example' });
    const { server: failure } = handshake(pairOf(client, server, { serverHostname: 'second.example' }));
    expect(failure).toMatchObject({ reason: 'CERTIFICATE_VERIFY_FAILED' });
  });

  test('the other context’s versions do not count', () => {
    const other = serverContext(forSecond);
    other.minimumVersion = other.maximumVersion =
      version === TLSVersion.TLSv1_2 ? TLSVersion.TLSv1_3 : TLSVersion.TLSv1_2;
    server.sniCallback = (connection) => {
      connection.context = other;
    };
    connectedPair(client, server, { serverHostname: 'second.example' });
  });

  test('is called once for a resumed session too, and can refuse it', () => {
    const told: unknown[] = [];
    server.sniCallback = (_connection, name) => {
      told.push(name);
      return told.length < 3 ? null : ALERT_DESCRIPTION_ACCESS_DENIED;
    };
    const options = { serverHostname: 'first.example' };
    const first = connectedPair(client, server, options);
    first.server.write(Buffer.from('x'));
    first.client.read();
    const { session } = first.client;
    const second = connectedPair(client, server, { ...options, session });
    expect(second.server.sessionReused).toBe(true);
    const third = handshake(pairOf(client, server, { ...options, session }));
    expect((third.client as SSLError).reason).toMatch(/ACCESS_DENIED$/);
    expect(told).toEqual(['first.example', 'first.example', 'first.example']);
  });

  test('a session of one context does not resume under another, and does under its own', async () => {
    const shared = await mintLeaf(cast.ca, { dns: ['first.example', 'second.example'] });
    const other = serverContext(shared);
    server = serverContext(shared);
    let switches = true;
    server.sniCallback = (connection) => {
      if (switches) connection.context = other;
    };
    const options = { serverHostname: 'first.example' };
    const first = connectedPair(client, server, options);
    first.server.write(Buffer.from('x'));
    first.client.read();
    const { session } = first.client;
    expect(connectedPair(client, server, { ...options, session }).server.sessionReused).toBe(true);
    switches = false;
    expect(connectedPair(client, server, { ...options, session }).server.sessionReused).toBe(false);
    switches = true;
    other.verifyFlags |= 0x20;
    expect(connectedPair(client, server, { ...options, session }).server.sessionReused).toBe(false);
  });

  test('setServernameCallback is the same by its older name, and null takes it away', () => {
    const told: unknown[] = [];
    server.setServernameCallback((_connection, name) => {
      told.push(name);
    });
    connectedPair(client, server, { serverHostname: 'first.example' });
    server.setServernameCallback(null);
    expect(server.sniCallback).toBe(null);
    connectedPair(client, server, { serverHostname: 'first.example' });
    expect(told).toEqual(['first.example']);
  });

  test('setServernameCallback refuses a name that IDNA cannot encode, and passes none on as null', () => {
    const told: unknown[] = [];
    server.setServernameCallback((_connection, name) => {
      told.push(name);
    });
    client.checkHostname = false;
    const nameless = pairOf(client, server);
    expect(handshake(nameless)).toEqual({ client: null, server: null });
    const { client: failed, server: failure } = handshake(withRawName(client, server, `${'x'.repeat(64)}.example`));
    expect((failed as SSLError).reason).toMatch(/HANDSHAKE_FAILURE$/);
    expect(failure?.cause).toBeInstanceOf(TypeError);
    expect(told).toEqual([null]);
  });

  test('a name that no host can have is refused before anybody is asked', () => {
    let asked = 0;
    server.sniCallback = () => {
      asked += 1;
    };
    const result = handshake(withRawName(client, server, 'bücher.example'));
    expect((result.client as SSLError).reason).toMatch(/UNRECOGNIZED_NAME$/);
    expect(asked).toBe(0);
  });
});

test('what is no callback, and every callback of a client, is refused; the one that was there stays', () => {
  const server = serverContext();
  expect(server.sniCallback).toBe(null);
  const callback: SniCallback = () => null;
  server.sniCallback = callback;
  for (const wrong of [4, '', {}, undefined]) {
    expect(thrownBy(() => Object.assign(server, { sniCallback: wrong })).code).toBe('ERR_INVALID_ARG_TYPE');
    expect(thrownBy(() => server.setServernameCallback(wrong as never)).code).toBe('ERR_INVALID_ARG_TYPE');
  }
  expect(server.sniCallback).toBe(callback);
  const client = new SSLContext(PROTOCOL_TLS_CLIENT);
  for (const any of [null, callback]) {
    expect(thrownBy(() => Object.assign(client, { sniCallback: any })).code).toBe('ERR_SSL_WRONG_ROLE');
    expect(thrownBy(() => client.setServernameCallback(any)).code).toBe('ERR_SSL_WRONG_ROLE');
  }
});

test.each(VERSIONS)('a client of a context for both roles is not asked, %s', (_name, version) => {
  const both = new SSLContext(PROTOCOL_TLS);
  both.minimumVersion = both.maximumVersion = version;
  let asked = 0;
  both.sniCallback = () => {
    asked += 1;
  };
  connectedPair(both, serverContext(), { serverHostname: 'first.example' });
  expect(asked).toBe(0);
});

describe('a HelloRetryRequest', () => {
  const pair = (): { client: SSLContext; server: SSLContext } => {
    const client = clientOf({ version: TLSVersion.TLSv1_3 });
    const server = serverContext();
    client.setGroups('X25519:P-256');
    server.setGroups('P-256');
    return { client, server };
  };

  test.each(['first.example', 'second.example'])('asks once, and serves %s', (name) => {
    const { client, server } = pair();
    const told: unknown[] = [];
    const other = serverContext(forSecond);
    other.setGroups('P-256');
    // Its callback is the one that OpenSSL finds for the second ClientHello.
    other.sniCallback = () => ALERT_DESCRIPTION_ACCESS_DENIED;
    server.sniCallback = (connection, serverName) => {
      told.push(serverName);
      if (serverName === 'second.example') connection.context = other;
    };
    connectedPair(client, server, { serverHostname: name });
    expect(told).toEqual([name]);
  });

  test('a second ClientHello for another name is refused', () => {
    const { client, server } = pair();
    server.sniCallback = () => null;
    const both = pairOf(client, server, { serverHostname: 'first.example' });
    thrownBy(() => both.client.doHandshake());
    thrownBy(() => both.server.doHandshake());
    thrownBy(() => both.client.doHandshake());
    const hello = both.toServer.read();
    const at = hello.indexOf('first.example');
    expect(at).toBeGreaterThan(0);
    hello.write('other', at);
    both.toServer.write(hello);
    expect(thrownBy(() => both.server.doHandshake())).toMatchObject({ reason: 'BAD_EXTENSION' });
    expect((thrownBy(() => both.client.doHandshake()) as unknown as SSLError).reason).toMatch(/ILLEGAL_PARAMETER$/);
  });

  test.each([
    ['with a NUL in it', (name: Buffer) => name.write('\0', 4, 'latin1')],
    ['that is not UTF-8', (name: Buffer) => name.write('\xff\xfe', 4, 'latin1')],
    ['that is longer than its extension', (name: Buffer, length: Buffer) => length.writeUInt16BE(name.length + 1)],
  ])('a name %s is refused before the callback is asked, and the error tells the cause', (_case, spoil) => {
    const { client, server } = pair();
    const told: unknown[] = [];
    server.sniCallback = (_connection, name) => {
      told.push(name);
    };
    const both = pairOf(client, server, { serverHostname: 'first.example' });
    thrownBy(() => both.client.doHandshake());
    const hello = both.toServer.read();
    const at = hello.indexOf('first.example');
    spoil(hello.subarray(at, at + 13), hello.subarray(at - 2, at));
    both.toServer.write(hello);
    const error = thrownBy(() => both.server.doHandshake());
    expect(error).toMatchObject({ reason: 'BAD_EXTENSION', hint: expect.stringContaining('SNI') });
    expect((thrownBy(() => both.client.doHandshake()) as unknown as SSLError).reason).toMatch(
      /UNRECOGNIZED_NAME$|DECODE_ERROR$/,
    );
    expect(told).toEqual([]);
  });
});

/** A client that asks for any bytes: the ClientHello of a valid name of the same length, changed on its way. */
function withRawName(client: SSLContext, server: SSLContext, name: string) {
  const wanted = Buffer.from(name);
  const stand_in = `${'a'.repeat(Math.min(60, wanted.length - 2))}.${'b'.repeat(wanted.length - Math.min(60, wanted.length - 2) - 1)}`;
  client.checkHostname = false;
  const pair = pairOf(client, server, { serverHostname: stand_in });
  thrownBy(() => pair.client.doHandshake());
  const hello = pair.toServer.read();
  wanted.copy(hello, hello.indexOf(stand_in));
  pair.toServer.write(hello);
  return pair;
}
