import { describe, expect, test } from 'vitest';
import { median, pairedRatios, quantile, seededRandom, shuffled, summarize, theilSen } from './statistics.ts';

describe('median and quantiles', () => {
  test('an odd number of values has one in the middle, an even number the mean of two', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  test('the quartiles are those of R and NumPy', () => {
    // numpy.quantile([1, 2, 4, 8, 16, 32], [0.25, 0.75]) == [2.5, 14]
    expect(quantile([32, 1, 16, 2, 8, 4], 0.25)).toBe(2.5);
    expect(quantile([32, 1, 16, 2, 8, 4], 0.75)).toBe(14);
    expect(quantile([7], 0.25)).toBe(7);
  });

  test('numbers are sorted as numbers', () => {
    expect(median([10, 9, 100])).toBe(10);
  });

  test('no values have no median', () => {
    expect(() => median([])).toThrow(RangeError);
  });

  test('the values that were given are left in their order', () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });
});

describe('summaries', () => {
  test('one disturbed round moves neither the median nor the spread much', () => {
    expect(summarize([10, 11, 12, 13, 1_000])).toEqual({ rounds: 5, median: 12, q1: 11, q3: 13, mad: 1 });
  });

  test('missing rounds are left out, and nothing has no summary', () => {
    expect(summarize([1, null, 3])).toMatchObject({ rounds: 2, median: 2 });
    expect(summarize([null, null])).toBeNull();
  });
});

describe('ratios', () => {
  test('are taken round by round, so that a slow round cancels out', () => {
    // Twice as fast in every round, while the machine itself slowed down tenfold.
    const ratios = pairedRatios([200, 20, 180], [100, 10, 90]);
    expect(summarize(ratios)).toMatchObject({ median: 2, q1: 2, q3: 2 });
  });

  test('a round that either lacks has no ratio', () => {
    expect(pairedRatios([2, null, 6, 8], [1, 2, null])).toEqual([2, null, null, null]);
    expect(pairedRatios([2], [0])).toEqual([null]);
  });
});

describe('slopes and shuffling', () => {
  test('an outlier does not move the slope', () => {
    const points = [0, 1, 2, 3, 4].map((x) => ({ x, y: x === 2 ? 900 : 3 * x }));
    expect(theilSen(points)).toBe(3);
    expect(theilSen([{ x: 1, y: 1 }])).toBe(0);
  });

  test('the same seed gives the same order, and nobody is lost', () => {
    const order = (seed: number): number[] => shuffled([1, 2, 3, 4, 5, 6], seededRandom(seed));
    expect(order(7)).toEqual(order(7));
    expect(order(7)).not.toEqual(order(8));
    expect([...order(7)].sort()).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('every position is reached about equally often', () => {
    const random = seededRandom(1);
    const first = [0, 0, 0];
    for (let i = 0; i < 3_000; i++) first[shuffled([0, 1, 2], random)[0] ?? 0]! += 1;
    for (const count of first) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });
});
