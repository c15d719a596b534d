import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { closeServer, collect, listenLoopback, nextEvent, PATIENCE_MS, readExactly, withTimeout } from './net.ts';
import { recordsOf } from './records.ts';
import { cuttingProxy, faultyServer, refusingPort, tcpPair, unixPair } from './sockets.ts';

const record = (fragment: string, type = 22): Buffer =>
  Buffer.concat([Buffer.of(type, 3, 3, 0, fragment.length), Buffer.from(fragment)]);

async function dial(port: number): Promise<net.Socket> {
  const socket = net.connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  await once(socket, 'connect');
  return socket;
}

describe('connected pairs', () => {
  for (const [name, pair] of Object.entries({ tcp: tcpPair, unix: unixPair })) {
    test(`are paused, half-open and carry bytes both ways (${name})`, async () => {
      const [client, server] = await pair();
      expect([client.isPaused(), server.isPaused()]).toEqual([true, true]);
      client.end('from the client');
      server.resume();
      expect(String(await collect(server))).toBe('from the client');
      server.end('from the server');
      client.resume();
      expect(String(await collect(client))).toBe('from the server');
    });
  }
});

test('a refusing port refuses, and is given to nobody who asks for any port', async () => {
  await using refusing = await refusingPort();
  await expect(dial(refusing.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  const server = net.createServer();
  const port = await listenLoopback(server);
  expect(port).not.toBe(refusing.port);
  await closeServer(server);
});

describe('a faulty server', () => {
  test('plays its script: waits for records, answers, ends', async () => {
    await using server = await faultyServer([{ waitRecords: 2 }, { send: 'enough' }, 'end']);
    const socket = await dial(server.port);
    socket.write(record('one').subarray(0, 4));
    socket.write(Buffer.concat([record('one').subarray(4), record('two')]));
    expect(String(await collect(socket))).toBe('enough');
    await server.played;
    expect(recordsOf(server.received()).records.map((one) => String(one.fragment))).toEqual(['one', 'two']);
  });

  test('resets behind the bytes it waited for', async () => {
    await using server = await faultyServer([{ waitBytes: 3 }, 'reset']);
    const socket = await dial(server.port);
    const failed = once(socket, 'error');
    socket.write('abc');
    // `once` would reject on the very event that is waited for here, so the error is what it resolves with.
    expect((await failed)[0]).toMatchObject({ code: 'ECONNRESET' });
  });

  test('sends garbage that is no TLS record', async () => {
    await using server = await faultyServer([{ garbage: 20 }, 'end']);
    const bytes = await collect(await dial(server.port));
    expect(bytes).toEqual(Buffer.alloc(20, 0xa5));
  });

  test('counts the bytes of each client by themselves', async () => {
    await using server = await faultyServer([{ waitBytes: 4 }, { send: 'four' }, 'end']);
    const first = net.connect(server.port, '127.0.0.1');
    first.write('123');
    const second = net.connect(server.port, '127.0.0.1');
    second.write('12');
    await vi.waitFor(() => expect(server.received()).toHaveLength(5), PATIENCE_MS);
    second.write('34');
    expect(String(await collect(second))).toBe('four');
    expect(first.read()).toBeNull();
    first.destroy();
  });

  test('lets go of a client that leaves before the script is played', async () => {
    await using server = await faultyServer([{ waitBytes: 100 }, 'end']);
    const socket = await dial(server.port);
    socket.end('short');
    await server.played;
    socket.destroy();
  });
});

describe('a cutting proxy', () => {
  async function recordServer(): Promise<net.Server> {
    const server = net.createServer((socket) => {
      socket.on('error', () => {});
      socket.write(Buffer.concat([record('first'), record('second'), record('third')]));
    });
    await listenLoopback(server);
    return server;
  }

  async function through(cut: Parameters<typeof cuttingProxy>[1]): Promise<{ bytes: Buffer; passed: number }> {
    const server = await recordServer();
    const proxy = await cuttingProxy((server.address() as net.AddressInfo).port, cut);
    const bytes = await collect(await dial(proxy.port));
    const passed = proxy.passed();
    await proxy.close();
    await closeServer(server);
    return { bytes, passed };
  }

  test('ends the line behind a whole number of records', async () => {
    const { bytes, passed } = await through({ from: 'server', after: { records: 2 }, how: 'end' });
    expect(recordsOf(bytes).records.map((one) => String(one.fragment))).toEqual(['first', 'second']);
    expect(recordsOf(bytes).rest).toHaveLength(0);
    expect(passed).toBe(bytes.length);
  });

  test('ends the line in the middle of a record', async () => {
    const { bytes } = await through({ from: 'server', after: { bytes: 13 }, how: 'end' });
    expect(bytes).toHaveLength(13);
    expect(recordsOf(bytes).rest).toHaveLength(3);
  });

  test('ends the line before anything was said', async () => {
    const { bytes } = await through({ from: 'server', after: { records: 0 }, how: 'end' });
    expect(bytes).toHaveLength(0);
  });

  test('puts garbage in place of the rest', async () => {
    const { bytes } = await through({ from: 'server', after: { records: 1 }, how: 'garbage' });
    expect(bytes.subarray(0, 10)).toEqual(record('first'));
    expect(bytes.subarray(10)).toEqual(Buffer.alloc(64, 0xa5));
  });

  test('resets', async () => {
    await expect(through({ from: 'server', after: { records: 0 }, how: 'reset' })).rejects.toMatchObject({
      code: 'ECONNRESET',
    });
  });
});

describe('waits', () => {
  test('readExactly leaves what comes behind in the stream', async () => {
    const [client, server] = await tcpPair();
    client.end('abcdef');
    expect(String(await readExactly(server, 2))).toBe('ab');
    expect(String(await readExactly(server, 10))).toBe('cdef');
    client.destroy();
    server.destroy();
  });

  test('a read of a stream that has failed or was destroyed waits for nothing', async () => {
    const [client, server] = await tcpPair();
    const closed = [client, server].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    server.on('error', () => {}).resume();
    client.resetAndDestroy();
    await Promise.all(closed);
    await expect(readExactly(server, 1)).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(readExactly(client, 1)).rejects.toThrow('destroyed before it ended');
  });

  test('a wait in vain says what it waited for', async () => {
    await expect(withTimeout(new Promise(() => {}), 1, 'Godot')).rejects.toThrow('in vain for Godot');
    await expect(nextEvent(new net.Socket(), 'connect', 1)).rejects.toThrow("event 'connect'");
  });
});
