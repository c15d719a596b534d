import {
  CERT_NONE,
  CERT_OPTIONAL,
  CERT_REQUIRED,
  MemoryBIO,
  PROTOCOL_TLS_CLIENT,
  SSLCertVerificationError,
  SSLContext,
  SSLError,
  SSLObject,
  SSLWantReadError,
  SSLZeroReturnError,
  TLSVersion,
} from '@sslkit/context';
import { recordsOf, RECORD_TYPE } from '@sslkit/testkit';
import { beforeEach, describe, expect, test } from 'vitest';
import { cast, clientOf, serverOf } from './contexts.ts';
import { connectedPair, handshake, pairOf, thrownBy } from './pair.ts';

const VERSIONS = [
  ['TLSv1.2', TLSVersion.TLSv1_2],
  ['TLSv1.3', TLSVersion.TLSv1_3],
] as const;

describe.each(VERSIONS)('%s', (name, version) => {
  let client: SSLContext;
  let server: SSLContext;
  beforeEach(() => {
    client = clientOf({ version });
    server = serverOf();
  });

  test('two ends in memory agree, verify and exchange data both ways', () => {
    const pair = connectedPair(client, server, { serverHostname: 'localhost' });
    expect(pair.client.version()).toBe(name);
    expect(pair.client.cipher()).toEqual(pair.server.cipher());
    expect(pair.client.write(Buffer.from('question'))).toBe(8);
    expect(pair.server.read().toString()).toBe('question');
    pair.server.write(Buffer.from('answer'));
    const buffer = Buffer.alloc(10);
    expect(pair.client.read(3, buffer)).toBe(3);
    expect(pair.client.pending()).toBe(3);
    expect(pair.client.read(undefined, buffer)).toBe(3);
    expect(buffer.toString('utf8', 0, 3)).toBe('wer');
  });

  test('a close takes both sides, and a read after it says so', () => {
    const { client: c, server: s } = connectedPair(client, server, { serverHostname: 'localhost' });
    expect(() => c.unwrap()).toThrow(SSLWantReadError);
    expect(s.read()).toHaveLength(0);
    expect(s.unwrap()).toBeUndefined();
    expect(c.unwrap()).toBeUndefined();
    expect(() => c.read()).toThrow(SSLZeroReturnError);
    expect(thrownBy(() => c.write(Buffer.from('x'))).code).toBe('ERR_SSL_PROTOCOL_IS_SHUTDOWN');
  });

  test('the peer certificate is a dict when verified, empty when not, null when there is none, DER in any case', () => {
    const verified = connectedPair(client, server, { serverHostname: 'localhost' });
    expect(verified.client.getPeerCert()).toMatchObject({
      subjectAltName: expect.arrayContaining([['DNS', 'localhost']]),
    });
    expect(verified.server.getPeerCert()).toBeNull();
    expect(verified.server.getPeerCert(true)).toBeNull();
    client.checkHostname = false;
    client.verifyMode = CERT_NONE;
    const unverified = connectedPair(client, server);
    expect(unverified.client.getPeerCert()).toEqual({});
    expect(unverified.client.getPeerCert(true)).toEqual(Buffer.from(cast.server.certDer));
  });

  test('chains are there after a good handshake and empty after a bad one', () => {
    const good = connectedPair(client, server, { serverHostname: 'localhost' });
    expect(good.client.getVerifiedChain()).toEqual([cast.server, cast.ca].map(({ certDer }) => Buffer.from(certDer)));
    expect(good.client.getUnverifiedChain()).toEqual([Buffer.from(cast.server.certDer)]);
    const bad = pairOf(client, server, { serverHostname: 'other.example' });
    expect(handshake(bad).client).toBeInstanceOf(SSLCertVerificationError);
    expect(bad.client.getVerifiedChain()).toEqual([]);
    expect(bad.client.getUnverifiedChain()).toEqual([]);
    expect(thrownBy(() => bad.client.getPeerCert()).code).toBe('ERR_SSL_HANDSHAKE_NOT_DONE');
  });

  test('a refused certificate leaves the alert in the outgoing BIO, and the server learns why', () => {
    const pair = pairOf(client, server, { serverHostname: 'other.example' });
    let before = 0;
    const result = { client: null as Error | null, server: null as Error | null };
    for (let round = 0; round < 5 && result.client === null; round++) {
      before = pair.toServer.pending;
      result.client = attempt(() => pair.client.doHandshake());
      if (result.client === null) attempt(() => pair.server.doHandshake());
    }
    expect(result.client).toBeInstanceOf(SSLCertVerificationError);
    expect(pair.toServer.pending).toBeGreaterThan(before);
    expect(thrownBy(() => pair.server.doHandshake())).toMatchObject({
      reason: expect.stringContaining('BAD_CERTIFICATE'),
    });

    function attempt(call: () => void): Error | null {
      try {
        call();
      } catch (error) {
        return error instanceof SSLWantReadError ? null : (error as Error);
      }
      return null;
    }
  });

  test('the first fatal error sticks: every later call throws the same one', () => {
    const pair = pairOf(client, server, { serverHostname: 'other.example' });
    const { client: first } = handshake(pair);
    for (const call of [
      () => pair.client.doHandshake(),
      () => pair.client.read(),
      () => pair.client.write(Buffer.from('secret')),
      () => pair.client.unwrap(),
    ]) {
      expect(thrownBy(call)).toBe(first);
    }
  });

  test('a fatal alert is not followed by what looks like a clean end', () => {
    const pair = connectedPair(client, server, { serverHostname: 'localhost' });
    pair.toServer.write(Buffer.from(`1703030020${'07'.repeat(32)}`, 'hex'));
    expect(() => pair.server.read()).toThrow(SSLError);
    const first = thrownBy(() => pair.client.read());
    expect(first.reason).toContain('BAD_RECORD_MAC');
    expect(thrownBy(() => pair.client.read())).toBe(first);
  });

  test('a call at the wrong time does no harm', () => {
    const pair = pairOf(client, server, { serverHostname: 'localhost' });
    expect(thrownBy(() => pair.client.unwrap()).code).toBe('ERR_SSL_SHUTDOWN_WHILE_IN_INIT');
    expect(handshake(pair)).toEqual({ client: null, server: null });
  });

  test('reading and writing make the handshake by themselves', () => {
    const { client: c, server: s } = pairOf(client, server, { serverHostname: 'localhost' });
    let sent = 0;
    let received = '';
    for (let round = 0; round < 6 && received === ''; round++) {
      sent ||= tryRead(() => c.write(Buffer.from('hello')));
      received = tryRead(() => s.read().toString()) || '';
    }
    expect(sent).toBe(5);
    expect(received).toBe('hello');

    function tryRead<T>(call: () => T): T | 0 {
      try {
        return call();
      } catch (error) {
        if (error instanceof SSLWantReadError) return 0;
        throw error;
      }
    }
  });

  test.each([CERT_OPTIONAL, CERT_REQUIRED] as const)(
    'mutual TLS: the server sees the client certificate (mode %i)',
    (mode) => {
      client.loadCertChain({ pem: cast.client.combinedPem });
      server.loadVerifyLocations({ cadata: cast.ca.certPem });
      server.verifyMode = mode;
      const pair = connectedPair(client, server, { serverHostname: 'localhost' });
      expect(pair.server.getPeerCert()).toMatchObject({ subject: [[['commonName', 'client']]] });
    },
  );

  test('a client without a certificate is told that one is required', () => {
    server.loadVerifyLocations({ cadata: cast.ca.certPem });
    server.verifyMode = CERT_REQUIRED;
    const pair = pairOf(client, server, { serverHostname: 'localhost' });
    const result = handshake(pair);
    expect(result.server).toMatchObject({ reason: 'PEER_DID_NOT_RETURN_A_CERTIFICATE', hint: expect.any(String) });
    const refused = version === TLSVersion.TLSv1_3 ? thrownBy(() => pair.client.read()) : result.client;
    expect(refused).toMatchObject({ hint: expect.stringMatching(/client certificate|requires one from the client/) });
    expect(pair.client.version()).toBeNull();
  });

  test('ALPN: the order of the server decides', () => {
    client.setAlpnProtocols(['h2', 'http/1.1']);
    server.setAlpnProtocols(['http/1.1', 'h2']);
    const pair = connectedPair(client, server, { serverHostname: 'localhost' });
    expect([pair.client.selectedAlpnProtocol(), pair.server.selectedAlpnProtocol()]).toEqual(['http/1.1', 'http/1.1']);
  });

  test('ALPN without agreement: null, unless the client requires it', () => {
    client.setAlpnProtocols(['h2']);
    server.setAlpnProtocols(['spdy/3']);
    expect(connectedPair(client, server, { serverHostname: 'localhost' }).client.selectedAlpnProtocol()).toBeNull();
    client.setAlpnProtocols(['h2'], { required: true });
    const pair = pairOf(client, server, { serverHostname: 'localhost' });
    expect(handshake(pair).client).toMatchObject({ code: 'ERR_SSL_NO_APPLICATION_PROTOCOL' });
    expect(thrownBy(() => pair.client.write(Buffer.from('x')))).toMatchObject({ reason: 'NO_APPLICATION_PROTOCOL' });
  });

  test('ALPN without agreement, required by the server: the client gets the alert', () => {
    client.setAlpnProtocols(['h2']);
    server.setAlpnProtocols(['spdy/3'], { required: true });
    const result = handshake(pairOf(client, server, { serverHostname: 'localhost' }));
    expect(result.client).toMatchObject({ reason: expect.stringContaining('ALERT_NO_APPLICATION_PROTOCOL') });
    expect(result.server).toBeInstanceOf(SSLError);
  });

  test('verifyTime judges certificates at another time, and null at the present', () => {
    server.loadCertChain({ pem: cast.expired.combinedPem });
    expect(handshake(pairOf(client, server, { serverHostname: 'localhost' })).client).toMatchObject({ verifyCode: 10 });
    client.verifyTime = new Date(Date.now() - 3 * 86_400_000);
    // The CA of this test is one day old, so then it was not yet valid: another refusal shows that the time is used.
    expect(handshake(pairOf(client, server, { serverHostname: 'localhost' })).client).toMatchObject({ verifyCode: 9 });
    client.verifyTime = null;
    expect(handshake(pairOf(client, server, { serverHostname: 'localhost' })).client).toMatchObject({ verifyCode: 10 });
  });

  test('only whole records are sent for data', () => {
    const pair = connectedPair(client, server, { serverHostname: 'localhost' });
    pair.toClient.read();
    pair.server.write(Buffer.alloc(40_000));
    const { records, rest } = recordsOf(pair.toClient.read());
    expect(records.map(({ type }) => type)).toEqual(Array(3).fill(RECORD_TYPE.applicationData));
    expect(rest).toHaveLength(0);
  });
});

test('a connection keeps the settings it was made under', () => {
  const client = clientOf();
  const server = serverOf();
  const { client: c } = connectedPair(client, server, { serverHostname: 'localhost' });
  client.checkHostname = false;
  client.verifyMode = CERT_NONE;
  expect(c.getPeerCert()).toHaveProperty('subject');
});

test('SSLObject has no public constructor', () => {
  const Public = SSLObject as unknown as new () => SSLObject;
  expect(thrownBy(() => new Public())).toMatchObject({ name: 'TypeError', code: 'ERR_ILLEGAL_CONSTRUCTOR' });
});

test('wrapBio refuses what is no MemoryBIO, unknown options, and a name that is missing', () => {
  const context = new SSLContext(PROTOCOL_TLS_CLIENT);
  const bio = new MemoryBIO();
  expect(thrownBy(() => context.wrapBio(bio, {} as MemoryBIO, { serverHostname: 'x' })).code).toBe(
    'ERR_INVALID_ARG_TYPE',
  );
  expect(thrownBy(() => context.wrapBio(bio, bio, { serverName: 'x' } as object)).code).toBe('ERR_UNKNOWN_OPTION');
  expect(thrownBy(() => context.wrapBio(bio, bio))).toMatchObject({
    code: 'ERR_SSL_CHECK_HOSTNAME_REQUIRES_SERVER_HOSTNAME',
    message: 'check_hostname requires server_hostname',
  });
});
