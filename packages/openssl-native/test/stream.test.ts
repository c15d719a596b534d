import { closeSync } from 'node:fs';
import net from 'node:net';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { handshakeThreads, STREAM_ERROR, StreamEvent, TlsListener, TlsStream, Want } from '@sslkit/openssl-native';
import { describe, expect, test } from 'vitest';
import { clientContext, serverContext, VERSIONS } from './pair.ts';
import { type Party, securePair, streamPair } from './stream_pair.ts';

const EXERCISE = fileURLToPath(new URL('./scripts/stream_exercise.mjs', import.meta.url));
const RACE = fileURLToPath(new URL('./scripts/stream_race.mjs', import.meta.url));

async function contexts(
  version: number,
): Promise<[Awaited<ReturnType<typeof clientContext>>, Awaited<ReturnType<typeof serverContext>>]> {
  return [await clientContext(version), await serverContext(version)];
}

/** A value, where a number would be a status. */
function taken<T>(result: T | number): T {
  if (typeof result === 'number') throw new Error(`status ${result}`);
  return result;
}

async function closeBoth(...parties: Party[]): Promise<void> {
  await Promise.all(parties.map((party) => party.close()));
}

describe.each(VERSIONS)('a native stream, %s', (_name, version) => {
  test.each([false, true])('carries bytes both ways after a handshake, on a pool thread: %s', async (onPool) => {
    const { client, server } = await securePair(...(await contexts(version)), onPool);
    expect(client.ssl.getVersion()).toBe(server.ssl.getVersion());
    await client.write(Buffer.from('up'));
    expect(String(await server.read())).toBe('up');
    await server.write(Buffer.from('down'));
    expect(String(await client.read())).toBe('down');
    await closeBoth(client, server);
    expect(client.stream.fileno()).toBe(-1);
  });

  test('the writes of one turn arrive together and in order', async () => {
    const { client, server } = await securePair(...(await contexts(version)));
    for (let at = 0; at < 200; at += 1) await client.write(Buffer.from(`${at},`));
    const expected = Array.from({ length: 200 }, (_, at) => `${at},`).join('');
    let got = '';
    while (got.length < expected.length) got += String(await server.read());
    expect(got).toBe(expected);
    await closeBoth(client, server);
  });

  test('a writer is held back until the reader reads, and memory stays bounded', async () => {
    const { client, server } = await securePair(...(await contexts(version)));
    const data = Buffer.alloc(32 * 1024 * 1024, 'flood');
    const taken = client.stream.write(data, 0, data.length);
    expect(taken).toBeLessThan(data.length);
    const rest = (async () => {
      await client.event(StreamEvent.DRAIN);
      await client.write(data.subarray(taken));
    })();
    let got = 0;
    while (got < data.length) {
      const chunk = await server.read();
      if (typeof chunk === 'number') throw new Error(`ended with ${chunk}`);
      got += chunk.length;
    }
    await rest;
    await closeBoth(client, server);
  });

  test('ends with close_notify; what follows it in clear is handed over with the descriptor', async () => {
    const { client, server } = await securePair(...(await contexts(version)));
    expect(server.stream.closeNotify()).toBe(0);
    expect(server.stream.drain()).toBe(1);
    const detached = server.stream.detach();
    if (typeof detached === 'number') throw new Error(`detach ${detached}`);
    const plain = new net.Socket({ fd: detached[0], readable: true, writable: true });
    plain.write('in clear');
    expect(await client.read()).toBe(Want.ZERO_RETURN);
    while (client.stream.buffered() < 8) {
      client.stream.await();
      await client.event(StreamEvent.READABLE);
    }
    const [fd, rest] = taken(client.stream.detach());
    expect(rest.toString()).toBe('in clear');
    closeSync(fd);
    plain.destroy();
  });

  test('the first fatal failure sticks, and the peer hears the alert', async () => {
    const { client, server } = await securePair(...(await contexts(version)));
    const [fd] = taken(server.stream.detach());
    const raw = new net.Socket({ fd, readable: true, writable: true });
    raw.write(Buffer.from('170303000500000000001703', 'hex'));
    const first = await client.read().catch((error: unknown) => error);
    expect(first).toMatchObject({ code: 'ERR_OPENSSL', sslError: 1 });
    const again = await client.read().catch((error: unknown) => error);
    expect(again).toMatchObject({ code: 'ERR_OPENSSL', errors: (first as { errors: unknown }).errors });
    const [alert] = (await new Promise((resolve) => raw.once('data', (data) => resolve([data])))) as [Buffer];
    expect(alert.length).toBeGreaterThan(5);
    raw.destroy();
    await client.close();
  });

  test('a reset is an error of the transport, after what arrived before it', async () => {
    const { client, server } = await securePair(...(await contexts(version)));
    await server.write(Buffer.from('before'));
    expect(String(await client.read())).toBe('before');
    server.stream.reset();
    expect(await client.read()).toBeLessThan(STREAM_ERROR);
    await client.close();
  });

  test('an end without close_notify is a failure of TLS', async () => {
    const { client, server } = await securePair(...(await contexts(version)));
    await server.close();
    await expect(client.read()).rejects.toMatchObject({ errors: [{ reason: 'UNEXPECTED_EOF_WHILE_READING' }] });
    await client.close();
  });

  test('closing while a pool thread works on the handshake is safe, and inspectors refuse meanwhile', async () => {
    expect(handshakeThreads()).toBeGreaterThan(0);
    const [clientCtx, serverCtx] = await contexts(version);
    // More than the threads can do before this thread looks.
    const pairs = await Promise.all(Array.from({ length: 60 }, () => streamPair(clientCtx, serverCtx)));
    for (const { client, server } of pairs) {
      server.stream.handshake(true);
      client.stream.handshake(false);
    }
    const busy = () => pairs.filter(({ server }) => server.stream.busy());
    while (busy().length === 0) await new Promise((resolve) => setImmediate(resolve));
    for (const { server } of busy()) {
      expect(() => server.ssl.getVerifyResult()).toThrow(expect.objectContaining({ code: 'ERR_SSL_BUSY' }));
    }
    await closeBoth(...pairs.flatMap(({ client, server }) => [client, server]));
  });
});

describe('misuse', () => {
  test('wrong receivers and arguments are refused', () => {
    const stream = new TlsStream();
    const { read, drain } = stream;
    const bytes = Buffer.alloc(8);
    for (const receiver of [undefined, {}, new TlsListener(), Object.create(stream)]) {
      expect(() => read.call(receiver as never, bytes, 0, 1)).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_THIS' }),
      );
      expect(() => drain.call(receiver as never)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_THIS' }));
    }
    const invalid = { code: 'ERR_INVALID_ARG_TYPE' };
    expect(() => stream.read('x' as never, 0, 1)).toThrow(expect.objectContaining(invalid));
    expect(() => stream.read(new Uint16Array(8) as never, 0, 1)).toThrow(expect.objectContaining(invalid));
    const range = { code: 'ERR_OUT_OF_RANGE' };
    expect(() => stream.read(bytes, 0, 9)).toThrow(expect.objectContaining(range));
    expect(() => stream.read(bytes, 9, 0)).toThrow(expect.objectContaining(range));
    expect(() => stream.read(bytes, -1, 1)).toThrow(expect.objectContaining(range));
    expect(() => stream.read(bytes, 0, 8)).toThrow(expect.objectContaining({ code: 'ERR_STREAM_NOT_ATTACHED' }));
    expect(() => stream.connectTcp('localhost', 1)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_IP_ADDRESS' }),
    );
  });

  test('a memory that was transferred away is empty, not dangling', async () => {
    const { client, server } = await securePair(...(await contexts(0x0304)));
    const buffer = new Uint8Array(1024);
    structuredClone(buffer, { transfer: [buffer.buffer] });
    expect(() => client.stream.read(buffer, 0, 1024)).toThrow(expect.objectContaining({ code: 'ERR_OUT_OF_RANGE' }));
    await closeBoth(client, server);
  });

  test('an address in use is a status', () => {
    const [first, second] = [new TlsListener(), new TlsListener()];
    expect(first.listenTcp('127.0.0.1', 0, 1, false)).toBe(0);
    const [, port] = taken(first.getsockname());
    expect(second.listenTcp('127.0.0.1', port, 1, false)).toBeLessThan(0);
    first.close();
    second.close();
  });
});

describe('the end of an environment', () => {
  test('workers end with connections open and handshakes under way', async () => {
    for (let round = 0; round < 3; round += 1) {
      const workers = Array.from({ length: 3 }, () => new Worker(EXERCISE, { argv: ['--forever'] }));
      const ends = workers.map(async (worker) => {
        await new Promise((resolve) => worker.once('message', resolve));
        return worker.terminate();
      });
      expect(await Promise.all(ends)).toEqual([1, 1, 1]);
    }
  });

  // What races here ThreadSanitizer tells (scripts/tsan.mjs); this at least that all connections end.
  test('contexts are changed in every way while pool threads use them', () => {
    const run = spawnSync(process.execPath, [RACE, '300'], { encoding: 'utf8', timeout: 60_000 });
    expect(run.stderr).toBe('');
    expect(run.stdout).toContain('"connections":300');
    expect(run.status).toBe(0);
  });

  test.each(['--exit', '--throw', '--kill-loop'])('a process ends in the middle of handshakes (%s)', (mode) => {
    const run = spawnSync(process.execPath, [EXERCISE, mode], { encoding: 'utf8', timeout: 20_000 });
    expect(run.signal).toBeNull();
    expect(run.status).toBe(mode === '--throw' ? 1 : 0);
    expect(run.stderr.includes('thrown on purpose')).toBe(mode === '--throw');
  });

  test('what was written in the turn of process.exit() leaves', () => {
    const run = spawnSync(process.execPath, [EXERCISE, '--last-words'], { encoding: 'utf8', timeout: 20_000 });
    expect(run.stderr).toBe('');
    expect(run.stdout).toContain('first, second, third');
  });
});
