/** Groups, Diffie-Hellman parameters and signature algorithms over sockets, as real peers see them. */
import type { TLSSocket } from 'node:tls';
import {
  CERT_REQUIRED,
  connect,
  listen,
  PROTOCOL_TLS_SERVER,
  SSLContext,
  type SSLSocket,
  TLSVersion,
} from '@sslkit/socket';
import {
  dhFile,
  files,
  nodeTlsClient,
  nodeTlsServer,
  opensslClient,
  opensslServer,
  pythonClient,
  requires,
  scene,
} from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import { clientContext, closeAll, ends, failureOf, overChannels, overVersions, type TlsVersion } from './support.ts';

const DHE = 'DHE-RSA-AES128-GCM-SHA256';

async function rsaContext(tls: TlsVersion): Promise<SSLContext> {
  const { combinedRsaFile, caFile } = await files();
  const context = new SSLContext(PROTOCOL_TLS_SERVER);
  context.loadCertChain(combinedRsaFile);
  context.loadVerifyLocations({ cafile: caFile });
  context.minimumVersion = context.maximumVersion = tls === '1.2' ? TLSVersion.TLSv1_2 : TLSVersion.TLSv1_3;
  return context;
}

/** A server for one client, whose handshake is not awaited. */
async function serving(context: SSLContext) {
  const listener = await listen(['127.0.0.1', 0], { context });
  return {
    port: listener.getSockName()[1],
    accepted: listener.accept(),
    [Symbol.asyncDispose]: () => listener.close(),
  };
}

/** An RSA key for servers, shown by a client that is not asked about its purpose. */
async function identity(): Promise<{ cert: string; key: string }> {
  const { serverRsa } = await scene();
  return { cert: serverRsa.certPem, key: serverRsa.keyPem };
}

async function clientIdentity(): Promise<{ cert: string; key: string }> {
  const { client } = await scene();
  return { cert: client.certPem, key: client.keyPem };
}

overChannels('a TLS 1.2 server with Diffie-Hellman parameters', () => {
  async function dheContext(): Promise<SSLContext> {
    const context = await rsaContext('1.2');
    context.setCiphers(DHE);
    context.loadDhParams(dhFile('ffdhe3072'));
    return context;
  }

  requires(test, 'openssl')('s_client sees the cipher and the parameters that were loaded', async () => {
    await using server = await serving(await dheContext());
    await using peer = opensslClient({ port: server.port, ca: (await files()).caFile, tls: '1.2' });
    await peer.connected;
    const socket = await server.accepted;
    await socket.doHandshake();
    expect(peer.output.text()).toMatch(/Temp Key: DH, 3072 bits/);
    expect(socket.cipher()).toEqual([DHE, 'TLSv1.2', 128]);
    expect([socket.group(), socket.serverSigalg()]).toEqual([null, 'rsa_pss_rsae_sha256']);
    await socket.close();
  });

  test('node:tls sees them', async () => {
    await using server = await serving(await dheContext());
    const peer = await nodeTlsClient({ port: server.port, ca: (await scene()).ca.certPem, tls: '1.2' });
    expect(peer.getEphemeralKeyInfo()).toMatchObject({ type: 'DH', size: 3072 });
    peer.destroy();
    await (await server.accepted).close();
  });

  requires(test, 'python3')('CPython’s default context takes them', async () => {
    await using server = await serving(await dheContext());
    await using peer = pythonClient({ port: server.port, ca: (await files()).caFile, tls: '1.2' });
    expect(await peer.handshake).toMatchObject({ cipher: [DHE, 'TLSv1.2', 128] });
    await (await server.accepted).close();
  });

  requires(test, 'openssl')('s_client without them finds no cipher', async () => {
    const context = await rsaContext('1.2');
    context.setCiphers(DHE);
    await using server = await serving(context);
    await using peer = opensslClient({ port: server.port, tls: '1.2' });
    const error = await failureOf((await server.accepted).doHandshake());
    expect(error).toMatchObject({ reason: 'NO_SHARED_CIPHER' });
    await peer.exited;
  });
});

overVersions('algorithms', (tls) => {
  describe('groups', () => {
    requires(test, 'openssl')('s_client agrees on the one group of the server', async () => {
      const context = await rsaContext(tls);
      context.setGroups('P-384');
      await using server = await serving(context);
      await using peer = opensslClient({ port: server.port, ca: (await files()).caFile, tls });
      await peer.connected;
      const socket = await server.accepted;
      await socket.doHandshake();
      expect(socket.group()).toBe('secp384r1');
      expect(peer.output.text()).toMatch(/Temp Key: (?:ECDH, )?(?:secp384r1|P-384), 384 bits/);
      await socket.close();
    });

    requires(test, 'openssl')('s_client without one in common: the server’s error says so', async () => {
      const context = await rsaContext(tls);
      context.setEcdhCurve('secp384r1');
      await using server = await serving(context);
      await using peer = opensslClient({ port: server.port, tls, args: ['-groups', 'X25519'] });
      const error = await failureOf((await server.accepted).doHandshake());
      expect(error?.reason).toBe(tls === '1.2' ? 'NO_SHARED_CIPHER' : 'NO_SUITABLE_KEY_SHARE');
      expect(error?.hint).toContain('no group for the key agreement in common');
      await peer.output.waitFor(/alert handshake failure/);
    });

    requires(test, 'openssl')('s_server without one in common: the client’s error names groups', async () => {
      await using peer = await opensslServer({ ...(await identity()), tls, args: ['-groups', 'P-384'] });
      const context = await clientContext(tls);
      // Without elliptic curves it would have parameters of its own.
      context.setCiphers('ECDHE+AESGCM');
      context.setGroups('X25519');
      const error = await failureOf(connect(['localhost', peer.port], { context }));
      expect(error?.reason).toMatch(/ALERT_HANDSHAKE_FAILURE/);
      expect(error?.hint).toContain('group');
      await peer.output.waitFor(tls === '1.2' ? /no shared cipher/ : /no suitable key share/);
    });

    requires(test, 'openssl')('s_server sees the client’s list in its order', async () => {
      await using peer = await opensslServer({ ...(await identity()), tls });
      const context = await clientContext(tls);
      context.setGroups('P-384:X25519');
      await using client = await connect(['localhost', peer.port], { context });
      await peer.output.waitFor(/Supported groups: (?:secp384r1|P-384):(?:x25519|X25519)/);
      expect(client.group()).toMatch(/secp384r1|x25519/);
    });
  });

  describe('signatures', () => {
    requires(test, 'openssl')('s_client sees with what the server signs, and what it asks clients for', async () => {
      const context = await rsaContext(tls);
      context.verifyMode = CERT_REQUIRED;
      context.setServerSigalgs('rsa_pss_rsae_sha384');
      context.setClientSigalgs('ecdsa_secp256r1_sha256:rsa_pss_rsae_sha512');
      await using server = await serving(context);
      const own = await clientIdentity();
      await using peer = opensslClient({ port: server.port, ca: (await files()).caFile, tls, ...own });
      await peer.connected;
      const socket = await server.accepted;
      await socket.doHandshake();
      const printed = peer.output.text();
      expect(printed).toMatch(/Requested Signature Algorithms: (?:ECDSA\+SHA256|ecdsa_secp256r1_sha256):/);
      expect(printed).toMatch(/Peer sign(?:ing digest: SHA384|ature type: rsa_pss_rsae_sha384)/);
      expect([socket.serverSigalg(), socket.clientSigalg()]).toEqual(['rsa_pss_rsae_sha384', 'ecdsa_secp256r1_sha256']);
      await socket.close();
    });

    requires(test, 'openssl')('s_server sees what the client allows, and with what it signs', async () => {
      const { client: own, ca } = await scene();
      const peerOptions = { ...(await identity()), ca: ca.certPem, tls, clientCert: 'required' } as const;
      await using peer = await opensslServer(peerOptions);
      const context = await clientContext(tls);
      context.loadCertChain({ pem: own.combinedPem });
      context.setServerSigalgs('rsa_pss_rsae_sha512');
      context.setClientSigalgs('ecdsa_secp256r1_sha256');
      await using client = await connect(['localhost', peer.port], { context });
      await peer.output.waitFor(/Signature Algorithms: (?:RSA-PSS\+SHA512|rsa_pss_rsae_sha512)\r?\n/);
      expect([client.serverSigalg(), client.clientSigalg()]).toEqual(['rsa_pss_rsae_sha512', 'ecdsa_secp256r1_sha256']);
      await peer.output.waitFor(/Peer sign(?:ing digest: SHA256|ature type: ecdsa_secp256r1_sha256)/);
    });

    test('a server of node:tls sees what the client allows', async () => {
      await using peer = await nodeTlsServer({ ...(await identity()), tls });
      const context = await clientContext(tls);
      context.setServerSigalgs('rsa_pss_rsae_sha512:rsa_pss_rsae_sha384');
      await using client = await connect(['localhost', peer.port], { context });
      const far: TLSSocket = await peer.accept();
      expect(far.getSharedSigalgs().sort()).toEqual(['RSA-PSS+SHA384', 'RSA-PSS+SHA512']);
      expect(client.serverSigalg()).toMatch(/^rsa_pss_rsae_sha(?:384|512)$/);
    });
  });

  test('before the handshake, while it is under way, and after close() there is nothing to tell', async () => {
    const { client, server } = await ends(tls);
    const told = (socket: SSLSocket): (string | null)[] => [
      socket.group(),
      socket.clientSigalg(),
      socket.serverSigalg(),
    ];
    const nothing = [null, null, null];
    expect([told(client), told(server)]).toEqual([nothing, nothing]);
    await Promise.all([client.doHandshake(), server.doHandshake()]);
    expect(told(client)).toEqual([expect.any(String), null, 'ecdsa_secp256r1_sha256']);
    expect(told(server)).toEqual(told(client));
    await closeAll(client, server);
    expect([told(client), told(server)]).toEqual([nothing, nothing]);
  });

  test('a context that changes while handshakes run on threads: each connection has the old or the new', async () => {
    const context = await rsaContext(tls);
    await using listener = await listen(['127.0.0.1', 0], { context });
    const address = listener.getSockName();
    const clientSide = await clientContext(tls);
    const connections = Array.from({ length: 24 }, async (_, index) => {
      const served = listener.accept();
      const client = connect(address, { context: clientSide, serverHostname: 'localhost' });
      context.setGroups(index % 2 ? 'X25519' : 'P-256');
      context.setServerSigalgs(index % 2 ? 'rsa_pss_rsae_sha384' : 'rsa_pss_rsae_sha512');
      context.loadDhParams(dhFile(index % 2 ? 'plain-2048' : 'x942-2048'));
      const [near, far] = await Promise.all([client, served]);
      await far.doHandshake();
      const told = [near.group(), near.serverSigalg()];
      await closeAll(near, far);
      return told;
    });
    for (const [group, signature] of await Promise.all(connections)) {
      expect(group).toMatch(/^(?:x25519|secp256r1|X25519MLKEM768)$/);
      expect(signature).toMatch(/^rsa_pss_rsae_sha(?:256|384|512)$/);
    }
  });
});
