/** Rows of `SSLContext` and `SSLObject` that neither CPython's comparison nor another test shows. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CERT_NONE,
  createDefaultContext,
  decodeCertificate,
  MemoryBIO,
  PROTOCOL_SSLv23,
  PROTOCOL_TLS_CLIENT,
  PROTOCOL_TLS_SERVER,
  SSLCertVerificationError,
  SSLContext,
  SSLError,
  SSLObject,
  SocketError,
  VERIFY_CRL_CHECK_LEAF,
} from '@sslkit/context';
import { files, golden, mintCrl, mintLeaf, temporaryDirectory, x509 } from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import { cast, clientOf, serverOf } from './contexts.ts';
import { connectedPair, handshake, pairOf, thrownBy } from './pair.ts';

describe('trust', () => {
  test('a capath shows nothing until a handshake has used it', async () => {
    const context = new SSLContext(PROTOCOL_TLS_CLIENT);
    context.loadVerifyLocations({ capath: (await files()).hashedCapath });
    expect(context.getCaCerts()).toEqual([]);
    connectedPair(context, serverOf(), { serverHostname: 'localhost' });
    expect(context.getCaCerts({ binaryForm: true })).toEqual([Buffer.from(cast.ca.certDer)]);
  });

  test('getCaCerts() leaves leaves and CRLs out, certStoreStats() counts them', async () => {
    const context = new SSLContext(PROTOCOL_TLS_CLIENT);
    const path = join(temporaryDirectory('parity-'), 'all.pem');
    const crl = await mintCrl(cast.ca, []);
    writeFileSync(path, `${cast.ca.certPem}${cast.server.certPem}${crl}`);
    context.loadVerifyLocations({ cafile: path });
    expect(context.certStoreStats()).toEqual({ x509: 2, crl: 1, x509Ca: 1 });
    expect(context.getCaCerts()).toEqual([decodeCertificate(cast.ca.certPem)]);
  });

  test('a CRL from a file revokes, and only where it is asked for', async () => {
    const path = join(temporaryDirectory('parity-'), 'crl.pem');
    writeFileSync(path, await mintCrl(cast.ca, [cast.server]));
    const client = clientOf();
    client.loadVerifyLocations({ cafile: path });
    const tryIt = (): Error | null => handshake(pairOf(client, serverOf(), { serverHostname: 'localhost' })).client;
    expect(tryIt()).toBeNull();
    client.verifyFlags |= VERIFY_CRL_CHECK_LEAF;
    expect(tryIt()).toMatchObject({ verifyCode: 23 });
  });

  test('a capath that is no folder is an error, and trust is as before', async () => {
    const { missingFile, caFile } = await files();
    const context = new SSLContext(PROTOCOL_TLS_CLIENT);
    expect(thrownBy(() => context.loadVerifyLocations({ capath: missingFile }))).toMatchObject({ code: 'ENOENT' });
    expect(thrownBy(() => context.loadVerifyLocations({ capath: caFile }))).toMatchObject({ code: 'ENOTDIR' });
    expect(context.certStoreStats()).toEqual({ x509: 0, crl: 0, x509Ca: 0 });
  });

  test('a context that verifies and trusts nobody is accepted; the handshake refuses', () => {
    const context = new SSLContext(PROTOCOL_TLS_CLIENT);
    const { client } = handshake(pairOf(context, serverOf(), { serverHostname: 'localhost' }));
    expect(client).toBeInstanceOf(SSLCertVerificationError);
    expect(client).toMatchObject({ verifyCode: 20, verifyMessage: 'unable to get local issuer certificate' });
  });
});

describe('a name that is not UTF-8', () => {
  // A dNSName is an IA5String; this one ends in Latin-1 bytes.
  const latin = Buffer.from('caf\xe9.example', 'latin1');
  const san = Buffer.concat([Buffer.from([0x30, latin.length + 2, 0x82, latin.length]), latin]);

  test('is returned losslessly', () => {
    const { subjectAltName } = decodeCertificate(golden('san-dns-latin1').pem);
    expect(JSON.stringify(subjectAltName)).toContain(String.raw`\udce9`);
  });

  test.each(['caf\u00e9.example', 'cafe.example', 'xn--caf-dma.example', 'caf.example'])(
    'never matches %j by mistake',
    async (host) => {
      const leaf = await mintLeaf(cast.ca, {
        omit: ['2.5.29.17'],
        extraExtensions: [new x509.Extension('2.5.29.17', false, san)],
      });
      const { client } = handshake(pairOf(clientOf(), serverOf({ own: leaf }), { serverHostname: host }));
      expect(client).toMatchObject({ verifyCode: 62 });
    },
  );
});

describe('names', () => {
  test('serverHostname holds the A-label, and an address as it was given', () => {
    const context = new SSLContext(PROTOCOL_TLS_CLIENT);
    const nameOf = (serverHostname: string): string | null =>
      context.wrapBio(new MemoryBIO(), new MemoryBIO(), { serverHostname }).serverHostname;
    expect(nameOf('bücher.example')).toBe('xn--bcher-kva.example');
    expect(nameOf('2001:DB8::1')).toBe('2001:DB8::1');
    expect(nameOf('WWW.example.ORG')).toBe('WWW.example.ORG');
  });

  test('without checkHostname no name is needed and none is checked', () => {
    const client = clientOf();
    client.checkHostname = false;
    const { client: c } = connectedPair(client, serverOf({ own: cast.wrongHost }));
    expect(c.serverHostname).toBeNull();
    expect(c.getPeerCert()).toHaveProperty('subject');
  });
});

describe('contexts', () => {
  test('changes of a context concern later connections only', () => {
    const client = clientOf();
    const pair = pairOf(client, serverOf({ own: cast.wrongHost }), { serverHostname: 'localhost' });
    client.checkHostname = false;
    client.verifyMode = CERT_NONE;
    expect(handshake(pair).client).toMatchObject({ verifyCode: 62 });
  });

  test('one context serves in both roles with the seed’s protocol', () => {
    const context = new SSLContext(PROTOCOL_SSLv23);
    context.loadCertChain({ pem: cast.server.combinedPem });
    const { client } = connectedPair(context, context);
    expect(client.context).toBe(context);
    expect(client.getPeerCert()).toEqual({});
  });

  test('certificates for RSA and EC: each client gets the one it can use', () => {
    const server = serverOf();
    server.loadCertChain({ pem: cast.serverRsa.combinedPem });
    const subjectOf = (ciphers: string): Buffer | null => {
      const client = clientOf();
      client.maximumVersion = 0x303;
      client.setCiphers(ciphers);
      return connectedPair(client, server, { serverHostname: 'localhost' }).client.getPeerCert(true);
    };
    expect(subjectOf('ECDHE-ECDSA-AES128-GCM-SHA256')).toEqual(Buffer.from(cast.server.certDer));
    expect(subjectOf('ECDHE-RSA-AES128-GCM-SHA256')).toEqual(Buffer.from(cast.serverRsa.certDer));
  });

  test('createDefaultContext() can be told a file, a folder or data', async () => {
    const { caFile, hashedCapath } = await files();
    for (const locations of [{ cafile: caFile }, { capath: hashedCapath }, { cadata: cast.ca.certPem }]) {
      const client = createDefaultContext(undefined, locations);
      connectedPair(client, serverOf(), { serverHostname: 'localhost' });
    }
  });
});

describe('SSLObject', () => {
  test('has what Python’s has, and no socket', () => {
    const { client } = connectedPair(clientOf(), serverOf(), { serverHostname: 'localhost' });
    expect(client).toBeInstanceOf(SSLObject);
    expect(client.serverSide).toBe(false);
    for (const name of ['recv', 'send', 'close', 'connect', 'accept', 'fileno', 'suppressRaggedEofs']) {
      expect(name in client).toBe(false);
    }
    expect(client.compression()).toBeNull();
    expect(client.sharedCiphers()).toBeNull();
    expect(client.session?.id).toBeInstanceOf(Buffer);
  });
});

describe('group()', () => {
  test.each([
    ['TLSv1.2', 0x303],
    ['TLSv1.3', 0x304],
  ] as const)('names the key-agreement group, the same on both sides, %s', (_name, version) => {
    const client = clientOf();
    client.minimumVersion = client.maximumVersion = version;
    const pair = connectedPair(client, serverOf(), { serverHostname: 'localhost' });
    expect(pair.client.group()).toMatch(/^(x25519|X25519|X25519MLKEM768|secp256r1|prime256v1)$/);
    expect(pair.server.group()).toBe(pair.client.group());
  });
});

test('whether TLS is there is found out by importing in try, and the error says what is missing', () => {
  const script = `try { await import('@sslkit/context') } catch (error) { console.log(error.code, error.message) }`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: new URL('..', import.meta.url),
    env: { ...process.env, SSLKIT_ADDON: '/nowhere/sslkit.node' },
    encoding: 'utf8',
  });
  expect(stdout).toMatch(/^ERR_ADDON_LOAD .*npm rebuild @sslkit\/openssl-native/);
});

describe('errors', () => {
  test('SSLError is a SocketError is an Error; errno and message are Python’s args', () => {
    const error = thrownBy(() => new SSLContext(PROTOCOL_TLS_SERVER).setCiphers('nonsense'));
    expect(error).toBeInstanceOf(SSLError);
    expect(error).toBeInstanceOf(SocketError);
    expect(error).toBeInstanceOf(Error);
    const { client } = handshake(
      pairOf(clientOf({ trusts: cast.otherCa }), serverOf(), { serverHostname: 'localhost' }),
    );
    expect(client).toMatchObject({
      errno: 1,
      library: 'SSL',
      reason: 'CERTIFICATE_VERIFY_FAILED',
      verifyCode: 20,
      verifyMessage: 'unable to get local issuer certificate',
      message: expect.stringMatching(/^\[SSL: CERTIFICATE_VERIFY_FAILED\] certificate verify failed: /),
    });
  });

  test('an error that a user makes has neither library nor reason', () => {
    const error = new SSLError('made by hand');
    expect(error).toMatchObject({ library: null, reason: null, errno: 0, message: 'made by hand' });
    expect(String(error)).toBe('SSLError: made by hand');
  });
});
