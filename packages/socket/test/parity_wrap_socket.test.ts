/** Rows of the seed's `wrap_socket` that no other test shows: each argument, through the function itself. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import {
  CERT_NONE,
  CERT_OPTIONAL,
  CERT_REQUIRED,
  OPENSSL_VERSION,
  PROTOCOL_SSLv2,
  PROTOCOL_SSLv23,
  PROTOCOL_TLSv1_2,
  type Protocol,
  Socket,
  SSLCertVerificationError,
  SSLEOFError,
  SSLError,
  SSLSocket,
  type VerifyMode,
  wrapSocket,
} from '@sslkit/socket';
import { files, scene, tcpPair, temporaryDirectory } from '@sslkit/testkit';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { closeAll, listening, overChannels, overVersions, TRANSPORTS } from './support.ts';

// Half of these are clients with the seed's defaults: the warning about them has a test of its own.
beforeAll(() => {
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
});

type Options = NonNullable<Parameters<typeof wrapSocket>[1]>;

const settled = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

async function file(name: string, text: string): Promise<string> {
  const path = join(temporaryDirectory('parity-'), name);
  writeFileSync(path, text);
  return path;
}

overVersions('wrapSocket(), row by row', (tls) => {
  const sslVersion: Protocol = tls === '1.2' ? PROTOCOL_TLSv1_2 : PROTOCOL_SSLv23;

  /** Both ends over one transport. */
  async function pair(client: Options = {}, server: Options = {}, transport = tcpPair() as Promise<[Duplex, Duplex]>) {
    const [near, far] = await transport;
    const { caFile, combinedFile } = await files();
    return {
      server: wrapSocket(far, { certfile: combinedFile, serverSide: true, sslVersion, ...server }),
      client: wrapSocket(near, { caCerts: caFile, certReqs: CERT_REQUIRED, sslVersion, ...client }),
    };
  }

  /** What each side's handshake came to. */
  async function outcome(client: Options, server: Options = {}): Promise<[unknown, unknown, SSLSocket, SSLSocket]> {
    const ends = await pair(client, server);
    const [c, s] = await Promise.all([ends.client.doHandshake(), ends.server.doHandshake()].map(settled));
    return [c, s, ends.client, ends.server];
  }

  test('over connected sockets the handshake is made without a further call', async () => {
    const { client, server } = await pair();
    while (client.version() === null || server.version() === null) await new Promise((go) => setImmediate(go));
    expect(client.version()).toBe(`TLSv${tls}`);
    expect(client).toBeInstanceOf(SSLSocket);
    expect(client).toBeInstanceOf(Socket);
    expect(client.context).not.toBe(server.context);
    expect([client.serverSide, server.serverSide]).toEqual([false, true]);
    await closeAll(client, server);
  });

  describe.each(Object.entries(TRANSPORTS))('over %s', (_name, transport) => {
    test('the seed’s function carries data', async () => {
      const { client, server } = await pair({}, {}, transport());
      await client.write('GET /');
      expect((await server.read()).toString()).toBe('GET /');
      await closeAll(client, server);
    });
  });

  test('the seed’s function over a paused, half-read net.Socket loses no byte', async () => {
    const [near, far] = await tcpPair();
    const { caFile, combinedFile } = await files();
    near.write('STARTTLS\r\n');
    const client = wrapSocket(near, { caCerts: caFile, certReqs: CERT_REQUIRED, sslVersion });
    while (far.readableLength < 20) await new Promise((resolve) => far.once('readable', resolve));
    expect(far.read(10)?.toString()).toBe('STARTTLS\r\n');
    far.pause();
    const server = wrapSocket(far, { certfile: combinedFile, serverSide: true, sslVersion });
    await client.write('over TLS');
    expect((await server.read()).toString()).toBe('over TLS');
    await closeAll(client, server);
  });

  test('the key may be before or behind the certificate in one file', async () => {
    const { server: own } = await scene();
    for (const text of [own.keyPem + own.certPem, own.certPem + own.keyPem]) {
      const { client, server } = await pair({}, { certfile: await file('combined.pem', text) });
      await client.doHandshake();
      expect(client.getPeerCert()).toHaveProperty('subject');
      await closeAll(client, server);
    }
  });

  test('a chain in a file, leaf first: the client needs the root only', async () => {
    const { chainFile, chainKeyFile } = await files();
    const { intermediate } = await scene();
    const { client, server } = await pair({}, { certfile: chainFile, keyfile: chainKeyFile });
    await client.doHandshake();
    expect(client.getUnverifiedChain()).toHaveLength(2);
    expect(client.getUnverifiedChain()[1]).toEqual(Buffer.from(intermediate.certDer));
    expect(client.getVerifiedChain()).toHaveLength(3);
    await closeAll(client, server);
  });

  test('caCerts may hold several authorities, in any order, with text between', async () => {
    const { ca, otherCa } = await scene();
    for (const order of [
      [ca, otherCa],
      [otherCa, ca],
    ]) {
      const bundle = await file('bundle.pem', order.map(({ certPem }) => `an authority\n${certPem}`).join(''));
      const { client, server } = await pair({ caCerts: bundle });
      await client.doHandshake();
      expect(client.getPeerCert()).toHaveProperty('subject');
      await closeAll(client, server);
    }
  });

  test('a self-signed certificate is trusted when it is in caCerts itself', async () => {
    const { selfSigned } = await scene();
    const certfile = await file('self.pem', selfSigned.combinedPem);
    const [refused, , c1, s1] = await outcome({}, { certfile });
    expect(refused).toMatchObject({ verifyCode: 18 });
    const [accepted, , c2, s2] = await outcome({ caCerts: await file('trust.pem', selfSigned.certPem) }, { certfile });
    expect(accepted).toBeUndefined();
    await closeAll(c1, s1, c2, s2);
  });

  test('CERT_REQUIRED checks the chain and no name: the caller must', async () => {
    const { wrongHost } = await scene();
    const certfile = await file('wrong.pem', wrongHost.combinedPem);
    const [error, , client, server] = await outcome({}, { certfile });
    expect(error).toBeUndefined();
    expect(client.serverHostname).toBeNull();
    expect(client.getPeerCert()).toMatchObject({ subjectAltName: [['DNS', 'wrong.example']] });
    await closeAll(client, server);
  });

  test('CERT_REQUIRED without caCerts is accepted, and the handshake fails', async () => {
    const [error, , client, server] = await outcome({ caCerts: null });
    expect(error).toBeInstanceOf(SSLCertVerificationError);
    expect(error).toMatchObject({ verifyCode: 20 });
    await closeAll(client, server);
  });

  describe.each<[string, VerifyMode]>([
    ['CERT_NONE', CERT_NONE],
    ['CERT_OPTIONAL', CERT_OPTIONAL],
    ['CERT_REQUIRED', CERT_REQUIRED],
  ])('a server with %s', (_name, certReqs) => {
    const asking = async (): Promise<Options> => ({ certReqs, caCerts: (await files()).caFile });

    test('and a client with a certificate', async () => {
      const [, error, client, server] = await outcome(
        { certfile: (await files()).clientCombinedFile },
        { ...(await asking()) },
      );
      expect(error).toBeUndefined();
      if (certReqs === CERT_NONE) expect(server.getPeerCert(true)).toBeNull();
      else expect(server.getPeerCert()).toMatchObject({ subject: [[['commonName', 'client']]] });
      await closeAll(client, server);
    });

    test('and a client without', async () => {
      const [, error, client, server] = await outcome({}, { ...(await asking()) });
      if (certReqs === CERT_REQUIRED) expect(error).toMatchObject({ reason: 'PEER_DID_NOT_RETURN_A_CERTIFICATE' });
      else expect([error, server.getPeerCert()]).toEqual([undefined, null]);
      await closeAll(client, server);
    });

    test('and a client with a certificate of an unknown authority', async () => {
      const { otherServer } = await scene();
      const certfile = await file('other.pem', otherServer.combinedPem);
      const [, error, client, server] = await outcome({ certfile }, { ...(await asking()) });
      if (certReqs === CERT_NONE) expect(error).toBeUndefined();
      else expect(error).toBeInstanceOf(SSLCertVerificationError);
      await closeAll(client, server);
    });
  });

  test('doHandshakeOnConnect false: connect() and accept() leave the handshake to the caller', async () => {
    const { caFile, combinedFile } = await files();
    const manual = { doHandshakeOnConnect: false, sslVersion };
    const server = wrapSocket(await listening(), { ...manual, certfile: combinedFile, serverSide: true });
    const client = wrapSocket(new Socket(), { ...manual, caCerts: caFile, certReqs: CERT_REQUIRED });
    const [[served]] = await Promise.all([server.accept(), client.connect(server.getSockName())]);
    expect([client.version(), served.version()]).toEqual([null, null]);
    expect(served.doHandshakeOnConnect).toBe(false);
    await Promise.all([client.doHandshake(), served.doHandshake()]);
    expect([client.version(), served.version()]).toEqual([`TLSv${tls}`, `TLSv${tls}`]);
    await closeAll(client, served, server);
  });

  test('suppressRaggedEofs goes from the listening socket to each accepted one', async () => {
    const { caFile, combinedFile } = await files();
    for (const suppressRaggedEofs of [true, false]) {
      const options = { certfile: combinedFile, serverSide: true, suppressRaggedEofs, sslVersion };
      const server = wrapSocket(await listening(), options);
      const client = wrapSocket(new Socket(), { caCerts: caFile, certReqs: CERT_REQUIRED, sslVersion });
      const [[served]] = await Promise.all([server.accept(), client.connect(server.getSockName())]);
      // Whoever takes the transport away vanishes without close_notify.
      (client.detach() as import('node:net').Socket).destroySoon();
      if (suppressRaggedEofs) expect((await served.read()).length).toBe(0);
      else await expect(served.read()).rejects.toBeInstanceOf(SSLEOFError);
      await closeAll(served, server);
    }
  });
});

overChannels('wrapSocket(), arguments', () => {
  test('sslVersion: the default negotiates the best, a version is kept to, an absent one is refused by name', async () => {
    const { caFile, combinedFile } = await files();
    for (const [sslVersion, version] of [
      [undefined, 'TLSv1.3'],
      [PROTOCOL_SSLv23, 'TLSv1.3'],
      [PROTOCOL_TLSv1_2, 'TLSv1.2'],
    ] as const) {
      const [near, far] = await tcpPair();
      const server = wrapSocket(far, { certfile: combinedFile, serverSide: true });
      const pinned = sslVersion === undefined ? {} : { sslVersion };
      const client = wrapSocket(near, { caCerts: caFile, certReqs: CERT_REQUIRED, ...pinned });
      await client.doHandshake();
      expect(client.version()).toBe(version);
      await closeAll(client, server);
    }
    expect(() => wrapSocket(new Socket(), { sslVersion: PROTOCOL_SSLv2 })).toThrow(OPENSSL_VERSION);
  });

  test('values that cannot be are refused at once', async () => {
    const { missingFile } = await files();
    const bad: [object, object][] = [
      [{ certReqs: 5 }, { code: 'ERR_INVALID_ARG_VALUE' }],
      [{ certReqs: '2' }, { code: 'ERR_INVALID_ARG_TYPE' }],
      [{ serverSide: 1, certfile: (await files()).combinedFile }, { code: 'ERR_INVALID_ARG_TYPE' }],
      [{ doHandshakeOnConnect: 'no' }, { code: 'ERR_INVALID_ARG_TYPE' }],
      [{ suppressRaggedEofs: 0 }, { code: 'ERR_INVALID_ARG_TYPE' }],
      [{ sslVersion: 42 }, { message: expect.stringContaining('protocol version') }],
      [{ ciphers: 'nonsense' }, { name: 'SSLError', message: expect.stringContaining('No cipher can be selected') }],
      [{ caCerts: missingFile }, { code: 'ENOENT', path: missingFile }],
      [{ certfile: missingFile }, { code: 'ENOENT', path: missingFile }],
    ];
    for (const [options, expected] of bad) {
      expect(() => wrapSocket(new Socket(), options as Options)).toThrow(expect.objectContaining(expected));
    }
  });

  test('a key of another certificate is an SSLError at once', async () => {
    const { certFile, mismatchedKeyFile } = await files();
    const call = (): SSLSocket => wrapSocket(new Socket(), { certfile: certFile, keyfile: mismatchedKeyFile });
    expect(call).toThrow(SSLError);
    expect(call).toThrow(expect.objectContaining({ reason: 'KEY_VALUES_MISMATCH' }));
  });
});
