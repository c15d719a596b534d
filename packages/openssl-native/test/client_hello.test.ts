/** A handshake that stops at the ClientHello until it is told how to go on. */
import { type Ssl, type SslCtx, StreamEvent, Want } from '@sslkit/openssl-native';
import { mintLeaf, scene } from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import { clientContext, handshake, makePair, serverContext, VERSIONS } from './pair.ts';
import { streamPair } from './stream_pair.ts';

const UNRECOGNIZED_NAME = 112;
const SESSION_ID_CONTEXT = Buffer.alloc(32, 1);

describe.each(VERSIONS)('a question about the ClientHello, %s', (_name, version) => {
  const contexts = async (): Promise<{ client: SslCtx; server: SslCtx; other: SslCtx; otherDer: Buffer }> => {
    const { ca } = await scene();
    const minted = await mintLeaf(ca, { dns: ['other.example'] });
    const server = await serverContext(version);
    server.setClientHelloCb(true);
    const other = await serverContext(version, minted);
    return { client: await clientContext(version), server, other, otherDer: Buffer.from(minted.certDer) };
  };

  test('stops the server each time until it is answered; only the first answer counts', async () => {
    const { client, server } = await contexts();
    const pair = makePair(client, server);
    pair.client.ssl.setTlsextHostName('localhost');
    expect(pair.server.ssl.clientHelloServername()).toBe(null);
    pair.server.ssl.answerClientHello(UNRECOGNIZED_NAME, null);
    expect(pair.client.ssl.doHandshake()).toBe(Want.READ);
    for (let round = 0; round < 3; round++) expect(pair.server.ssl.doHandshake()).toBe(Want.CLIENT_HELLO_CB);
    expect(pair.server.ssl.clientHelloServername()).toBe('localhost');
    expect(pair.server.outgoing.pending).toBe(0);
    pair.server.ssl.answerClientHello(0, null);
    pair.server.ssl.answerClientHello(UNRECOGNIZED_NAME, null);
    expect(pair.server.ssl.doHandshake()).toBe(Want.READ);
    expect(pair.server.outgoing.pending).toBeGreaterThan(0);
  });

  test('that was answered is acknowledged: the session of the client knows its name', async () => {
    const { client, server } = await contexts();
    for (const asked of [true, false]) {
      server.setClientHelloCb(asked);
      const pair = makePair(client, server);
      pair.client.ssl.setTlsextHostName('localhost');
      pair.client.ssl.doHandshake();
      pair.server.ssl.doHandshake();
      if (asked) pair.server.ssl.answerClientHello(0, null);
      handshake(pair);
      expect(pair.client.ssl.read(Buffer.alloc(1))).toBe(Want.READ);
      expect(pair.client.ssl.getSession()?.getHostname()).toBe(asked ? 'localhost' : null);
    }
  });

  test('an alert refuses', async () => {
    const { client, server } = await contexts();
    const pair = makePair(client, server);
    pair.client.ssl.doHandshake();
    expect(pair.server.ssl.doHandshake()).toBe(Want.CLIENT_HELLO_CB);
    expect(pair.server.ssl.clientHelloServername()).toBe(null);
    pair.server.ssl.answerClientHello(UNRECOGNIZED_NAME, null);
    expect(() => pair.server.ssl.doHandshake()).toThrow(/callback failed/i);
    expect(() => pair.client.ssl.doHandshake()).toThrow(/unrecognized name/i);
  });

  test.each([false, true])(
    'another context serves its certificate over a stream, on a pool thread: %s',
    async (onPool) => {
      const { client, server, other, otherDer } = await contexts();
      const pair = await streamPair(client, server);
      const atClient = pair.client.handshake(onPool);
      let asked = 0;
      for (;;) {
        const result = pair.server.stream.handshake(onPool);
        if (result === 1) break;
        if (result === Want.CLIENT_HELLO_CB) {
          asked += 1;
          // Nothing has changed while nobody has answered.
          expect(pair.server.stream.handshake(onPool)).toBe(Want.CLIENT_HELLO_CB);
          pair.server.ssl.answerClientHello(0, other, SESSION_ID_CONTEXT);
          continue;
        }
        await pair.server.event(StreamEvent.HANDSHAKE);
      }
      await atClient;
      expect(asked).toBe(1);
      expect(pair.client.ssl.getPeerCertificate()?.toDer()).toEqual(otherDer);
      await pair.client.write(Buffer.from('up'));
      expect(String(await pair.server.read())).toBe('up');
      await Promise.all([pair.client.close(), pair.server.close()]);
    },
  );

  test('a stream may be closed and freed while it is asked', async () => {
    const { client, server, other } = await contexts();
    const pair = await streamPair(client, server);
    void pair.client.stream.handshake(false);
    while (pair.server.stream.handshake(true) !== Want.CLIENT_HELLO_CB) await pair.server.event(StreamEvent.HANDSHAKE);
    await Promise.all([pair.client.close(), pair.server.close()]);
    pair.server.ssl.answerClientHello(0, other, SESSION_ID_CONTEXT);
    pair.server.stream.free();
    pair.server.ssl.answerClientHello(0, null);
  });

  test('nobody is asked once that was taken back', async () => {
    const { client, server } = await contexts();
    server.setClientHelloCb(false);
    const pair = makePair(client, server);
    pair.client.ssl.doHandshake();
    expect(pair.server.ssl.doHandshake()).toBe(Want.READ);
  });

  test('what is no answer is refused', async () => {
    const { server, other } = await contexts();
    const pair = makePair(await clientContext(version), server);
    const answer = (...args: unknown[]): void =>
      (pair.server.ssl as Ssl).answerClientHello(...(args as [number, null]));
    const code = (name: string): object => expect.objectContaining({ code: name }) as object;
    expect(() => answer(256, null)).toThrow(code('ERR_OUT_OF_RANGE'));
    expect(() => answer('no', null)).toThrow(code('ERR_INVALID_ARG_TYPE'));
    expect(() => answer(0, {})).toThrow(code('ERR_INVALID_ARG_TYPE'));
    expect(() => answer(0, other)).toThrow(code('ERR_INVALID_ARG_TYPE'));
    expect(() => answer(0, other, Buffer.alloc(33))).toThrow(code('ERR_OUT_OF_RANGE'));
    expect(() => server.setClientHelloCb('yes' as never)).toThrow(code('ERR_INVALID_ARG_TYPE'));
  });
});
