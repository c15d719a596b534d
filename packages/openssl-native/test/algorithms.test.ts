import { readFileSync } from 'node:fs';
import { has, objSn2nid, opensslVersion, SslCtx, X509Store } from '@sslkit/openssl-native';
import { type DhName, dhFile, scene } from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import {
  certAndKey,
  clientContext,
  connected,
  failingHandshake,
  handshake,
  makePair,
  pem,
  reasonOf,
  reasonsOf,
  serverContext,
  VERSIONS,
} from './pair.ts';

const since35 = opensslVersion.number >= 0x3050_0000;

describe.each(VERSIONS)('algorithms of a handshake, %s', (_name, version) => {
  test('signatures are told by both sides, once they were made', async () => {
    const { ca, serverRsa, client: own } = await scene();
    const [clientCtx, serverCtx] = [await clientContext(version), await serverContext(version, serverRsa)];
    clientCtx.useCertAndKey(certAndKey(own));
    clientCtx.setSigalgsList('rsa_pss_rsae_sha384');
    clientCtx.setClientSigalgsList('ecdsa_secp256r1_sha256');
    const trusted = new X509Store();
    trusted.addPem(pem(ca.certPem));
    serverCtx.setCertStore(trusted);
    serverCtx.setVerify(1);
    const pair = makePair(clientCtx, serverCtx);
    const { client, server } = pair;
    const names = (): (string | null)[] =>
      [client, server].flatMap(({ ssl }) => [ssl.getSignatureName(), ssl.getPeerSignatureName()]);
    expect(names()).toEqual([null, null, null, null]);
    handshake(pair);
    const [byClient, byServer] = ['ecdsa_secp256r1_sha256', 'rsa_pss_rsae_sha384'];
    expect(names()).toEqual([byClient, byServer, byServer, byClient]);
    client.ssl.free();
    for (const call of ['getSignatureName', 'getPeerSignatureName', 'getGroups'] as const) {
      expect(() => client.ssl[call]()).toThrow(expect.objectContaining({ code: 'ERR_SSL_FREED' }));
    }
  });

  test('a server counts the groups offered, and those in common', async () => {
    const [clientCtx, serverCtx] = [await clientContext(version), await serverContext(version)];
    clientCtx.setGroupsList('X25519:P-384:P-256');
    serverCtx.setGroups(objSn2nid('secp384r1'));
    const pair = makePair(clientCtx, serverCtx);
    handshake(pair);
    const { ssl } = pair.server;
    expect([ssl.getGroups(), ssl.getSharedGroup(-1), ssl.getSharedGroup(0)]).toEqual([3, 1, objSn2nid('secp384r1')]);
    expect(ssl.getGroup()).toBe('secp384r1');
  });

  test('no group in common is counted after the failure', async () => {
    const [clientCtx, serverCtx] = [await clientContext(version), await serverContext(version)];
    clientCtx.setGroupsList('P-256');
    serverCtx.setGroupsList('P-384');
    const pair = makePair(clientCtx, serverCtx);
    failingHandshake(pair);
    expect([pair.server.ssl.getGroups(), pair.server.ssl.getSharedGroup(-1)]).toEqual([1, 0]);
  });
});

test('short names of objects have numbers, others 0', () => {
  expect([objSn2nid('prime256v1'), objSn2nid('SHA256')]).toEqual([415, 672]);
  expect([objSn2nid('P-256'), objSn2nid('')]).toEqual([0, 0]);
  expect(() => objSn2nid(5 as unknown as string)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }));
  expect(() => objSn2nid('prime256v1\0')).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' }));
});

test('what is no group leaves no record, and what was set', async () => {
  const { client } = await connected(0x0304);
  const ctx = new SslCtx('TLS');
  expect(reasonsOf(() => ctx.setGroups(objSn2nid('SHA256')))).toEqual([]);
  expect(reasonsOf(() => ctx.setGroups(0))).toEqual([]);
  expect(client.ssl.getSharedGroup(-1)).toBe(0);
});

test('implemented groups are those of the range of versions', () => {
  const ctx = new SslCtx('TLS');
  const all = ctx.getImplementedGroups(false);
  ctx.setMaxProtoVersion(0x0303);
  const old = ctx.getImplementedGroups(false);
  expect(old).toEqual(all.filter((name) => !/^ffdhe|MLKEM|tls13$/u.test(name)));
  expect(all.includes('X25519MLKEM768')).toBe(since35);
  expect({ ...has }).toMatchObject({ implementedGroups: since35, signatureNames: since35 });
  expect(() => ctx.getImplementedGroups(1 as unknown as boolean)).toThrow(TypeError);
});

describe('DH parameters', () => {
  const load = (bytes: Uint8Array, level = 2): void => {
    const ctx = new SslCtx('TLS_server');
    ctx.setSecurityLevel(level);
    ctx.setTmpDh(bytes);
  };

  test.each(['plain-2048', 'ffdhe3072', 'x942-2048'] as DhName[])('%s', (name) => load(readFileSync(dhFile(name))));

  test.each(['plain-1024', 'x942-1024'] as DhName[])('%s is for lower security levels', (name) => {
    const bytes = readFileSync(dhFile(name));
    expect(reasonOf(() => load(bytes))).toBe('DH_KEY_TOO_SMALL');
    load(bytes, 0);
  });

  test('what is damaged inside fails at that step', () => {
    const damaged = pem('-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n');
    expect(() => load(damaged)).toThrow(expect.objectContaining({ operation: 'DH parameters' }));
    const numbers = pem('-----BEGIN DH PARAMETERS-----\nMAYCAQACAQI=\n-----END DH PARAMETERS-----\n');
    expect(reasonOf(() => load(numbers))).toBe('DH_KEY_TOO_SMALL');
  });
});
