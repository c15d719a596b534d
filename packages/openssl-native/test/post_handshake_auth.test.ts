/** SSL_verify_client_post_handshake(3) in memory, and what a certificate without its proof is worth. */
import { constants, Ssl, SslCtx, Want, X509Store } from '@sslkit/openssl-native';
import { scene } from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import {
  certAndKey,
  clientContext,
  handshake,
  makePair,
  number,
  type Pair,
  pem,
  reasonOf,
  serverContext,
} from './pair.ts';

const TLS1_3 = 0x0304;
const PEER = number('SSL_VERIFY_PEER') | number('SSL_VERIFY_FAIL_IF_NO_PEER_CERT');

async function asking(mode: number = PEER | number('SSL_VERIFY_POST_HANDSHAKE')): Promise<SslCtx> {
  const ctx = await serverContext(TLS1_3);
  const store = new X509Store();
  store.addPem(pem((await scene()).ca.certPem));
  ctx.setCertStore(store);
  ctx.setVerify(mode);
  return ctx;
}

async function asked(offers = true): Promise<SslCtx> {
  const ctx = await clientContext(TLS1_3);
  ctx.useCertAndKey(certAndKey((await scene()).client));
  ctx.setPostHandshakeAuth(offers);
  return ctx;
}

async function connected(client?: SslCtx, server?: SslCtx): Promise<Pair> {
  const pair = makePair(client ?? (await asked()), server ?? (await asking()));
  handshake(pair);
  return pair;
}

describe('SSL_verify_client_post_handshake', () => {
  test('marks; the next call asks, and the client answers as it reads', async () => {
    const { client, server } = await connected();
    expect(server.ssl.getPeerCertificate()).toBe(null);
    server.ssl.verifyClientPostHandshake();
    expect(server.ssl.isInitFinished()).toBe(false);
    expect([server.ssl.getVersion(), server.ssl.getPeerCertificate()]).toEqual(['TLSv1.3', null]);
    expect(server.ssl.doHandshake()).toBe(1);
    expect(client.ssl.readAvailable()).toBe(Want.READ);
    const answer = server.incoming.read();
    // The state in between is seen, and nobody is known in it.
    let unfinished = 0;
    for (const byte of answer.subarray(0, -1)) {
      server.incoming.write(Uint8Array.of(byte));
      expect(server.ssl.readAvailable()).toBe(Want.READ);
      if (!server.ssl.isInitFinished()) unfinished++;
      expect(server.ssl.getPeerCertificate()).toBe(null);
      expect([server.ssl.getPeerChain(), server.ssl.getVerifiedChain()]).toEqual([[], []]);
      expect(server.ssl.getVersion()).toBe('TLSv1.3');
    }
    expect(unfinished).toBeGreaterThan(0);
    server.incoming.write(answer.subarray(-1));
    expect(server.ssl.readAvailable()).toBe(Want.READ);
    expect(server.ssl.getPeerCertificate()?.toDer()).toEqual(Buffer.from((await scene()).client.certDer));
    expect(server.ssl.getVerifiedChain()).toHaveLength(2);
  });

  test.each([
    ['by a client', 'client', 'NOT_SERVER'],
    ['twice', 'server', 'STILL_IN_INIT'],
  ] as const)('is refused %s, and the connection goes on', async (_case, side, reason) => {
    const pair = await connected();
    if (reason === 'STILL_IN_INIT') pair.server.ssl.verifyClientPostHandshake();
    expect(reasonOf(() => pair[side].ssl.verifyClientPostHandshake())).toBe(reason);
    expect(pair.server.ssl.write(Buffer.from('on'))).toBe(2);
    expect(pair.client.ssl.readAvailable()).toEqual(Buffer.from('on'));
  });

  test('needs a client that offers, and a server that verifies', async () => {
    const quiet = await connected(await asked(false));
    expect(reasonOf(() => quiet.server.ssl.verifyClientPostHandshake())).toBe('EXTENSION_NOT_RECEIVED');
    const careless = await connected(undefined, await asking(number('SSL_VERIFY_NONE')));
    expect(reasonOf(() => careless.server.ssl.verifyClientPostHandshake())).toBe('INVALID_CONFIG');
  });

  test('of a freed object, and with wrong receivers and arguments, is misuse', async () => {
    const { server } = await connected();
    server.ssl.free();
    expect(() => server.ssl.verifyClientPostHandshake()).toThrow(expect.objectContaining({ code: 'ERR_SSL_FREED' }));
    const method = Ssl.prototype.verifyClientPostHandshake as () => void;
    expect(() => method.call(new SslCtx('TLS'))).toThrow(expect.objectContaining({ code: 'ERR_INVALID_THIS' }));
    const ctx = new SslCtx('TLS');
    expect(() => ctx.setPostHandshakeAuth(1 as never)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }),
    );
  });

  test('of an object without a connection says why not', async () => {
    expect(reasonOf(() => new Ssl(new SslCtx('TLS_server'), true).verifyClientPostHandshake())).toBe(
      'WRONG_SSL_VERSION',
    );
    expect(typeof constants.SSL_VERIFY_POST_HANDSHAKE).toBe('number');
  });
});
