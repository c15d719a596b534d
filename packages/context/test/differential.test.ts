/** CPython's `ssl` is the oracle: the same cases through both, and no difference that `deviations.ts` does not explain. */
import type { PythonVersion } from '@sslkit/testkit';
import { golden, goldenNames, has, requires } from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import type { Case } from './differential/case.ts';
import { algorithmCases } from './differential/cases/algorithms.ts';
import { certChainCases } from './differential/cases/cert_chain.ts';
import { constantCases } from './differential/cases/constants.ts';
import { contextCases } from './differential/cases/context.ts';
import { eofCases } from './differential/cases/eof.ts';
import { helperCases } from './differential/cases/helpers.ts';
import { material } from './differential/cases/material.ts';
import { postHandshakeAuthCases } from './differential/cases/post_handshake_auth.ts';
import { protocolCases } from './differential/cases/protocols.ts';
import { sniCases } from './differential/cases/sni.ts';
import { verificationCases } from './differential/cases/verification.ts';
import { verifyLocationsCases } from './differential/cases/verify_locations.ts';
import type { Comparison } from './differential/compare.ts';
import { compareAll } from './differential/compare.ts';
import { DEVIATIONS } from './differential/deviations.ts';

const made = await material();
const tables: Record<string, Case[]> = {
  load_cert_chain: certChainCases(made.files),
  load_verify_locations: verifyLocationsCases(made),
  constants: constantCases(),
  algorithms: algorithmCases(made.files),
  contexts: contextCases(),
  helpers: helperCases(made.ca.certDer, made.ca.certPem),
  'decoded certificates': goldenNames().map((name) => ({
    name: `certificate: ${name}`,
    steps: [{ do: 'decode_file', path: golden(name).path }],
  })),
  protocols: protocolCases(made),
  verification: verificationCases(made),
  'end of a connection': eofCases(made),
  'the SNI callback': sniCases(made),
  'post-handshake authentication': postHandshakeAuthCases(made),
};

const versions: PythonVersion[] = has('python3.13') ? ['3.11', '3.13'] : ['3.11'];
const oracle = requires(test, 'python3');
const seen: Comparison[] = [];

for (const version of versions) {
  const all = Object.values(tables).flat();
  const { unfit, comparisons } = has('python3') ? await compareAll(all, version) : { unfit: null, comparisons: [] };
  if (unfit !== null) {
    test.skip(`as in Python ${version}: ${unfit}`, () => {});
    continue;
  }
  seen.push(...comparisons);
  const byName = (wanted: string): Comparison[] => comparisons.filter(({ name }) => name === wanted);
  describe.each(Object.entries(tables))(`%s, as in Python ${version}`, (_table, cases) => {
    oracle.each(cases)('$name', ({ name }) => {
      const unexplained = byName(name).filter(({ difference, deviation }) => difference !== null && deviation === null);
      expect(unexplained.map(({ step, difference }) => `${JSON.stringify(step)}\n  ${difference}`).join('\n')).toBe('');
    });
  });
}

test('the names of cases are unique', () => {
  const names = Object.values(tables).flatMap((cases) => cases.map(({ name }) => name));
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

// Some deviations are of 3.11 alone, so only it can tell that one has gone.
const complete = seen.some(({ version }) => version === '3.11');
(complete ? oracle : test.skip).each(DEVIATIONS)('the deviation of $cases still is one', (deviation) => {
  expect(seen.some((one) => one.deviation === deviation && one.difference !== null)).toBe(true);
});
