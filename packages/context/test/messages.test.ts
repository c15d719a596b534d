/** The message callback over memory: what it is told, in which order, and that it never harms a handshake. */
import {
  ALERT_DESCRIPTION_UNKNOWN_CA,
  CERT_REQUIRED,
  type MsgCallback,
  PROTOCOL_TLS_CLIENT,
  SSLContext,
  type SSLError,
  type SSLObject,
  TLSVersion,
} from '@sslkit/context';
import { requires, runPython, mintLeaf } from '@sslkit/testkit';
import { beforeEach, describe, expect, test } from 'vitest';
import { cast, clientOf, serverOf } from './contexts.ts';
import { connectedPair, handshake, pairOf, thrownBy } from './pair.ts';

const VERSIONS = [
  ['TLS 1.2', TLSVersion.TLSv1_2, '1.2'],
  ['TLS 1.3', TLSVersion.TLSv1_3, '1.3'],
] as const;

const [ALERT, HANDSHAKE, HEADER, INNER] = [21, 22, 256, 257];
const [CLIENT_HELLO, CERTIFICATE, FINISHED] = [1, 11, 20];
const NAME = { serverHostname: 'good.example' };
const own = await mintLeaf(cast.ca, { dns: ['good.example'] });

interface Told {
  connection: unknown;
  direction: string;
  version: number;
  contentType: number;
  msgType: number;
  data: Buffer;
}

function recorder(): { told: Told[]; callback: MsgCallback } {
  const told: Told[] = [];
  return {
    told,
    callback: (connection, direction, version, contentType, msgType, data) =>
      told.push({ connection, direction, version, contentType, msgType, data }),
  };
}

const handshakes = (told: readonly Told[]): string[] =>
  told.filter((one) => one.contentType === HANDSHAKE).map((one) => `${one.direction} ${one.msgType}`);

describe.each(VERSIONS)('the message callback, %s', (_name, version, tls) => {
  let client: SSLContext;
  let server: SSLContext;
  beforeEach(() => {
    client = clientOf({ version });
    server = serverOf({ own });
  });

  test('is told every message of a handshake, in order, on both sides', () => {
    const [near, far] = [recorder(), recorder()];
    client.msgCallback = near.callback;
    server.msgCallback = far.callback;
    const pair = connectedPair(client, server, NAME);
    const mirrored = handshakes(far.told).map((line) =>
      line.startsWith('read') ? line.replace('read', 'write') : line.replace('write', 'read'),
    );
    // Tickets may still be under way to the client.
    expect(mirrored.slice(0, handshakes(near.told).length)).toEqual(handshakes(near.told));
    expect(handshakes(near.told)[0]).toBe(`write ${CLIENT_HELLO}`);
    expect(handshakes(near.told)).toContain(`read ${CERTIFICATE}`);
    expect(handshakes(near.told)).toContain(`write ${FINISHED}`);
    expect(near.told.every((one) => one.connection === pair.client)).toBe(true);
    expect(far.told.every((one) => one.connection === pair.server)).toBe(true);
    const hello = near.told.find((one) => one.contentType === HANDSHAKE);
    expect(hello?.data.subarray(0, 1)).toEqual(Buffer.from([CLIENT_HELLO]));
    expect(hello?.data.readUIntBE(1, 3)).toBe((hello?.data.length ?? 0) - 4);
    const finished = near.told.filter((one) => one.contentType === HANDSHAKE && one.msgType === FINISHED).at(-1);
    expect(finished?.version).toBe(version);
  });

  test('of a record it is told the header, never application data', () => {
    const { told, callback } = recorder();
    client.msgCallback = callback;
    const pair = connectedPair(client, server, NAME);
    told.length = 0;
    pair.client.write(Buffer.from('secret words'));
    expect(told[0]).toMatchObject({ direction: 'write', contentType: HEADER, msgType: 23, version: 0x303 });
    expect(told[0]?.data).toHaveLength(5);
    expect(told.filter((one) => one.contentType === INNER)).toHaveLength(tls === '1.3' ? 1 : 0);
    expect(Buffer.concat(told.map((one) => one.data)).includes('secret')).toBe(false);
  });

  test('is told the alert of a failed handshake', () => {
    const [near, far] = [recorder(), recorder()];
    const untrusting = new SSLContext(PROTOCOL_TLS_CLIENT);
    untrusting.maximumVersion = version;
    untrusting.msgCallback = near.callback;
    server.msgCallback = far.callback;
    handshake(pairOf(untrusting, server, NAME));
    const alert = { contentType: ALERT, msgType: ALERT_DESCRIPTION_UNKNOWN_CA };
    expect(near.told).toContainEqual(expect.objectContaining({ ...alert, direction: 'write' }));
    expect(far.told).toContainEqual(expect.objectContaining({ ...alert, direction: 'read' }));
  });

  test('null ends it, and setting it is for connections that are made later', () => {
    const { told, callback } = recorder();
    const before = pairOf(client, server, NAME);
    client.msgCallback = callback;
    expect(client.msgCallback).toBe(callback);
    handshake(before);
    expect(told).toEqual([]);
    const pair = pairOf(client, server, NAME);
    thrownBy(() => pair.client.doHandshake());
    const heard = told.length;
    expect(heard).toBeGreaterThan(0);
    client.msgCallback = null;
    expect(client.msgCallback).toBeNull();
    handshake(pair);
    expect(told).toHaveLength(heard);
  });

  describe.each([
    ['an error', new Error('no')],
    ['null', null],
  ])('that throws %s', (_what, thrown) => {
    const failing = (when: (one: Told) => boolean): MsgCallback =>
      ((connection, direction, number, contentType, msgType, data) => {
        if (when({ connection, direction, version: number, contentType, msgType, data })) throw thrown;
      }) as MsgCallback;

    test('ends the connection at the next operation, with what was thrown as the cause', () => {
      client.msgCallback = failing((one) => one.msgType === CLIENT_HELLO);
      const pair = pairOf(client, server, NAME);
      const error = thrownBy(() => pair.client.doHandshake());
      expect(error).toMatchObject({
        name: 'SSLError',
        reason: 'CALLBACK_FAILED',
        hint: expect.stringContaining('msgCallback'),
      });
      expect(error.cause).toBe(thrown);
      for (const call of [() => pair.client.doHandshake(), () => pair.client.read(), () => pair.client.unwrap()]) {
        expect(thrownBy(call)).toBe(error);
      }
    });

    test('does not take data that have arrived with it', () => {
      let open = false;
      client.msgCallback = failing((one) => open && one.direction === 'read');
      const pair = connectedPair(client, server, NAME);
      pair.server.write(Buffer.from('kept'));
      open = true;
      expect(pair.client.read().toString()).toBe('kept');
      expect(thrownBy(() => pair.client.read()).cause).toBe(thrown);
    });

    test('does not hide the error of the connection', () => {
      const untrusting = new SSLContext(PROTOCOL_TLS_CLIENT);
      untrusting.maximumVersion = version;
      untrusting.msgCallback = failing((one) => one.contentType === ALERT);
      const { client: error } = handshake(pairOf(untrusting, server, NAME)) as { client: SSLError | null };
      expect(error?.code).toBe('ERR_SSL_CERT_VERIFICATION');
    });
  });

  test('may use the connection that it is called for', () => {
    const seen: unknown[] = [];
    client.msgCallback = (connection, _direction, _version, contentType, msgType) => {
      if (contentType !== HANDSHAKE || msgType !== FINISHED) return;
      seen.push(connection.version(), thrownBy(() => (connection as SSLObject).read(1)).code);
    };
    const pair = connectedPair(client, server, NAME);
    expect(seen).toContain(`TLSv${tls}`);
    expect(seen.filter((one) => one === 'ERR_SSL_WANT_READ')).toHaveLength(seen.length / 2);
    pair.server.write(Buffer.from('x'));
    expect(pair.client.read().toString()).toBe('x');
  });

  test('of the context that the SNI callback chooses follows that of the first one', () => {
    const [first, other] = [recorder(), recorder()];
    const tenant = serverOf({ own });
    server.sniCallback = (connection) => {
      connection.context = tenant;
    };
    server.msgCallback = first.callback;
    tenant.msgCallback = other.callback;
    connectedPair(client, server, NAME);
    expect(handshakes(first.told)).toEqual([`read ${CLIENT_HELLO}`]);
    expect(handshakes(other.told)).toContain(`write ${CERTIFICATE}`);
    server.msgCallback = null;
    other.told.length = 0;
    connectedPair(client, server, NAME);
    expect(handshakes(other.told)).toContain(`write ${CERTIFICATE}`);
    tenant.msgCallback = null;
    server.msgCallback = first.callback;
    first.told.length = 0;
    connectedPair(client, server, NAME);
    expect(handshakes(first.told)).toEqual([`read ${CLIENT_HELLO}`]);
  });

  requires(test, 'python3')('is told what Python’s is told', async () => {
    const { told, callback } = recorder();
    client.msgCallback = callback;
    connectedPair(client, server, NAME);
    const { stdout } = await runPython(PYTHON, { args: [tls, own.combinedPem, cast.ca.certPem] });
    const theirs = JSON.parse(stdout) as unknown[];
    // Neither the records that carry them nor change_cipher_spec, which only newer versions tell of when it is received.
    const ours = told
      .filter((one) => one.contentType === ALERT || one.contentType === HANDSHAKE)
      .map((one) => [one.direction, one.version, one.contentType, one.msgType]);
    expect(ours).toEqual(theirs);
  });
});

describe('more messages in one step than are kept', () => {
  /** What is kept, in bytes. */
  const KEPT = 4 << 20;
  const TICKETS = 255;
  const TICKET = 4;

  interface Flood {
    told: Told[];
    /** What the process was warned of. */
    warnings: string[];
  }

  /** The server has sent all its tickets in one step, and the client has read them in one. In each is the client's certificate. */
  async function flooded(): Promise<{ near: Flood; far: Flood; client: SSLObject; server: SSLObject }> {
    const dns = Array.from({ length: 900 }, (_, at) => `client-${at}.good.example`);
    const large = await mintLeaf(cast.ca, { dns, purpose: 'client' });
    const [clients, servers] = [
      clientOf({ own: large, version: TLSVersion.TLSv1_3 }),
      serverOf({ own, trusts: cast.ca }),
    ];
    const [near, far] = [recorder(), recorder()];
    clients.msgCallback = near.callback;
    servers.msgCallback = far.callback;
    servers.verifyMode = CERT_REQUIRED;
    servers.numTickets = TICKETS;
    const warnings: string[] = [];
    const onWarning = ({ message }: Error): number => warnings.push(message);
    process.on('warning', onWarning);
    const pair = connectedPair(clients, servers, NAME);
    // Warnings come on a tick of their own.
    await new Promise((resolve) => setImmediate(resolve));
    const atServer = warnings.splice(0);
    pair.server.write(Buffer.from('x'));
    expect(pair.client.read().toString()).toBe('x');
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', onWarning);
    return { ...pair, near: { told: near.told, warnings }, far: { told: far.told, warnings: atServer } };
  }

  test('the first ones are told, the process is warned of the number of others, and later ones are told again', async () => {
    const { near, far, client, server } = await flooded();
    for (const { told, warnings } of [far, near]) {
      const at = told.flatMap(({ contentType, msgType }, index) =>
        contentType === HANDSHAKE && msgType === TICKET ? [index] : [],
      );
      const bytes = told.slice(at[0]).reduce((sum, { data }) => sum + data.length, 0);
      expect([bytes > KEPT * 0.9, bytes < KEPT]).toEqual([true, true]);
      // A ticket, the headers and the inner content types of its records.
      const each = (at[1] as number) - (at[0] as number);
      const lost = Number(/^msgCallback: (\d+) messages of one step/.exec(String(warnings))?.[1]);
      expect(Math.abs(lost - (TICKETS - at.length) * each)).toBeLessThanOrEqual(each);
      told.length = 0;
    }
    client.write(Buffer.from('y'));
    expect(server.read().toString()).toBe('y');
    expect([near.told.length, far.told.length]).toEqual([2, 2]);
  });
});

test.each([undefined, 1, 'log', {}])('%o is no message callback', (callback) => {
  const context = new SSLContext(PROTOCOL_TLS_CLIENT);
  const before: MsgCallback = () => {};
  context.msgCallback = before;
  expect(thrownBy(() => Object.assign(context, { msgCallback: callback }))).toMatchObject({
    code: 'ERR_INVALID_ARG_TYPE',
  });
  expect(context.msgCallback).toBe(before);
});

const PYTHON = `
import json, ssl, sys, tempfile
tls, pem, ca = sys.argv[1:]
client, server = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
client.load_verify_locations(cadata=ca)
client.minimum_version = client.maximum_version = getattr(ssl.TLSVersion, 'TLSv' + tls.replace('.', '_'))
with tempfile.NamedTemporaryFile('w') as file:
    file.write(pem)
    file.flush()
    server.load_cert_chain(file.name)
told = []
def tell(conn, direction, version, content_type, msg_type, data):
    if content_type in (21, 22): told.append([direction, int(version), int(content_type), int(msg_type)])
client._msg_callback = tell
up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
near, far = client.wrap_bio(down, up, server_hostname='good.example'), server.wrap_bio(up, down, server_side=True)
for _ in range(12):
    for end in near, far:
        try: end.do_handshake()
        except ssl.SSLWantReadError: pass
print(json.dumps(told))
`;
