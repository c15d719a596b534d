import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';

const SCRIPTS = new URL('./scripts/', import.meta.url);

function script(name: string): string {
  return fileURLToPath(new URL(name, SCRIPTS));
}

/** Ends with the worker's exit code; what it throws fails the test. */
function finished(worker: Worker): Promise<number> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', resolve);
  });
}

describe('environments', () => {
  test('workers start, handshake and end with objects alive, several at once and one after another', async () => {
    for (let round = 0; round < 3; round++) {
      const workers = Array.from({ length: 3 }, () => new Worker(script('exercise.mjs'), { argv: ['--keep'] }));
      expect(await Promise.all(workers.map(finished))).toEqual([0, 0, 0]);
    }
  });

  test('a worker that is terminated in the middle of its work takes nothing down', async () => {
    for (let round = 0; round < 5; round++) {
      const worker = new Worker(script('exercise.mjs'), { argv: ['--forever'] });
      await new Promise((resolve) => worker.once('message', resolve));
      expect(await worker.terminate()).toBe(1);
    }
  });

  test.each(['--keep', '--exit', '--throw'])('a process ends in the middle of a handshake (%s)', (mode) => {
    const run = spawnSync(process.execPath, [script('exercise.mjs'), mode], { encoding: 'utf8' });
    expect(run.signal).toBeNull();
    expect(run.status).toBe(mode === '--throw' ? 1 : 0);
    expect(run.stderr.includes('thrown on purpose')).toBe(mode === '--throw');
  });

  test('collected while others of the same connection live', () => {
    const run = spawnSync(process.execPath, ['--expose-gc', script('collect.mjs')], { encoding: 'utf8' });
    expect(run.stderr).toBe('');
    expect(run.stdout.trim()).toBe('ok');
  });
});
