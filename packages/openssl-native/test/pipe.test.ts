import { type OpenSSLFailure, Piped, Ssl, type SslCtx, SslPipe, Want } from '@sslkit/openssl-native';
import { describe, expect, test } from 'vitest';
import { clientContext, number, reasonOf, reasonsOf, serverContext, VERSIONS } from './pair.ts';

interface End {
  ssl: Ssl;
  pipe: SslPipe;
}

const NOTHING = new Uint8Array(0);
const count = (result: number): number => result >> Piped.COUNT;
const outcome = (result: number): number => result & Piped.OUTCOME;
const outputs = (result: number): boolean => (result & Piped.OUTPUT) !== 0;

async function contexts(version: number): Promise<[client: SslCtx, server: SslCtx]> {
  const all: [SslCtx, SslCtx] = [await clientContext(version), await serverContext(version)];
  for (const ctx of all) ctx.setMode(number('SSL_MODE_RELEASE_BUFFERS'));
  return all;
}

function piped(ctx: SslCtx, server: boolean): End {
  const ssl = new Ssl(ctx, server);
  return { ssl, pipe: new SslPipe(ssl) };
}

function move(from: End, to: End): void {
  const bytes = from.pipe.take();
  if (bytes) to.pipe.feed(bytes);
}

function shakeHands(client: End, server: End): void {
  for (let round = 0; round < 10; round++) {
    const done = [client, server].map((end, index) => {
      const result = end.ssl.doHandshake();
      move(end, index === 0 ? server : client);
      return result;
    });
    if (done.every((result) => result === 1)) return;
  }
  throw new Error('the handshake does not end');
}

async function connected(version: number): Promise<{ client: End; server: End }> {
  const [clientCtx, serverCtx] = await contexts(version);
  const client = piped(clientCtx, false);
  const server = piped(serverCtx, true);
  shakeHands(client, server);
  expect(outcome(client.pipe.open(NOTHING, new Uint8Array(9)))).toBe(-Want.READ);
  return { client, server };
}

function seal(end: End, bytes: Uint8Array): Buffer {
  const room = Buffer.alloc(bytes.length + 4_096);
  const result = end.pipe.seal(bytes, room);
  expect([outcome(result), outputs(result)]).toEqual([Piped.DONE, false]);
  return room.subarray(0, count(result));
}

describe.each(VERSIONS)('a pipe, %s', (_name, version) => {
  test('takes a write of several records in one call, and opens them in one', async () => {
    const { client, server } = await connected(version);
    const message = Buffer.alloc(70_000, 'm');
    const room = Buffer.alloc(70_001);
    const result = server.pipe.open(seal(client, message), room);
    expect([count(result), outcome(result)]).toEqual([message.length, -Want.READ]);
    expect(room.subarray(0, message.length)).toEqual(message);
  });

  test('opens records that arrive in any pieces', async () => {
    const { client, server } = await connected(version);
    const message = Buffer.from(Array.from({ length: 40_000 }, (_, at) => at % 251));
    const wire = seal(client, message);
    const parts: Buffer[] = [];
    for (let at = 0, step = 1; at < wire.length; at += step, step = ((step * 7) % 4_099) + 1) {
      const room = Buffer.alloc(64_000);
      parts.push(room.subarray(0, count(server.pipe.open(wire.subarray(at, at + step), room))));
    }
    expect(Buffer.concat(parts)).toEqual(message);
  });

  test('a room that is too small for what came is filled, and the rest waits', async () => {
    const { client, server } = await connected(version);
    const wire = seal(client, Buffer.from('abcdefgh'));
    const room = Buffer.alloc(3);
    const seen: string[] = [];
    let result = server.pipe.open(wire, room);
    for (;;) {
      seen.push(room.toString('latin1', 0, count(result)));
      if (outcome(result) !== Piped.DONE) break;
      result = server.pipe.open(NOTHING, room);
    }
    expect(seen).toEqual(['abc', 'def', 'gh']);
    expect(outcome(result)).toBe(-Want.READ);
  });

  test('what does not fit into the room of a write waits to be taken, in order', async () => {
    const { client, server } = await connected(version);
    const message = Buffer.alloc(20_000, 'q');
    const rooms = [Buffer.alloc(100), Buffer.alloc(100)] as const;
    const first = client.pipe.seal(message, rooms[0]);
    expect([count(first), outputs(first), outcome(first)]).toEqual([100, true, Piped.DONE]);
    const second = client.pipe.seal(Buffer.from('second'), rooms[1]);
    expect([count(second), outputs(second), outcome(second)]).toEqual([100, true, Piped.DONE]);
    const wire = Buffer.concat([...rooms, client.pipe.take() as Buffer]);
    expect(client.pipe.take()).toBeNull();
    const plain = Buffer.alloc(30_000);
    const opened = count(server.pipe.open(wire, plain));
    expect(plain.subarray(0, opened)).toEqual(Buffer.concat([message, Buffer.from('second')]));
  });

  test('plaintext before a broken record is delivered before the failure, and an alert goes out', async () => {
    const { client, server } = await connected(version);
    const good = seal(client, Buffer.from('good'));
    const bad = seal(client, Buffer.from('bad'));
    bad[bad.length - 1] = (bad[bad.length - 1] as number) ^ 1;
    const room = Buffer.alloc(100);
    const result = server.pipe.open(Buffer.concat([good, bad]), room);
    expect([count(result), outcome(result), outputs(result)]).toEqual([4, Piped.FAILED, true]);
    expect(reasonsOf(() => server.pipe.open(NOTHING, room))).toContain('DECRYPTION_FAILED_OR_BAD_RECORD_MAC');
    expect(server.pipe.take()?.length).toBeGreaterThan(0);
  });

  test('a broken record alone fails at once', async () => {
    const { client, server } = await connected(version);
    const bad = seal(client, Buffer.from('bad'));
    bad[bad.length - 1] = (bad[bad.length - 1] as number) ^ 1;
    expect(reasonsOf(() => server.pipe.open(bad, Buffer.alloc(9)))).toContain('DECRYPTION_FAILED_OR_BAD_RECORD_MAC');
  });

  test('close_notify ends the plaintext, and what is behind it comes back', async () => {
    const { client, server } = await connected(version);
    const data = seal(client, Buffer.from('last'));
    client.ssl.shutdown();
    const room = Buffer.alloc(100);
    const wire = Buffer.concat([data, client.pipe.take() as Buffer, Buffer.from('plain text')]);
    const first = server.pipe.open(wire, room);
    expect([count(first), outcome(first)]).toEqual([4, -Want.ZERO_RETURN]);
    expect(server.pipe.rest()?.toString()).toBe('plain text');
    expect(server.pipe.rest()).toBeNull();
  });

  test('an end without close_notify is a failure behind the plaintext', async () => {
    const { client, server } = await connected(version);
    const room = Buffer.alloc(100);
    expect(count(server.pipe.open(seal(client, Buffer.from('cut')), room))).toBe(3);
    server.pipe.feedEnd();
    expect(reasonOf(() => server.pipe.open(NOTHING, room))).toBe('UNEXPECTED_EOF_WHILE_READING');
  });

  test('more connections than keep their buffers take turns', async () => {
    const [clientCtx, serverCtx] = await contexts(version);
    const pairs = Array.from({ length: 40 }, () => ({
      client: piped(clientCtx, false),
      server: piped(serverCtx, true),
    }));
    for (const { client, server } of pairs) shakeHands(client, server);
    const room = Buffer.alloc(100);
    const pass = ({ client, server }: (typeof pairs)[number], text: string): string => {
      return room.toString('latin1', 0, count(server.pipe.open(seal(client, Buffer.from(text)), room)));
    };
    const halves = pairs.slice(0, 10).map((pair) => ({ pair, wire: seal(pair.client, Buffer.from('halved')) }));
    // Some hold a part of a record while their places are given on, some are gone by then.
    for (const { pair, wire } of halves) expect(count(pair.server.pipe.open(wire.subarray(0, 9), room))).toBe(0);
    for (const pair of pairs.slice(10)) expect(pass(pair, 'first')).toBe('first');
    for (const { client, server } of pairs.splice(10, 5)) {
      client.ssl.free();
      server.ssl.free();
    }
    for (let at = 0; at < 3_000; at++) expect(pass(pairs.at(-1 - (at % 2)) as never, 'busy')).toBe('busy');
    for (let at = 0; at < 200; at++) expect(pass(pairs.at(10 + (at % 25)) as never, 'next')).toBe('next');
    for (const { pair, wire } of halves) {
      expect(room.toString('latin1', 0, count(pair.server.pipe.open(wire.subarray(9), room)))).toBe('halved');
      expect(pass(pair, 'whole')).toBe('whole');
    }
  });

  test('after free() every call says so', async () => {
    const { client } = await connected(version);
    client.ssl.free();
    const freed = expect.objectContaining({ code: 'ERR_SSL_FREED' });
    expect(() => client.pipe.open(NOTHING, Buffer.alloc(1))).toThrow(freed);
    expect(() => client.pipe.seal(NOTHING, Buffer.alloc(1))).toThrow(freed);
    expect(client.pipe.take()).toBeNull();
    expect(() => new SslPipe(client.ssl)).toThrow(freed);
  });
});

describe('a pipe', () => {
  test('says why a handshake fails, and has the alert ready', async () => {
    const [clientCtx, serverCtx] = [await clientContext(0x0304), await serverContext(0x0303)];
    const client = piped(clientCtx, false);
    const server = piped(serverCtx, true);
    client.ssl.doHandshake();
    move(client, server);
    expect(() => server.ssl.doHandshake()).toThrow(
      expect.objectContaining<Partial<OpenSSLFailure>>({ code: 'ERR_OPENSSL' }),
    );
    expect(server.pipe.take()?.length).toBeGreaterThan(0);
  });

  test.each(['open', 'seal'] as const)('%s refuses what is not bytes', async (name) => {
    const { pipe } = piped((await contexts(0x0304))[0], false);
    const call = pipe[name].bind(pipe) as (...args: unknown[]) => unknown;
    const wrong = expect.objectContaining({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
    for (const bad of [undefined, null, 'text', {}, new Uint16Array(2), new ArrayBuffer(2)]) {
      expect(() => call(bad, new Uint8Array(1))).toThrow(wrong);
      expect(() => call(new Uint8Array(1), bad)).toThrow(wrong);
    }
    expect(() => call(new Uint8Array(33 * 2 ** 20), new Uint8Array(1))).toThrow(
      expect.objectContaining({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE' }),
    );
  });

  test('memory that was transferred away is an empty room', async () => {
    const { client, server } = await connected(0x0304);
    const room = new Uint8Array(10);
    structuredClone(room.buffer, { transfer: [room.buffer] });
    const result = server.pipe.open(seal(client, Buffer.from('x')), room);
    expect([count(result), outcome(result)]).toEqual([0, Piped.DONE]);
    expect(count(server.pipe.open(NOTHING, new Uint8Array(9)))).toBe(1);
  });
});
