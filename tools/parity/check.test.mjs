import { describe, expect, test } from 'vitest';
import { checkRows, loadSections } from './check.mjs';
import { loadDeviations } from './deviations.mjs';
import { render } from './render.mjs';
import { absent, differs, row } from './row.mjs';

const names = { comment: 'not a list', module: ['RAND_status'], SSLSocket: ['read'], seed: ['RAND_egd'] };
const file = 'packages/socket/test/a.test.ts';
const good = [
  row('RAND_status()', 'RAND_status', 'context:randStatus', `${file} › status is true`),
  row('SSLSocket.read', 'SSLSocket.read', 'socket:SSLSocket.read(nbytes, buffer)', `${file} › reads`),
  absent('RAND_egd', 'RAND_egd', 'gone'),
];
const world = {
  packages: {
    context: { randStatus: () => true },
    socket: {
      SSLSocket: class {
        read() {}
      },
    },
  },
  report: new Map([
    [
      file,
      [
        { fullName: 'random status is true', status: 'passed' },
        { fullName: 'it reads', status: 'passed' },
      ],
    ],
  ]),
};
const check = async (rows, over = {}) =>
  (await checkRows([{ title: 't', rows }], names, { ...world, ci: false, ...over })).problems;

/** The same, the first test with another outcome. */
const reportOf = (status) =>
  new Map([
    [
      file,
      [
        { fullName: 'status is true', status },
        { fullName: 'reads', status: 'passed' },
      ],
    ],
  ]);

describe('the parity table', () => {
  test('rows that cover every name, exist and are tested pass', async () => {
    expect(await check(good)).toEqual([]);
  });

  test('a Python name without a row fails', async () => {
    expect(await check(good.slice(1))).toEqual(['module.RAND_status: no row']);
  });

  test('a name that the built package lacks fails', async () => {
    expect(await check(good, { packages: { ...world.packages, context: {} } })).toEqual([
      'RAND_status(): context does not export randStatus',
    ]);
  });

  test('a row without a test, with a test that does not exist, and with one that failed', async () => {
    const [status, read, egd] = good;
    expect(await check([{ ...status, test: undefined }, read, egd])).toEqual(['RAND_status(): no test']);
    expect(await check([{ ...status, test: `${file} › no such` }, read, egd])).toHaveLength(1);
    expect(await check([{ ...status, test: 'other.test.ts › status' }, read, egd])).toHaveLength(1);
    expect(await check(good, { report: reportOf('failed') })).toEqual(['RAND_status(): "status is true" failed']);
  });

  test('of several tests each must exist and pass', async () => {
    const [status, read, egd] = good;
    const several = (...parts) => ({ ...status, test: parts.map((part) => `${file} › ${part}`) });
    expect(await check([several('status is true', 'reads'), read, egd])).toEqual([]);
    expect(await check([several('status is true', 'no such', 'nor this'), read, egd])).toHaveLength(2);
  });

  test('a test that was skipped, as its peer is absent, fails under CI=true only', async () => {
    const report = reportOf('skipped');
    expect(await check(good, { report })).toEqual([]);
    expect(await check(good, { report, ci: true })).toEqual(['RAND_status(): "status is true" skipped']);
    const { notShown } = await checkRows([{ title: 't', rows: good }], names, { ...world, report, ci: false });
    expect(notShown).toEqual(['RAND_status(): "status is true" skipped']);
  });

  test('cases that an oracle with another OpenSSL cannot judge, so that one skipped test stands for them: the same', async () => {
    const [status, read, egd] = good;
    const rows = [{ ...status, test: `${file} › a case of the oracle` }, read, egd];
    expect(await check(rows, { report: reportOf('pending') })).toEqual([]);
    expect(await check(rows, { report: reportOf('pending'), ci: true })).toHaveLength(1);
    expect(await check(rows)).toHaveLength(1);
  });

  test('a deviation, and an absent name, need a reason', async () => {
    const [status, read] = good;
    expect(await check([{ ...status, deviation: 'differs' }, read, absent('RAND_egd', 'RAND_egd')])).toHaveLength(2);
  });

  test('the page shows our name, its package, the tests by file and the reason', () => {
    const page = render([
      { title: 'Random', rows: [...good, differs('a | case', [`${file} › one`, `${file} › two`], 'better', 'why')] },
    ]);
    expect(page).toContain(
      '| `RAND_status()` | `randStatus` (context) | “status is true” in `socket/test/a.test.ts` |  |',
    );
    expect(page).toContain('| `RAND_egd` | — |  | gone |');
    expect(page).toContain('| `a \\| case` | differs | “one”, “two” in `socket/test/a.test.ts` | better — why |');
  });

  test('every difference that the comparison with CPython allows is in it, with its reason', async () => {
    const rows = (await loadSections()).flatMap((section) => section.rows);
    const deviations = await loadDeviations();
    expect(deviations.length).toBeGreaterThan(10);
    for (const { cases, reason } of deviations) {
      expect(rows).toContainEqual(expect.objectContaining({ python: cases.join(' · '), here: 'differs', reason }));
    }
  });

  test('every point of “Better than Python” is in it', async () => {
    const titles = (await loadSections())
      .find(({ title }) => title === 'Better than Python')
      .rows.map(({ python }) => python);
    for (let point = 1; point <= 11; point++) expect(titles).toContainEqual(expect.stringMatching(`^${point}\\. `));
  });
});
