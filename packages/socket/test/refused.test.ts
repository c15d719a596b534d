/** Peers and certificates that must be refused: the class, the code, Python's reason or verifyCode, and a hint. */
import {
  CERT_NONE,
  connect,
  createDefaultContext,
  listen,
  PROTOCOL_TLS_CLIENT,
  PROTOCOL_TLS_SERVER,
  SSLCertVerificationError,
  SSLContext,
  SSLEOFError,
  SSLError,
  type SSLListener,
  SocketError,
} from '@sslkit/socket';
import { faultyServer, files, type Minted, refusingPort, type Scene, scene } from '@sslkit/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import {
  clientContext,
  closeAll,
  mutualServerContext,
  overChannels,
  overVersions,
  serverContext,
  type TlsVersion,
} from './support.ts';

/** Serves `identity`; keeps what the listener heard of its clients. */
async function serving(
  tls: TlsVersion,
  identity: Minted,
): Promise<{ listener: SSLListener; port: number; heard: Promise<Error> }> {
  const context = await serverContext(tls);
  context.loadCertChain({ pem: identity.chainPem }, { pem: identity.keyPem });
  let hear: (error: Error) => void = () => {};
  const heard = new Promise<Error>((resolve) => {
    hear = resolve;
  });
  const listener = await listen(['127.0.0.1', 0], { context, onClientError: (error) => hear(error) });
  return { listener, port: listener.getSockName()[1], heard };
}

overVersions('a certificate that is refused', (tls) => {
  const open: SSLListener[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((listener) => listener.close()));
  });

  const cases: [name: string, who: keyof Scene, verifyCode: number, alert: RegExp][] = [
    ['for another host', 'wrongHost', 62, /BAD_CERTIFICATE/],
    ['that has expired', 'expired', 10, /CERTIFICATE_EXPIRED/],
    ['that is not valid yet', 'notYetValid', 9, /BAD_CERTIFICATE|CERTIFICATE_EXPIRED/],
    ['that signs itself', 'selfSigned', 18, /UNKNOWN_CA/],
    ['of an unknown authority', 'otherServer', 20, /UNKNOWN_CA/],
  ];
  test.each(cases)('%s', async (_name, who, verifyCode, alert) => {
    const { listener, port, heard } = await serving(tls, (await scene())[who]);
    open.push(listener);
    const context = await clientContext(tls);
    const error = await connect(['localhost', port], { context }).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(SSLCertVerificationError);
    const refused = error as SSLCertVerificationError;
    expect(refused).toMatchObject({ verifyCode, reason: 'CERTIFICATE_VERIFY_FAILED', library: 'SSL', errno: 1 });
    expect(refused.code).toMatch(/^ERR_SSL_/);
    expect(refused.hint).toBeTruthy();
    expect(refused.peerCertificates.length).toBeGreaterThan(0);
    // OpenSSL checks inside the handshake, so the server is told why.
    expect(await heard).toMatchObject({ reason: expect.stringMatching(alert) });
  });

  test('for another address is code 64, and an address never matches a name', async () => {
    const { listener, port } = await serving(tls, (await scene()).wrongHost);
    open.push(listener);
    const error = await connect(['127.0.0.1', port], { context: await clientContext(tls) }).catch((e: unknown) => e);
    expect(error).toMatchObject({ verifyCode: 64, verifyMessage: expect.stringContaining('127.0.0.1') });
  });

  test('a client without the certificate that the server insists on', async () => {
    const context = await mutualServerContext(tls);
    const errors: Error[] = [];
    const listener = await listen(['127.0.0.1', 0], { context, onClientError: (error) => errors.push(error) });
    open.push(listener);
    const address = listener.getSockName();
    const failure = await (async () => {
      const client = await connect(address, { context: await clientContext(tls) });
      try {
        return await client.read();
      } finally {
        await client.close();
      }
    })().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SSLError);
    const reason = tls === '1.3' ? /CERTIFICATE_REQUIRED/ : /HANDSHAKE_FAILURE/;
    expect(failure).toMatchObject({ reason: expect.stringMatching(reason), hint: expect.any(String) });
    expect(errors).toMatchObject([{ reason: 'PEER_DID_NOT_RETURN_A_CERTIFICATE' }]);
  });
});

overChannels('versions and ciphers that do not meet', () => {
  test('each side says so: UNSUPPORTED_PROTOCOL and the alert', async () => {
    const errors: Error[] = [];
    await using listener = await listen(['127.0.0.1', 0], {
      context: await serverContext('1.3'),
      onClientError: (error) => errors.push(error),
    });
    const error = await connect(listener.getSockName(), { context: await clientContext('1.2') }).catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({ name: 'SSLError', reason: expect.stringMatching(/ALERT_PROTOCOL_VERSION/) });
    expect(errors).toMatchObject([{ reason: 'UNSUPPORTED_PROTOCOL', hint: expect.any(String) }]);
  });

  test('a server without a certificate has NO_SHARED_CIPHER', async () => {
    const errors: Error[] = [];
    const context = new SSLContext(PROTOCOL_TLS_SERVER);
    await using listener = await listen(['127.0.0.1', 0], { context, onClientError: (error) => errors.push(error) });
    const error = await connect(listener.getSockName(), { context: await clientContext() }).catch((e: unknown) => e);
    expect(error).toMatchObject({ reason: expect.stringMatching(/HANDSHAKE_FAILURE/) });
    expect(errors).toMatchObject([
      { reason: expect.stringMatching(/NO_SHARED_CIPHER|NO_SUITABLE_SIGNATURE_ALGORITHM/) },
    ]);
  });

  test('a context of the wrong role is refused before anything is sent', async () => {
    const client = new SSLContext(PROTOCOL_TLS_CLIENT);
    const server = new SSLContext(PROTOCOL_TLS_SERVER);
    await using peer = await faultyServer(['silence']);
    await expect(connect(['127.0.0.1', peer.port], { context: server, serverHostname: null })).rejects.toThrow(
      'Cannot create a client socket with a PROTOCOL_TLS_SERVER context',
    );
    await expect(listen(['127.0.0.1', 0], { context: client })).rejects.toThrow(
      'Cannot create a server socket with a PROTOCOL_TLS_CLIENT context',
    );
  });

  test('a context that stops being fit for serving fails the clients, not the server', async () => {
    const context = await serverContext();
    const errors: Error[] = [];
    await using listener = await listen(['127.0.0.1', 0], { context, onClientError: (error) => errors.push(error) });
    context.checkHostname = true;
    await connect(listener.getSockName(), { context: await clientContext() }).catch(() => {});
    expect(errors).toMatchObject([{ code: 'ERR_SSL_CHECK_HOSTNAME_REQUIRES_SERVER_HOSTNAME' }]);
    context.checkHostname = false;
    const connecting = connect(listener.getSockName(), { context: await clientContext() });
    const [client, server] = await Promise.all([connecting, listener.accept()]);
    await closeAll(client, server);
  });
});

overChannels('a peer that speaks no TLS', () => {
  const speeches: [string, string | Buffer, RegExp][] = [
    ['HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\n', /HTTP/],
    ['SSH', 'SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n', /SSH/],
    ['SMTP', '220 mail.example.com ESMTP Postfix\r\n', /SMTP|STARTTLS/],
  ];
  test.each(speeches)('%s server: WRONG_VERSION_NUMBER with a hint that names it', async (_name, speech, hint) => {
    await using peer = await faultyServer([{ send: speech }, 'end']);
    const error = await connect(['127.0.0.1', peer.port], { context: await clientContext() }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(SSLError);
    expect(error).toMatchObject({
      reason: expect.stringMatching(/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG/),
      code: expect.stringMatching(/^ERR_SSL_/),
      hint: expect.stringMatching(hint),
    });
  });

  test('HTTP client of our server: HTTP_REQUEST', async () => {
    const { connect: dial } = await import('node:net');
    let hear: (error: Error) => void = () => {};
    const heard = new Promise<Error>((resolve) => {
      hear = resolve;
    });
    await using listener = await listen(['127.0.0.1', 0], {
      context: await serverContext(),
      onClientError: (e) => hear(e),
    });
    const [host, port] = listener.getSockName();
    const plain = dial(port, host, () => plain.write('GET / HTTP/1.1\r\n\r\n'));
    plain.on('error', () => {});
    expect(await heard).toMatchObject({ reason: 'HTTP_REQUEST', hint: expect.stringContaining('HTTP') });
    plain.destroy();
  });

  test('random bytes are an SSLError, at any length', async () => {
    for (const garbage of [1, 5, 6, 100, 20_000]) {
      await using peer = await faultyServer([{ garbage }, 'end']);
      const error = await connect(['127.0.0.1', peer.port], { context: await clientContext() }).catch(
        (e: unknown) => e,
      );
      expect(error).toBeInstanceOf(SSLError);
    }
  });

  test('nothing and the end is SSLEOFError with a hint, reset is ECONNRESET', async () => {
    await using ending = await faultyServer([{ waitBytes: 1 }, 'end']);
    const context = await clientContext();
    const ended = await connect(['127.0.0.1', ending.port], { context }).catch((e: unknown) => e);
    expect(ended).toBeInstanceOf(SSLEOFError);
    expect(ended).toMatchObject({ hint: expect.any(String) });
    await using resetting = await faultyServer([{ waitBytes: 1 }, 'reset']);
    const hint = expect.stringContaining('dropped the connection');
    await expect(connect(['127.0.0.1', resetting.port], { context })).rejects.toMatchObject({
      code: 'ECONNRESET',
      hint,
    });
  });

  test('a record of TLS that is too long is damage, not another version', async () => {
    const record = Buffer.concat([Buffer.of(0x16, 3, 3, 0xff, 0xff), Buffer.alloc(200)]);
    await using peer = await faultyServer([{ send: record }, 'silence']);
    await expect(connect(['127.0.0.1', peer.port], { context: await clientContext() })).rejects.toMatchObject({
      // 3.2 and later put RECORD_LAYER_FAILURE over it.
      errors: expect.arrayContaining([
        expect.objectContaining({ reason: expect.stringMatching(/(?:PACKET|DATA)_LENGTH_TOO_LONG|RECORD_LENGTH/) }),
      ]),
      hint: expect.stringContaining('damaged'),
    });
  });

  test('silence until the time-out has a hint', async () => {
    await using peer = await faultyServer(['silence']);
    const connecting = connect(['127.0.0.1', peer.port], { context: await clientContext(), timeout: 50 });
    await expect(connecting).rejects.toMatchObject({
      code: 'ERR_SOCKET_TIMEOUT',
      hint: expect.stringContaining('does not answer the handshake'),
    });
  });
});

describe('nobody there', () => {
  test('a refused connection is SocketError ECONNREFUSED, an unknown host ENOTFOUND or EAI_AGAIN', async () => {
    await using refusing = await refusingPort();
    const refused = await connect(['127.0.0.1', refusing.port]).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(SocketError);
    expect(refused).toMatchObject({ code: 'ECONNREFUSED', syscall: 'connect' });
    await expect(connect(['no-such-host.invalid', 443])).rejects.toMatchObject({
      code: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/),
    });
  });

  test('missing, empty and broken files name themselves', async () => {
    const { missingFile, emptyFile, garbageFile, certFile, mismatchedKeyFile } = await files();
    const context = new SSLContext(PROTOCOL_TLS_SERVER);
    expect(() => context.loadCertChain(missingFile)).toThrow(
      expect.objectContaining({ code: 'ENOENT', path: missingFile }),
    );
    expect(() => context.loadCertChain(emptyFile)).toThrow(SSLError);
    expect(() => context.loadCertChain(garbageFile)).toThrow(expect.objectContaining({ hint: expect.any(String) }));
    expect(() => context.loadCertChain(certFile, mismatchedKeyFile)).toThrow(
      expect.objectContaining({ reason: 'KEY_VALUES_MISMATCH', hint: expect.any(String) }),
    );
    expect(() => createDefaultContext(undefined, { cafile: emptyFile })).toThrow(
      expect.objectContaining({ reason: 'NO_CERTIFICATE_OR_CRL_FOUND' }),
    );
  });

  test('verification that is switched off lets anybody in, and says so in the certificate', async () => {
    await using listener = await listen(['127.0.0.1', 0], { context: await serverContext() });
    const context = new SSLContext(PROTOCOL_TLS_CLIENT);
    context.checkHostname = false;
    context.verifyMode = CERT_NONE;
    await using client = await connect(listener.getSockName(), { context });
    expect(client.getPeerCert()).toEqual({});
    expect(client.getPeerCert(true)).toBeInstanceOf(Buffer);
  });
});
