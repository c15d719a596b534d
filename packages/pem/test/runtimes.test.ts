import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect } from 'vitest';
import { requires } from './require.ts';

const core = fileURLToPath(new URL('./runtime/core.mjs', import.meta.url));
/** What tools/install-runtimes.mjs installs. */
const folder = fileURLToPath(new URL('../../../.cache/runtimes/node_modules/', import.meta.url));

const runtimes: [name: string, command: string, args: string[]][] = [
  ['this Node', process.execPath, []],
  ['Node 26', `${folder}node26/bin/node`, []],
  ['Bun', `${folder}@oven/bun-linux-x64/bin/bun`, ['run']],
  ['Deno', `${folder}@deno/linux-x64-glibc/deno`, ['run', '--allow-read', '--no-config', '--no-lock', '--cached-only']],
];

/** Each takes away a fast path: the last one leaves the package's own base64. */
const without = [[], ['Buffer'], ['Buffer', 'fromBase64']];

describe.each(runtimes)('%s runs the core', (name, command, args) => {
  for (const absent of without) {
    const what = absent.length === 0 ? 'with all it has' : `without ${absent.join(' and ')}`;
    requires(existsSync(command), `${name} (node tools/install-runtimes.mjs)`)(what, () => {
      const run = spawnSync(command, [...args, core, ...absent], { encoding: 'utf8', timeout: 25_000 });
      expect(run.stderr).toBe('');
      const { checks, failures } = JSON.parse(run.stdout) as { checks: number; failures: string[] };
      expect(failures).toEqual([]);
      expect(checks).toBeGreaterThan(400);
    });
  }
});
