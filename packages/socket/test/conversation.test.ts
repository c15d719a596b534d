import { connect, listen, Socket, type SSLSocket } from '@sslkit/socket';
import { tcpPair } from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import { clientContext, closeAll, connected, overVersions, readExactly, serverContext, TRANSPORTS } from './support.ts';

overVersions('a conversation', (tls) => {
  test('connect() and listen() talk verified, both ways, and close', async () => {
    await using listener = await listen(['127.0.0.1', 0], { context: await serverContext(tls) });
    const [, port] = listener.getSockName();
    const connecting = connect(['localhost', port], { context: await clientContext(tls) });
    const [client, server] = await Promise.all([connecting, listener.accept()]);
    expect(client.version()).toBe(`TLSv${tls}`);
    expect(client.serverHostname).toBe('localhost');
    expect(client.getPeerCert()).toMatchObject({ subject: [[['commonName', 'localhost']]] });
    expect(await client.write('ping')).toBe(4);
    expect((await server.read()).toString()).toBe('ping');
    expect(await server.write(Buffer.from('pong'))).toBe(4);
    expect((await client.read()).toString()).toBe('pong');
    expect(client.getPeerName()).toEqual(['127.0.0.1', port]);
    expect(server.getPeerName()).toEqual(client.getSockName());
    await client.close();
    expect((await server.read()).length).toBe(0);
    expect(server.truncated).toBe(false);
    await server.close();
  });

  test('the listener is an async iterable', async () => {
    const listener = await listen(['127.0.0.1', 0], { context: await serverContext(tls) });
    const [, port] = listener.getSockName();
    const served = (async () => {
      const seen: string[] = [];
      for await (const socket of listener) {
        for await (const chunk of socket) seen.push(chunk.toString());
        await socket.close();
        if (seen.length === 2) await listener.close();
      }
      return seen;
    })();
    for (const word of ['one', 'two']) {
      await using client = await connect(['127.0.0.1', port], { context: await clientContext(tls) });
      await client.write(word);
    }
    expect(await served).toEqual(['one', 'two']);
  });

  describe.each(Object.entries(TRANSPORTS))('over %s', (_name, transport) => {
    test('bytes arrive whole and in order, in both directions at once', async () => {
      const { client, server } = await connected(tls, transport());
      const up = Buffer.alloc(40_000, 'up ');
      const down = Buffer.alloc(35_000, 'down ');
      const [sent, received, answered, answer] = await Promise.all([
        client.write(up),
        readExactly(server, up.length),
        server.write(down),
        readExactly(client, down.length),
      ]);
      expect([sent, answered]).toEqual([up.length, down.length]);
      expect(received.equals(up)).toBe(true);
      expect(answer.equals(down)).toBe(true);
      await closeAll(client, server);
    });
  });

  test('a megabyte is written at once and read in odd pieces', async () => {
    const { client, server } = await connected(tls);
    const data = Buffer.from(Array.from({ length: 1 << 20 }, (_, at) => (at * 31) & 255));
    const writing = client.write(data);
    const pieces: Buffer[] = [];
    for (let got = 0, size = 1; got < data.length; size = (size * 7) % 20_011) {
      const piece = await server.read(size);
      expect(piece.length).toBeGreaterThan(0);
      expect(piece.length).toBeLessThanOrEqual(size);
      pieces.push(piece);
      got += piece.length;
    }
    expect(await writing).toBe(data.length);
    expect(Buffer.concat(pieces).equals(data)).toBe(true);
    await closeAll(client, server);
  });

  test('a plain Socket is wrapped on both sides', async () => {
    const bound = new Socket();
    await bound.bind(['127.0.0.1', 0]);
    await bound.listen(5);
    const client = (await clientContext(tls)).wrapSocket(new Socket(), { serverHostname: 'localhost' });
    const serving = (async (): Promise<SSLSocket> => {
      const [plain] = await bound.accept();
      return (await serverContext(tls)).wrapSocket(plain, { serverSide: true });
    })();
    await client.connect(bound.getSockName());
    const server = await serving;
    await client.write('hello');
    expect((await server.read()).toString()).toBe('hello');
    await closeAll(client, server, bound);
  });

  test('writes that were not awaited leave before close() ends the connection', async () => {
    const { client, server } = await connected(tls);
    const writes = [client.write('a'), client.write('b'), client.write('c')];
    await client.close();
    expect(await Promise.all(writes)).toEqual([1, 1, 1]);
    expect((await readExactly(server, 10)).toString()).toBe('abc');
    await server.close();
  });

  test('bytes that wait in a paused, half-read net.Socket are not lost', async () => {
    const [near, far] = await tcpPair();
    near.write('STARTTLS\r\n');
    const client = (await clientContext(tls)).wrapSocket(near, { serverHostname: 'localhost' });
    // The line and the ClientHello behind it are in the stream before it is wrapped.
    while (far.readableLength < 20) await new Promise((resolve) => far.once('readable', resolve));
    expect(far.read(10)?.toString()).toBe('STARTTLS\r\n');
    far.pause();
    const server = (await serverContext(tls)).wrapSocket(far, { serverSide: true });
    await client.write('over TLS');
    expect((await server.read()).toString()).toBe('over TLS');
    await closeAll(client, server);
  });
});
