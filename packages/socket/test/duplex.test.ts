/** `toDuplex()` where Node's own TLS sockets are used: http, https, http2, pipeline, TLS inside TLS; and the web streams. */
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import { Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { connect, listen, type SSLDuplex, type SSLListener, type SSLSocket } from '@sslkit/socket';
import { collect, duplexPair, tcpPair } from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import {
  clientContext,
  closeAll,
  connected,
  overChannels,
  overVersions,
  readExactly,
  serverContext,
  type TlsVersion,
} from './support.ts';

/** An HTTP server behind our listener; every connection is handed to `server`. */
async function serveHttp(
  server: http.Server | http2.Http2Server,
  event: string,
  tls: TlsVersion,
  alpn?: string[],
): Promise<{ port: number; close(): Promise<void> }> {
  const context = await serverContext(tls);
  if (alpn) context.setAlpnProtocols(alpn);
  const listener: SSLListener = await listen(['127.0.0.1', 0], { context });
  const feeding = (async () => {
    for await (const socket of listener) {
      await socket.doHandshake();
      server.emit(event, socket.toDuplex());
    }
  })();
  const close = async (): Promise<void> => {
    await listener.close();
    await feeding;
    server.close();
  };
  return { port: listener.getSockName()[1], close };
}

async function dial(port: number, tls: TlsVersion, alpn?: string[]): Promise<SSLDuplex> {
  const context = await clientContext(tls);
  if (alpn) context.setAlpnProtocols(alpn);
  return (await connect(['localhost', port], { context })).toDuplex();
}

overVersions('toDuplex()', (tls) => {
  test('pipeline() through both ends, with the end passed on', async () => {
    const { client, server } = await connected(tls);
    const data = Buffer.alloc(700_000, 'stream');
    const [received] = await Promise.all([
      collect(server.toDuplex()),
      pipeline(Readable.from([data.subarray(0, 300_000), data.subarray(300_000)]), client.toDuplex()),
    ]);
    expect(received.equals(data)).toBe(true);
    await closeAll(client, server);
  });

  test('events and members of a tls.TLSSocket', async () => {
    await using listener = await listen(['127.0.0.1', 0], { context: await serverContext(tls) });
    const [, port] = listener.getSockName();
    const client = await connect(['localhost', port], { context: await clientContext(tls) });
    const served = await listener.accept();
    const serverDuplex = served.toDuplex();
    const duplex = client.toDuplex();
    expect(client.toDuplex()).toBe(duplex);
    expect(duplex.secureConnecting).toBe(true);
    expect(duplex.readyState).toBe('opening');
    await Promise.all([once(duplex, 'secureConnect'), once(duplex, 'connect'), once(serverDuplex, 'secureConnect')]);
    expect(duplex).toBeInstanceOf(Duplex);
    expect(duplex).toMatchObject({ encrypted: true, authorized: true, authorizationError: null, alpnProtocol: false });
    expect(duplex).toMatchObject({
      servername: 'localhost',
      remoteAddress: '127.0.0.1',
      remotePort: port,
      readyState: 'open',
    });
    expect(serverDuplex).toMatchObject({ authorized: false, servername: 'localhost', encrypted: true });
    expect(duplex.getProtocol()).toBe(`TLSv${tls}`);
    expect(duplex.getCipher()).toMatchObject({ name: expect.any(String), version: expect.any(String) });
    expect(duplex.getPeerCertificate(true)).toMatchObject({ subject: { CN: 'localhost' }, issuerCertificate: {} });
    expect(serverDuplex.getPeerCertificate()).toEqual({});
    expect(duplex.getPeerX509Certificate()?.subject).toBe('CN=localhost');
    expect(duplex.getFinished()).toEqual(serverDuplex.getPeerFinished());
    expect(duplex.exportKeyingMaterial(16, 'EXPORTER-test')).toEqual(
      serverDuplex.exportKeyingMaterial(16, 'EXPORTER-test'),
    );
    expect(duplex.isSessionReused()).toBe(false);
    expect(duplex.setKeepAlive(true).setNoDelay(true).ref().unref()).toBe(duplex);
    duplex.write('counted');
    expect(((await once(serverDuplex, 'data')) as [Buffer])[0].toString()).toBe('counted');
    expect([duplex.bytesWritten, serverDuplex.bytesRead]).toEqual([7, 7]);
    duplex.destroy();
    serverDuplex.destroy();
    await Promise.all([once(duplex, 'close'), once(serverDuplex, 'close')]);
  });

  test('an idle stream emits timeout once, and a failure of TLS destroys it with the error', async () => {
    const [near, far] = await tcpPair();
    const { client, server } = await connected(tls, [near, far], { client: { suppressRaggedEofs: false } });
    const duplex = client.toDuplex();
    await new Promise<void>((resolve) => duplex.setTimeout(20, resolve));
    duplex.setTimeout(0);
    duplex.resume();
    const failed = once(duplex, 'error');
    far.destroy();
    expect(await failed).toMatchObject([{ name: 'SSLEOFError' }]);
    await closeAll(client, server);
  });

  test('http over it: a server, and a keep-alive agent', async () => {
    const server = http.createServer((request, response) => {
      request.resume();
      request.on('end', () =>
        response.end(`${request.method} ${request.url} over ${(request.socket as unknown as SSLDuplex).getProtocol()}`),
      );
    });
    const { port, close } = await serveHttp(server, 'connection', tls);
    let connections = 0;
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    Object.assign(agent, {
      createConnection: (_options: object, done: (error: Error | null, stream?: Duplex) => void) => {
        connections += 1;
        dial(port, tls).then((stream) => done(null, stream), done);
      },
    });
    for (const path of ['/one', '/two', '/three']) {
      const request = http.request({ host: 'localhost', port, path, method: 'POST', agent });
      request.end('body');
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      expect((await collect(response)).toString()).toBe(`POST ${path} over TLSv${tls}`);
    }
    expect(connections).toBe(1);
    agent.destroy();
    await close();
  });

  test('http2 over it, both sides', async () => {
    const server = http2.createServer();
    server.on('stream', (stream, headers) => {
      stream.respond({ ':status': 200 });
      stream.end(`h2 ${headers[':path']}`);
    });
    const { port, close } = await serveHttp(server, 'connection', tls, ['h2']);
    const duplex = await dial(port, tls, ['h2']);
    await once(duplex, 'secureConnect');
    expect(duplex.alpnProtocol).toBe('h2');
    const session = http2.connect('https://localhost', { createConnection: () => duplex });
    const request = session.request({ ':path': '/page' });
    request.end();
    const body: Buffer[] = [];
    for await (const chunk of request) body.push(chunk as Buffer);
    expect(Buffer.concat(body).toString()).toBe('h2 /page');
    const closed = once(session, 'close');
    session.close();
    await closed;
    await close();
  });

  test('TLS inside TLS: a wrapped SSLSocket, and unwrap() back to it', async () => {
    const outer = await connected(tls);
    const serverInner = (await serverContext(tls)).wrapSocket(outer.server, { serverSide: true });
    const clientInner = (await clientContext(tls)).wrapSocket(outer.client, { serverHostname: 'localhost' });
    const data = Buffer.alloc(200_000, 'nested');
    const [got] = await Promise.all([readExactly(serverInner, data.length), clientInner.write(data)]);
    expect(got.equals(data)).toBe(true);
    const [left, right] = await Promise.all([clientInner.unwrap(), serverInner.unwrap()]);
    expect(left).toBe(outer.client);
    expect(right).toBe(outer.server);
    await outer.client.write('outer again');
    expect((await readExactly(outer.server, 11)).toString()).toBe('outer again');
    await closeAll(outer.client, outer.server);
  });

  test('can still be looked at after the socket was closed', async () => {
    const { client, server } = await connected(tls);
    const duplexes = [client.toDuplex(), server.toDuplex()];
    await Promise.all([client.close(), server.close()]);
    for (const duplex of duplexes) {
      expect(duplex.servername).toBe(false);
      expect(duplex.getFinished()).toBeUndefined();
      expect(duplex.getPeerFinished()).toBeUndefined();
      expect(duplex.getProtocol()).toBeNull();
    }
  });

  test('TLS inside TLS through toDuplex() of each end', async () => {
    const outer = await connected(tls);
    const inner = await connected(tls, [outer.client.toDuplex(), outer.server.toDuplex()]);
    await inner.client.write('through two layers');
    expect((await inner.server.read()).toString()).toBe('through two layers');
    await closeAll(inner.client, inner.server);
  });
});

overChannels('web streams', () => {
  test('readable and writable carry data, backpressure and the end', async () => {
    const { client, server } = await connected('1.3', duplexPair());
    const data = Buffer.alloc(500_000, 'web');
    const sending = (async () => {
      const writer = client.writable.getWriter();
      await writer.write(data);
      await writer.close();
    })();
    const chunks: Uint8Array[] = [];
    for await (const chunk of server.readable as unknown as AsyncIterable<Uint8Array>) chunks.push(chunk);
    await sending;
    expect(Buffer.concat(chunks).equals(data)).toBe(true);
    expect(client.readable).toBe(client.readable);
    await server.write('half-open');
    expect((await client.read()).toString()).toBe('half-open');
    await closeAll(client, server);
  });

  test('cancelling closes the socket; aborting too', async () => {
    const { client, server } = await connected('1.3');
    await client.readable.cancel();
    await expect(client.read()).rejects.toThrow('closed');
    expect((await server.read()).length).toBe(0);
    await server.writable.abort();
    await expect(server.write('x')).rejects.toThrow('closed');
  });

  test('a transfer that is aborted never looks complete to the peer', async () => {
    const { client, server } = await connected('1.3');
    const source = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(Buffer.from('half of')),
      pull: (controller) => controller.error(new Error('the source broke')),
    });
    await expect(source.pipeTo(client.writable)).rejects.toThrow('the source broke');
    const ended = await server.read().then(
      async (chunk) => chunk.length === 0 || (await server.read()).length === 0,
      (error: Error) => error,
    );
    // A reset shows as an error, a bare end as truncated; never a close_notify.
    expect(ended instanceof Error || server.truncated).toBe(true);
    await server.close();
  });
});

describe('an SSLSocket in use by a Node stream', () => {
  test('a stream that is destroyed closes the socket, and the peer reads a clean end', async () => {
    const { client, server } = await connected('1.3');
    client.toDuplex().destroy();
    expect((await server.read()).length).toBe(0);
    expect((server as SSLSocket).truncated).toBe(false);
    await server.close();
  });

  test('net.connect’s own pipe of sockets works with it', async () => {
    const { client, server } = await connected('1.3');
    const echo = server.toDuplex();
    echo.pipe(echo);
    await client.write('echo');
    expect((await client.read()).toString()).toBe('echo');
    await client.closeWrite();
    expect((await client.read()).length).toBe(0);
    expect(net.isIP('127.0.0.1')).toBe(4);
    await closeAll(client, server);
  });
});
