import { expect, test } from 'vitest';
import { Landing } from './landing.ts';

test.each([1, 100, 40_000, 65_536])("%d bytes that have landed are the taker's own", (count) => {
  Landing.memory.fill('a', 0, count);
  const taken = Landing.take(count);
  Landing.memory.fill('b');
  expect(taken).toEqual(Buffer.alloc(count, 'a'));
});

test('a small piece does not keep the landing alive', () => {
  expect(Landing.take(100).buffer).not.toBe(Landing.memory.buffer);
});
