import { createHash } from 'node:crypto';
import { type SSLContext, TLSVersion } from '@sslkit/context';
import { beforeEach, describe, expect, test } from 'vitest';
import { cast, clientOf, serverOf } from './contexts.ts';
import { connectedPair, pairOf, thrownBy } from './pair.ts';

describe.each([
  ['TLSv1.2', TLSVersion.TLSv1_2],
  ['TLSv1.3', TLSVersion.TLSv1_3],
] as const)('%s', (name, version) => {
  let client: SSLContext;
  let server: SSLContext;
  beforeEach(() => {
    client = clientOf({ version });
    server = serverOf();
  });
  const connect = (session?: Parameters<typeof connectedPair>[2]) =>
    connectedPair(client, server, { serverHostname: 'localhost', ...session });

  test('tls-exporter: the same on both sides, and another on every connection', () => {
    const one = connect();
    const two = connect();
    const bindings = [one.client, one.server, two.client].map((end) => end.getChannelBinding('tls-exporter')!);
    expect(bindings[0]).toHaveLength(32);
    expect(bindings[0]).toEqual(bindings[1]);
    expect(bindings[0]).not.toEqual(bindings[2]);
  });

  test('tls-server-end-point: the hash of the server certificate, on both sides', () => {
    const expected = createHash('sha256').update(cast.server.certDer).digest();
    const { client: c, server: s } = connect();
    expect(c.getChannelBinding('tls-server-end-point')).toEqual(expected);
    expect(s.getChannelBinding('tls-server-end-point')).toEqual(expected);
  });

  test('tls-server-end-point of a server with two certificates is that of the one it showed', () => {
    server.loadCertChain({ pem: cast.serverRsa.combinedPem });
    const { client: c, server: s } = connect();
    const shown = c.getPeerCert(true)!;
    expect([cast.server, cast.serverRsa].map(({ certDer }) => Buffer.from(certDer))).toContainEqual(shown);
    expect(s.getChannelBinding('tls-server-end-point')).toEqual(createHash('sha256').update(shown).digest());
    expect(c.getChannelBinding('tls-server-end-point')).toEqual(s.getChannelBinding('tls-server-end-point'));
  });

  test('tls-unique exists below TLS 1.3 only', () => {
    const one = connect();
    if (name === 'TLSv1.3') {
      expect(thrownBy(() => one.client.getChannelBinding('tls-unique')).code).toBe('ERR_SSL_UNSUPPORTED');
      return;
    }
    expect(one.client.getChannelBinding()).toHaveLength(12);
    expect(one.client.getChannelBinding()).toEqual(one.server.getChannelBinding());
    const resumed = connect({ session: one.client.session });
    expect(resumed.client.sessionReused).toBe(true);
    expect(resumed.client.getChannelBinding()).toEqual(resumed.server.getChannelBinding());
    expect(resumed.client.getChannelBinding()).not.toEqual(one.client.getChannelBinding());
  });

  test('null before the handshake; an unknown type is refused at any time', () => {
    const { client: c } = pairOf(client, server, { serverHostname: 'localhost' });
    expect(c.getChannelBinding()).toBeNull();
    expect(c.getChannelBinding('tls-exporter')).toBeNull();
    expect(thrownBy(() => c.getChannelBinding('tls-unknown')).code).toBe('ERR_INVALID_ARG_VALUE');
  });
});
