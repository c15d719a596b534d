/** A process of its own for each channel, because what is counted (descriptors, handles, memory) is the process's. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CHANNEL_KINDS } from '@sslkit/socket/internal';
import { SLOWNESS } from '@sslkit/testkit';
import { expect, test } from 'vitest';

const STRESS = fileURLToPath(new URL('./stress/drop_anywhere.mjs', import.meta.url));

test.each(CHANNEL_KINDS)(
  'connections dropped at random points leave no descriptor, handle or memory behind, and no error unheard, %s channel',
  (channel) => {
    const run = spawnSync(process.execPath, ['--expose-gc', STRESS, '1000', '7'], {
      encoding: 'utf8',
      env: { ...process.env, SSLKIT_CHANNEL: channel },
      timeout: 60_000 * SLOWNESS,
    });
    expect(run.stderr).toBe('');
    expect(run.stdout).toContain('"connections":1000');
    expect(run.status).toBe(0);
  },
  70_000 * SLOWNESS,
);
