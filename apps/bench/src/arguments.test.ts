import { describe, expect, test } from 'vitest';
import { parseArguments, select, UsageError } from './arguments.ts';

describe('arguments', () => {
  test('without any, everything is measured in full', () => {
    expect(parseArguments([])).toMatchObject({
      quick: false,
      only: null,
      contestants: null,
      rounds: 15,
      sittings: 3,
      profiles: ['same', 'defaults'],
      json: null,
      publish: false,
      soak: null,
    });
  });

  test('quick lowers rounds and tables, and what is said explicitly wins', () => {
    expect(parseArguments(['--quick'])).toMatchObject({ rounds: 3, sittings: 1, profiles: ['same'] });
    expect(parseArguments(['--quick', '--rounds', '5', '--profile', 'both'])).toMatchObject({
      rounds: 5,
      profiles: ['same', 'defaults'],
    });
  });

  test('lists are split at commas, and the -- that pnpm passes on is ignored', () => {
    expect(parseArguments(['--', '--only', 'echo-1, bulk-64k', '--contestants=bun,floor'])).toMatchObject({
      only: ['echo-1', 'bulk-64k'],
      contestants: ['bun', 'floor'],
    });
  });

  test('no more sittings than rounds', () => {
    expect(parseArguments(['--rounds', '2'])).toMatchObject({ rounds: 2, sittings: 2 });
  });

  test('a soak lasts five minutes unless told otherwise', () => {
    expect(parseArguments(['--soak'])).toMatchObject({ soak: 300 });
    expect(parseArguments(['--soak', '--soak-seconds', '20'])).toMatchObject({ soak: 20 });
    expect(parseArguments(['--soak-seconds', '20'])).toMatchObject({ soak: null });
  });

  test.each([
    [['--fast'], /fast/],
    [['--rounds', '0'], /--rounds must be a whole number from 1/],
    [['--rounds', '1e3'], /not 1e3/],
    [['--only', 'a,,b'], /--only has an empty name/],
    [['--profile', 'all'], /same, defaults or both/],
    [['--cores', '0;rm'], /--cores must be like/],
    [['leftover'], /leftover/],
  ])('%j is refused with the reason', (argv, reason) => {
    expect(() => parseArguments(argv)).toThrow(UsageError);
    expect(() => parseArguments(argv)).toThrow(reason);
  });
});

describe('selection', () => {
  const known = [{ id: 'a' }, { id: 'b' }, { id: 'c' }];

  test('keeps the usual order, whatever order was asked for', () => {
    expect(select('item', known, ['c', 'a'])).toEqual([{ id: 'a' }, { id: 'c' }]);
    expect(select('item', known, null)).toEqual(known);
  });

  test('an unknown name is refused, and the known ones are named', () => {
    expect(() => select('item', known, ['a', 'x'])).toThrow('no item is called x; there are a, b, c');
  });
});
