/** Rows of `SSLSocket` that no other test shows. */
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import {
  CERT_NONE,
  connect,
  getServerCertificate,
  listen,
  PROTOCOL_TLS_CLIENT,
  PROTOCOL_TLSv1_2,
  Socket,
  SSLContext,
  SSLSocket,
} from '@sslkit/socket';
import {
  duplexPair,
  files,
  nextEvent,
  nodeTlsServer,
  recordsOf,
  scene,
  tcpPair,
  temporaryDirectory,
} from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import {
  clientContext,
  closeAll,
  connected,
  ends,
  mutualServerContext,
  overChannels,
  overVersions,
  readExactly,
  serverContext,
} from './support.ts';

/** Everything that can be asked of a socket answers; what the handshake has to find out first is not there. */
function asksEverything(socket: SSLSocket): void {
  for (const value of [socket.version(), socket.getChannelBinding('tls-exporter')]) expect(value).toBeNull();
  expect([socket.getVerifiedChain(), socket.getUnverifiedChain(), socket.pending()]).toEqual([[], [], 0]);
  expect(() => socket.getPeerCert()).toThrow('handshake not done yet');
  expect(() => socket.getPeerCert(true)).toThrow('handshake not done yet');
  for (const look of ['cipher', 'sharedCiphers', 'compression', 'selectedAlpnProtocol', 'group'] as const) {
    expect(() => socket[look]()).not.toThrow();
  }
  expect(() => [socket.session, socket.sessionReused]).not.toThrow();
}

overVersions('SSLSocket, row by row', (tls) => {
  test('whatever is asked while the handshake is under way is answered, on both sides', async () => {
    const { client, server } = await ends(tls);
    for (const socket of [client, server]) {
      while (socket.version() === null) {
        asksEverything(socket);
        await turn();
      }
    }
    await Promise.all([client.doHandshake(), server.doHandshake()]);
    expect(client.cipher()).toEqual(server.cipher());
    await closeAll(client, server);
  });

  test('getPeerCert() in its four states: none, not validated, validated, binary', async () => {
    const { client, server } = await connected(tls);
    const der = Buffer.from((await scene()).server.certDer);
    expect(server.getPeerCert()).toBeNull();
    expect(server.getPeerCert(true)).toBeNull();
    expect(client.getPeerCert()).toMatchObject({
      subject: [[['commonName', 'localhost']]],
      notAfter: expect.any(String),
    });
    expect(client.getPeerCert(true)).toEqual(der);
    const context = new SSLContext(PROTOCOL_TLS_CLIENT);
    context.checkHostname = false;
    context.verifyMode = CERT_NONE;
    const [near, far] = await tcpPair();
    const other = (await serverContext(tls)).wrapSocket(far, { serverSide: true });
    const unverified = context.wrapSocket(near);
    await unverified.doHandshake();
    expect(unverified.getPeerCert()).toEqual({});
    expect(unverified.getPeerCert(true)).toEqual(der);
    await closeAll(client, server, unverified, other);
  });

  test('serverSide, serverHostname, context and the two flags are what was given', async () => {
    const { client, server } = await connected(tls, tcpPair(), { client: { suppressRaggedEofs: false } });
    expect([client.serverSide, server.serverSide]).toEqual([false, true]);
    expect([client.serverHostname, server.serverHostname]).toEqual(['localhost', null]);
    expect([client.suppressRaggedEofs, server.suppressRaggedEofs]).toEqual([false, true]);
    expect([client.doHandshakeOnConnect, server.doHandshakeOnConnect]).toEqual([true, true]);
    expect(client.context).toBeInstanceOf(SSLContext);
    expect(() => Object.assign(client, { serverSide: true })).toThrow(TypeError);
    await closeAll(client, server);
  });

  test('sharedCiphers() are the server’s to know; compression() is null', async () => {
    const { client, server } = await connected(tls);
    expect(client.sharedCiphers()).toBeNull();
    expect(server.sharedCiphers()?.map(([name]) => name)).toContain(server.cipher()?.[0]);
    expect([client.compression(), server.compression()]).toEqual([null, null]);
    await closeAll(client, server);
  });

  test('selectedAlpnProtocol() is what the server chose', async () => {
    const [clientSide, serverSide] = [await clientContext(tls), await serverContext(tls)];
    clientSide.setAlpnProtocols(['h2', 'http/1.1']);
    serverSide.setAlpnProtocols(['http/1.1']);
    const [near, far] = await tcpPair();
    const server = serverSide.wrapSocket(far, { serverSide: true });
    const client = clientSide.wrapSocket(near, { serverHostname: 'localhost' });
    await Promise.all([client.doHandshake(), server.doHandshake()]);
    expect([client.selectedAlpnProtocol(), server.selectedAlpnProtocol()]).toEqual(['http/1.1', 'http/1.1']);
    await closeAll(client, server);
  });

  test('recv, recvInto, send, sendAll, sendFile and iteration carry TLS', async () => {
    const [near, far] = duplexPair();
    const seen: Buffer[] = [];
    const tap = far.push.bind(far);
    far.push = (chunk, encoding) => {
      if (chunk) seen.push(Buffer.from(chunk as Buffer));
      return tap(chunk, encoding);
    };
    const { client, server } = await connected(tls, [near, far]);
    expect(await client.send('one ')).toBe(4);
    expect(await client.sendAll('two ')).toBeUndefined();
    const path = join(temporaryDirectory(), 'file');
    writeFileSync(path, 'three');
    expect(await client.sendFile(path)).toBe(5);
    expect((await server.recv(4)).toString()).toBe('one ');
    const buffer = Buffer.alloc(6, '.');
    expect(await server.recvInto(buffer, 4)).toBe(4);
    expect(buffer.toString()).toBe('two ..');
    await client.closeWrite();
    const rest: Buffer[] = [];
    for await (const chunk of server) rest.push(chunk);
    expect(Buffer.concat(rest).toString()).toBe('three');
    const wire = Buffer.concat(seen);
    expect(wire.includes('three')).toBe(false);
    expect(recordsOf(wire).rest).toHaveLength(0);
    await closeAll(client, server);
  });

  test('flags do not exist, and are not swallowed', async () => {
    const { client, server } = await connected(tls);
    await expect(client.recv(1, { flags: 1 } as never)).rejects.toMatchObject({ code: 'ERR_UNKNOWN_OPTION' });
    await expect(client.send('x', 1 as never)).rejects.toBeInstanceOf(TypeError);
    await expect(client.recvInto(Buffer.alloc(1), 1, 1 as never)).rejects.toBeInstanceOf(TypeError);
    await expect(client.sendAll('x', { flags: 1 } as never)).rejects.toMatchObject({ code: 'ERR_UNKNOWN_OPTION' });
    for (const name of [
      'sendTo',
      'recvFrom',
      'recvFromInto',
      'sendMsg',
      'recvMsg',
      'recvMsgInto',
      'dup',
      'connectEx',
    ]) {
      expect(name in client).toBe(false);
    }
    await closeAll(client, server);
  });

  test('a read gives at most what was asked for and waits for no more than is there', async () => {
    const { client, server } = await connected(tls);
    await server.write('one');
    await server.write('two');
    const first = await client.read(4);
    expect(first.length).toBeGreaterThan(0);
    expect(`${first}${await readExactly(client, 6 - first.length)}`).toBe('onetwo');
    await closeAll(client, server);
  });

  test('pending() counts what is decrypted and not read, before the first read too', async () => {
    const { client, server } = await connected(tls);
    expect(client.pending()).toBe(0);
    await server.write('abcdef');
    while (client.pending() === 0) await turn();
    expect(client.pending()).toBe(6);
    await client.read(2);
    expect(client.pending()).toBe(4);
    await client.read();
    expect(client.pending()).toBe(0);
    await closeAll(client, server);
  });

  test('shutdown() ends directions of TLS: nothing is ever read as it is on the wire', async () => {
    const { client, server } = await connected(tls);
    await client.shutdown('write');
    expect((await server.read()).length).toBe(0);
    expect(server.truncated).toBe(false);
    await server.write('still protected');
    expect((await readExactly(client, 15)).toString()).toBe('still protected');
    await expect(client.write('x')).rejects.toMatchObject({ reason: 'PROTOCOL_IS_SHUTDOWN' });
    await client.shutdown('read');
    await server.write('too late');
    expect((await client.recv(100)).length).toBe(0);
    await closeAll(client, server);
  });

  test('close() closes the socket underneath as well', async () => {
    const [near, far] = await tcpPair();
    const { client, server } = await connected(tls, [near, far]);
    expect(client.getPeerName()).toEqual(server.getSockName());
    await client.close();
    if (!near.closed) await nextEvent(near, 'close');
    expect(near.destroyed).toBe(true);
    expect(client.fileno()).toBe(-1);
    await server.close();
  });

  test('after a refusal by the peer the first error stays, in both directions', async () => {
    const serverSide = await mutualServerContext(tls);
    const [near, far] = await tcpPair();
    const server = serverSide.wrapSocket(far, { serverSide: true });
    const client = (await clientContext(tls)).wrapSocket(near, { serverHostname: 'localhost' });
    await expect(server.doHandshake()).rejects.toMatchObject({ reason: 'PEER_DID_NOT_RETURN_A_CERTIFICATE' });
    const first = await client.read().catch((error: unknown) => error);
    const alert = tls === '1.3' ? /CERTIFICATE_REQUIRED/ : /HANDSHAKE_FAILURE/;
    expect(first).toMatchObject({ name: 'SSLError', reason: expect.stringMatching(alert) });
    await expect(client.read()).rejects.toBe(first);
    await expect(client.read(1, Buffer.alloc(1))).rejects.toBe(first);
    await expect(client.write('x')).rejects.toBe(first);
    await expect(client.unwrap()).rejects.toBe(first);
    expect(client.version()).toBeNull();
    await closeAll(client, server);
  });
});

overChannels('getServerCertificate(), row by row', () => {
  test('sslVersion is kept to', async () => {
    const { server } = await scene();
    await using peer = await nodeTlsServer({ cert: server.chainPem, key: server.keyPem });
    const address = ['localhost', peer.port] as const;
    // Asked at once: the connection may be over by the time accept() resolves.
    const protocols: (string | null)[] = [];
    peer.server.on('secureConnection', (socket) => protocols.push(socket.getProtocol()));
    expect(await getServerCertificate(address, { sslVersion: PROTOCOL_TLSv1_2 })).toBe(server.certPem);
    expect(await getServerCertificate(address)).toBe(server.certPem);
    for (let count = 0; count < 2; count += 1) await peer.accept();
    expect(protocols).toEqual(['TLSv1.2', 'TLSv1.3']);
  });

  test('the name is never checked, with authorities or without', async () => {
    const { wrongHost } = await scene();
    const context = await serverContext();
    context.loadCertChain({ pem: wrongHost.chainPem }, { pem: wrongHost.keyPem });
    await using listener = await listen(['127.0.0.1', 0], { context });
    const { caFile } = await files();
    expect(await getServerCertificate(listener.getSockName(), { caCerts: caFile })).toBe(wrongHost.certPem);
    expect(await getServerCertificate(listener.getSockName())).toBe(wrongHost.certPem);
  });

  test('a host that cannot be reached, and one that does not exist', async () => {
    // The kernel refuses this address by itself; no packet leaves.
    await expect(getServerCertificate(['255.255.255.255', 443], { timeout: 10_000 })).rejects.toMatchObject({
      name: 'SocketError',
      code: expect.stringMatching(/ENETUNREACH|EHOSTUNREACH|EACCES/),
      syscall: 'connect',
    });
    await expect(getServerCertificate(['no-such-host.invalid', 443])).rejects.toMatchObject({
      code: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/),
    });
  });

  test('a server that vanishes or speaks no TLS', async () => {
    const server = net.createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    server.listen(0, '127.0.0.1');
    await nextEvent(server, 'listening');
    const { port } = server.address() as net.AddressInfo;
    await expect(getServerCertificate(['127.0.0.1', port])).rejects.toMatchObject({
      name: 'SSLError',
      hint: expect.stringContaining('SSH'),
    });
    server.close();
  });
});

describe('what Python has as attributes of the class', () => {
  test('an SSLSocket is a Socket, and its context can be subclassed in place of sslsocket_class', async () => {
    class Counting extends SSLContext {
      wrapped = 0;
      override wrapSocket(...args: Parameters<SSLContext['wrapSocket']>): SSLSocket {
        this.wrapped++;
        return super.wrapSocket(...args);
      }
    }
    const context = new Counting(PROTOCOL_TLS_CLIENT);
    const { caFile } = await files();
    context.loadVerifyLocations({ cafile: caFile });
    await using listener = await listen(['127.0.0.1', 0], { context: await serverContext() });
    await using socket = await connect(listener.getSockName(), { context });
    expect(context.wrapped).toBe(1);
    expect(socket.context).toBe(context);
    expect(socket).toBeInstanceOf(SSLSocket);
    expect(socket).toBeInstanceOf(Socket);
  });
});
