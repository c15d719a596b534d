/** Post-handshake authentication over sockets: the request leaves by itself, and the connection lives on meanwhile. */
import type { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import {
  CERT_OPTIONAL,
  CERT_REQUIRED,
  connect,
  listen,
  SSLCertVerificationError,
  type SSLContext,
  type SSLError,
  type SSLSocket,
} from '@sslkit/socket';
import { files, scene, tcpPair, withTimeout } from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import {
  clientContext,
  closeAll,
  failureOf,
  mutualServerContext,
  overChannels,
  readExactly,
  TRANSPORTS,
} from './support.ts';

const { otherServer } = await scene();

async function askingContext(): Promise<SSLContext> {
  const context = await mutualServerContext('1.3');
  context.postHandshakeAuth = true;
  return context;
}

async function askedContext(own: 'client' | 'none' | 'untrusted' = 'client'): Promise<SSLContext> {
  const context = await clientContext('1.3');
  context.postHandshakeAuth = true;
  if (own === 'client') context.loadCertChain((await files()).clientCombinedFile);
  if (own === 'untrusted') context.loadCertChain({ pem: otherServer.combinedPem });
  return context;
}

interface Ends {
  client: SSLSocket;
  server: SSLSocket;
}

async function connected(
  options: { transport?: Promise<[Duplex, Duplex]>; asking?: SSLContext; asked?: SSLContext } = {},
): Promise<Ends> {
  const [near, far] = await (options.transport ?? tcpPair());
  const server = (options.asking ?? (await askingContext())).wrapSocket(far, { serverSide: true });
  const asked = options.asked ?? (await askedContext());
  const client = asked.wrapSocket(near, { serverHostname: 'localhost' });
  await Promise.all([client.doHandshake(), server.doHandshake()]);
  return { client, server };
}

/** Over a relay that can hold back what the client sends. */
async function heldConnected() {
  const [near, byClient] = await tcpPair();
  const [byServer, far] = await tcpPair();
  byServer.pipe(byClient);
  let hold: ((chunk: Buffer) => void) | null = null;
  byClient.on('data', (chunk: Buffer) => (hold === null ? byServer.write(chunk) : hold(chunk)));
  byClient.on('end', () => byServer.end());
  byClient.resume();
  const ends = await connected({ transport: Promise.resolve([near, far]) });
  return {
    ...ends,
    /** What comes next, whole; it fits into one segment. */
    hold: () =>
      withTimeout(
        new Promise<Buffer>((resolve) => {
          hold = resolve;
        }),
        15_000,
        'the answer',
      ),
    release: (bytes: Buffer): void => {
      hold = null;
      byServer.write(bytes);
    },
  };
}

/** Nobody reads or writes meanwhile. */
async function closedWhileWriting(socket: SSLSocket): Promise<void> {
  const writing = failureOf(socket.write(Buffer.alloc(1 << 20)));
  await socket.close({ timeout: 50 });
  expect(await writing).toMatchObject({ code: expect.stringMatching(/^ERR_SOCKET_(CLOSED|TIMEOUT)$/) });
}

async function identified(server: SSLSocket): Promise<void> {
  const look = async (): Promise<void> => {
    while (server.getPeerCert() === null) await turn();
  };
  await withTimeout(look(), 15_000, 'the answer of the client');
}

function refusalOf(socket: SSLSocket): Record<string, unknown> {
  try {
    socket.verifyClientPostHandshake();
  } catch (error) {
    return error as Record<string, unknown>;
  }
  throw new Error('expected it to be refused');
}

const SUBJECT = expect.arrayContaining([[['commonName', 'client']]]);

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
    const results = await withTimeout(all, 15_000);
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
    expect((await withTimeout(readExactly(client, size), 15_000)).length).toBe(size);
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
    const read = String(await withTimeout(readExactly(client, 70_008), 15_000));
    expect(read).toBe(`held ${'b'.repeat(70_000)}end`);
    await writing;
    await closeAll(client, server);
  });

  describe.each(['close()', 'unwrap()', 'destroy() of a stream', 'the client closes', 'the client resets'])(
    '%s',
    (how) => {
      test('ends a connection whose client has been asked and not answered', async () => {
        const { client, server } = await connected({ asked: await askedContext() });
        server.verifyClientPostHandshake();
        const reading = failureOf(server.read());
        if (how === 'close()') await withTimeout(server.close(), 5_000);
        if (how === 'the client closes') await client.close();
        if (how === 'the client resets') client.toDuplex().destroy();
        if (how === 'destroy() of a stream') server.toDuplex().destroy();
        if (how === 'unwrap()') {
          const peer = client.unwrap();
          await Promise.all([server.unwrap(), peer]);
        }
        await withTimeout(reading, 15_000);
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
    await withTimeout(end(server), 5_000, 'the end');
    expect(await withTimeout(reading, 5_000)).toBeInstanceOf(Error);
    await withTimeout(client.close(), 5_000);
  });

  test('a client that leaves in the middle of its answer is an error, and nobody', async () => {
    const { client, server, hold, release } = await heldConnected();
    const answer = hold();
    server.verifyClientPostHandshake();
    release((await answer).subarray(0, -20));
    const reading = failureOf(server.read());
    await client.close();
    const error = await withTimeout(reading, 15_000);
    expect(error).toBeInstanceOf(Error);
    expect(await failureOf(server.write('x'))).toBe(error);
    expect(server.getPeerCert()).toBe(null);
    await server.close();
  });

  test('unwrap() after it leaves plain text', async () => {
    const { client, server } = await connected();
    server.verifyClientPostHandshake();
    await identified(server);
    await Promise.all([client.unwrap(), server.unwrap()]);
    expect(refusalOf(server)).toMatchObject({ code: 'ERR_SOCKET_CLOSED' });
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

  test('through a Node stream: an error of the client is its error', async () => {
    const { client, server } = await connected({ asked: await askedContext('none') });
    const stream = server.toDuplex();
    const gone = new Promise<Error>((resolve) => stream.once('error', resolve));
    stream.resume();
    server.verifyClientPostHandshake();
    expect(await withTimeout(gone, 15_000)).toMatchObject({ reason: 'PEER_DID_NOT_RETURN_A_CERTIFICATE' });
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
