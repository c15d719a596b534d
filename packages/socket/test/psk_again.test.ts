/** What may come behind a handshake with a pre-shared key: another one (TLS 1.2), or the question for a certificate (TLS 1.3). */
import {
  CERT_REQUIRED,
  connect,
  listen,
  PROTOCOL_TLS_CLIENT,
  PROTOCOL_TLS_SERVER,
  SSLContext,
  type SSLSocket,
  TLSVersion,
} from '@sslkit/socket';
import { files, opensslClient, opensslServer, requires, scene } from '@sslkit/testkit';
import { expect, test, vi } from 'vitest';
import { failureOf, overChannels, readExactly } from './support.ts';

/** SSL_OP_ALLOW_CLIENT_RENEGOTIATION; Python has no name for it. */
const ALLOW_CLIENT_RENEGOTIATION = 1n << 8n;
const KEY = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
const PSK = ['-psk', KEY.toString('hex'), '-psk_identity', 'me', '-cipher', 'PSK'];

/** A client offers its session when it is asked to begin anew, and a server that takes it asks for no key. */
const FULL = [...PSK, '-no_ticket', '-no_cache'];

/** Their callbacks answer so many times, then throw; `asked` counts. */
interface Keyed {
  context: SSLContext;
  asked: number;
}

const gone = new Error('no key any more');

function keyed(protocol: typeof PROTOCOL_TLS_CLIENT | typeof PROTOCOL_TLS_SERVER, answers: number): Keyed {
  const context = new SSLContext(protocol);
  const counted = { context, asked: 0 };
  const key = (): Buffer => {
    counted.asked += 1;
    if (counted.asked > answers) throw gone;
    return KEY;
  };
  context.minimumVersion = context.maximumVersion = TLSVersion.TLSv1_2;
  context.setCiphers('PSK');
  if (protocol === PROTOCOL_TLS_CLIENT) context.setPskClientCallback(() => ['me', key()]);
  else {
    context.options |= ALLOW_CLIENT_RENEGOTIATION;
    context.setPskServerCallback(key);
  }
  return counted;
}

overChannels('in a renegotiation', () => {
  requires(test, 'openssl')('a client is asked for its key again, and data go on', async () => {
    const { server } = await scene();
    await using peer = await opensslServer({ cert: server.chainPem, key: server.keyPem, tls: '1.2', args: FULL });
    const client = keyed(PROTOCOL_TLS_CLIENT, 3);
    await using socket = await connect(['localhost', peer.port], { context: client.context });
    for (let round = 2; round <= 3; round++) {
      const reading = readExactly(socket, 8);
      peer.write('r\n');
      await vi.waitFor(() => expect(client.asked).toBe(round), 10_000);
      // Only the first letter of what it reads at a time is a command.
      peer.write(`round ${round}\n`);
      expect(String(await reading)).toBe(`round ${round}\n`);
      await socket.write(`answer ${round}\n`);
      await peer.output.waitFor(new RegExp(`answer ${round}\n`));
    }
  });

  requires(test, 'openssl')('a server is asked for the key again, and data go on', async () => {
    const server = keyed(PROTOCOL_TLS_SERVER, 2);
    await using listener = await listen(['127.0.0.1', 0], { context: server.context });
    await using peer = opensslClient({ port: listener.getSockName()[1], tls: '1.2', args: PSK });
    await using accepted = await listener.accept();
    await accepted.doHandshake();
    await peer.connected;
    expect(server.asked).toBe(1);
    const reading = readExactly(accepted, 17);
    peer.write('R\n');
    await vi.waitFor(() => expect(server.asked).toBe(2), 10_000);
    // As above: behind the command in one read it would be lost.
    peer.write('over the new key\n');
    expect(String(await reading)).toBe('over the new key\n');
  });

  requires(test, 'openssl')('what the client’s callback throws then ends the connection, as its cause', async () => {
    const { server } = await scene();
    await using peer = await opensslServer({ cert: server.chainPem, key: server.keyPem, tls: '1.2', args: FULL });
    const client = keyed(PROTOCOL_TLS_CLIENT, 1);
    await using socket = await connect(['localhost', peer.port], { context: client.context });
    peer.write('r\n');
    const failure = await failureOf(socket.read());
    expect(failure).toMatchObject({ name: 'SSLError', reason: 'CALLBACK_FAILED' });
    expect(failure?.cause).toBe(gone);
    expect(await failureOf(socket.write('x'))).toBe(failure);
  });

  requires(test, 'openssl')('so does what the server’s throws', async () => {
    const server = keyed(PROTOCOL_TLS_SERVER, 1);
    await using listener = await listen(['127.0.0.1', 0], { context: server.context });
    await using peer = opensslClient({ port: listener.getSockName()[1], tls: '1.2', args: PSK });
    await using accepted = await listener.accept();
    await accepted.doHandshake();
    await peer.connected;
    peer.write('R\n');
    const failure = await failureOf(accepted.read());
    expect(failure).toMatchObject({ name: 'SSLError', reason: 'CALLBACK_FAILED' });
    expect(failure?.cause).toBe(gone);
  });
});

/** Both know the key; the server asks for a certificate when it is told to, and insists on it. */
async function askable(certificate: boolean): Promise<{ client: SSLContext; server: SSLContext }> {
  const { caFile, clientCombinedFile } = await files();
  const [client, server] = [new SSLContext(PROTOCOL_TLS_CLIENT), new SSLContext(PROTOCOL_TLS_SERVER)];
  for (const context of [client, server]) {
    context.minimumVersion = TLSVersion.TLSv1_3;
    context.postHandshakeAuth = true;
    context.setCiphersuites('TLS_AES_128_GCM_SHA256');
  }
  client.setPskClientCallback(() => ['me', KEY]);
  server.setPskServerCallback(() => KEY);
  server.loadVerifyLocations({ cafile: caFile });
  server.verifyMode = CERT_REQUIRED;
  if (certificate) client.loadCertChain(clientCombinedFile);
  return { client, server };
}

async function pairOf(contexts: { client: SSLContext; server: SSLContext }): Promise<[SSLSocket, SSLSocket]> {
  await using listener = await listen(['127.0.0.1', 0], { context: contexts.server });
  const dialled = connect(['localhost', listener.getSockName()[1]], { context: contexts.client });
  const [client, server] = await Promise.all([dialled, listener.accept()]);
  await server.doHandshake();
  return [client, server];
}

overChannels('post-handshake authentication behind a pre-shared key', () => {
  test('tells the certificate, of which the handshake had none', async () => {
    const [client, server] = await pairOf(await askable(true));
    expect(server.getPeerCert()).toBeNull();
    server.verifyClientPostHandshake();
    await server.write('who are you?');
    expect(String(await readExactly(client, 12))).toBe('who are you?');
    await client.write('me');
    expect(String(await readExactly(server, 2))).toBe('me');
    expect(JSON.stringify(server.getPeerCert())).toContain('client');
    await Promise.all([client.close(), server.close()]);
  });

  test('refuses a client that has the key and no certificate', async () => {
    const [client, server] = await pairOf(await askable(false));
    server.verifyClientPostHandshake();
    await server.write('who are you?');
    await readExactly(client, 12);
    const failure = await failureOf(server.read());
    expect(failure).toMatchObject({ reason: 'PEER_DID_NOT_RETURN_A_CERTIFICATE' });
    await Promise.all([client.close(), server.close()]);
  });
});
