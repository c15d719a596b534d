/** The engine behind SSLObject and the channels: what only channels use of it. */
import {
  PROTOCOL_TLS,
  PROTOCOL_TLS_CLIENT,
  PROTOCOL_TLS_SERVER,
  SocketError,
  SSLContext,
  SSLError,
  TLSVersion,
} from '@sslkit/context';
import { Engine, native, Want } from '@sslkit/context/engine';
import { describe, expect, test } from 'vitest';
import { clientOf, serverOf } from './contexts.ts';
import { thrownBy } from './pair.ts';

interface Ends {
  client: Engine;
  server: Engine;
  toClient: InstanceType<typeof native.MemoryBio>;
  toServer: InstanceType<typeof native.MemoryBio>;
}

async function ends(version: TLSVersion): Promise<Ends> {
  const clientContext = clientOf({ version });
  const serverContext = serverOf();
  const client = new Engine(clientContext, { serverSide: false, serverHostname: 'localhost' });
  const server = new Engine(serverContext, { serverSide: true });
  const [toClient, toServer] = [new native.MemoryBio(), new native.MemoryBio()];
  client.attach(toClient, toServer);
  server.attach(toServer, toClient);
  return { client, server, toClient, toServer };
}

async function connected(version: TLSVersion): Promise<Ends> {
  const made = await ends(version);
  for (let round = 0; round < 5; round++) {
    made.client.handshake();
    made.server.handshake();
  }
  expect(made.client.handshakeDone && made.server.handshakeDone).toBe(true);
  return made;
}

describe.each([
  ['TLSv1.2', TLSVersion.TLSv1_2],
  ['TLSv1.3', TLSVersion.TLSv1_3],
] as const)('%s', (_name, version) => {
  test('waiting is a value', async () => {
    const { client, server } = await ends(version);
    expect(server.handshake()).toBe(Want.READ);
    expect(client.handshake()).toBe(Want.READ);
    expect(client.handshakeDone).toBe(false);
    expect(client.read(Buffer.alloc(1))).toBe(Want.READ);
    expect(client.readAvailable()).toBe(Want.READ);
    expect(client.write(Buffer.from('x'))).toBe(Want.READ);
  });

  test('readAvailable takes many records at once and stops at its limit', async () => {
    const { client, server } = await connected(version);
    for (const text of ['one ', 'two ', 'three']) server.write(Buffer.from(text));
    const first = client.readAvailable(5) as Buffer;
    expect(first.length).toBeLessThanOrEqual(5);
    expect(Buffer.concat([first, client.readAvailable() as Buffer]).toString()).toBe('one two three');
    expect(client.readAvailable()).toBe(Want.READ);
  });

  test('shutdown says 0 when ours is sent and 1 when both are', async () => {
    const { client, server } = await connected(version);
    expect(client.shutdown()).toBe(0);
    expect(server.readAvailable()).toBe(Want.ZERO_RETURN);
    expect(server.write(Buffer.from('late'))).toBe(4);
    expect((client.readAvailable() as Buffer).toString()).toBe('late');
    expect(server.shutdown()).toBe(1);
    expect(client.shutdown()).toBe(1);
  });

  test('an error of the transport sticks like one of TLS, and the first one counts', async () => {
    const { client } = await connected(version);
    const reset = new SocketError('read ECONNRESET', { code: 'ECONNRESET', syscall: 'read' });
    client.fail(reset);
    client.fail(new Error('later'));
    expect(client.failure).toBe(reset);
    expect(thrownBy(() => client.readAvailable())).toBe(reset);
    expect(thrownBy(() => client.write(Buffer.from('x')))).toBe(reset);
    expect(thrownBy(() => client.shutdown())).toBe(reset);
    expect(client.getPeerCert()).toHaveProperty('subject');
  });

  test('what was verified stays readable after a failure, and the version does not', async () => {
    const { client, toClient } = await connected(version);
    toClient.write(Buffer.from(`1703030020${'07'.repeat(32)}`, 'hex'));
    expect(() => client.read(Buffer.alloc(10))).toThrow(SSLError);
    expect(client.handshakeDone).toBe(true);
    expect(client.getVerifiedChain()).toHaveLength(2);
    expect(client.version()).toBeNull();
  });
});

test('a native failure given to fail() becomes one of the family', async () => {
  const { client } = await ends(TLSVersion.TLSv1_3);
  client.fail(Object.assign(new Error('raw'), { code: 'ERR_OPENSSL', operation: 'SSL_read', sslError: 5, errors: [] }));
  expect(client.failure).toMatchObject({ name: 'SSLEOFError', errno: 8 });
});

test('what is thrown that is no error is wrapped', async () => {
  const { client } = await ends(TLSVersion.TLSv1_3);
  client.fail('text');
  expect(client.failure).toMatchObject({ name: 'SSLError', cause: 'text' });
});

test('the first bytes are copied, and only the first are kept', async () => {
  const { client, toClient } = await ends(TLSVersion.TLSv1_3);
  const greeting = Buffer.from('SSH-2.0-OpenSSH_9.2p1\r\n');
  client.noteFirstBytes(new Uint8Array(0));
  expect(client.wantsFirstBytes).toBe(true);
  client.noteFirstBytes(greeting);
  client.noteFirstBytes(Buffer.from('HTTP/1.1'));
  toClient.write(greeting);
  greeting.fill(0);
  expect(thrownBy(() => client.handshake()).hint).toContain('SSH');
});

test.each<[string, number, ConstructorParameters<typeof Engine>[1], object]>([
  ['a client context on the server side', PROTOCOL_TLS_CLIENT, { serverSide: true }, { name: 'SSLError' }],
  ['a server context on the client side', PROTOCOL_TLS_SERVER, { serverSide: false }, { name: 'SSLError' }],
  ['a name on a server', PROTOCOL_TLS, { serverSide: true, serverHostname: 'x' }, { code: 'ERR_SSL_WRONG_ROLE' }],
  ['an empty name', PROTOCOL_TLS, { serverSide: false, serverHostname: '' }, { code: 'ERR_INVALID_ARG_VALUE' }],
  [
    'an empty name where names are checked',
    PROTOCOL_TLS_CLIENT,
    { serverSide: false, serverHostname: '' },
    { code: 'ERR_SSL_CHECK_HOSTNAME_REQUIRES_SERVER_HOSTNAME' },
  ],
])('%s is refused', (_what, protocol, options, error) => {
  const context = new SSLContext(protocol as typeof PROTOCOL_TLS);
  expect(thrownBy(() => new Engine(context, options))).toMatchObject(error);
});

test.each([
  ['localhost', 'localhost'],
  ['localhost.', 'localhost'],
  ['127.0.0.1', null],
])('a client that expects %s sends %s as SNI', (serverHostname, sni) => {
  const context = serverOf();
  const server = new Engine(context, { serverSide: true });
  const client = new Engine(new SSLContext(PROTOCOL_TLS), { serverSide: false, serverHostname });
  const [toClient, toServer] = [new native.MemoryBio(), new native.MemoryBio()];
  client.attach(toClient, toServer);
  server.attach(toServer, toClient);
  client.handshake();
  server.handshake();
  expect(server.ssl.getServername()).toBe(sni);
  expect(client.serverHostname).toBe(serverHostname);
});

test('only a context will do', () => {
  expect(thrownBy(() => new Engine({} as SSLContext, { serverSide: true })).code).toBe('ERR_INVALID_ARG_TYPE');
});
