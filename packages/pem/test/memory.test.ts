import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const script = fileURLToPath(new URL('./runtime/memory.mjs', import.meta.url));

test('a stream of 100 MB takes no more memory at its end than at its beginning', () => {
  const run = spawnSync(process.execPath, ['--expose-gc', script], { encoding: 'utf8', timeout: 28_000 });
  expect(run.stderr).toBe('');
  const { bytes, blocks, early, most } = JSON.parse(run.stdout) as Record<
    'bytes' | 'blocks' | 'early' | 'most',
    number
  >;
  expect(bytes).toBeGreaterThan(100e6);
  expect(blocks).toBeGreaterThan(50_000);
  // The parser's own share is a piece of 64 kB and a slab; the rest is slack for the engine.
  expect(most - early).toBeLessThan(4e6);
});

test('line ends before a block take little more memory than their characters', () => {
  const lines = fileURLToPath(new URL('./runtime/lines.mjs', import.meta.url));
  // A list of the 16 million lines that are kept at the default limit takes 128 MB by itself.
  const run = spawnSync(process.execPath, ['--max-old-space-size=160', lines], { encoding: 'utf8', timeout: 28_000 });
  expect(run.stderr).toBe('');
  expect(JSON.parse(run.stdout)).toEqual({ start: 2 ** 26, preamble: 2 ** 24 });
});
