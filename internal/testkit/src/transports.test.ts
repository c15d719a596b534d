import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { collect, readExactly } from './net.ts';
import { duplexPair, SPLITS, slowDuplex, throughDuplex } from './transports.ts';

const text = (stream: Duplex): Promise<string> => collect(stream).then(String);

describe('a pair', () => {
  test('carries bytes both ways and ends each direction on its own', async () => {
    const [left, right] = duplexPair();
    left.end('ping');
    expect(await text(right)).toBe('ping');
    right.end('pong');
    expect(await text(left)).toBe('pong');
    await Promise.all([left.closed || once(left, 'close'), right.closed || once(right, 'close')]);
  });

  test('delivers nothing inside the call that writes', async () => {
    const [left, right] = duplexPair();
    let delivered = false;
    right.on('data', () => {
      delivered = true;
    });
    await turn();
    left.write('x');
    expect(delivered).toBe(false);
    await once(right, 'data');
  });

  test('holds the writer back until the reader reads', async () => {
    const [left, right] = duplexPair({ highWaterMark: 16 });
    let acknowledged = 0;
    for (let i = 0; i < 10; i += 1) left.write(Buffer.alloc(16), () => (acknowledged += 1));
    expect(left.writableNeedDrain).toBe(true);
    await turn();
    expect(acknowledged).toBeLessThan(3);
    left.end();
    expect(await collect(right)).toHaveLength(160);
    expect(acknowledged).toBe(10);
  });

  test('does not let a writer change bytes that it has handed over', async () => {
    const [left, right] = duplexPair();
    const reused = Buffer.from('first');
    left.write(reused, () => reused.fill('-'));
    left.end();
    expect(await text(right)).toBe('first');
  });

  test('destroy lets the other side read to the end, and fails its writes', async () => {
    const [left, right] = duplexPair();
    const acknowledged = new Promise((resolve) => left.write('last words', resolve));
    right.read(0);
    await acknowledged;
    left.destroy();
    expect(String(await readExactly(right, 10))).toBe('last words');
    right.write('too late');
    const [error] = await once(right, 'error');
    expect(error).toMatchObject({ code: 'EPIPE' });
  });

  test('destroy with an error resets the other side', async () => {
    const [left, right] = duplexPair();
    left.on('error', () => {});
    left.destroy(new Error('gone'));
    const [error] = await once(right, 'error');
    expect(error).toMatchObject({ code: 'ECONNRESET' });
  });

  test('a write that was waiting fails when the reader is destroyed', async () => {
    const [left, right] = duplexPair({ highWaterMark: 1 });
    left.write('a');
    left.write('b');
    right.destroy();
    const [error] = await once(left, 'error');
    expect(error).toMatchObject({ code: 'EPIPE' });
  });
});

describe('splitting', () => {
  const payload = Buffer.from(Array.from({ length: 1000 }, (_, i) => i & 0xff));

  for (const [name, split] of Object.entries(SPLITS)) {
    test(`keeps every byte in order: ${name}`, async () => {
      const [left, right] = duplexPair({ chunk: split() });
      left.end(payload);
      expect(await collect(right)).toEqual(payload);
    });
  }

  test('re-cuts what another stream delivers, and passes the end on', async () => {
    const [left, right] = duplexPair();
    const cut = throughDuplex(right, { chunk: () => 3 });
    const sizes: number[] = [];
    cut.on('data', (chunk: Buffer) => sizes.push(chunk.length));
    left.end('abcdefgh');
    await once(cut, 'end');
    expect(sizes).toEqual([3, 3, 2]);
    cut.end('bye');
    expect(await text(left)).toBe('bye');
  });

  test('one byte per turn', async () => {
    const [left, right] = duplexPair();
    const slow = slowDuplex(right);
    const sizes: number[] = [];
    slow.on('data', (chunk: Buffer) => sizes.push(chunk.length));
    left.end('abcd');
    await once(slow, 'end');
    expect(sizes).toEqual([1, 1, 1, 1]);
  });

  test('an error passes through in both directions', async () => {
    const [left, right] = duplexPair();
    const outer = throughDuplex(right, {});
    left.on('error', () => {});
    left.destroy(new Error('gone'));
    const [error] = await once(outer, 'error');
    expect(error).toMatchObject({ code: 'ECONNRESET' });
    expect(right.destroyed).toBe(true);
  });

  test('destroying the outer stream ends and closes the inner one', async () => {
    const [left, right] = duplexPair();
    const outer = throughDuplex(right, {});
    left.resume();
    outer.destroy();
    await Promise.all([once(left, 'end'), once(right, 'close')]);
    expect(right.destroyed).toBe(true);
  });
});
