import { SslCtx, X509, X509Store } from '@sslkit/openssl-native';
import { files, mintCrl, scene } from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import {
  clientContext,
  failingHandshake,
  handshake,
  lastReason,
  makePair,
  number,
  pem,
  reasonOf,
  serverContext,
  VERSIONS,
} from './pair.ts';

describe('a store', () => {
  test('counts authorities, leaves and CRLs; a duplicate is neither an error nor counted twice', async () => {
    const { ca, server } = await scene();
    const store = new X509Store();
    expect(store.addPem(pem(`${ca.certPem}text between\n${server.certPem}`))).toBe(2);
    expect(store.addPem(pem(ca.certPem))).toBe(1);
    expect(store.addPem(pem(await mintCrl(ca, [server])))).toBe(1);
    expect(store.stats()).toEqual({ x509: 2, crl: 1, x509Ca: 1 });
    expect(store.caCerts()).toEqual([Buffer.from(ca.certDer)]);
  });

  test('a clone has a life of its own', async () => {
    const { ca, otherCa } = await scene();
    const store = new X509Store();
    store.addPem(pem(ca.certPem + (await mintCrl(ca, []))));
    const clone = store.clone();
    clone.addPem(pem(otherCa.certPem));
    expect(store.stats()).toEqual({ x509: 1, crl: 1, x509Ca: 1 });
    expect(clone.stats()).toEqual({ x509: 2, crl: 1, x509Ca: 2 });
  });

  test.each([
    ['', 'NO_CERTIFICATE_OR_CRL_FOUND', 'X509'],
    ['no PEM', 'NO_CERTIFICATE_OR_CRL_FOUND', 'X509'],
    ['-----BEGIN CERTIFICATE-----\n????\n-----END CERTIFICATE-----\n', null, 'X509'],
  ])('the bundle %j fails as X509_load_cert_crl_file does', (text, reason, library) => {
    let caught: unknown;
    try {
      new X509Store().addPem(pem(text));
    } catch (error) {
      caught = error;
    }
    expect(lastReason(caught)).toBe(reason);
    expect(caught).toMatchObject({ errors: expect.arrayContaining([expect.objectContaining({ library })]) });
  });

  test('PEM text as cadata: certificates only, text around them allowed', async () => {
    const { ca, otherCa } = await scene();
    const store = new X509Store();
    expect(store.addPemCerts(pem(`head\n${ca.certPem}middle\n${otherCa.certPem}tail`))).toBe(2);
    expect(new X509Store().addPemCerts(pem('nothing'))).toBe(0);
    expect(new X509Store().addPemCerts(pem(await mintCrl(ca, [])))).toBe(0);
    expect(() =>
      store.addPemCerts(pem(`${ca.certPem}-----BEGIN CERTIFICATE-----\n????\n-----END CERTIFICATE-----\n`)),
    ).toThrow();
  });

  test('DER as cadata: several in a row; junk behind them is an error, junk alone is none', async () => {
    const { ca, otherCa } = await scene();
    const store = new X509Store();
    expect(store.addDer(Buffer.concat([ca.certDer, otherCa.certDer]))).toBe(2);
    expect(store.addDer(pem('junk'))).toBe(0);
    expect(reasonOf(() => store.addDer(Buffer.concat([ca.certDer, Buffer.from('A')])))).not.toBeUndefined();
  });

  test('contexts share a store: what is added later counts for both', async () => {
    const store = new X509Store();
    const contexts = await Promise.all([clientContext(0x0304), clientContext(0x0304)]);
    for (const ctx of contexts) ctx.setCertStore(store);
    store.addPem(pem((await scene()).ca.certPem));
    for (const ctx of contexts) handshake(makePair(ctx, await serverContext(0x0304)));
  });

  test('replacing the store under a connection is safe, and the connection keeps the new one out', async () => {
    const ctx = await clientContext(0x0304);
    const pair = makePair(ctx, await serverContext(0x0304));
    pair.client.ssl.doHandshake();
    ctx.setCertStore(new X509Store());
    failingHandshake(pair);
    expect(pair.client.ssl.getVerifyResult()).not.toBe(0);
  });
});

describe.each(VERSIONS)('%s', (_, version) => {
  test('a hashed folder is searched during the handshake', async () => {
    const { hashedCapath, emptyCapath } = await files();
    for (const [folder, works] of [
      [hashedCapath, true],
      [emptyCapath, false],
    ] as const) {
      const store = new X509Store();
      store.addDir(folder);
      const ctx = await clientContext(version);
      ctx.setCertStore(store);
      const failed = failingHandshake(makePair(ctx, await serverContext(version)));
      expect(failed.client === null).toBe(works);
      expect(store.stats().x509).toBe(works ? 1 : 0);
    }
  });

  test('a revoked certificate is refused when CRLs are checked', async () => {
    const cast = await scene();
    const store = new X509Store();
    store.addPem(pem(cast.ca.certPem));
    const ctx = await clientContext(version);
    ctx.setCertStore(store);
    ctx.setVerifyFlags(ctx.getVerifyFlags() | number('X509_V_FLAG_CRL_CHECK'));
    const missing = makePair(ctx, await serverContext(version));
    failingHandshake(missing);
    expect(missing.client.ssl.getVerifyResult()).toBe(number('X509_V_ERR_UNABLE_TO_GET_CRL'));
    store.addPem(pem(await mintCrl(cast.ca, [cast.server])));
    const revoked = makePair(ctx, await serverContext(version));
    failingHandshake(revoked);
    expect(revoked.client.ssl.getVerifyResult()).toBe(number('X509_V_ERR_CERT_REVOKED'));
    handshake(makePair(ctx, await serverContext(version, cast.serverRsa)));
  });
});

test('DH parameters of another kind of PEM: no start line', async () => {
  const ctx = new SslCtx('TLS_server');
  expect(reasonOf(() => ctx.setTmpDh(pem('')))).toBe('NO_START_LINE');
  const { server } = await scene();
  expect(reasonOf(() => ctx.setTmpDh(pem(server.certPem)))).toBe('NO_START_LINE');
});

test('a key inside a bundle of authorities does no harm and is not asked about', async () => {
  const { server, ca } = await scene();
  const store = new X509Store();
  expect(store.addPem(pem(server.keyPem + ca.certPem))).toBe(1);
});

test('a certificate is one DER value, no more', async () => {
  const { ca } = await scene();
  expect(X509.fromDer(ca.certDer).checkCa()).toBe(1);
  expect(() => X509.fromDer(Buffer.concat([ca.certDer, Buffer.of(0)]))).toThrow(
    expect.objectContaining({ code: 'ERR_OPENSSL' }),
  );
});
