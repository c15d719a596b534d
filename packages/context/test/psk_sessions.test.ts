/** Sessions of connections under pre-shared keys: they are bound to the callback, since resuming asks nobody. */
import { PROTOCOL_TLS_CLIENT, PROTOCOL_TLS_SERVER, type SSLContext, SSLSession, TLSVersion } from '@sslkit/context';
import { describe, expect, test } from 'vitest';
import { cast } from './contexts.ts';
import { connectedPair, handshake, pairOf, VERSIONS } from './pair.ts';
import { exchange, KEY, leaf, NAME, NONE, pskClient, pskContext, pskServer } from './psk_contexts.ts';

describe.each(VERSIONS)('sessions under pre-shared keys, %s', (_name, version) => {
  const isTls12 = version === TLSVersion.TLSv1_2;

  /** The ticket of TLS 1.3 comes with the first data. */
  const sessionOf = (client: SSLContext, server: SSLContext): SSLSession => {
    const pair = connectedPair(client, server, NAME);
    exchange(pair.server, pair.client);
    return pair.client.session as SSLSession;
  };

  test('are resumed while the callbacks are the same', () => {
    let asked = 0;
    const client = pskClient(version);
    const server = pskServer(version, () => {
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
    const client = pskClient(version);
    const server = pskServer(version);
    const session = sessionOf(client, server);
    client.setPskClientCallback(null);
    const { client: failure } = handshake(pairOf(client, server, { ...NAME, session }));
    expect(failure, 'nothing vouches for the server any more').not.toBeNull();
  });

  test('are not resumed by a server whose callback was set again', () => {
    const client = pskClient(version);
    const server = pskServer(version);
    const session = sessionOf(client, server);
    let asked = false;
    server.setPskServerCallback(() => {
      asked = true;
      return KEY;
    });
    connectedPair(client, server, { ...NAME, session });
    expect(asked).toBe(true);
  });

  test('that a certificate has vouched for are not resumed where keys were allowed since', () => {
    const client = pskContext(PROTOCOL_TLS_CLIENT, version);
    client.loadVerifyLocations({ cadata: cast.ca.certPem });
    const server = pskContext(PROTOCOL_TLS_SERVER, version);
    server.loadCertChain({ pem: leaf.combinedPem });
    const certified = sessionOf(client, server);
    client.setPskClientCallback(() => ['me', NONE]);
    if (isTls12) client.setCiphers('ECDHE+AESGCM');
    expect(connectedPair(client, server, { ...NAME, session: certified }).client.sessionReused).toBe(false);
  });

  test('that were written down are not resumed under the callbacks of another context', () => {
    const client = pskClient(version, () => ['me', KEY]);
    const server = pskServer(version);
    const bytes = sessionOf(client, server).serialize();
    const other = pskClient(version, () => ['me', NONE]);
    const session = SSLSession.deserialize(other, bytes);
    expect(handshake(pairOf(other, server, { ...NAME, session })).client).not.toBeNull();
  });
});

test('a ticket that begins with a zero byte is no identity: a server with a key for everybody goes on resuming', () => {
  const client = pskContext(PROTOCOL_TLS_CLIENT, TLSVersion.TLSv1_3);
  client.loadVerifyLocations({ cadata: cast.ca.certPem });
  const asked: unknown[] = [];
  const server = pskServer(TLSVersion.TLSv1_3, (identity) => {
    asked.push(identity);
    return identity === null ? KEY : NONE;
  });
  server.loadCertChain({ pem: leaf.combinedPem });
  for (let i = 0; i < 8; i++) {
    const first = connectedPair(client, server, NAME);
    exchange(first.server, first.client);
    const second = connectedPair(client, server, { ...NAME, session: first.client.session });
    expect(second.client.sessionReused).toBe(true);
  }
  expect(asked).not.toContain(null);
});
