/** Post-handshake authentication in memory: who may ask, what is known when, and what ends the connection. */
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
  VERIFY_CRL_CHECK_LEAF,
  type VerifyMode,
} from '@sslkit/context';
import { mintCrl, mintLeaf, RECORD_TYPE, RecordForger, recordsOf, scene, temporaryDirectory } from '@sslkit/testkit';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { connectedPair, handshake, type Pair, pairOf, thrownBy } from './pair.ts';

const cast = await scene();
const expired = await mintLeaf(cast.ca, {
  purpose: 'client',
  notBefore: new Date(Date.now() - 7 * 86_400_000),
  notAfter: new Date(Date.now() - 86_400_000),
});
let client: SSLContext;
let server: SSLContext;

function clientOf(own: { combinedPem: string } | null = cast.client): SSLContext {
  const context = new SSLContext(PROTOCOL_TLS_CLIENT);
  context.loadVerifyLocations({ cadata: cast.ca.certPem });
  if (own !== null) context.loadCertChain({ pem: own.combinedPem });
  context.postHandshakeAuth = true;
  return context;
}

function serverOf(mode: VerifyMode = CERT_REQUIRED): SSLContext {
  const context = new SSLContext(PROTOCOL_TLS_SERVER);
  context.loadCertChain({ pem: cast.server.combinedPem });
  context.loadVerifyLocations({ cadata: cast.ca.certPem });
  context.verifyMode = mode;
  context.postHandshakeAuth = true;
  return context;
}

beforeEach(() => {
  client = clientOf();
  server = serverOf();
});

const pair = (session?: SSLSession): Pair =>
  connectedPair(client, server, { serverHostname: 'localhost', ...(session ? { session } : {}) });

/** What a read gives: a text, or the error. */
function got(side: SSLObject): string | Error {
  try {
    return side.read().toString();
  } catch (error) {
    return error as Error;
  }
}

/** A word each way, which carries the request and the answer. */
function talk({ client: near, server: far }: Pair): [atClient: string | Error, atServer: string | Error] {
  far.write(Buffer.from('ask'));
  const atClient = got(near);
  if (typeof atClient === 'string') near.write(Buffer.from('answer'));
  const atServer = got(far);
  return [atClient, atServer];
}

const subjectOf = (side: SSLObject): unknown => JSON.stringify(side.getPeerCert()?.subject ?? null);

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

describe('a client that goes its own way', () => {
  /** What the client has answered, and how to answer instead of it. */
  function answered() {
    const log = join(temporaryDirectory('pha-'), 'keys');
    client.keylogFilename = log;
    const both = pair();
    both.toServer.read();
    both.server.verifyClientPostHandshake();
    both.server.doHandshake();
    got(both.client);
    const bytes = both.toServer.read();
    const records = recordsOf(bytes).records.map(({ start, end }) => bytes.subarray(start, end));
    const forger = (sequence: number): RecordForger =>
      RecordForger.ofKeyLog(readFileSync(log, 'utf8'), 'client', both.server.cipher()![0], sequence);
    const reader = forger(0);
    return { both, bytes, forger, sent: records.length, opened: records.map((record) => reader.open(record)) };
  }

  test.each([
    ['the signature', 15],
    ['the Finished', 20],
  ])('with a certificate that is not its own: %s is wrong', (_name, message) => {
    const { both, forger, opened } = answered();
    const own = forger(0);
    for (const { type, content } of opened) {
      if (content[0] === message) content[content.length - 1]! ^= 1;
      both.toServer.write(own.record(type, content));
    }
    const error = got(both.server) as SSLError;
    expect(error.reason).toMatch(message === 15 ? /SIGNATURE/ : /DIGEST_CHECK_FAILED/);
    expect(both.server.getPeerCert()).toBe(null);
    expect(both.server.getPeerCert(true)).toBe(null);
    expect(both.server.getVerifiedChain()).toEqual([]);
    expect(both.server.getUnverifiedChain()).toEqual([]);
    expect(thrownBy(() => both.server.read())).toBe(error);
  });

  test('without any proof: it stays nobody, however long the server waits', () => {
    const { both, forger, opened } = answered();
    const own = forger(0);
    both.toServer.write(own.record(opened[0]!.type, opened[0]!.content));
    for (let round = 0; round < 3; round++) {
      expect(got(both.server)).toBeInstanceOf(SSLWantReadError);
      expect(both.server.getPeerCert()).toBe(null);
      expect(both.server.getVerifiedChain()).toEqual([]);
      expect(both.server.getUnverifiedChain()).toEqual([]);
    }
    both.toServer.writeEof();
    expect(got(both.server)).toBeInstanceOf(SSLError);
    expect(both.server.getPeerCert()).toBe(null);
  });

  test('with a change of keys that comes in pieces later: it stays who it is', () => {
    const { both, bytes, forger, sent } = answered();
    both.toServer.write(bytes);
    // Nobody asks who it is before the first piece is there.
    expect(got(both.server)).toBeInstanceOf(SSLWantReadError);
    const own = forger(sent);
    both.toServer.write(own.record(RECORD_TYPE.handshake, Buffer.from([24, 0, 0, 1])));
    expect(got(both.server)).toBeInstanceOf(SSLWantReadError);
    expect(subjectOf(both.server)).toContain('client');
    expect(both.server.getVerifiedChain()).toHaveLength(2);
    both.toServer.write(own.record(RECORD_TYPE.handshake, Buffer.from([0])));
    expect(got(both.server)).toBeInstanceOf(SSLWantReadError);
    expect(subjectOf(both.server)).toContain('client');
  });
});

describe('a client without a certificate', () => {
  beforeEach(() => {
    client = clientOf(null);
  });

  test('ends the connection where one is required', () => {
    const both = pair();
    both.server.verifyClientPostHandshake();
    const [, error] = talk(both) as [string, SSLError];
    expect(error).toMatchObject({
      reason: 'PEER_DID_NOT_RETURN_A_CERTIFICATE',
      errno: 1,
      hint: expect.stringContaining('sent none'),
    });
    expect(thrownBy(() => both.server.read())).toBe(error);
    expect(both.server.getPeerCert()).toBe(null);
    const atClient = got(both.client) as SSLError;
    expect(atClient.reason).toMatch(/CERTIFICATE_REQUIRED$/);
    expect(atClient.hint).toContain('loadCertChain');
    expect(thrownBy(() => both.client.write(Buffer.from('x')))).toBe(atClient);
  });

  test('goes on where one is optional, and is nobody', () => {
    server = serverOf(CERT_OPTIONAL);
    const both = pair();
    both.server.verifyClientPostHandshake();
    expect(talk(both)).toEqual(['ask', 'answer']);
    expect(both.server.getPeerCert()).toBe(null);
    expect(both.server.getVerifiedChain()).toEqual([]);
    expect(both.server.getUnverifiedChain()).toEqual([]);
    both.server.verifyClientPostHandshake();
    expect(talk(both)).toEqual(['ask', 'answer']);
  });
});

describe.each([
  ['required', CERT_REQUIRED],
  ['optional', CERT_OPTIONAL],
] as const)('a bad certificate, where one is %s', (_name, mode) => {
  test.each([
    ['of an unknown authority', cast.otherServer, /unable to get local issuer/, 'loadVerifyLocations'],
    ['that has expired', expired, /expired/, 'Renew it'],
  ])('%s ends the connection', (_case, own, text, hint) => {
    client = clientOf(own);
    server = serverOf(mode);
    const both = pair();
    both.server.verifyClientPostHandshake();
    const [, error] = talk(both) as [string, SSLCertVerificationError];
    expect(error).toBeInstanceOf(SSLCertVerificationError);
    expect(error.verifyMessage).toMatch(text);
    expect(error.hint).toContain(hint);
    expect(error.peerCertificates[0]).toEqual(Buffer.from(own.certDer));
    expect(both.server.getPeerCert()).toBe(null);
    expect(both.server.getVerifiedChain()).toEqual([]);
    expect(both.server.getUnverifiedChain()).toEqual([]);
    expect(thrownBy(() => both.server.read())).toBe(error);
    expect(thrownBy(() => both.server.verifyClientPostHandshake())).toBe(error);
    expect((got(both.client) as SSLError).reason).toMatch(/ALERT_(UNKNOWN_CA|CERTIFICATE_EXPIRED)$/);
  });
});

describe('trust', () => {
  test('is that of the moment when the answer comes', () => {
    server = new SSLContext(PROTOCOL_TLS_SERVER);
    server.loadCertChain({ pem: cast.server.combinedPem });
    server.verifyMode = CERT_REQUIRED;
    server.postHandshakeAuth = true;
    const both = pair();
    server.loadVerifyLocations({ cadata: cast.ca.certPem });
    both.server.verifyClientPostHandshake();
    expect(talk(both)).toEqual(['ask', 'answer']);
  });

  test('with CRLs refuses what is revoked', async () => {
    const path = join(temporaryDirectory('pha-'), 'crl.pem');
    writeFileSync(path, await mintCrl(cast.ca, [cast.client]));
    server.loadVerifyLocations({ cafile: path });
    server.verifyFlags |= VERIFY_CRL_CHECK_LEAF;
    const both = pair();
    both.server.verifyClientPostHandshake();
    const [, error] = talk(both) as [string, SSLCertVerificationError];
    expect(error.verifyMessage).toMatch(/revoked/);
    expect(error.hint).toContain('revoked');
  });

  test('a chain is verified as a whole', () => {
    client = clientOf(null);
    client.loadCertChain({ pem: cast.chained.chainPem + cast.chained.keyPem });
    server = serverOf(CERT_OPTIONAL);
    const both = pair();
    both.server.verifyClientPostHandshake();
    // A server's certificate: what it may be used for is a part of it.
    const [, error] = talk(both) as [string, SSLCertVerificationError];
    expect(error).toMatchObject({ verifyMessage: expect.stringMatching(/purpose/) });
    expect(error.peerCertificates).toHaveLength(2);
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
    server = serverOf(CERT_NONE);
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
    const anonymous = clientOf(null);
    const first = connectedPair(anonymous, server, { serverHostname: 'localhost' });
    talk(first);
    server.postHandshakeAuth = false;
    const both = pairOf(anonymous, server, { serverHostname: 'localhost', session: first.client.session });
    expect(handshake(both).server).toMatchObject({ reason: 'PEER_DID_NOT_RETURN_A_CERTIFICATE' });
    expect(both.client.sessionReused).toBe(false);
  });
});

test('the context that the SNI callback assigns verifies the client', () => {
  const other = new SSLContext(PROTOCOL_TLS_SERVER);
  other.loadCertChain({ pem: cast.server.combinedPem });
  other.loadVerifyLocations({ cadata: cast.otherCa.certPem });
  server.sniCallback = (connection) => {
    connection.context = other;
  };
  const both = pair();
  both.server.verifyClientPostHandshake();
  expect(talk(both)[1]).toBeInstanceOf(SSLCertVerificationError);
});
