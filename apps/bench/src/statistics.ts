/** What is said about the rounds of one measurement. Medians and quartiles: one round disturbed by a neighbour moves neither. */
export interface Summary {
  rounds: number;
  median: number;
  /** First and third quartile. */
  q1: number;
  q3: number;
  /** Median absolute deviation from the median. */
  mad: number;
}

/** @throws RangeError without values */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Linear interpolation between the two nearest (R's type 7, the default of R and NumPy). */
export function quantile(values: readonly number[], p: number): number {
  if (values.length === 0) throw new RangeError('no values');
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * p;
  const low = Math.floor(at);
  const below = sorted[low] ?? 0;
  const above = sorted[low + 1] ?? below;
  return below + (above - below) * (at - low);
}

/** Null without values. */
export function summarize(values: readonly (number | null)[]): Summary | null {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return null;
  const middle = median(known);
  return {
    rounds: known.length,
    median: middle,
    q1: quantile(known, 0.25),
    q3: quantile(known, 0.75),
    mad: median(known.map((value) => Math.abs(value - middle))),
  };
}

/**
 * `values[i] / base[i]`, round by round, so that what slowed a whole round cancels out; rounds that either lacks are left
 * out. Not the ratio of the two medians, which drift would bias.
 */
export function pairedRatios(values: readonly (number | null)[], base: readonly (number | null)[]): (number | null)[] {
  return values.map((value, round) => {
    const other = base[round] ?? null;
    return value === null || other === null || other === 0 ? null : value / other;
  });
}

/** Slope of a series by Theil and Sen: the median of the slopes between all pairs, which outliers do not move. */
export function theilSen(points: readonly { x: number; y: number }[]): number {
  const slopes: number[] = [];
  for (const [i, a] of points.entries()) {
    for (const b of points.slice(i + 1)) if (b.x !== a.x) slopes.push((b.y - a.y) / (b.x - a.x));
  }
  return slopes.length === 0 ? 0 : median(slopes);
}

/** A generator of reproducible numbers in [0, 1) (mulberry32), for the order of contestants within a round. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Fisher and Yates. */
export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const pick = Math.floor(random() * (last + 1));
    [result[last], result[pick]] = [result[pick] as T, result[last] as T];
  }
  return result;
}
