import { loadDeviations } from '../deviations.mjs';
import { differs } from '../row.mjs';
import { deviationOf } from '../tests.mjs';

/** One row for each difference that the comparison with CPython allows: the list is theirs. */
export const section = {
  title: 'Differences in the comparison with CPython',
  intro:
    'The cases of `packages/context/test/differential/` run through CPython and through sslkit. These are all differences that ' +
    'they allow; a test fails when one of them is gone. The number is that of “Better than Python”.',
  rows: (await loadDeviations()).map(({ cases, better, reason }) =>
    differs(cases.join(' · '), deviationOf(cases[0]), better === null ? '' : `Better than Python ${better}`, reason),
  ),
};
