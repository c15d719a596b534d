/** Classes, codes and hints: what a user sees when something is wrong. */
import { constants } from 'node:os';
import { inspect } from 'node:util';
import * as ssl from '@sslkit/context';
import {
  CertificateError,
  createDefaultContext,
  PROTOCOL_TLS,
  PROTOCOL_TLS_SERVER,
  PROTOCOL_TLSv1,
  Purpose,
  SocketError,
  SSLCertVerificationError,
  SSLContext,
  SSLEOFError,
  SSLError,
  SSLSyscallError,
  SSLWantReadError,
  SSLWantWriteError,
  SSLZeroReturnError,
  TLSVersion,
} from '@sslkit/context';
import { mintCa, mintLeaf } from '@sslkit/testkit';
import { beforeEach, describe, expect, test } from 'vitest';
import { cast, clientOf, serverOf } from './contexts.ts';
import type { HandshakeResult } from './pair.ts';
import { handshake, pairOf, thrownBy } from './pair.ts';

describe('the family', () => {
  test.each([
    [SSLZeroReturnError, 6, 'ERR_SSL_ZERO_RETURN'],
    [SSLWantReadError, 2, 'ERR_SSL_WANT_READ'],
    [SSLWantWriteError, 3, 'ERR_SSL_WANT_WRITE'],
    [SSLSyscallError, 5, 'ERR_SSL_SYSCALL'],
    [SSLEOFError, 8, 'ERR_SSL_EOF'],
  ] as const)('%o has its number and code', (type, errno, code) => {
    const error = new type();
    expect(error).toBeInstanceOf(SSLError);
    expect(error).toBeInstanceOf(SocketError);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: type.name, errno, code, library: null, reason: null, errors: [] });
    expect(error.stack).toContain(`${type.name}: ${error.message}`);
  });

  test('CertificateError is an alias', () => {
    expect(CertificateError).toBe(SSLCertVerificationError);
    expect(new CertificateError('x')).toMatchObject({
      name: 'SSLCertVerificationError',
      code: 'ERR_SSL_CERT_VERIFICATION',
    });
  });

  test('a failure of the system has the positive number that Python has, and a hint', () => {
    const reset = new SocketError('read ECONNRESET', { code: 'ECONNRESET', errno: -104 });
    expect(reset.errno).toBe(constants.errno.ECONNRESET);
    expect(reset.hint).toMatch(/dropped the connection/);
    expect(new SocketError('x', { code: 'ENOENT', path: '/x' }).hint).toMatch(/no such file/);
    expect(new SocketError('x', { code: 'ERR_ELSE' })).not.toHaveProperty('hint');
  });

  test('a reason makes the code, and no reason makes ERR_SSL', () => {
    expect(new SSLError('x', { reason: 'SOMETHING' }).code).toBe('ERR_SSL_SOMETHING');
    expect(new SSLError('x').code).toBe('ERR_SSL');
  });
});

describe.each([
  ['TLSv1.2', TLSVersion.TLSv1_2],
  ['TLSv1.3', TLSVersion.TLSv1_3],
] as const)('hints, %s', (_name, version) => {
  let client: SSLContext;
  let server: SSLContext;
  beforeEach(() => {
    client = clientOf({ version });
    server = serverOf();
  });
  const connect = (serverHostname = 'localhost'): HandshakeResult =>
    handshake(pairOf(client, server, { serverHostname }));
  const show = (minted: { combinedPem: string }): void => server.loadCertChain({ pem: minted.combinedPem });

  test('an unknown CA is named', () => {
    show(cast.otherServer);
    const { client: error } = connect();
    expect(error).toMatchObject({
      name: 'SSLCertVerificationError',
      code: 'ERR_SSL_CERT_VERIFICATION',
      errno: 1,
      reason: 'CERTIFICATE_VERIFY_FAILED',
      verifyCode: 20,
      verifyMessage: 'unable to get local issuer certificate',
      message: '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer certificate',
      hint: expect.stringMatching(/"sslkit other CA".*loadVerifyLocations/),
    });
  });

  test('a peer that is not trusted learns it, with advice', () => {
    show(cast.otherServer);
    expect(connect().server).toMatchObject({
      reason: expect.stringContaining('UNKNOWN_CA'),
      hint: expect.stringContaining('CA'),
    });
  });

  test('a self-signed certificate is called so', () => {
    show(cast.selfSigned);
    expect(connect().client).toMatchObject({ verifyCode: 18, hint: expect.stringContaining('signed by itself') });
  });

  test('a private root in the chain is named', async () => {
    const root = await mintCa({ name: 'private root' });
    const leaf = await mintLeaf(root);
    show({ combinedPem: leaf.combinedPem + root.certPem });
    expect(connect().client).toMatchObject({ verifyCode: 19, hint: expect.stringContaining('"private root"') });
  });

  test('an expired certificate says when it ended', () => {
    show(cast.expired);
    expect(connect().client).toMatchObject({ verifyCode: 10, hint: expect.stringMatching(/ended on .* GMT.*clock/) });
  });

  test('a certificate that is not yet valid says from when', () => {
    show(cast.notYetValid);
    expect(connect().client).toMatchObject({
      verifyCode: 9,
      hint: expect.stringMatching(/not valid before .* GMT.*clock/),
    });
  });

  test('a wrong host name lists the names of the certificate', () => {
    expect(connect('other.example').client).toMatchObject({
      verifyCode: 62,
      verifyMessage: "Hostname mismatch, certificate is not valid for 'other.example'.",
      hint: 'The certificate is valid for: localhost, 127.0.0.1, 0:0:0:0:0:0:0:1.',
    });
  });

  test('a wrong address, and a name with a trailing dot', () => {
    expect(connect('192.0.2.1').client).toMatchObject({
      verifyCode: 64,
      verifyMessage: "IP address mismatch, certificate is not valid for '192.0.2.1'.",
    });
    expect(connect('localhost.').client).toMatchObject({
      verifyCode: 62,
      hint: expect.stringContaining('trailing dot'),
    });
  });

  test('a name in a certificate cannot write to the terminal', async () => {
    show(await mintLeaf(cast.ca, { commonName: 'evil\u001b[31m\u202ename', dns: ['x'.repeat(300)] }));
    const hint = (connect('other.example').client as SSLError).hint!;
    expect(hint).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(hint.length).toBeLessThan(300);
  });

  test('a strict context names the flag and what is missing', async () => {
    show(await mintLeaf(cast.ca, { omit: ['2.5.29.35'] }));
    client.verifyFlags |= ssl.VERIFY_X509_STRICT;
    expect(connect().client).toMatchObject({
      verifyCode: 85,
      hint: expect.stringMatching(/VERIFY_X509_STRICT.*authority key/),
    });
  });

  test('the certificates of the peer are attached, and not printed', () => {
    show(cast.otherServer);
    const error = connect().client as SSLCertVerificationError;
    expect(error.peerCertificates).toEqual([Buffer.from(cast.otherServer.certDer)]);
    expect(inspect(error)).not.toContain('Buffer');
    expect(Object.keys(error)).not.toContain('peerCertificates');
  });

  test('a server without a certificate, seen from both sides', () => {
    server = new SSLContext(PROTOCOL_TLS_SERVER);
    const { client: c, server: s } = connect();
    // A server without a certificate cannot speak TLS 1.3 at all, and says so.
    const reason = version === TLSVersion.TLSv1_3 ? 'UNSUPPORTED_PROTOCOL' : 'NO_SHARED_CIPHER';
    expect(s).toMatchObject({ reason, hint: expect.stringContaining('no certificate') });
    expect(c).toMatchObject({ reason: expect.stringContaining('ALERT'), hint: expect.any(String) });
  });

  test('versions apart, seen from both sides', () => {
    if (version === TLSVersion.TLSv1_2) server.minimumVersion = TLSVersion.TLSv1_3;
    else server.maximumVersion = TLSVersion.TLSv1_2;
    const { client: c, server: s } = connect();
    expect(s).toMatchObject({ reason: 'UNSUPPORTED_PROTOCOL', hint: expect.stringContaining('minimumVersion') });
    expect(c).toMatchObject({
      reason: expect.stringContaining('PROTOCOL_VERSION'),
      hint: expect.stringContaining('@SECLEVEL=0'),
    });
  });
});

test('TLS 1.0 at the default security level says what it would take', () => {
  const [client, server] = [new SSLContext(PROTOCOL_TLSv1), new SSLContext(PROTOCOL_TLSv1)];
  server.loadCertChain({ pem: cast.serverRsa.combinedPem });
  const { client: error } = handshake(pairOf(client, server));
  expect(error).toMatchObject({
    code: expect.stringMatching(/^ERR_SSL_/),
    hint: expect.stringContaining('@SECLEVEL=0'),
  });
  for (const context of [client, server]) context.setCiphers('ALL:@SECLEVEL=0');
  expect(handshake(pairOf(client, server))).toEqual({ client: null, server: null });
});

test('no version left is said so', () => {
  const client = new SSLContext(PROTOCOL_TLS);
  client.minimumVersion = TLSVersion.TLSv1_3;
  client.maximumVersion = TLSVersion.TLSv1_2;
  const { client: error } = handshake(pairOf(client, new SSLContext(PROTOCOL_TLS_SERVER)));
  expect(error).toMatchObject({ reason: 'NO_PROTOCOLS_AVAILABLE', hint: expect.stringContaining('minimumVersion') });
});

test('a short key names the security level', async () => {
  const weak = await mintLeaf(cast.ca, { alg: 'rsa', rsaBits: 1024, freshKey: true });
  const server = new SSLContext(PROTOCOL_TLS_SERVER);
  expect(thrownBy(() => server.loadCertChain({ pem: weak.combinedPem }))).toMatchObject({
    reason: 'EE_KEY_TOO_SMALL',
    hint: expect.stringContaining('security level'),
  });
});

describe('a peer that does not speak TLS', () => {
  const speak = (greeting: string): SSLError => {
    const pair = pairOf(new SSLContext(PROTOCOL_TLS), new SSLContext(PROTOCOL_TLS_SERVER));
    expect(() => pair.client.doHandshake()).toThrow(SSLWantReadError);
    pair.toClient.write(Buffer.from(greeting, 'latin1'));
    return thrownBy(() => pair.client.doHandshake()) as unknown as SSLError;
  };

  test.each([
    ['HTTP/1.1 400 Bad Request\r\n\r\n', 'plain HTTP'],
    ['SSH-2.0-OpenSSH_9.2p1\r\n', 'SSH server'],
    ['220 mail.example ESMTP ready\r\n', 'STARTTLS'],
    ['* OK IMAP4rev1 ready\r\n', 'IMAP'],
    ['\x00\x01\x02\x03\x04\x05\x06\x07', 'plain-text service'],
  ])('%j', (greeting, advice) => {
    expect(speak(greeting)).toMatchObject({ reason: 'WRONG_VERSION_NUMBER', hint: expect.stringContaining(advice) });
  });

  test('a server that is asked in plain HTTP', () => {
    const pair = pairOf(new SSLContext(PROTOCOL_TLS), new SSLContext(PROTOCOL_TLS_SERVER));
    pair.toServer.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    expect(thrownBy(() => pair.server.doHandshake())).toMatchObject({
      code: 'ERR_SSL_HTTP_REQUEST',
      hint: expect.stringContaining('https://'),
    });
  });

  test.each(['client', 'server'] as const)('a %s whose peer vanishes in the handshake', (side) => {
    const pair = pairOf(new SSLContext(PROTOCOL_TLS), new SSLContext(PROTOCOL_TLS_SERVER));
    pair[side === 'client' ? 'toClient' : 'toServer'].writeEof();
    expect(thrownBy(() => pair[side].doHandshake())).toMatchObject({
      name: 'SSLEOFError',
      errno: 8,
      code: 'ERR_SSL_EOF',
      hint: expect.stringContaining('without a word'),
    });
  });
});

test('an absent protocol is an SSLError that names the version of OpenSSL', () => {
  expect(thrownBy(() => new SSLContext(ssl.PROTOCOL_SSLv2))).toMatchObject({
    name: 'SSLError',
    message: `PROTOCOL_SSLv2 is not available in ${ssl.OPENSSL_VERSION}`,
    hint: expect.stringContaining('PROTOCOL_TLS_CLIENT'),
  });
  if (ssl.HAS_SSLv3) expect(new SSLContext(ssl.PROTOCOL_SSLv3).protocol).toBe(ssl.PROTOCOL_SSLv3);
  else expect(thrownBy(() => new SSLContext(ssl.PROTOCOL_SSLv3)).message).toContain(ssl.OPENSSL_VERSION);
});

test('a server that trusts nobody says that it needs the CA of its clients', () => {
  const server = createDefaultContext(Purpose.CLIENT_AUTH);
  server.loadCertChain({ pem: cast.server.combinedPem });
  server.verifyMode = ssl.CERT_REQUIRED;
  const client = clientOf();
  client.loadCertChain({ pem: cast.client.combinedPem });
  expect(handshake(pairOf(client, server, { serverHostname: 'localhost' })).server).toMatchObject({
    verifyCode: 19,
    hint: expect.stringContaining('"sslkit test CA"'),
  });
});
