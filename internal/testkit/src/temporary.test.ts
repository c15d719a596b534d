import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { temporaryDirectory } from './temporary.ts';

const module = new URL('../dist/temporary.js', import.meta.url).href;
const make = (then: string): string => {
  const script = `import { temporaryDirectory as make } from '${module}'; console.log(make()); ${then}`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }).stdout.trim();
};

test('each call makes another directory', () => {
  const [one, two] = [temporaryDirectory(), temporaryDirectory()];
  expect(one).not.toBe(two);
  expect([existsSync(one), existsSync(two)]).toEqual([true, true]);
});

test.each([
  ['ends', ''],
  ['is told to end', 'process.kill(process.pid, "SIGTERM"); await new Promise(() => setInterval(() => {}, 1000));'],
])('directories go away with a process that %s', (_how, then) => {
  const dir = make(then);
  expect(dir).toContain('sslkit-');
  expect(existsSync(dir)).toBe(false);
});

test('what a killed process left is swept by the next one, what a living one uses is not', () => {
  const mine = temporaryDirectory();
  const left = make('process.kill(process.pid, "SIGKILL"); await new Promise(() => setInterval(() => {}, 1000));');
  make('');
  expect(existsSync(left)).toBe(false);
  expect(existsSync(mine)).toBe(true);
});
