import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/** Filled by `node tools/install-runtimes.mjs`. */
const FOLDER = fileURLToPath(new URL('../../../.cache/runtimes/node_modules/', import.meta.url));
const SCRIPT = fileURLToPath(new URL('./scripts/exercise.mjs', import.meta.url));

function runtimes(): string[] {
  if (!existsSync(FOLDER)) return [];
  return readdirSync(FOLDER).filter((name) => /^node\d+$/.test(name) && existsSync(`${FOLDER}${name}/bin/node`));
}

for (const name of runtimes()) {
  test(`the binary built for Node ${process.versions.node} works on ${name}`, () => {
    const run = spawnSync(`${FOLDER}${name}/bin/node`, [SCRIPT, '--print'], { encoding: 'utf8' });
    expect(run.stderr).toBe('');
    expect(run.stdout).toMatch(/^3\.\d+\.\d+ ok\n$/);
    expect(run.status).toBe(0);
  });
}

if (runtimes().length === 0) {
  test.skipIf(process.env.CI !== 'true')('other versions of Node are in .cache/runtimes', () => {
    expect.fail('none found: node tools/install-runtimes.mjs');
  });
}
