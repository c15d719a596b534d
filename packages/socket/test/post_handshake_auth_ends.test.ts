import { setImmediate as turn } from 'node:timers/promises';
import { CERT_OPTIONAL, CERT_REQUIRED, SSLCertVerificationError, type SSLSocket } from '@sslkit/socket';
import { files, scene, tcpPair, withTimeout } from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import {
  askedContext,
  askingContext,
  connected,
  heldConnected,
  refusalOf,
  SUBJECT,
} from './post_handshake_auth_support.ts';
import { clientContext, closeAll, failureOf, mutualServerContext, overChannels, readExactly } from './support.ts';

const { otherServer } = await scene();

overChannels('the end of post-handshake authentication', () => {
  describe.each(['close()', 'unwrap()', 'destroy() of a stream', 'the client closes', 'the client resets'])(
    '%s',
    (how) => {
      test('ends a connection whose client has been asked and not answered', async () => {
        const { client, server } = await connected({ asked: await askedContext() });
        server.verifyClientPostHandshake();
        const reading = failureOf(server.read());
        if (how === 'close()') await withTimeout(server.close());
        if (how === 'the client closes') await client.close();
        if (how === 'the client resets') client.toDuplex().destroy();
        if (how === 'destroy() of a stream') server.toDuplex().destroy();
        if (how === 'unwrap()') {
          const peer = client.unwrap();
          await Promise.all([server.unwrap(), peer]);
        }
        await withTimeout(reading);
        await closeAll(client, server);
        expect(refusalOf(server).code).toBe('ERR_SOCKET_CLOSED');
      });
    },
  );

  test.each([
    ['close()', (socket: SSLSocket) => socket.close()],
    ['close(), with a write that waits for it', (socket: SSLSocket) => closedWhileWriting(socket)],
    ['destroy() of a stream', async (socket: SSLSocket) => void socket.toDuplex().destroy()],
  ])('%s in the middle of the answer ends the connection', async (_name, end) => {
    const { client, server, hold, release } = await heldConnected();
    const answer = hold();
    server.verifyClientPostHandshake();
    release((await answer).subarray(0, -20));
    for (let round = 0; round < 10; round++) await turn();
    const reading = failureOf(server.read());
    await withTimeout(end(server), undefined, 'the end');
    expect(await withTimeout(reading)).toBeInstanceOf(Error);
    await withTimeout(client.close());
  });

  test('a client that leaves in the middle of its answer is an error, and nobody', async () => {
    const { client, server, hold, release } = await heldConnected();
    const answer = hold();
    server.verifyClientPostHandshake();
    release((await answer).subarray(0, -20));
    const reading = failureOf(server.read());
    await client.close();
    const error = await withTimeout(reading);
    expect(error).toBeInstanceOf(Error);
    expect(await failureOf(server.write('x'))).toBe(error);
    expect(server.getPeerCert()).toBe(null);
    await server.close();
  });

  test('a client without a certificate ends the connection where one is required', async () => {
    const { client, server } = await connected({ asked: await askedContext('none') });
    server.verifyClientPostHandshake();
    const error = await failureOf(server.read());
    expect(error).toMatchObject({
      reason: 'PEER_DID_NOT_RETURN_A_CERTIFICATE',
      hint: expect.stringContaining('sent none'),
    });
    expect(await failureOf(server.write('x'))).toBe(error);
    expect(await failureOf(server.read())).toBe(error);
    expect(refusalOf(server)).toBe(error);
    expect(server.getPeerCert()).toBe(null);
    const atClient = await failureOf(client.read());
    expect(atClient?.reason).toMatch(/CERTIFICATE_REQUIRED$/);
    expect(atClient?.hint).toContain('loadCertChain');
    await closeAll(client, server);
  });

  test.each([CERT_OPTIONAL, CERT_REQUIRED] as const)(
    'one that is not trusted ends it, with verifyMode %s',
    async (mode) => {
      const asking = await askingContext();
      asking.verifyMode = mode;
      const { client, server } = await connected({ asking, asked: await askedContext('untrusted') });
      server.verifyClientPostHandshake();
      const error = (await failureOf(server.read())) as SSLCertVerificationError;
      expect(error).toBeInstanceOf(SSLCertVerificationError);
      expect(error.hint).toContain('loadVerifyLocations');
      expect(error.peerCertificates).toEqual([Buffer.from(otherServer.certDer)]);
      expect(await failureOf(server.write('x'))).toBe(error);
      expect(server.getPeerCert()).toBe(null);
      expect(server.getVerifiedChain()).toEqual([]);
      expect(server.getUnverifiedChain()).toEqual([]);
      expect((await failureOf(client.read()))?.reason).toMatch(/UNKNOWN_CA$/);
      await closeAll(client, server);
    },
  );

  test('a client cannot ask, and nobody can on TLS 1.2', async () => {
    const { client, server } = await connected();
    expect(refusalOf(client)).toMatchObject({ reason: 'NOT_SERVER', hint: expect.any(String) });
    await client.write('goes on');
    expect(String(await readExactly(server, 7))).toBe('goes on');
    await closeAll(client, server);

    const asking = await mutualServerContext('1.2');
    asking.postHandshakeAuth = true;
    const asked = await clientContext('1.2');
    asked.loadCertChain((await files()).clientCombinedFile);
    const old = await connected({ asking, asked });
    expect(old.server.getPeerCert()).toMatchObject({ subject: SUBJECT });
    expect(refusalOf(old.server)).toMatchObject({ reason: 'WRONG_SSL_VERSION', hint: expect.any(String) });
    await closeAll(old.client, old.server);
  });

  test('a client that has not offered it, and a server that does not verify, are told why', async () => {
    const asked = await clientContext('1.3');
    const { client, server } = await connected({ asked });
    expect(refusalOf(server)).toMatchObject({ reason: 'EXTENSION_NOT_RECEIVED' });
    await closeAll(client, server);
  });

  test('before the handshake, after closeWrite() and after close() it is refused', async () => {
    const [near, far] = await tcpPair();
    const server = (await askingContext()).wrapSocket(far, { serverSide: true });
    expect(refusalOf(server)).toMatchObject({ reason: 'STILL_IN_INIT', hint: expect.stringContaining('doHandshake') });
    const client = (await askedContext()).wrapSocket(near, { serverHostname: 'localhost' });
    await Promise.all([client.doHandshake(), server.doHandshake()]);
    await server.closeWrite();
    expect(refusalOf(server)).toMatchObject({ reason: 'PROTOCOL_IS_SHUTDOWN' });
    await client.write('still here');
    expect(String(await readExactly(server, 10))).toBe('still here');
    await closeAll(client, server);
    expect(refusalOf(server)).toMatchObject({ code: 'ERR_SOCKET_CLOSED', message: 'No SSL wrapper around SSLSocket' });
  });

  test('a client that never answers is served, and can be asked once only', async () => {
    const { client, server } = await connected({ asked: await askedContext() });
    // The inbox of the client is full, so that it does not get as far as the request.
    const writing = server.write(Buffer.alloc(10_000_000));
    await turn();
    server.verifyClientPostHandshake();
    for (let round = 0; round < 200; round++) {
      expect(refusalOf(server).reason).toBe('REQUEST_SENT');
      await client.write('ping');
      expect(String(await readExactly(server, 4))).toBe('ping');
    }
    expect(server.getPeerCert()).toBe(null);
    server.toDuplex().destroy();
    await failureOf(writing);
    await closeAll(client, server);
  });
});

/** Nobody reads or writes meanwhile. */
async function closedWhileWriting(socket: SSLSocket): Promise<void> {
  const writing = failureOf(socket.write(Buffer.alloc(1 << 20)));
  await socket.close({ timeout: 50 });
  expect(await writing).toMatchObject({ code: expect.stringMatching(/^ERR_SOCKET_(CLOSED|TIMEOUT)$/) });
}
