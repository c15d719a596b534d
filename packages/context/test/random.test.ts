import { join } from 'node:path';
import { randAdd, randBytes, randEgd, randStatus } from '@sslkit/context';
import { egdServer, temporaryDirectory } from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import { thrownBy } from './pair.ts';

test('the generator is seeded, takes more, and gives as many bytes as asked', () => {
  expect(randStatus()).toBe(true);
  expect(randAdd('entropy', 0)).toBeUndefined();
  expect(randAdd(Buffer.from('entropy'), 7.5)).toBeUndefined();
  expect(randBytes(0)).toEqual(Buffer.alloc(0));
  expect(randBytes(32)).toHaveLength(32);
  expect(randBytes(32)).not.toEqual(randBytes(32));
});

test.each([
  [() => randBytes(-1), 'ERR_OUT_OF_RANGE'],
  [() => randBytes(1.5), 'ERR_INVALID_ARG_TYPE'],
  [() => randBytes(2 ** 40), 'ERR_OUT_OF_RANGE'],
  [() => randAdd(5 as unknown as string, 0), 'ERR_INVALID_ARG_TYPE'],
  [() => randAdd('x', Number.NaN), 'ERR_INVALID_ARG_TYPE'],
])('%s is refused', (call, code) => {
  expect(thrownBy(call).code).toBe(code);
});

describe('the entropy gathering daemon', () => {
  test.each([{}, { byteAtATime: true }])('gives 256 bytes (%j)', async (options) => {
    await using daemon = await egdServer(options);
    expect(await randEgd(daemon.path)).toBe(256);
    expect(daemon.served()).toHaveLength(256);
    expect(daemon.commands).toEqual([
      { command: 'read', bytes: 255 },
      { command: 'read', bytes: 1 },
    ]);
  });

  test.each([
    { available: 100 },
    { hangUp: 'after-count' },
    { hangUp: 'on-connect' },
    { hangUp: 'on-command' },
    { hangUp: 'mid-bytes' },
  ] as const)('one that gives too little is an SSLError (%j)', async (options) => {
    await using daemon = await egdServer(options);
    await expect(randEgd(daemon.path)).rejects.toMatchObject({
      name: 'SSLError',
      message: 'EGD connection failed or EGD did not return enough data to seed the PRNG',
      hint: expect.stringContaining(daemon.path),
    });
  });

  test('one that never answers is given up, by time or by signal', async () => {
    await using daemon = await egdServer({ silent: true });
    await expect(randEgd(daemon.path, { timeout: 20 })).rejects.toMatchObject({
      name: 'SSLError',
      hint: expect.stringContaining('does not answer'),
    });
    const controller = new AbortController();
    const pending = randEgd(daemon.path, { signal: controller.signal });
    controller.abort();
    await expect(pending).rejects.toMatchObject({ name: 'AbortError' });
    await expect(randEgd(daemon.path, { signal: controller.signal })).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('no daemon is an SSLError that names the path', async () => {
    const path = join(temporaryDirectory('egd-'), 'none');
    await expect(randEgd(path)).rejects.toMatchObject({ name: 'SSLError', hint: expect.stringContaining('ENOENT') });
  });

  test('a path is a string', async () => {
    await expect(randEgd(5 as unknown as string)).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
  });
});
