import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));

/** A copy of the package that has never been built. */
function unbuilt(): string {
  const folder = temporaryDirectory('build');
  for (const name of ['scripts', 'binding.gyp', 'package.json'])
    cpSync(join(PACKAGE, name), join(folder, name), { recursive: true });
  for (const name of ['ossl', 'napi', 'objects', 'stream']) mkdirSync(join(folder, 'src', name), { recursive: true });
  symlinkSync(join(PACKAGE, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

function build(folder: string, env: NodeJS.ProcessEnv): { status: number | null; stderr: string } {
  const run = spawnSync(process.execPath, [join(folder, 'scripts/build.mjs')], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { status: run.status, stderr: run.stderr };
}

describe('building', () => {
  test('without tools it fails at once, names each and says what to install', () => {
    const { status, stderr } = build(unbuilt(), { PATH: '/nonexistent', CXX: undefined });
    expect(status).toBe(1);
    expect(stderr).toMatch(/Missing: python3, make, a C\+\+17 compiler/);
    expect(stderr).toMatch(/sudo apt-get install -y python3 make g\+\+/);
    expect(stderr.split('\n').length).toBeLessThan(12);
  });

  test('a compiler that does not speak C++17 is named', () => {
    const { status, stderr } = build(unbuilt(), { CXX: 'false' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/Missing: a C\+\+17 compiler/);
  });

  test('what fails to compile is shown, not the two hundred lines around it', () => {
    const folder = unbuilt();
    cpSync(join(PACKAGE, 'test/scripts/broken.cc'), join(folder, 'src/addon.cc'));
    const { status, stderr } = build(folder, {});
    expect(status).toBe(1);
    expect(stderr).toMatch(/addon\.cc.*error/);
    expect(stderr.split('\n').length).toBeLessThan(30);
  });

  test('a second run has nothing to do', () => {
    const started = performance.now();
    const { status, stderr } = build(PACKAGE, {});
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
