/** Streams that bring a TLS session of their own, and what becomes of it at the end. */
import { Ssl, StreamEvent, TlsListener, TlsStream, Want } from '@sslkit/openssl-native';
import { describe, expect, test } from 'vitest';
import { clientContext, serverContext, VERSIONS } from './pair.ts';
import { securePair } from './stream_pair.ts';

describe.each(VERSIONS)('a stream with a session of its own, %s', (name, version) => {
  test('sends the name, checks it, and shows its session only when asked', async () => {
    const { stream, peer, served } = await started(version, 'localhost');
    expect(await outcome(stream)).toBe(1);
    await served;
    expect(stream.ssl()).toBeInstanceOf(Ssl);
    expect(stream.ssl()).not.toBe(stream.ssl());
    expect(stream.ssl().getVersion()).toBe(name);
    expect(peer().ssl().getServername()).toBe('localhost');
    stream.close();
    peer().close();
  });

  test('refuses a certificate for another name', async () => {
    const { stream, peer } = await started(version, 'elsewhere.test');
    await expect(outcome(stream)).rejects.toMatchObject({ errors: [{ reason: 'CERTIFICATE_VERIFY_FAILED' }] });
    stream.close();
    peer().close();
  });

  test('is freed when the stream is closed, not before, and then says so', async () => {
    const { client, server } = await securePair(await clientContext(version), await serverContext(version));
    client.stream.free();
    await client.write(Buffer.from('still here'));
    expect(String(await server.read())).toBe('still here');
    expect(client.ssl.isInitFinished()).toBe(true);
    await client.close();
    expect(() => client.ssl.getVersion()).toThrow(expect.objectContaining({ code: 'ERR_SSL_FREED' }));
    expect(() => client.stream.write(Buffer.from('x'), 0, 1)).toThrow(
      expect.objectContaining({ code: 'ERR_STREAM_FREED' }),
    );
    await server.close();
    server.stream.free();
    server.stream.free();
    expect(() => server.stream.handshake(false)).toThrow(expect.objectContaining({ code: 'ERR_STREAM_FREED' }));
  });

  test('closes without a reset once what has arrived was dropped', async () => {
    const { client, server } = await securePair(await clientContext(version), await serverContext(version));
    await server.write(Buffer.alloc(1000, 'nobody reads this'));
    expect(server.stream.closeNotify()).toBe(0);
    expect(server.stream.drain()).toBe(1);
    // Loopback delivers before send(2) returns; tickets may lie before it.
    expect(client.stream.dropInput()).toBe(true);
    expect(client.stream.dropInput()).toBe(false);
    await client.close();
    // A reset would be a stream error; this is a plain end, without close_notify.
    await expect(server.read()).rejects.toMatchObject({ sslError: expect.any(Number) });
    await server.close();
  });
});

test('a stream that was never given a session has none to show or to free', () => {
  const stream = new TlsStream();
  stream.free();
  expect(() => stream.ssl()).toThrow(expect.objectContaining({ code: 'ERR_STREAM_NOT_ATTACHED' }));
  expect(stream.dropInput()).toBe(false);
});

interface Started {
  readonly stream: TlsStream;
  readonly peer: () => TlsStream;
  /** The server's handshake is complete. */
  readonly served: Promise<void>;
}

/** A connected client whose handshake has begun, and a server that answers by itself. */
async function started(version: number, name: string): Promise<Started> {
  const [clientCtx, serverCtx] = [await clientContext(version), await serverContext(version)];
  const listener = new TlsListener();
  let server: TlsStream | null = null;
  let done: () => void = () => {};
  const served = new Promise<void>((resolve) => {
    done = resolve;
  });
  listener.owner = {
    onStreamEvent: (event) => {
      if (event !== StreamEvent.CONNECTION) return;
      server = new TlsStream();
      server.start(serverCtx, true, null, null, false);
      listener.accept(server);
      server.owner = { onStreamEvent: (event) => event === StreamEvent.HANDSHAKE && settle(server as TlsStream, done) };
      settle(server, done);
      listener.close();
    },
  };
  listener.listenTcp('127.0.0.1', 0, 1, false);
  const at = listener.getsockname();
  if (typeof at === 'number') throw new Error('no name');
  const stream = new TlsStream();
  stream.start(clientCtx, false, 'localhost', name, false);
  await new Promise<void>((resolve) => {
    stream.owner = { onStreamEvent: (event) => event === StreamEvent.CONNECT && resolve() };
    stream.connectTcp('127.0.0.1', at[1]);
  });
  return { stream, peer: () => server as unknown as TlsStream, served };
}

/** A server whose client gives up has nothing to tell here. */
function settle(server: TlsStream, done: () => void): void {
  try {
    if (server.handshake(false) === 1) done();
  } catch {
    server.close();
  }
}

async function outcome(stream: TlsStream): Promise<number> {
  for (;;) {
    const told = new Promise<void>((resolve) => {
      stream.owner = { onStreamEvent: (event) => event === StreamEvent.HANDSHAKE && resolve() };
    });
    const result = stream.handshake(false);
    if (result !== Want.READ) return result;
    await told;
  }
}
