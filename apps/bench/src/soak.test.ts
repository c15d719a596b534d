import { describe, expect, test } from 'vitest';
import type { Soak } from './results.ts';
import { judgeMemory } from './soak.ts';

const MB = 1e6;

describe('the verdict of a soak', () => {
  test('a heap that grows while it warms up and then stays is flat', () => {
    expect(judgeMemory(series((i) => (i < 10 ? 40 + 5 * i : 90 + (i % 2))))).toMatchObject({ flat: true });
  });

  test('a slow leak is seen, and told in megabytes a minute', () => {
    const verdict = judgeMemory(series((i) => 90 + i));
    expect(verdict.flat).toBe(false);
    expect(verdict.serverGrowth).toBeCloseTo(20 * MB, -6);
    expect(verdict.text).toContain('+30.00 MB a minute');
  });

  test('a short one says nothing', () => {
    expect(judgeMemory(series((i) => 90 + i).slice(0, 10))).toMatchObject({ flat: null });
  });

  test('a descriptor that stays behind is a leak, however flat the memory', () => {
    expect(
      judgeMemory(
        series(
          () => 90,
          (i) => 20 + (i >> 3),
        ),
      ),
    ).toMatchObject({ flat: false });
  });
});

function series(rss: (index: number) => number, descriptors: (index: number) => number = () => 20): Soak['samples'] {
  return Array.from({ length: 40 }, (_, i) => ({
    second: i * 2,
    serverRss: rss(i) * MB,
    clientRss: 60 * MB,
    serverDescriptors: descriptors(i),
  }));
}
