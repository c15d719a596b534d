// Everything that must hold before a change lands, in the order in which it fails fastest. `pnpm check`, `npm test` and
// CI run this same list. Steps after a failed one still run, so that one run shows all that is wrong.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const report = join(root, '.reports', 'vitest.json');

// `npm test` has just built through pnpm, which turbo needs on PATH; there is nothing left to build then.
const built = process.argv.includes('--built');

const steps = [
  ['build', 'turbo', ['run', 'build', '--output-logs=errors-only', '--log-order=grouped', '--no-update-notifier']],
  ['types', 'tsc', ['-b', 'tsconfig.tests.json']],
  ['lint', 'biome', ['lint', '--error-on-warnings', '.']],
  ['format', 'biome', ['format', '.']],
  ['C++ format', 'node', ['tools/check-cpp-format.mjs']],
  ['layers', 'node', ['tools/check-layers.mjs']],
  ['packages', 'node', ['tools/check-packages.mjs']],
  ['tests', 'vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]],
  ['parity', 'node', ['tools/parity/check.mjs']],
];

mkdirSync(dirname(report), { recursive: true });
rmSync(report, { force: true });
const failed = [];
for (const [name, command, args] of steps) {
  if (name === 'build' && built) continue;
  console.log(`\n── ${name}`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: withWorkspaceBin() });
  if (status !== 0) failed.push(name);
}

console.log(failed.length === 0 ? '\nall checks passed' : `\nfailed: ${failed.join(', ')}`);
console.log(closingLine(failed.filter((name) => name !== 'tests').length));
process.exit(failed.length === 0 ? 0 : 1);

/** The workspace's own tools first: a global turbo or biome of another version must not be taken. */
function withWorkspaceBin() {
  return {
    ...process.env,
    PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH}`,
    TURBO_TELEMETRY_DISABLED: '1',
  };
}

/** Counted from the test report. A check that is not a test and failed counts as one failure, so the line cannot look green. */
function closingLine(otherFailures) {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
      readFileSync(report, 'utf8'),
    );
    // A file that cannot even load has no tests to count.
    const broken = testResults.filter(
      ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
    ).length;
    return `${numPassedTests} passed, ${numFailedTests + broken + otherFailures} failed, ${numPendingTests + numTodoTests} skipped`;
  } catch {
    return `0 passed, ${otherFailures + 1} failed, 0 skipped`;
  }
}
