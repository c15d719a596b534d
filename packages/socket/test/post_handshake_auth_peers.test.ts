/** Post-handshake authentication with other implementations at the other end, as the one that asks and as the one asked. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import {
  CERT_OPTIONAL,
  connect,
  listen,
  type SSLContext,
  type SSLError,
  type SSLListener,
  type SSLSocket,
} from '@sslkit/socket';
import {
  files,
  gnutlsCli,
  has,
  opensslClient,
  opensslServer,
  pythonCommand,
  type PythonVersion,
  requires,
  scene,
  startPeer,
  withTimeout,
} from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import { askedContext, askingContext, identified, SUBJECT } from './post_handshake_auth_support.ts';
import { clientContext, overChannels, readExactly } from './support.ts';

const { client, ca, server, otherServer } = await scene();

/** Connects with the setting, and does what it is told, a line each; all that it learns is printed. */
const PYTHON_ASKED = `
import socket, ssl, sys
port, ca, own, offers = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4] == 'offers'
context = ssl.create_default_context(cafile=ca)
context.verify_flags &= ~getattr(ssl, 'VERIFY_X509_STRICT', 0)
context.post_handshake_auth = offers
if own:
    context.load_cert_chain(own)
conn = context.wrap_socket(socket.create_connection(('127.0.0.1', port), timeout=20), server_hostname='localhost')
print('CONNECTED', flush=True)
for line in sys.stdin:
    try:
        if line == 'read\\n':
            print('READ', conn.recv(100).decode(), flush=True)
        else:
            conn.sendall(line.encode())
            print('SENT', flush=True)
    except OSError as error:
        print('ERROR', type(error).__name__, getattr(error, 'reason', None), flush=True)
`;

const PYTHON_ASKS = `
import socket, ssl, sys
cert, ca = sys.argv[1], sys.argv[2]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(cert)
context.load_verify_locations(ca)
context.verify_mode = ssl.CERT_REQUIRED
context.post_handshake_auth = True
listener = socket.create_server(('127.0.0.1', 0))
print('PORT', listener.getsockname()[1], flush=True)
sock, _ = listener.accept()
sock.settimeout(20)
conn = context.wrap_socket(sock, server_side=True)
try:
    print('BEFORE', conn.getpeercert(), flush=True)
    for round in range(3):
        conn.verify_client_post_handshake()
        conn.sendall(b'asked')
        print('READ', conn.recv(6).decode(), flush=True)
        print('KNOWN', conn.getpeercert() and conn.getpeercert()['subject'], flush=True)
except OSError as error:
    print('ERROR', type(error).__name__, error.reason, flush=True)
    # A socket that is closed with unread bytes in it is reset, and the alert may be lost.
    conn.shutdown(socket.SHUT_WR)
    while conn.recv(1000):
        pass
`;

/** A client over libssl by hand, which gives its certificate for the first request only. */
const FORGETFUL = `
import ctypes, socket, sys
port, ca, own = int(sys.argv[1]), sys.argv[2].encode(), sys.argv[3].encode()
lib = ctypes.CDLL('libssl.so.3')
for name in ('TLS_client_method', 'SSL_CTX_new', 'SSL_new'):
    getattr(lib, name).restype = ctypes.c_void_p
lib.SSL_CTX_new.argtypes = lib.SSL_new.argtypes = [ctypes.c_void_p]
context = ctypes.c_void_p(lib.SSL_CTX_new(lib.TLS_client_method()))
lib.SSL_CTX_set_post_handshake_auth(context, 1)
assert lib.SSL_CTX_use_certificate_chain_file(context, own) == 1
assert lib.SSL_CTX_use_PrivateKey_file(context, own, 1) == 1
ssl = ctypes.c_void_p(lib.SSL_new(context))
sock = socket.create_connection(('127.0.0.1', port))
lib.SSL_set_fd(ssl, sock.fileno())
assert lib.SSL_connect(ssl) == 1
room = ctypes.create_string_buffer(100)
for round in range(2):
    assert lib.SSL_read(ssl, room, 100) > 0
    assert lib.SSL_write(ssl, b'answer', 6) == 6
    lib.SSL_certs_clear(ssl)
print('DONE', flush=True)
sys.stdin.read()
`;

async function knownAsClient(socket: SSLSocket): Promise<void> {
  await identified(socket);
  expect(socket.getPeerCert()).toMatchObject({ subject: SUBJECT });
  expect(socket.getPeerCert(true)).toEqual(Buffer.from(client.certDer));
}

async function accepted(listener: SSLListener): Promise<SSLSocket> {
  const socket = await listener.accept();
  await socket.doHandshake();
  expect(socket.getPeerCert()).toBe(null);
  return socket;
}

const PYTHONS: readonly PythonVersion[] = has('python3.13') ? ['3.11', '3.13'] : ['3.11'];

overChannels('post-handshake authentication', () => {
  describe.each(PYTHONS)('CPython %s', (python) => {
    const asksUs = async (own: SSLContext): Promise<{ said: string; error: SSLError | null }> => {
      const { combinedFile, caFile } = await files();
      await using peer = startPeer(pythonCommand(python), ['-c', PYTHON_ASKS, combinedFile, caFile]);
      const port = Number((await peer.output.waitFor(/PORT (\d+)\n/))[1]);
      await using socket = await connect(['localhost', port], { context: own });
      const error = await answers(socket);
      await socket.close();
      await peer.exited;
      return { said: peer.output.text().replace(/^PORT.*\n/, ''), error };
    };

    requires(test, 'python3')('asks us three times, and knows us', async () => {
      const round = /READ answer\nKNOWN .*'commonName', 'client'.*\n/.source;
      const { said } = await asksUs(await askedContext());
      expect(said).toMatch(new RegExp(`^BEFORE None\n(?:${round}){3}$`));
    });

    requires(test, 'python3')('asks us, and we have no certificate', async () => {
      const own = await clientContext('1.3');
      own.postHandshakeAuth = true;
      const { said, error } = await asksUs(own);
      expect(said).toBe('BEFORE None\nERROR SSLError PEER_DID_NOT_RETURN_A_CERTIFICATE\n');
      expect(error?.reason).toMatch(/CERTIFICATE_REQUIRED$/);
    });

    requires(test, 'python3')('asks us, and we have not offered it', async () => {
      expect((await asksUs(await clientContext('1.3'))).said).toContain('EXTENSION_NOT_RECEIVED');
    });

    const askedByUs = async (own: string, offers = 'offers') => {
      const listener = await listen(['127.0.0.1', 0], { context: await askingContext() });
      const port = String(listener.getSockName()[1]);
      const peer = startPeer(pythonCommand(python), ['-c', PYTHON_ASKED, port, (await files()).caFile, own, offers]);
      const socket = await accepted(listener);
      await peer.output.waitFor(/CONNECTED\n/);
      return {
        socket,
        peer,
        async [Symbol.asyncDispose]() {
          await socket.close();
          await peer.close();
          await listener.close();
        },
      };
    };

    requires(test, 'python3')('answers us when it reads, and is known then', async () => {
      await using both = await askedByUs((await files()).clientCombinedFile);
      both.socket.verifyClientPostHandshake();
      both.peer.write('question\n');
      expect(String(await readExactly(both.socket, 9))).toBe('question\n');
      expect(both.socket.getPeerCert()).toBe(null);
      await both.socket.write('response');
      both.peer.write('read\n');
      await both.peer.output.waitFor(/READ response\n/);
      await knownAsClient(both.socket);
    });

    requires(test, 'python3')('has no certificate, or one that we do not trust, and is refused', async () => {
      {
        await using both = await askedByUs('');
        both.socket.verifyClientPostHandshake();
        both.peer.write('read\n');
        await expect(both.socket.read()).rejects.toMatchObject({ reason: 'PEER_DID_NOT_RETURN_A_CERTIFICATE' });
        await both.peer.output.waitFor(/ERROR SSLError TLSV13_ALERT_CERTIFICATE_REQUIRED\n/);
      }
      const untrusted = join((await files()).dir, 'untrusted-client.pem');
      writeFileSync(untrusted, otherServer.combinedPem);
      await using both = await askedByUs(untrusted);
      both.socket.verifyClientPostHandshake();
      both.peer.write('read\n');
      await expect(both.socket.read()).rejects.toMatchObject({ code: 'ERR_SSL_CERT_VERIFICATION' });
      await both.peer.output.waitFor(/ERROR SSLError TLSV1_ALERT_UNKNOWN_CA\n/);
    });

    requires(test, 'python3')('has not offered it, and stays connected', async () => {
      await using both = await askedByUs('', 'does not');
      expect(() => both.socket.verifyClientPostHandshake()).toThrow(
        expect.objectContaining({ reason: 'EXTENSION_NOT_RECEIVED' }),
      );
      both.peer.write('question\n');
      expect(String(await readExactly(both.socket, 9))).toBe('question\n');
    });
  });

  requires(test, 'openssl')('openssl s_server asks us by its command “c”', async () => {
    await using peer = await opensslServer({
      cert: server.chainPem,
      key: server.keyPem,
      ca: ca.certPem,
      tls: '1.3',
      clientCert: 'optional',
      args: ['-state'],
    });
    await using socket = await connect(['localhost', peer.port], { context: await askedContext() });
    // Its -verify asks in the handshake too.
    await peer.output.waitFor(/read client certificate[\s\S]*read finished/);
    for (let round = 0; round < 3; round++) {
      peer.write('c\n');
      await peer.output.waitFor(/write certificate request[\s\S]*read client certificate[\s\S]*read finished/);
      await socket.write(`line ${round}\n`);
      await peer.output.waitFor(new RegExp(`line ${round}\n`));
    }
  });

  requires(test, 'openssl')('openssl s_client -enable_pha answers us, again and again', async () => {
    await using listener = await listen(['127.0.0.1', 0], { context: await askingContext() });
    const port = listener.getSockName()[1];
    await using peer = opensslClient({
      port,
      ca: ca.certPem,
      cert: client.certPem,
      key: client.keyPem,
      tls: '1.3',
      args: ['-enable_pha'],
    });
    const socket = await accepted(listener);
    for (let round = 0; round < 3; round++) {
      await withTimeout(asks(socket), undefined, 'the last answer');
      await socket.write(`asked ${round}\n`);
      await peer.output.waitFor(new RegExp(`asked ${round}\n`));
      await knownAsClient(socket);
    }
    await socket.close();
  });

  requires(test, 'gnutls')('gnutls-cli --post-handshake-auth answers us', async () => {
    await using listener = await listen(['127.0.0.1', 0], { context: await askingContext() });
    await using peer = gnutlsCli({
      port: listener.getSockName()[1],
      ca: ca.certPem,
      cert: client.certPem,
      key: client.keyPem,
      tls: '1.3',
      args: ['--post-handshake-auth'],
    });
    const socket = await accepted(listener);
    await peer.connected;
    socket.verifyClientPostHandshake();
    await socket.write('known?\n');
    await knownAsClient(socket);
    peer.write('I am\n');
    expect(String(await readExactly(socket, 5))).toBe('I am\n');
    await socket.close();
  });

  requires(
    test,
    'python3',
    'openssl',
  )('a client that answers without a certificate later is nobody again', async () => {
    const context = await askingContext();
    context.verifyMode = CERT_OPTIONAL;
    await using listener = await listen(['127.0.0.1', 0], { context });
    const { caFile, clientCombinedFile } = await files();
    const port = String(listener.getSockName()[1]);
    await using peer = startPeer(pythonCommand('3.11'), ['-c', FORGETFUL, port, caFile, clientCombinedFile]);
    const socket = await accepted(listener);
    socket.verifyClientPostHandshake();
    await socket.write('who?');
    expect(String(await readExactly(socket, 6))).toBe('answer');
    await knownAsClient(socket);
    expect(socket.getVerifiedChain()).toHaveLength(2);
    socket.verifyClientPostHandshake();
    await socket.write('who?');
    expect(String(await readExactly(socket, 6))).toBe('answer');
    await peer.output.waitFor(/DONE/);
    expect(socket.getPeerCert()).toBe(null);
    expect(socket.getPeerCert(true)).toBe(null);
    expect(socket.getVerifiedChain()).toEqual([]);
    expect(socket.getUnverifiedChain()).toEqual([]);
    await socket.close();
  });
});

/** As long as it is asked; what ended it. */
async function answers(socket: SSLSocket): Promise<SSLError | null> {
  try {
    for (let read = await readExactly(socket, 5); read.length > 0; read = await readExactly(socket, 5)) {
      expect(String(read)).toBe('asked');
      await socket.write('answer');
    }
    return null;
  } catch (error) {
    return error as SSLError;
  }
}

/** Asks as soon as the last request is answered. */
async function asks(socket: SSLSocket): Promise<void> {
  for (;;) {
    try {
      return socket.verifyClientPostHandshake();
    } catch (error) {
      expect((error as SSLError).reason).toMatch(/^(REQUEST_SENT|STILL_IN_INIT)$/);
      await turn();
    }
  }
}
