import { describe, expect, test } from 'vitest';
import { checkRows } from './check.mjs';
import { render } from './render.mjs';
import { absent, row } from './row.mjs';

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
const check = (rows, over = {}) => checkRows([{ title: 't', rows }], names, { ...world, ...over });

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

  test('a row without a test, with a test that does not exist, and with one that was skipped fail', async () => {
    const [status, read, egd] = good;
    expect(await check([{ ...status, test: undefined }, read, egd])).toEqual(['RAND_status(): no test']);
    expect(await check([{ ...status, test: `${file} › no such` }, read, egd])).toHaveLength(1);
    const skipped = new Map([
      [
        file,
        [
          { fullName: 'status is true', status: 'skipped' },
          { fullName: 'reads', status: 'passed' },
        ],
      ],
    ]);
    expect(await check(good, { report: skipped })).toEqual(['RAND_status(): "status is true" skipped']);
  });

  test('a deviation, and an absent name, need a reason', async () => {
    const [status, read] = good;
    expect(await check([{ ...status, deviation: 'differs' }, read, absent('RAND_egd', 'RAND_egd')])).toHaveLength(2);
  });

  test('the page shows our name, its package, the test and the reason', () => {
    expect(render([{ title: 'Random', rows: good }])).toContain(
      '| `RAND_status()` | `randStatus` (context) | “status is true” in `socket/test/a.test.ts` |  |',
    );
    expect(render([{ title: 'Random', rows: good }])).toContain('| `RAND_egd` | — |  | gone |');
  });
});
