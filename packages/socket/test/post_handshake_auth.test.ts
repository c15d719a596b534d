import { setImmediate as turn } from 'node:timers/promises';
import { CERT_OPTIONAL, connect, listen, type SSLError, type SSLSocket } from '@sslkit/socket';
import { withTimeout } from '@sslkit/testkit';
import { expect, test } from 'vitest';
import {
  askedContext,
  askingContext,
  connected,
  heldConnected,
  identified,
  refusalOf,
  SUBJECT,
} from './post_handshake_auth_support.ts';
import { closeAll, overChannels, readExactly, TRANSPORTS } from './support.ts';

overChannels('post-handshake authentication', () => {
  test.each(Object.entries(TRANSPORTS))('request and answer travel by themselves over %s', async (_name, transport) => {
    const { client, server } = await connected({ transport: transport() });
    expect(server.getPeerCert()).toBe(null);
    expect(server.verifyClientPostHandshake()).toBe(undefined);
    expect(server.getPeerCert()).toBe(null);
    expect(server.version()).toBe('TLSv1.3');
    await identified(server);
    expect(server.getPeerCert()).toMatchObject({ subject: SUBJECT });
    expect(server.getVerifiedChain()).toHaveLength(2);
    await Promise.all([client.write('question'), server.write('response')]);
    expect(String(await readExactly(server, 8))).toBe('question');
    expect(String(await readExactly(client, 8))).toBe('response');
    await closeAll(client, server);
  });

  test('what was written before the request arrives before it, what is written behind it after', async () => {
    const { client, server } = await connected();
    const first = server.write('first ');
    server.verifyClientPostHandshake();
    const second = server.write('second');
    expect(String(await readExactly(client, 12))).toBe('first second');
    await Promise.all([first, second]);
    await identified(server);
    await closeAll(client, server);
  });

  test('is not lost in data that flow both ways, again and again', async () => {
    const { client, server } = await connected();
    const pieces = 200;
    const piece = Buffer.alloc(10_000, 'data');
    const size = pieces * piece.length;
    const flow = async (socket: SSLSocket): Promise<void> => {
      for (let sent = 0; sent < pieces; sent++) {
        await socket.write(piece);
        await turn();
      }
    };
    const read = [readExactly(client, size), readExactly(server, size)];
    let done = false;
    const all = Promise.all([flow(client), flow(server)]).then(() => {
      done = true;
      return Promise.all(read);
    });
    let asked = 0;
    while (!done) {
      try {
        server.verifyClientPostHandshake();
        asked++;
      } catch (error) {
        expect((error as SSLError).reason).toMatch(/^(REQUEST_SENT|STILL_IN_INIT)$/);
      }
      await turn();
    }
    const results = await withTimeout(all);
    expect(asked).toBeGreaterThan(1);
    const expected = Buffer.alloc(size, piece);
    for (const received of results) expect(expected.equals(received)).toBe(true);
    await identified(server);
    await closeAll(client, server);
  });

  test('while a write is held back by a client that does not read', async () => {
    const { client, server } = await connected();
    const size = 40_000_000;
    const writing = server.write(Buffer.alloc(size));
    await turn();
    server.verifyClientPostHandshake();
    expect(refusalOf(server).reason).toBe('REQUEST_SENT');
    for (let round = 0; round < 20; round++) await turn();
    await client.write('I am busy');
    expect(String(await readExactly(server, 9))).toBe('I am busy');
    expect((await withTimeout(readExactly(client, size))).length).toBe(size);
    await writing;
    await identified(server);
    await closeAll(client, server);
  });

  test('a proof that comes in pieces holds up writes, loses none, and nobody is known by half of it', async () => {
    const { client, server, hold, release } = await heldConnected();
    await server.write('x');
    await readExactly(client, 1);

    const answer = hold();
    server.verifyClientPostHandshake();
    // All but the last bytes: the certificate is there, and the proof is not.
    const missing = 20;
    release((await answer).subarray(0, -missing));
    for (let round = 0; round < 10; round++) await turn();
    expect(server.getPeerCert()).toBe(null);
    expect(server.getPeerCert(true)).toBe(null);
    expect(server.getUnverifiedChain()).toEqual([]);
    expect(server.version()).toBe('TLSv1.3');
    const writing = Promise.all([server.write('held '), server.write(Buffer.alloc(70_000, 'b')), server.write('end')]);
    await turn();
    release((await answer).subarray(-missing));
    await identified(server);
    const read = String(await withTimeout(readExactly(client, 70_008)));
    expect(read).toBe(`held ${'b'.repeat(70_000)}end`);
    await writing;
    await closeAll(client, server);
  });

  test('unwrap() after it leaves plain text', async () => {
    const { client, server } = await connected();
    server.verifyClientPostHandshake();
    await identified(server);
    await Promise.all([client.unwrap(), server.unwrap()]);
    expect(refusalOf(server)).toMatchObject({ code: 'ERR_SOCKET_CLOSED' });
  });

  test('where one is optional it goes on, and is nobody', async () => {
    const asking = await askingContext();
    asking.verifyMode = CERT_OPTIONAL;
    const { client, server } = await connected({ asking, asked: await askedContext('none') });
    server.verifyClientPostHandshake();
    await client.write('question');
    expect(String(await readExactly(server, 8))).toBe('question');
    expect(server.getPeerCert()).toBe(null);
    await closeAll(client, server);
  });

  test('through a Node stream: an error of the client is its error', async () => {
    const { client, server } = await connected({ asked: await askedContext('none') });
    const stream = server.toDuplex();
    const gone = new Promise<Error>((resolve) => stream.once('error', resolve));
    stream.resume();
    server.verifyClientPostHandshake();
    expect(await withTimeout(gone)).toMatchObject({ reason: 'PEER_DID_NOT_RETURN_A_CERTIFICATE' });
    await closeAll(client);
  });

  test('many clients of a listener, each asked when its handshake is done', async () => {
    const context = await askingContext();
    await using listener = await listen(['127.0.0.1', 0], { context });
    const asked = await askedContext();
    const address = ['localhost', listener.getSockName()[1]] as const;
    const clients = await Promise.all(Array.from({ length: 20 }, () => connect(address, { context: asked })));
    const servers = await Promise.all(
      clients.map(async () => {
        const server = await listener.accept();
        await server.doHandshake();
        server.verifyClientPostHandshake();
        await identified(server);
        return server;
      }),
    );
    for (const server of servers) expect(server.getPeerCert()).toMatchObject({ subject: SUBJECT });
    await closeAll(...clients, ...servers);
  });

  test('a session of after the answer brings the client’s name along', async () => {
    const context = await askingContext();
    await using listener = await listen(['127.0.0.1', 0], { context });
    const asked = await askedContext();
    const address = ['localhost', listener.getSockName()[1]] as const;
    const [first, server] = await Promise.all([connect(address, { context: asked }), listener.accept()]);
    await server.doHandshake();
    server.verifyClientPostHandshake();
    await identified(server);
    await server.write('x');
    await readExactly(first, 1);
    const { session } = first;
    await closeAll(first, server);
    const [second, known] = await Promise.all([connect(address, { context: asked, session }), listener.accept()]);
    await known.doHandshake();
    expect(second.sessionReused).toBe(true);
    expect(known.getPeerCert()).toMatchObject({ subject: SUBJECT });
    await closeAll(second, known);
  });
});
