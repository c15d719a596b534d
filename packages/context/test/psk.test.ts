/** Pre-shared keys over memory: with which keys two sides connect, and what the callbacks are told. */
import {
  CERT_REQUIRED,
  HAS_PSK,
  HAS_PSK_TLS13,
  PROTOCOL_TLS_CLIENT,
  PROTOCOL_TLS_SERVER,
  type PskServerCallback,
  SSLContext,
  type SSLError,
  TLSVersion,
} from '@sslkit/context';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { cast } from './contexts.ts';
import { connectedPair, handshake, pairOf, VERSIONS } from './pair.ts';
import { exchange, failures, KEY, leaf, NAME, NONE, pskClient, pskContext, pskServer } from './psk_contexts.ts';

test('HAS_PSK and HAS_PSK_TLS13: Node’s OpenSSL, and the system’s, have both', () => {
  expect([HAS_PSK, HAS_PSK_TLS13]).toEqual([true, true]);
});

describe.each(VERSIONS)('pre-shared keys, %s', (_name, version) => {
  const isTls12 = version === TLSVersion.TLSv1_2;

  test('both sides have the key: a connection without certificates, though the client requires one', () => {
    const client = pskClient(version);
    expect([client.verifyMode, client.checkHostname]).toEqual([CERT_REQUIRED, true]);
    const pair = connectedPair(client, pskServer(version), NAME);
    expect(exchange(pair.client, pair.server)).toBe('over the key');
    expect(exchange(pair.server, pair.client)).toBe('over the key');
    expect([pair.client.getPeerCert(), pair.server.getPeerCert()]).toEqual([null, null]);
    expect(pair.client.getUnverifiedChain()).toEqual([]);
    // As in Python: OpenSSL counts a pre-shared key of TLS 1.3 as a session that was resumed.
    expect(pair.client.sessionReused).toBe(!isTls12);
  });

  test('the callbacks are told the hint and the identity', () => {
    const told: unknown[] = [];
    const client = pskClient(version, (hint) => {
      told.push(hint);
      return ['ålfa', KEY];
    });
    const server = pskContext(PROTOCOL_TLS_SERVER, version);
    const answer: PskServerCallback = (identity) => {
      told.push(identity);
      return KEY;
    };
    server.setPskServerCallback(answer, { identityHint: 'hïnt' });
    connectedPair(client, server, NAME);
    expect(told).toEqual([isTls12 ? 'hïnt' : null, 'ålfa']);
  });

  test('a server that requires certificates takes a client with a key', () => {
    const server = pskServer(version);
    server.verifyMode = CERT_REQUIRED;
    server.loadVerifyLocations({ cadata: cast.ca.certPem });
    connectedPair(pskClient(version), server, NAME);
  });

  test('another key fails, and no data pass', () => {
    const pair = pairOf(
      pskClient(version),
      pskServer(version, () => Buffer.from('another key of 25 bytes..')),
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
      pskClient(version),
      pskServer(version, () => NONE),
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
      pskClient(version, () => ['me', NONE]),
      pskServer(version),
    );
    expect(isTls12 ? client?.reason : server?.reason).toBe(
      isTls12 ? 'PSK_IDENTITY_NOT_FOUND' : 'NO_SUITABLE_SIGNATURE_ALGORITHM',
    );
  });

  test('a server that does not know the key must show a certificate that verifies', () => {
    const server = pskServer(version, isTls12 ? null : () => NONE);
    server.loadCertChain({ pem: leaf.combinedPem });
    const untrusting = pskClient(version);
    expect(failures(untrusting, server).client?.code).toBe('ERR_SSL_CERT_VERIFICATION');
    const trusting = pskClient(version);
    trusting.loadVerifyLocations({ cadata: cast.ca.certPem });
    expect(connectedPair(trusting, server, NAME).client.getPeerCert()).toMatchObject({ version: 3 });
  });

  test.each([256, 257])('an identity of %i bytes', (length) => {
    const { client, server } = failures(
      pskClient(version, () => ['i'.repeat(length), KEY]),
      pskServer(version),
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
      pskClient(version, () => ['me', key]),
      pskServer(version, () => key),
    );
    const theirs = failures(
      pskClient(version),
      pskServer(version, () => key),
    );
    if (length === 512) {
      expect(own).toEqual({ client: null, server: null });
    } else {
      expect(own.client?.cause).toMatchObject({ code: 'ERR_OUT_OF_RANGE' });
      expect(theirs.server?.cause).toMatchObject({ code: 'ERR_OUT_OF_RANGE' });
    }
  });

  test('no key shows in an error or when things are inspected', () => {
    const client = pskClient(version);
    const server = pskServer(version, () => Buffer.from('another'));
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
  const server = pskContext(PROTOCOL_TLS_SERVER, TLSVersion.TLSv1_2);
  server.setPskServerCallback(() => KEY, { identityHint: 'choose' });
  expect(connectedPair(client, server, NAME).client.version()).toBe('TLSv1.2');
  expect(hints).toEqual([null, 'choose']);
});

test('an identity of null and one of no characters are the same, and for TLS 1.2 only', () => {
  const identities: unknown[] = [];
  const server = pskServer(TLSVersion.TLSv1_2, (identity) => {
    identities.push(identity);
    return KEY;
  });
  connectedPair(
    pskClient(TLSVersion.TLSv1_2, () => [null, KEY]),
    server,
    NAME,
  );
  connectedPair(
    pskClient(TLSVersion.TLSv1_2, () => ['', KEY]),
    server,
    NAME,
  );
  expect(identities).toEqual([null, null]);
  const { client } = failures(
    pskClient(TLSVersion.TLSv1_3, () => [null, KEY]),
    pskServer(TLSVersion.TLSv1_3),
  );
  expect(client?.cause).toHaveProperty('message', expect.stringContaining('TLS 1.3 needs an identity'));
});
