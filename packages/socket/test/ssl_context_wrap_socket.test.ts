/** The rules of `SSLContext.wrap_socket`: sections 1.4 and 2.b of the reference. */
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import {
  CERT_REQUIRED,
  connect,
  createDefaultContext,
  PROTOCOL_TLS_CLIENT,
  PROTOCOL_TLS_SERVER,
  Socket,
  SSLCertVerificationError,
  SSLContext,
  SSLError,
  SSLSocket,
} from '@sslkit/socket';
import { duplexPair, files, nextEvent, tcpPair, temporaryDirectory } from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import { clientContext, closeAll, connected, ends, listening, overVersions, serverContext } from './support.ts';

overVersions('SSLContext.wrapSocket', (tls) => {
  test('over an unconnected net.Socket and a listening net.Server', async () => {
    const server = net.createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const wrapped = (await serverContext(tls)).wrapSocket(server, { serverSide: true });
    const raw = new net.Socket();
    const client = (await clientContext(tls)).wrapSocket(raw, { serverHostname: 'localhost' });
    const [[served]] = await Promise.all([wrapped.accept(), client.connect(wrapped.getSockName())]);
    await client.write('x');
    expect((await served.read()).toString()).toBe('x');
    const [plain, other] = await Promise.all([client.unwrap(), served.unwrap()]);
    expect(plain).toBeInstanceOf(net.Socket);
    expect(other).toBeInstanceOf(net.Socket);
    (plain as net.Socket).destroy();
    (other as net.Socket).destroy();
    await wrapped.close();
  });

  test('over a net.Socket that is still connecting', async () => {
    const plain = await listening();
    const [host, port] = plain.getSockName() as [string, number];
    const client = (await clientContext(tls)).wrapSocket(net.connect(port, host), { serverHostname: 'localhost' });
    const [accepted] = await plain.accept();
    const server = (await serverContext(tls)).wrapSocket(accepted, { serverSide: true });
    await client.write('early');
    expect((await server.read()).toString()).toBe('early');
    await closeAll(client, server, plain);
  });

  test('over a Unix-domain socket', async () => {
    const path = join(temporaryDirectory(), 'tls.sock');
    const plain = new Socket();
    await plain.bind({ path });
    await plain.listen();
    const server = (await serverContext(tls)).wrapSocket(plain, { serverSide: true });
    const client = (await clientContext(tls)).wrapSocket(new Socket(), { serverHostname: 'localhost' });
    const [[served]] = await Promise.all([server.accept(), client.connect({ path })]);
    await served.write('by path');
    expect((await client.read()).toString()).toBe('by path');
    expect(server.getSockName()).toEqual({ path });
    await closeAll(client, served, server);
  });

  test('the socket that was wrapped is empty; its time-out moves', async () => {
    const [near, far] = await tcpPair();
    const plain = new Socket(near);
    plain.setTimeout(7);
    const client = (await clientContext(tls)).wrapSocket(plain, { serverHostname: 'localhost' });
    expect(client.getTimeout()).toBe(7);
    expect(plain.fileno()).toBe(-1);
    await expect(plain.recv(1)).rejects.toMatchObject({ code: 'EBADF' });
    await client.close();
    far.destroy();
  });

  test('an automatic handshake that fails closes the transport; every call tells why', async () => {
    const [near, far] = await tcpPair();
    const client = (await clientContext(tls)).wrapSocket(near, { serverHostname: 'localhost' });
    far.end('this is no TLS at all');
    const first = await client.doHandshake().catch((error: unknown) => error);
    expect(first).toMatchObject({ name: 'SSLError', reason: expect.stringMatching(/WRONG_VERSION_NUMBER|UNEXPECTED/) });
    if (!near.closed) await nextEvent(near, 'close');
    await expect(client.read()).rejects.toBe(first);
    await expect(client.write('x')).rejects.toBe(first);
    await client.close();
    far.destroy();
  });

  test('doHandshakeOnConnect false: nothing is sent before doHandshake(), which is idempotent', async () => {
    const manual = { doHandshakeOnConnect: false };
    const [near, far] = duplexPair();
    const { client, server } = await ends(tls, [near, far], { client: manual, server: manual });
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(far.readableLength).toBe(0);
    expect(client.cipher()).toBeNull();
    expect(client.version()).toBeNull();
    expect(client.getChannelBinding('tls-exporter')).toBeNull();
    expect(client.getVerifiedChain()).toEqual([]);
    expect(() => client.getPeerCert()).toThrow('handshake not done yet');
    await Promise.all([client.doHandshake(), client.doHandshake(), server.doHandshake()]);
    await client.doHandshake();
    expect(client.version()).toBe(`TLSv${tls}`);
    await closeAll(client, server);
  });

  test('read and write start the handshake by themselves', async () => {
    const manual = { doHandshakeOnConnect: false };
    const { client, server } = await ends(tls, tcpPair(), { client: manual, server: manual });
    const [got] = await Promise.all([server.read(), client.write('go')]);
    expect(got.toString()).toBe('go');
    await closeAll(client, server);
  });

  test('read(): sizes, buffers and their limits', async () => {
    const { client, server } = await connected(tls);
    await server.write('0123456789');
    expect((await client.read(0)).length).toBe(0);
    await expect(client.read(-1)).rejects.toThrow('size should not be negative');
    await expect(client.read(1.5)).rejects.toBeInstanceOf(TypeError);
    const buffer = Buffer.alloc(4, '.');
    expect(await client.read(2, buffer)).toBe(2);
    expect(buffer.toString()).toBe('01..');
    expect(client.pending()).toBe(8);
    expect(await client.read(0, buffer)).toBe(4);
    expect(await client.read(-1, buffer)).toBe(4);
    expect(buffer.toString()).toBe('6789');
    expect(await client.read(3, Buffer.alloc(0))).toBe(0);
    expect(client.pending()).toBe(0);
    await expect(client.read(1, 'x' as never)).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
    await server.write(Buffer.alloc(2000));
    expect((await client.read()).length).toBe(1024);
    await closeAll(client, server);
  });

  test('write(): nothing sends nothing, the count is the whole, other types are misuse', async () => {
    const { client, server } = await connected(tls);
    expect(await client.write('')).toBe(0);
    expect(await client.write(Buffer.alloc(0))).toBe(0);
    expect(await client.write(Buffer.alloc(50_000))).toBe(50_000);
    await expect(client.write(5 as never)).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
    await closeAll(client, server);
  });

  test('mutual TLS: both see each other’s certificate, and both chains', async () => {
    const { caFile, clientCombinedFile } = await files();
    const serverSide = await serverContext(tls);
    serverSide.loadVerifyLocations({ cafile: caFile });
    serverSide.verifyMode = CERT_REQUIRED;
    const clientSide = await clientContext(tls);
    clientSide.loadCertChain(clientCombinedFile);
    const [near, far] = await tcpPair();
    const server = serverSide.wrapSocket(far, { serverSide: true });
    const client = clientSide.wrapSocket(near, { serverHostname: 'localhost' });
    await Promise.all([client.doHandshake(), server.doHandshake()]);
    expect(server.getPeerCert()).toMatchObject({ subject: [[['commonName', 'client']]] });
    expect(server.getPeerCert(true)).toEqual(server.getVerifiedChain()[0]);
    expect(client.getVerifiedChain().length).toBe(2);
    expect(server.getUnverifiedChain()[0]).toEqual(server.getPeerCert(true));
    await closeAll(client, server);
  });

  test('a session is resumed', async () => {
    const serverSide = await serverContext(tls);
    const clientSide = await clientContext(tls);
    const run = async (session: SSLSocket['session']): Promise<[SSLSocket['session'], boolean | null]> => {
      const [near, far] = await tcpPair();
      const server = serverSide.wrapSocket(far, { serverSide: true });
      const client = clientSide.wrapSocket(near, { serverHostname: 'localhost', session });
      await server.write('ticket');
      await client.read();
      const outcome: [SSLSocket['session'], boolean | null] = [client.session, client.sessionReused];
      await closeAll(client, server);
      return outcome;
    };
    const [session, first] = await run(null);
    expect(first).toBe(false);
    expect(session).not.toBeNull();
    expect((await run(session))[1]).toBe(true);
  });

  test('channel bindings of both ends agree', async () => {
    const { client, server } = await connected(tls);
    for (const type of ['tls-exporter', 'tls-server-end-point', ...(tls === '1.2' ? ['tls-unique'] : [])]) {
      expect(client.getChannelBinding(type)?.length).toBeGreaterThan(10);
      expect(client.getChannelBinding(type)).toEqual(server.getChannelBinding(type));
    }
    expect(() => client.getChannelBinding('tls-nonsense')).toThrow();
    await closeAll(client, server);
  });
});

describe('contradictions', () => {
  test('each is refused at once with Python’s meaning', async () => {
    const server = new SSLContext(PROTOCOL_TLS_SERVER);
    const client = new SSLContext(PROTOCOL_TLS_CLIENT);
    const session = null;
    expect(() => server.wrapSocket(new Socket(), { serverSide: true, serverHostname: 'x' })).toThrow('client mode');
    expect(() => client.wrapSocket(new Socket(), { session })).toThrow(
      expect.objectContaining({ code: 'ERR_SSL_CHECK_HOSTNAME_REQUIRES_SERVER_HOSTNAME' }),
    );
    expect(() => client.wrapSocket(new Socket(), { serverHostname: '' })).toThrow();
    expect(() => client.wrapSocket(new Socket(), { server_hostname: 'x' } as never)).toThrow(
      'did you mean serverHostname?',
    );
    expect(() => client.wrapSocket({} as Socket, { serverHostname: 'x' })).toThrow(TypeError);
    const decoding = duplexPair()[0].setEncoding('utf8');
    expect(() => client.wrapSocket(decoding, { serverHostname: 'x' })).toThrow('setEncoding');
    expect(() => new (SSLSocket as unknown as new () => SSLSocket)()).toThrow(
      expect.objectContaining({ code: 'ERR_ILLEGAL_CONSTRUCTOR' }),
    );
  });

  test('before a connection: null, ENOTCONN or Python’s words, as the table says', async () => {
    const context = createDefaultContext();
    const socket = context.wrapSocket(new Socket(), { serverHostname: 'example.com' });
    for (const value of [socket.cipher(), socket.version(), socket.compression(), socket.sharedCiphers()]) {
      expect(value).toBeNull();
    }
    for (const value of [
      socket.selectedAlpnProtocol(),
      socket.selectedNpnProtocol(),
      socket.session,
      socket.sessionReused,
    ]) {
      expect(value).toBeNull();
    }
    expect(socket.pending()).toBe(0);
    expect(socket.getChannelBinding()).toBeNull();
    expect(() => socket.getChannelBinding('nonsense')).toThrow(TypeError);
    expect(() => socket.getPeerCert()).toThrow(expect.objectContaining({ code: 'ENOTCONN' }));
    await expect(socket.doHandshake()).rejects.toMatchObject({ code: 'ENOTCONN' });
    await expect(socket.read()).rejects.toThrow('Read on closed or unwrapped SSL socket.');
    await expect(socket.write('x')).rejects.toThrow('Write on closed or unwrapped SSL socket.');
    await expect(socket.recv(1)).rejects.toMatchObject({ code: 'ENOTCONN' });
    await expect(socket.send('x')).rejects.toMatchObject({ code: 'ENOTCONN' });
    await expect(socket.unwrap()).rejects.toThrow('No SSL wrapper around');
    await socket.close();
  });

  test('connecting twice, or a server side, is refused', async () => {
    const { client, server } = await connected('1.3');
    await expect(client.connect(['127.0.0.1', 1])).rejects.toThrow('already-connected');
    const listener = (await serverContext()).wrapSocket(await listening(), { serverSide: true });
    await expect(listener.connect(['127.0.0.1', 1])).rejects.toThrow('server-side mode');
    await closeAll(client, server, listener);
  });

  test('a connection that is gone, with data left behind, is never read as protected (CVE-2023-40217)', async () => {
    const [near, far] = await tcpPair();
    near.on('error', () => {});
    near.write('left behind');
    await nextEvent(far, 'readable');
    expect(far.readableLength).toBeGreaterThan(0);
    far.destroy();
    const context = await clientContext();
    expect(() => context.wrapSocket(far, { serverHostname: 'localhost' })).toThrow(
      expect.objectContaining({ reason: 'Closed before TLS handshake with data in recv buffer.' }),
    );
    near.destroy();
    await nextEvent(near, 'close');
    expect(() => context.wrapSocket(near, { serverHostname: 'localhost' })).toThrow(
      expect.objectContaining({ code: 'EBADF' }),
    );
  });

  test('the default of connect() verifies, and an unknown authority is refused', async () => {
    const plain = await listening();
    const server = (await serverContext()).wrapSocket(plain, { serverSide: true });
    const accepting = server.accept().catch((error: unknown) => error);
    await expect(connect(server.getSockName())).rejects.toBeInstanceOf(SSLCertVerificationError);
    expect(await accepting).toBeInstanceOf(SSLError);
    await server.close();
  });
});
