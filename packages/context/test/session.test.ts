import { inspect } from 'node:util';
import {
  CERT_NONE,
  CERT_REQUIRED,
  PROTOCOL_TLS,
  PROTOCOL_TLS_CLIENT,
  SSLContext,
  SSLSession,
  TLSVersion,
  VERIFY_X509_STRICT,
} from '@sslkit/context';
import { mintLeaf } from '@sslkit/testkit';
import { beforeEach, describe, expect, test } from 'vitest';
import { cast, clientOf, serverOf } from './contexts.ts';
import type { Pair } from './pair.ts';
import { connectedPair, pairOf, thrownBy } from './pair.ts';

const VERSIONS = [
  ['TLSv1.2', TLSVersion.TLSv1_2],
  ['TLSv1.3', TLSVersion.TLSv1_3],
] as const;

/** On TLS 1.3 the ticket comes with the first data. */
function sessionOf({ client, server }: Pair): SSLSession {
  server.write(Buffer.from('x'));
  client.read();
  return client.session!;
}

describe.each(VERSIONS)('%s', (_name, version) => {
  let client: SSLContext;
  let server: SSLContext;
  beforeEach(async () => {
    client = clientOf({ version });
    server = serverOf({ own: await mintLeaf(cast.ca, { dns: ['localhost', 'other.example'] }) });
  });

  const resumes = (session: SSLSession, serverHostname: string | null = 'localhost'): boolean => {
    const pair = connectedPair(client, server, { serverHostname, session });
    expect(pair.server.sessionReused).toBe(pair.client.sessionReused);
    return pair.client.sessionReused;
  };

  test('a session resumes, and the certificate stays readable', () => {
    const first = connectedPair(client, server, { serverHostname: 'localhost' });
    const session = sessionOf(first);
    expect(session.hasTicket).toBe(true);
    const second = connectedPair(client, server, { serverHostname: 'localhost', session });
    expect(second.client.sessionReused).toBe(true);
    expect(second.client.getPeerCert()).toEqual(first.client.getPeerCert());
    expect(second.client.getUnverifiedChain()).toEqual(first.client.getUnverifiedChain());
    expect(server.sessionStats().hits).toBe(1);
  });

  test('its attributes have their units', () => {
    const session = sessionOf(connectedPair(client, server, { serverHostname: 'localhost' }));
    expect(session.id.length).toBeGreaterThan(0);
    expect(Math.abs(session.time - Date.now() / 1000)).toBeLessThan(60);
    expect(session.timeout).toBe(7200);
    expect(session.ticketLifetimeHint).toBe(7200);
    expect(session.equals(session)).toBe(true);
    expect(session.equals(null)).toBe(false);
  });

  test('a session for another name is left aside: a full handshake', () => {
    const session = sessionOf(connectedPair(client, server, { serverHostname: 'localhost' }));
    expect(resumes(session, 'other.example')).toBe(false);
    expect(resumes(session, 'localhost')).toBe(true);
  });

  test('a session made without verification does not get around it later', () => {
    client.checkHostname = false;
    client.verifyMode = CERT_NONE;
    const session = sessionOf(connectedPair(client, server, { serverHostname: 'localhost' }));
    expect(resumes(session)).toBe(true);
    client.verifyMode = CERT_REQUIRED;
    expect(resumes(session)).toBe(false);
    client.checkHostname = true;
    expect(resumes(session)).toBe(false);
  });

  test.each<[string, (context: SSLContext) => unknown]>([
    ['verifyFlags', (context) => (context.verifyFlags |= VERIFY_X509_STRICT)],
    ['verifyTime', (context) => (context.verifyTime = new Date())],
    ['hostnameChecksCommonName', (context) => (context.hostnameChecksCommonName = false)],
    ['the security level', (context) => context.setCiphers('DEFAULT@SECLEVEL=1')],
  ])('a change of %s calls for a full handshake', (_what, change) => {
    const session = sessionOf(connectedPair(client, server, { serverHostname: 'localhost' }));
    expect(resumes(session)).toBe(true);
    change(client);
    expect(resumes(session)).toBe(false);
  });

  test('a change of the trusted certificates calls for a full handshake', () => {
    const session = sessionOf(connectedPair(client, server, { serverHostname: 'localhost' }));
    client.loadVerifyLocations({ cadata: cast.otherCa.certPem });
    expect(resumes(session)).toBe(false);
  });

  test('a server that has become stricter does not accept its old tickets', () => {
    client.loadCertChain({ pem: cast.client.combinedPem });
    server.loadVerifyLocations({ cadata: cast.ca.certPem });
    const session = sessionOf(connectedPair(client, server, { serverHostname: 'localhost' }));
    server.verifyMode = CERT_REQUIRED;
    const pair = connectedPair(client, server, { serverHostname: 'localhost', session });
    expect(pair.client.sessionReused).toBe(false);
    expect(pair.server.getPeerCert()).toMatchObject({ subject: [[['commonName', 'client']]] });
  });

  test('a session survives serialisation, with what it is bound to', () => {
    const bytes = sessionOf(connectedPair(client, server, { serverHostname: 'localhost' })).serialize();
    expect(resumes(SSLSession.deserialize(client, bytes))).toBe(true);
    expect(resumes(SSLSession.deserialize(client, bytes), 'other.example')).toBe(false);
    client.verifyFlags |= VERIFY_X509_STRICT;
    expect(resumes(SSLSession.deserialize(client, bytes))).toBe(false);
  });

  test('the setter refuses what Python refuses, in the same order', () => {
    const connected = connectedPair(client, server, { serverHostname: 'localhost' });
    const session = sessionOf(connected);
    const fresh = pairOf(client, server, { serverHostname: 'localhost' });
    const foreign = pairOf(new SSLContext(PROTOCOL_TLS), server).client;
    const set = (target: { session: SSLSession | null }, value: unknown) =>
      thrownBy(() => {
        target.session = value as SSLSession;
      });
    expect(set(fresh.client, null)).toMatchObject({
      code: 'ERR_INVALID_ARG_TYPE',
      message: 'Value is not a SSLSession.',
    });
    expect(set(fresh.client, {})).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
    expect(set(foreign, session).message).toBe('Session refers to a different SSLContext.');
    expect(set(connected.client, session).message).toBe('Cannot set session after handshake.');
    expect(set(fresh.server, connected.server.session).message).toBe('Cannot set session for server-side SSLSocket.');
  });

  test('before the handshake nothing was reused', () => {
    const { client: c } = pairOf(client, server, { serverHostname: 'localhost' });
    expect(c.sessionReused).toBe(false);
    c.session = sessionOf(connectedPair(client, server, { serverHostname: 'localhost' }));
    expect(c.sessionReused).toBe(false);
  });
});

test('numTickets: none means that nothing can be resumed on TLS 1.3', () => {
  const client = clientOf();
  const server = serverOf();
  server.numTickets = 0;
  expect(server.numTickets).toBe(0);
  const session = sessionOf(connectedPair(client, server, { serverHostname: 'localhost' }));
  expect(session.hasTicket).toBe(false);
});

test('bytes that are no session are refused without a word about their contents', () => {
  const context = new SSLContext(PROTOCOL_TLS_CLIENT);
  const head = Buffer.from('sslkit-session\x01');
  const bad = [
    Buffer.alloc(0),
    Buffer.from('nonsense'),
    head,
    Buffer.concat([head, Buffer.from([0xff, 0xff, 0xff, 0xff]), Buffer.alloc(64)]),
    Buffer.concat([head, Buffer.from([0, 0, 0, 2]), Buffer.from('{}'), Buffer.alloc(64)]),
    Buffer.concat([head, Buffer.from([0, 0, 0, 4]), Buffer.from('null'), Buffer.alloc(64)]),
  ];
  for (const bytes of bad) {
    expect(thrownBy(() => SSLSession.deserialize(context, bytes)).code).toBe('ERR_INVALID_ARG_VALUE');
  }
  expect(thrownBy(() => SSLSession.deserialize(context, 'text' as unknown as Uint8Array)).code).toBe(
    'ERR_INVALID_ARG_TYPE',
  );
  expect(thrownBy(() => SSLSession.deserialize({}, Buffer.alloc(0))).code).toBe('ERR_INVALID_ARG_TYPE');
});

test('a session shows no secret to console.log', () => {
  const client = clientOf();
  const server = serverOf();
  const session = sessionOf(connectedPair(client, server, { serverHostname: 'localhost' }));
  expect(inspect(session, { depth: 5, showHidden: true })).not.toMatch(/Buffer|[0-9a-f]{16}/i);
});
