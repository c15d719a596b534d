/**
 * A process of its own for each channel, because what is counted (descriptors, handles, memory) is the process's.
 * `SSLKIT_DROPS`: how many connections; default 10,000 in CI (half a minute), else 1,000. `SSLKIT_DROPS_SEED`: what
 * chooses the points, a number or `random`; default: always the same ones, so that a run can be compared with the last one.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { CHANNEL_KINDS } from '@sslkit/socket/internal';
import { collect, SLOWNESS } from '@sslkit/testkit';
import { expect, test } from 'vitest';

const STRESS = fileURLToPath(new URL('./stress/drop_anywhere.mjs', import.meta.url));
const EVERYWHERE = process.env.CI === 'true' && SLOWNESS === 1 ? 10_000 : 1_000;
const CONNECTIONS = Number(process.env.SSLKIT_DROPS ?? EVERYWHERE);
const { SSLKIT_DROPS_SEED = '1' } = process.env;
const SEED = SSLKIT_DROPS_SEED === 'random' ? Math.floor(Math.random() * 2 ** 31) : Number(SSLKIT_DROPS_SEED);
/** Twenty times what it takes, for machines that do other things, too. */
const PATIENCE_MS = (20_000 + 40 * CONNECTIONS) * SLOWNESS;

test.each(CHANNEL_KINDS)(
  'connections dropped at random points leave no descriptor, handle, listener or memory behind, and no error unheard, %s channel',
  async (channel) => {
    const child = spawn(process.execPath, ['--expose-gc', STRESS, String(CONNECTIONS), String(SEED)], {
      env: { ...process.env, SSLKIT_CHANNEL: channel },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: PATIENCE_MS,
      killSignal: 'SIGKILL',
    });
    const [output, errors, end] = await Promise.all([
      collect(child.stdout),
      collect(child.stderr),
      once(child, 'close'),
    ]);
    const again = `SSLKIT_DROPS=${CONNECTIONS} SSLKIT_DROPS_SEED=${SEED}; it said ${output}`;
    expect(errors.toString(), again).toBe('');
    expect(end, again).toEqual([0, null]);
    expect(output.toString()).toContain(`"connections":${CONNECTIONS},"seed":${SEED}`);
  },
  PATIENCE_MS + 10_000,
);
