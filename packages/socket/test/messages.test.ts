/** The message callback over sockets: all of it arrives, whatever thread it was collected on, and the socket may be used in it. */
import { connect, listen, type MsgCallback, type SSLError, type SSLSocket } from '@sslkit/socket';
import { expect, test } from 'vitest';
import { clientContext, overVersions, readExactly, serverContext } from './support.ts';

const [HANDSHAKE, HEADER] = [22, 256];
const APPLICATION_DATA = 23;

interface Counted {
  handshake: string[];
  /** Records of application data, by direction. */
  records: Record<'read' | 'write', number>;
}

function counter(): { seen: Map<unknown, Counted>; callback: MsgCallback } {
  const seen = new Map<unknown, Counted>();
  const callback: MsgCallback = (connection, direction, _version, contentType, msgType) => {
    const one = seen.get(connection) ?? { handshake: [], records: { read: 0, write: 0 } };
    seen.set(connection, one);
    if (contentType === HANDSHAKE) one.handshake.push(`${direction} ${msgType}`);
    if (contentType === HEADER && msgType === APPLICATION_DATA) one.records[direction] += 1;
  };
  return { seen, callback };
}

async function echo(socket: SSLSocket): Promise<void> {
  for await (const chunk of socket) await socket.write(chunk);
}

overVersions('the message callback', (tls) => {
  test('is told all of a connection, also of steps on threads', async () => {
    const [near, far] = [counter(), counter()];
    const server = await serverContext(tls);
    const client = await clientContext(tls);
    server.msgCallback = far.callback;
    client.msgCallback = near.callback;
    const listener = await listen(['127.0.0.1', 0], { context: server });
    const served: SSLSocket[] = [];
    void (async () => {
      for await (const socket of listener) {
        served.push(socket);
        void echo(socket).catch(() => {});
      }
    })().catch(() => {});
    const address = ['localhost', listener.getSockName()[1]] as const;
    const sockets = await Promise.all(Array.from({ length: 8 }, () => connect(address, { context: client })));
    for (const socket of sockets) await socket.write('hello');
    for (const socket of sockets) expect((await readExactly(socket, 5)).toString()).toBe('hello');
    await Promise.all(sockets.map((socket) => socket.close()));
    await listener.close();
    expect([...near.seen.keys()]).toEqual(expect.arrayContaining(sockets));
    expect([...far.seen.keys()]).toEqual(expect.arrayContaining(served));
    expect([near.seen.size, far.seen.size]).toEqual([8, 8]);
    for (const [at, socket] of sockets.entries()) {
      const { handshake, records } = near.seen.get(socket) as Counted;
      expect([handshake[0], handshake[1]]).toEqual(['write 1', 'read 2']);
      expect(handshake.filter((line) => line.endsWith(' 20'))).toHaveLength(2);
      expect(records.read).toBeGreaterThan(0);
      expect(records.write).toBeGreaterThan(0);
      const theirs = far.seen.get(served[at]) as Counted;
      expect([theirs.handshake[0], theirs.handshake[1]]).toEqual(['read 1', 'write 2']);
    }
  });

  test('that throws ends its connection alone, and may close it', async () => {
    const thrown = new Error('no log');
    const server = await serverContext(tls);
    const client = await clientContext(tls);
    let victim: SSLSocket | null = null;
    client.msgCallback = (connection, direction, _version, contentType, msgType) => {
      if (connection !== victim || direction !== 'read') return;
      if (contentType === HEADER && msgType === APPLICATION_DATA) throw thrown;
    };
    const listener = await listen(['127.0.0.1', 0], { context: server });
    void (async () => {
      for await (const socket of listener) void echo(socket).catch(() => {});
    })().catch(() => {});
    const address = ['localhost', listener.getSockName()[1]] as const;
    const [first, second, third] = await Promise.all([0, 1, 2].map(() => connect(address, { context: client })));
    for (const socket of [first, second, third]) {
      await socket?.write('all of it');
      expect(String(await readExactly(socket as SSLSocket, 9))).toBe('all of it');
    }
    victim = first as SSLSocket;
    await victim.write('more');
    expect(String(await readExactly(victim, 4))).toBe('more');
    const error = (await victim.read(1).catch((reason: unknown) => reason)) as SSLError;
    expect(error).toMatchObject({ name: 'SSLError', reason: 'CALLBACK_FAILED' });
    expect(error.cause).toBe(thrown);
    await victim.close();
    client.msgCallback = (connection) => {
      if (connection === second) void second?.close();
    };
    await second?.write('last').catch(() => {});
    expect(await second?.read(1).catch((reason: SSLError) => reason.code)).toBe('ERR_SOCKET_CLOSED');
    await third?.write('fine');
    expect(String(await readExactly(third as SSLSocket, 4))).toBe('fine');
    await third?.close();
    await listener.close();
  });
});
