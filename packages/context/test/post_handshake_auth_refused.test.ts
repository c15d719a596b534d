/** Post-handshake authentication in memory: answers that prove nothing, and what ends the connection. */
import {
  CERT_OPTIONAL,
  CERT_REQUIRED,
  SSLCertVerificationError,
  type SSLContext,
  SSLError,
  SSLWantReadError,
  VERIFY_CRL_CHECK_LEAF,
} from '@sslkit/context';
import { mintCrl, mintLeaf, RECORD_TYPE, RecordForger, recordsOf, temporaryDirectory } from '@sslkit/testkit';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { cast, serverOf } from './contexts.ts';
import { connectedPair, type Pair, thrownBy } from './pair.ts';
import { askedClient, askingServer, got, subjectOf, talk } from './post_handshake_auth_contexts.ts';

const expired = await mintLeaf(cast.ca, {
  purpose: 'client',
  notBefore: new Date(Date.now() - 7 * 86_400_000),
  notAfter: new Date(Date.now() - 86_400_000),
});

let client: SSLContext;
let server: SSLContext;

beforeEach(() => {
  client = askedClient();
  server = askingServer();
});

const pair = (): Pair => connectedPair(client, server, { serverHostname: 'localhost' });

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
    client = askedClient(null);
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
    server = askingServer(CERT_OPTIONAL);
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
    client = askedClient(own);
    server = askingServer(mode);
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
    server = serverOf();
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
    client = askedClient({ combinedPem: cast.chained.chainPem + cast.chained.keyPem });
    server = askingServer(CERT_OPTIONAL);
    const both = pair();
    both.server.verifyClientPostHandshake();
    // A server's certificate: what it may be used for is a part of it.
    const [, error] = talk(both) as [string, SSLCertVerificationError];
    expect(error).toMatchObject({ verifyMessage: expect.stringMatching(/purpose/) });
    expect(error.peerCertificates).toHaveLength(2);
  });
});
