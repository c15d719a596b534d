import { describe, expect, test } from 'vitest';
import { fixture } from '../../test/fixture.ts';
import { judge } from '../targets.ts';
import { soakChart, tableChart } from './charts.ts';
import { number, ratio, table } from './format.ts';
import { markdownReport } from './markdown.ts';

/** After a change of the report that is meant: `vitest run -u apps/bench`, and look at the difference. */
const GOLDEN = '../../test/golden';

describe('the report of known results', () => {
  test('is this page', async () => {
    const page = markdownReport(fixture, { same: ['chart-same.svg'] });
    await expect(page).toMatchFileSnapshot(`${GOLDEN}/README.md`);
  });

  test('has these charts', async () => {
    const [first] = fixture.tables;
    if (!first) throw new Error('the fixture has a table');
    await expect(tableChart(fixture, first, 'The same TLS work for all')).toMatchFileSnapshot(
      `${GOLDEN}/chart-same.svg`,
    );
    await expect(soakChart(fixture, fixture.soak ?? [])).toMatchFileSnapshot(`${GOLDEN}/chart-soak.svg`);
  });

  test('says of each target whether it is met, in its own terms', () => {
    const [first] = fixture.tables;
    const judged = first ? judge(first) : [];
    const of = (item: string, against: string, contestant = 'sslkit-native') =>
      judged.find((one) => one.item === item && one.against === against && one.contestant === contestant);
    expect(of('handshake-p256', 'node-tls')).toMatchObject({ reached: 2.1, met: true });
    expect(of('handshake-p256', 'node-tls', 'sslkit-one-thread')).toMatchObject({ reached: 1.5, met: false });
    expect(of('handshake-p256', 'bun')).toMatchObject({ reached: null, met: null });
    expect(of('idle-memory', 'node-tls')).toMatchObject({ reached: 0.5, met: false });
    // 100 µs against 20 000: two hundred times as fast, though the figure is a time.
    expect(of('contexts', 'node-tls')).toMatchObject({ reached: 200, met: true });
  });
});

describe('figures', () => {
  test.each([
    [0, '0'],
    [0.012345, '0.0123'],
    [1.5, '1.50'],
    [99.96, '100'],
    [123.4, '123'],
    [12_345, '12\u202f300'],
    [1_234_567, '1\u202f230\u202f000'],
    [-4.2, '-4.20'],
    [Number.NaN, '–'],
  ])('%d reads %s', (value, text) => {
    expect(number(value)).toBe(text);
  });

  test('ratios have two decimals until they are large or small', () => {
    expect([ratio(1.005), ratio(0.3456), ratio(250.4), ratio(0.00512)]).toEqual(['1.00', '0.35', '250', '0.00512']);
  });

  test('a cell cannot break its table', () => {
    expect(table(['a', 'b'], [['x|y', '1']], [1])).toBe('| a | b |\n| --- | --: |\n| x\\|y | 1 |');
  });
});
