import {
  constants,
  MemoryBio,
  type OpenSSLFailure,
  Ssl,
  SslCtx,
  SslSession,
  Want,
  X509Store,
} from '@sslkit/openssl-native';
import { scene } from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import {
  clientContext,
  connected,
  failingHandshake,
  handshake,
  lastReason,
  makePair,
  number,
  pem,
  reasonOf,
  reasonsOf,
  serverContext,
  VERSIONS,
} from './pair.ts';

describe.each(VERSIONS)('%s in memory', (name, version) => {
  test('a verified handshake, data both ways, and an orderly end', async () => {
    const { client, server } = await connected(version);
    expect(client.ssl.getVersion()).toBe(name);
    expect(client.ssl.getVerifyResult()).toBe(0);
    expect(client.ssl.getCurrentCipher()).toEqual(server.ssl.getCurrentCipher());
    expect(client.ssl.write(Buffer.from('ping'))).toBe(4);
    expect(server.ssl.readAvailable()).toEqual(Buffer.from('ping'));
    expect(server.ssl.write(Buffer.from('pong'))).toBe(4);
    const buffer = Buffer.alloc(16);
    expect(client.ssl.read(buffer)).toBe(4);
    expect(buffer.toString('latin1', 0, 4)).toBe('pong');
    expect(client.ssl.read(buffer)).toBe(Want.READ);
    expect(client.ssl.shutdown()).toBe(0);
    expect(server.ssl.read(buffer)).toBe(Want.ZERO_RETURN);
    expect(server.ssl.getShutdown()).toBe(number('SSL_RECEIVED_SHUTDOWN'));
    expect(server.ssl.shutdown()).toBe(1);
    expect(client.ssl.shutdown()).toBe(1);
  });

  test('before the handshake there is nothing to inspect', async () => {
    const { client } = makePair(await clientContext(version), await serverContext(version));
    const { ssl } = client;
    expect(ssl.isInitFinished()).toBe(false);
    expect([ssl.getVersion(), ssl.getCurrentCipher(), ssl.getSharedCiphers(), ssl.getCompression()]).toEqual([
      null,
      null,
      null,
      null,
    ]);
    expect([ssl.getAlpnSelected(), ssl.getPeerCertificate(), ssl.getGroup(), ssl.getSession()]).toEqual([
      null,
      null,
      null,
      null,
    ]);
    expect([ssl.getPeerChain(), ssl.getVerifiedChain(), ssl.pending(), ssl.hasPending()]).toEqual([[], [], 0, false]);
    expect(ssl.getFinished()).toHaveLength(0);
  });

  test('both sides see the chains, on the server the leaf too', async () => {
    const cast = await scene();
    const clientCtx = await clientContext(version);
    clientCtx.useCertAndKey({
      cert: pem(cast.client.chainPem),
      certEncoding: 'pem',
      key: pem(cast.client.keyPem),
      keyEncoding: 'pem',
    });
    const serverCtx = await serverContext(version, cast.chained);
    const store = new X509Store();
    store.addPem(pem(cast.ca.certPem));
    serverCtx.setCertStore(store);
    serverCtx.setVerify(number('SSL_VERIFY_PEER') | number('SSL_VERIFY_FAIL_IF_NO_PEER_CERT'));
    serverCtx.setClientCaList([pem(cast.ca.certPem), cast.ca.certDer]);
    const pair = makePair(clientCtx, serverCtx);
    handshake(pair);
    const sent = [cast.chained.certDer, cast.intermediate.certDer].map((der) => Buffer.from(der));
    expect(pair.client.ssl.getPeerChain()).toEqual(sent);
    expect(pair.client.ssl.getVerifiedChain()).toEqual([...sent, Buffer.from(cast.ca.certDer)]);
    // The client gave no chain, so OpenSSL completes it from what the client trusts, the root included.
    const completed = [cast.client.certDer, cast.ca.certDer].map((der) => Buffer.from(der));
    expect(pair.server.ssl.getPeerChain()).toEqual(completed);
    expect(pair.server.ssl.getVerifiedChain()).toEqual(completed);
    expect(pair.server.ssl.getPeerCertificate()?.toDer()).toEqual(Buffer.from(cast.client.certDer));
  });

  test('after a failed verification the sent chain is kept and no verified one is shown', async () => {
    const cast = await scene();
    const pair = makePair(await clientContext(version), await serverContext(version, cast.otherServer));
    const failed = failingHandshake(pair);
    expect(failed.client).toMatchObject({ code: 'ERR_OPENSSL', operation: 'SSL_do_handshake', sslError: 1 });
    const { errors } = failed.client as OpenSSLFailure;
    expect(errors.at(-1)).toMatchObject({
      library: 'SSL',
      reason: 'CERTIFICATE_VERIFY_FAILED',
      reasonText: 'certificate verify failed',
    });
    expect(pair.client.ssl.getVerifyResult()).toBe(number('X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY'));
    expect(pair.client.ssl.getPeerChain()).toEqual([Buffer.from(cast.otherServer.certDer)]);
    expect(pair.client.ssl.getVerifiedChain()).toEqual([]);
    expect(lastReason(failed.server)).toBe('TLSV1_ALERT_UNKNOWN_CA');
  });

  test('after our own failure every further call fails without a reason (SSL_ERROR_SYSCALL, no records)', async () => {
    const pair = makePair(await clientContext(version), await serverContext(version, (await scene()).otherServer));
    failingHandshake(pair);
    const { ssl } = pair.client;
    for (const call of [() => ssl.read(Buffer.alloc(1)), () => ssl.write(Buffer.alloc(1)), () => ssl.doHandshake()]) {
      expect(call).toThrow(expect.objectContaining({ code: 'ERR_OPENSSL', sslError: 5, errors: [] }));
    }
    expect(reasonOf(() => ssl.shutdown())).toBe('SHUTDOWN_WHILE_IN_INIT');
  });

  test('an unverified client has the chain too, and a verdict', async () => {
    const clientCtx = await clientContext(version);
    clientCtx.setVerify(number('SSL_VERIFY_NONE'));
    const pair = makePair(clientCtx, await serverContext(version, (await scene()).selfSigned));
    handshake(pair);
    expect(pair.client.ssl.getVerifyResult()).toBe(number('X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT'));
    expect(pair.client.ssl.getPeerChain()).toHaveLength(1);
    expect(pair.client.ssl.getVerifiedChain()).toEqual([]);
  });

  test.each([
    ['localhost', null],
    ['LOCALHOST', null],
    ['wrong.example', 'X509_V_ERR_HOSTNAME_MISMATCH'],
  ])('the host name %s is checked inside the handshake', async (host, code) => {
    const pair = makePair(await clientContext(version), await serverContext(version));
    pair.client.ssl.setTlsextHostName(host);
    pair.client.ssl.setHost(host);
    const failed = failingHandshake(pair);
    expect(pair.client.ssl.getVerifyResult()).toBe(code === null ? 0 : number(code));
    expect(failed.client === null).toBe(code === null);
    if (code === null) expect(pair.server.ssl.getServername()).toBe(host);
  });

  test.each([
    ['127.0.0.1', 0],
    ['::1', 0],
    ['10.0.0.1', number('X509_V_ERR_IP_ADDRESS_MISMATCH')],
  ])('the address %s is checked inside the handshake', async (ip, code) => {
    const pair = makePair(await clientContext(version), await serverContext(version));
    pair.client.ssl.setIp(ip);
    failingHandshake(pair);
    expect(pair.client.ssl.getVerifyResult()).toBe(code);
  });

  test('the judged moment can be set and unset, apart from the flags', async () => {
    const ctx = await clientContext(version);
    const flags = ctx.getVerifyFlags();
    ctx.setVerifyTime(4_000_000_000);
    expect(ctx.getVerifyFlags()).toBe(flags);
    ctx.setVerifyFlags(flags);
    const late = makePair(ctx, await serverContext(version));
    failingHandshake(late);
    expect(late.client.ssl.getVerifyResult()).toBe(number('X509_V_ERR_CERT_HAS_EXPIRED'));
    ctx.setVerifyTime(null);
    handshake(makePair(ctx, await serverContext(version)));
  });

  test("ALPN goes by the server's order; without overlap it is none, or fatal when required", async () => {
    const wire = (...names: string[]) =>
      Buffer.concat(names.map((each) => Buffer.from([each.length, ...Buffer.from(each)])));
    const clientCtx = await clientContext(version);
    const serverCtx = await serverContext(version);
    clientCtx.setAlpn(wire('http/1.1', 'h2'), false);
    serverCtx.setAlpn(wire('h2', 'http/1.1'), false);
    const agreed = makePair(clientCtx, serverCtx);
    handshake(agreed);
    expect([agreed.client.ssl.getAlpnSelected(), agreed.server.ssl.getAlpnSelected()]).toEqual(['h2', 'h2']);
    serverCtx.setAlpn(wire('spdy'), false);
    const none = makePair(clientCtx, serverCtx);
    handshake(none);
    expect(none.client.ssl.getAlpnSelected()).toBeNull();
    serverCtx.setAlpn(wire('spdy'), true);
    const failed = failingHandshake(makePair(clientCtx, serverCtx));
    expect(lastReason(failed.server)).toBe('NO_APPLICATION_PROTOCOL');
    expect(lastReason(failed.client)).toBe('TLSV1_ALERT_NO_APPLICATION_PROTOCOL');
  });

  test('a session resumes, also from its DER', async () => {
    const clientCtx = await clientContext(version);
    const serverCtx = await serverContext(version);
    serverCtx.setSessionIdContext(Buffer.from('test'));
    const first = makePair(clientCtx, serverCtx);
    handshake(first);
    expect(first.client.ssl.read(Buffer.alloc(1))).toBe(Want.READ);
    const session = first.client.ssl.getSession();
    expect(session?.isResumable()).toBe(true);
    expect(session?.hasTicket()).toBe(true);
    expect(session?.getProtocolVersion()).toBe(version);
    const second = makePair(clientCtx, serverCtx);
    second.client.ssl.setSession(SslSession.fromDer(session!.toDer()));
    handshake(second);
    expect([second.client.ssl.sessionReused(), second.server.ssl.sessionReused()]).toEqual([true, true]);
    expect(serverCtx.sessionStats()).toMatchObject({ accept: 2, accept_good: 2, hits: 1 });
  });

  test('both sides export the same keying material, and Finished messages match', async () => {
    const { client, server } = await connected(version);
    const label = 'EXPORTER-Channel-Binding';
    const material = client.ssl.exportKeyingMaterial(32, label, Buffer.alloc(0));
    expect(material).toHaveLength(32);
    expect(server.ssl.exportKeyingMaterial(32, label, Buffer.alloc(0))).toEqual(material);
    expect(client.ssl.getFinished()).toEqual(server.ssl.getPeerFinished());
    expect(() => client.ssl.exportKeyingMaterial(1_000_000, label, null)).toThrow(
      expect.objectContaining({ code: 'ERR_OUT_OF_RANGE' }),
    );
  });

  test('large data crosses whole, in one call each', async () => {
    const { client, server } = await connected(version);
    const data = Buffer.alloc(1_000_000, 'sslkit');
    expect(client.ssl.write(data)).toBe(data.length);
    const received = server.ssl.readAvailable(data.length + 1) as Buffer;
    // Not toEqual(), which walks a megabyte in JavaScript: seconds on a busy machine.
    expect(data.equals(received)).toBe(true);
    expect(server.ssl.readAvailable()).toBe(Want.READ);
  });

  test('an end without close_notify is named, and only after the data before it', async () => {
    const { client, server } = await connected(version);
    client.ssl.write(Buffer.from('last words'));
    server.incoming.writeEof();
    expect(server.ssl.readAvailable()).toEqual(Buffer.from('last words'));
    expect(reasonOf(() => server.ssl.readAvailable())).toBe('UNEXPECTED_EOF_WHILE_READING');
  });

  test('a broken record behind good data fails the next read, with its own reason', async () => {
    const { client, server } = await connected(version);
    client.ssl.write(Buffer.from('good'));
    client.ssl.write(Buffer.from('to be broken'));
    const bytes = client.outgoing.read();
    bytes[bytes.length - 1]! ^= 1;
    server.incoming.write(bytes);
    expect(server.ssl.readAvailable()).toEqual(Buffer.from('good'));
    expect(reasonsOf(() => server.ssl.readAvailable())).toContain('DECRYPTION_FAILED_OR_BAD_RECORD_MAC');
  });

  test('a server without a certificate and its client both fail with a reason', async () => {
    const serverCtx = new SslCtx('TLS_server');
    serverCtx.setMaxProtoVersion(version);
    const failed = failingHandshake(makePair(await clientContext(version), serverCtx));
    // Without a certificate a server does not count as able to speak TLS 1.3 at all.
    const [server, client] =
      version === 0x0304
        ? ['UNSUPPORTED_PROTOCOL', 'TLSV1_ALERT_PROTOCOL_VERSION']
        : ['NO_SHARED_CIPHER', 'SSLV3_ALERT_HANDSHAKE_FAILURE'];
    expect(lastReason(failed.server)).toBe(server);
    expect(lastReason(failed.client)).toBe(client);
  });

  test('a context outlives its JavaScript object as long as a connection needs it', async () => {
    const pair = await connected(version);
    pair.client.ssl.free();
    pair.client.ssl.free();
    expect(() => pair.client.ssl.getVersion()).toThrow(expect.objectContaining({ code: 'ERR_SSL_FREED' }));
    expect(() => pair.client.ssl.read(Buffer.alloc(1))).toThrow(expect.objectContaining({ code: 'ERR_SSL_FREED' }));
    expect(pair.server.ssl.getVersion()).toBe(name);
  });
});

test('what is not TLS is named on both roles', () => {
  for (const [server, text, reason] of [
    [true, 'GET / HTTP/1.0\r\n\r\n', 'HTTP_REQUEST'],
    [false, 'HTTP/1.1 400 Bad Request\r\n\r\n', 'WRONG_VERSION_NUMBER'],
    [true, 'SSH-2.0-OpenSSH_9.2\r\n', 'WRONG_VERSION_NUMBER'],
  ] as const) {
    const ssl = new Ssl(new SslCtx('TLS'), server);
    const incoming = new MemoryBio();
    ssl.setBio(incoming, new MemoryBio());
    incoming.write(Buffer.from(text));
    expect(reasonOf(() => ssl.doHandshake())).toBe(reason);
  }
});

test('options are 64 bits wide', () => {
  const ctx = new SslCtx('TLS');
  const all = constants.SSL_OP_ALL as bigint;
  expect(all & 0x80000050n).toBe(0x80000050n);
  expect(ctx.setOptions(all) & all).toBe(all);
  expect(ctx.clearOptions(all) & all).toBe(0n);
  expect(() => ctx.setOptions(1n << 64n)).toThrow(RangeError);
  expect(() => ctx.setOptions(-1n)).toThrow(RangeError);
});

test('a context reads back its modes and the depth of verification', () => {
  const ctx = new SslCtx('TLS');
  const mode = number('SSL_MODE_AUTO_RETRY');
  ctx.setMode(mode);
  expect(ctx.getMode() & mode).toBe(mode);
  ctx.clearMode(mode);
  expect(ctx.getMode() & mode).toBe(0);
  ctx.setVerifyDepth(3);
  expect(ctx.getVerifyDepth()).toBe(3);
});
