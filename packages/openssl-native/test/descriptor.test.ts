/** What the system knows of a connection, asked by its descriptor; and what it still holds for a stream. */
import { closeSync, openSync } from 'node:fs';
import type net from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { TlsStream, takeArrived, unacknowledged, Want, wasReset } from '@sslkit/openssl-native';
import { tcpPair, unixPair, withTimeout } from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import { clientContext, serverContext, VERSIONS } from './pair.ts';
import { securePair } from './stream_pair.ts';

const FUNCTIONS = { wasReset, takeArrived, unacknowledged } as const;

/** Node reads nothing from it any more. */
function descriptorOf(socket: net.Socket): number {
  const { _handle: handle } = socket as unknown as { _handle: { fd: number; readStop(): void } };
  handle.readStop();
  return handle.fd;
}

async function until(true_: () => boolean, what: string): Promise<void> {
  let waiting = true;
  const turns = async (): Promise<void> => {
    while (waiting && !true_()) await turn();
  };
  await withTimeout(turns(), undefined, what).finally(() => {
    waiting = false;
  });
}

describe.each(Object.entries(FUNCTIONS))('%s()', (_name, call) => {
  test.each([
    ['nothing', [], 'ERR_INVALID_ARG_TYPE'],
    ['null', [null], 'ERR_INVALID_ARG_TYPE'],
    ['a text', ['3'], 'ERR_INVALID_ARG_TYPE'],
    ['a bigint', [3n], 'ERR_INVALID_ARG_TYPE'],
    ['-1, the descriptor of a closed stream', [-1], 'ERR_OUT_OF_RANGE'],
    ['a fraction', [1.5], 'ERR_OUT_OF_RANGE'],
    ['NaN', [Number.NaN], 'ERR_OUT_OF_RANGE'],
    ['more than an int', [2 ** 31], 'ERR_OUT_OF_RANGE'],
  ])('refuses %s', (_what, args, code) => {
    expect(() => (call as (...all: unknown[]) => unknown)(...args)).toThrow(expect.objectContaining({ code }));
  });
});

describe('a descriptor', () => {
  test('of a file, or of nothing, knows of no connection', () => {
    let file = openSync(import.meta.filename, 'r');
    const answers = (): unknown[] => [wasReset(file), takeArrived(file), unacknowledged(file)];
    const none = [false, Buffer.alloc(0), 0];
    expect(answers()).toEqual(none);
    closeSync(file);
    // A number that no system gives.
    file = 2 ** 31 - 1;
    expect(answers()).toEqual(none);
  });

  test('tells of a reset once', async () => {
    const [near, far] = await tcpPair();
    const fd = descriptorOf(near);
    expect(wasReset(fd)).toBe(false);
    far.resetAndDestroy();
    await until(() => wasReset(fd), 'the reset');
    expect(wasReset(fd)).toBe(false);
    near.destroy();
  });

  test('gives all that has arrived, more than fits at once, and then nothing', async () => {
    // Of these the other end has at once what one has sent.
    const [near, far] = await unixPair();
    const fd = descriptorOf(far);
    const sent = Buffer.from(Array.from({ length: 100_000 }, (_, at) => at % 251));
    near.write(sent);
    expect(near.writableLength).toBe(0);
    expect(takeArrived(fd).equals(sent)).toBe(true);
    expect(takeArrived(fd)).toHaveLength(0);
    near.destroy();
    far.destroy();
  });

  test('counts what the peer has not acknowledged, and a Unix-domain one nothing', async () => {
    const [[near, far], [left, right]] = [await tcpPair(), await unixPair()];
    const fd = descriptorOf(near);
    expect(unacknowledged(fd)).toBe(0);
    for (const socket of [near, left]) socket.write(Buffer.alloc(32 * 2 ** 20));
    expect([unacknowledged(fd) > 0, unacknowledged(descriptorOf(left))]).toEqual([true, 0]);
    far.resume();
    await until(() => near.writableLength === 0 && unacknowledged(fd) === 0, 'the acknowledgement');
    for (const socket of [near, far, left, right]) socket.destroy();
  });
});

describe('takeArrived() of a stream', () => {
  test('does nothing to one that has no connection, or none any more', async () => {
    const stream = new TlsStream();
    stream.takeArrived();
    stream.close();
    stream.takeArrived();
    for (const receiver of [undefined, {}, Object.create(stream)]) {
      expect(() => stream.takeArrived.call(receiver as never)).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_THIS' }),
      );
    }
  });

  test.each(VERSIONS)('%s: leaves for read() what had arrived, and no more comes', async (_name, version) => {
    const { client, server } = await securePair(await clientContext(version), await serverContext(version));
    const data = Buffer.alloc(40_000, 'arrived');
    await client.write(data);
    const target = Buffer.alloc(data.length);
    let count = 0;
    await until(() => {
      server.stream.takeArrived();
      const read = server.stream.read(target, count, target.length - count);
      if (read > 0) count += read;
      else expect(read).toBe(Want.READ);
      return count === target.length;
    }, 'the data');
    expect(target).toEqual(data);
    await Promise.all([client.close(), server.close()]);
    server.stream.takeArrived();
  });
});
