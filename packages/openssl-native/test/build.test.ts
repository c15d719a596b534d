import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, symlinkSync } from 'node:fs';
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

interface Outcome {
  status: number | null;
  stdout: string;
  stderr: string;
}

function build(folder: string, env: NodeJS.ProcessEnv): Outcome {
  const run = spawnSync(process.execPath, [join(folder, 'scripts/build.mjs')], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { status: run.status, stdout: run.stdout, stderr: run.stderr };
}

// A compiler on a busy machine takes its time.
describe('building', { timeout: 180_000 }, () => {
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

  test('builds once, then again only when a source has changed', () => {
    const folder = unbuilt();
    const source = join(folder, 'src/addon.cc');
    cpSync(join(PACKAGE, 'test/scripts/tiny.cc'), source);
    expect(build(folder, {})).toMatchObject({ status: 0, stdout: expect.stringMatching(/: built in/) });
    expect(build(folder, {})).toEqual({ status: 0, stdout: '', stderr: '' });
    appendFileSync(source, '// changed\n');
    expect(build(folder, {})).toMatchObject({ status: 0, stdout: expect.stringMatching(/: built in/) });
  });
});
