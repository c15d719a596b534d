/** Post-handshake authentication in memory: who may ask, and what is known when. */
import {
  CERT_NONE,
  CERT_OPTIONAL,
  CERT_REQUIRED,
  HAS_PHA,
  PROTOCOL_TLS,
  PROTOCOL_TLS_CLIENT,
  PROTOCOL_TLS_SERVER,
  SSLCertVerificationError,
  SSLContext,
  SSLError,
  type SSLObject,
  type SSLSession,
  SSLWantReadError,
  TLSVersion,
} from '@sslkit/context';
import { beforeEach, describe, expect, test } from 'vitest';
import { cast, serverOf } from './contexts.ts';
import { connectedPair, handshake, type Pair, pairOf, thrownBy } from './pair.ts';
import { askedClient, askingServer, got, subjectOf, talk } from './post_handshake_auth_contexts.ts';

let client: SSLContext;
let server: SSLContext;

beforeEach(() => {
  client = askedClient();
  server = askingServer();
});

const pair = (session?: SSLSession): Pair =>
  connectedPair(client, server, { serverHostname: 'localhost', ...(session ? { session } : {}) });

test('is there', () => {
  expect(HAS_PHA).toBe(true);
});

describe('the setting', () => {
  test('is off by default, on both sides', () => {
    for (const protocol of [PROTOCOL_TLS_CLIENT, PROTOCOL_TLS_SERVER, PROTOCOL_TLS] as const) {
      const context = new SSLContext(protocol);
      expect(context.postHandshakeAuth).toBe(false);
      context.postHandshakeAuth = true;
      expect(context.postHandshakeAuth).toBe(true);
      context.postHandshakeAuth = false;
      expect(context.postHandshakeAuth).toBe(false);
    }
  });

  test.each([[1], [null], ['yes'], [undefined]])('takes a boolean, not %s', (wrong) => {
    expect(thrownBy(() => Object.assign(server, { postHandshakeAuth: wrong })).code).toBe('ERR_INVALID_ARG_TYPE');
    expect(server.postHandshakeAuth).toBe(true);
  });

  test('leaves verifyMode as it is, in either order', () => {
    for (const mode of [CERT_NONE, CERT_OPTIONAL, CERT_REQUIRED] as const) {
      const context = new SSLContext(PROTOCOL_TLS_SERVER);
      context.verifyMode = mode;
      context.postHandshakeAuth = true;
      expect(context.verifyMode).toBe(mode);
      context.verifyMode = CERT_OPTIONAL;
      context.verifyMode = mode;
      expect(context.verifyMode).toBe(mode);
      context.postHandshakeAuth = false;
      expect(context.verifyMode).toBe(mode);
    }
    expect(client.verifyMode).toBe(CERT_REQUIRED);
  });

  test('does not make a client without verification verify', () => {
    const careless = new SSLContext(PROTOCOL_TLS);
    careless.postHandshakeAuth = true;
    expect(careless.verifyMode).toBe(CERT_NONE);
    connectedPair(careless, server);
  });

  test('of a connection is that of the moment when it was made', () => {
    const { client: near, server: far } = pair();
    server.postHandshakeAuth = false;
    server.verifyMode = CERT_NONE;
    client.postHandshakeAuth = false;
    far.verifyClientPostHandshake();
    expect(talk({ client: near, server: far } as Pair)).toEqual(['ask', 'answer']);
    expect(subjectOf(far)).toContain('client');
  });
});

describe('a client that has a certificate', () => {
  test('is not asked in the handshake, and is known after its answer', () => {
    const both = pair();
    expect(both.server.getPeerCert()).toBe(null);
    expect(both.server.verifyClientPostHandshake()).toBe(undefined);
    expect(both.server.getPeerCert()).toBe(null);
    expect(both.server.version()).toBe('TLSv1.3');
    expect(talk(both)).toEqual(['ask', 'answer']);
    expect(subjectOf(both.server)).toContain('client');
    expect(both.server.getPeerCert(true)).toEqual(Buffer.from(cast.client.certDer));
    const ca = Buffer.from(cast.ca.certDer);
    expect(both.server.getVerifiedChain()).toEqual([Buffer.from(cast.client.certDer), ca]);
    // A client completes its chain from what it trusts.
    expect(both.server.getUnverifiedChain()).toEqual([Buffer.from(cast.client.certDer), ca]);
    expect(both.client.getPeerCert(true)).toEqual(Buffer.from(cast.server.certDer));
  });

  test.each(['doHandshake', 'read'] as const)('is asked by %s too', (call) => {
    const both = pair();
    const before = both.toClient.pending;
    both.server.verifyClientPostHandshake();
    expect(both.toClient.pending).toBe(before);
    if (call === 'doHandshake') both.server.doHandshake();
    else expect(got(both.server)).toBeInstanceOf(SSLWantReadError);
    expect(both.toClient.pending).toBeGreaterThan(before);
    expect(got(both.client)).toBeInstanceOf(SSLWantReadError);
    expect(got(both.server)).toBeInstanceOf(SSLWantReadError);
    expect(subjectOf(both.server)).toContain('client');
  });

  test('has proven nothing until all of its answer is there', () => {
    const both = pair();
    both.server.verifyClientPostHandshake();
    both.server.doHandshake();
    expect(got(both.client)).toBeInstanceOf(SSLWantReadError);
    const answer = both.toServer.read();
    // Whatever is cut off: up to the last byte the certificate is nobody's.
    for (const byte of answer.subarray(0, -1)) {
      both.toServer.write(Uint8Array.of(byte));
      expect(got(both.server)).toBeInstanceOf(SSLWantReadError);
      expect(both.server.getPeerCert()).toBe(null);
      expect(both.server.getPeerCert(true)).toBe(null);
      expect(both.server.getVerifiedChain()).toEqual([]);
      expect(both.server.getUnverifiedChain()).toEqual([]);
      expect(both.server.version()).toBe('TLSv1.3');
    }
    both.toServer.write(answer.subarray(-1));
    expect(got(both.server)).toBeInstanceOf(SSLWantReadError);
    expect(subjectOf(both.server)).toContain('client');
  });

  test('whose proof is damaged stays unknown, and the error sticks', () => {
    const both = pair();
    both.server.verifyClientPostHandshake();
    both.server.doHandshake();
    got(both.client);
    const answer = both.toServer.read();
    answer[answer.length - 1]! ^= 1;
    both.toServer.write(answer);
    const error = got(both.server);
    expect(error).toMatchObject({ reason: expect.stringMatching(/BAD_RECORD_MAC|RECORD_LAYER_FAILURE/) });
    expect(both.server.getPeerCert()).toBe(null);
    expect(both.server.getVerifiedChain()).toEqual([]);
    expect(thrownBy(() => both.server.write(Buffer.from('x')))).toBe(error);
    expect(thrownBy(() => both.server.verifyClientPostHandshake())).toBe(error);
  });

  test('can be asked again and again', () => {
    const both = pair();
    for (let round = 0; round < 5; round++) {
      both.server.verifyClientPostHandshake();
      expect(talk(both)).toEqual(['ask', 'answer']);
      expect(subjectOf(both.server)).toContain('client');
    }
  });

  test('keeps what it has proven when the connection fails later', () => {
    const both = pair();
    both.server.verifyClientPostHandshake();
    talk(both);
    both.toServer.write(Buffer.from([23, 3, 3, 0, 20, ...Buffer.alloc(20)]));
    expect(got(both.server)).toBeInstanceOf(SSLError);
    expect(subjectOf(both.server)).toContain('client');
  });

  test('can be unwrapped after it', () => {
    const both = pair();
    both.server.verifyClientPostHandshake();
    talk(both);
    expect(() => both.server.unwrap()).toThrow(SSLWantReadError);
    both.client.unwrap();
    both.server.unwrap();
    expect(thrownBy(() => both.server.verifyClientPostHandshake()).reason).toBe('PROTOCOL_IS_SHUTDOWN');
  });

  test('is asked in the handshake by a server without the setting, and can be asked again', () => {
    server.postHandshakeAuth = false;
    const both = pair();
    expect(subjectOf(both.server)).toContain('client');
    both.server.verifyClientPostHandshake();
    expect(talk(both)).toEqual(['ask', 'answer']);
    expect(subjectOf(both.server)).toContain('client');
  });
});

describe('whoever cannot be asked', () => {
  const refusal = (side: SSLObject): Error & Record<string, unknown> =>
    thrownBy(() => side.verifyClientPostHandshake());

  test('a client asks nobody', () => {
    const both = pair();
    expect(refusal(both.client)).toMatchObject({ reason: 'NOT_SERVER', hint: expect.stringContaining('server') });
    expect(talk(both)).toEqual(['ask', 'answer']);
  });

  test('TLS 1.2 asks in the handshake only', () => {
    client.maximumVersion = TLSVersion.TLSv1_2;
    const both = pair();
    expect(subjectOf(both.server)).toContain('client');
    expect(refusal(both.server)).toMatchObject({
      reason: 'WRONG_SSL_VERSION',
      library: 'SSL',
      hint: expect.stringContaining('TLS 1.3'),
    });
    expect(refusal(both.client).reason).toBe('WRONG_SSL_VERSION');
    expect(talk(both)).toEqual(['ask', 'answer']);
  });

  test('before the handshake nobody can', () => {
    const both = pairOf(client, server, { serverHostname: 'localhost' });
    expect(refusal(both.server)).toBeInstanceOf(SSLError);
    expect(refusal(both.server).hint).toContain('doHandshake');
    expect(handshake(both)).toEqual({ client: null, server: null });
  });

  test('a client that has not offered it', () => {
    client.postHandshakeAuth = false;
    const both = pair();
    expect(refusal(both.server)).toMatchObject({
      reason: 'EXTENSION_NOT_RECEIVED',
      hint: expect.stringContaining('postHandshakeAuth'),
    });
    expect(talk(both)).toEqual(['ask', 'answer']);
  });

  test('a server that does not verify', () => {
    server = askingServer(CERT_NONE);
    const both = pair();
    for (let round = 0; round < 3; round++) {
      expect(refusal(both.server)).toMatchObject({
        reason: 'INVALID_CONFIG',
        hint: expect.stringContaining('verifyMode'),
      });
    }
    expect(talk(both)).toEqual(['ask', 'answer']);
  });

  test('twice: before the request has left, and before it is answered', () => {
    const both = pair();
    both.server.verifyClientPostHandshake();
    expect(refusal(both.server)).toMatchObject({
      reason: 'STILL_IN_INIT',
      hint: expect.stringContaining('being asked already'),
    });
    both.server.write(Buffer.from('ask'));
    expect(refusal(both.server)).toMatchObject({
      reason: 'REQUEST_SENT',
      hint: expect.stringContaining('has not answered'),
    });
    expect(got(both.client)).toBe('ask');
    expect(got(both.server)).toBeInstanceOf(SSLWantReadError);
    expect(subjectOf(both.server)).toContain('client');
    both.server.verifyClientPostHandshake();
    expect(talk(both)).toEqual(['ask', 'answer']);
  });

  test('a client that never answers goes on reading and writing, and nothing grows', () => {
    const both = pair();
    both.server.verifyClientPostHandshake();
    both.server.doHandshake();
    for (let round = 0; round < 100; round++) {
      expect(refusal(both.server).reason).toBe('REQUEST_SENT');
      both.client.write(Buffer.from('question'));
      expect(got(both.server)).toBe('question');
      expect(both.server.getPeerCert()).toBe(null);
    }
    expect(both.toClient.pending).toBeLessThan(4096);
  });
});

describe('sessions', () => {
  const sessionOf = (both: Pair): SSLSession => both.client.session as SSLSession;

  test('of before the answer know nobody, those of after it know the client', () => {
    const first = pair();
    talk(first);
    const before = sessionOf(first);
    first.server.verifyClientPostHandshake();
    talk(first);
    first.server.write(Buffer.from('tickets'));
    got(first.client);
    const after = sessionOf(first);

    const again = pair(before);
    expect(again.client.sessionReused).toBe(true);
    expect(again.server.getPeerCert()).toBe(null);
    again.server.verifyClientPostHandshake();
    talk(again);
    expect(subjectOf(again.server)).toContain('client');

    const known = pair(after);
    expect(known.client.sessionReused).toBe(true);
    expect(subjectOf(known.server)).toContain('client');
    known.server.verifyClientPostHandshake();
    expect(talk(known)).toEqual(['ask', 'answer']);
  });

  test('of before the answer do not get a client past a handshake that asks', () => {
    const anonymous = askedClient(null);
    const first = connectedPair(anonymous, server, { serverHostname: 'localhost' });
    talk(first);
    server.postHandshakeAuth = false;
    const both = pairOf(anonymous, server, { serverHostname: 'localhost', session: first.client.session });
    expect(handshake(both).server).toMatchObject({ reason: 'PEER_DID_NOT_RETURN_A_CERTIFICATE' });
    expect(both.client.sessionReused).toBe(false);
  });
});

test('the context that the SNI callback assigns verifies the client', () => {
  const other = serverOf({ trusts: cast.otherCa });
  server.sniCallback = (connection) => {
    connection.context = other;
  };
  const both = pair();
  both.server.verifyClientPostHandshake();
  expect(talk(both)[1]).toBeInstanceOf(SSLCertVerificationError);
});
