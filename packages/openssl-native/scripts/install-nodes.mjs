#!/usr/bin/env node
// Installs other versions of Node for test/runtimes.test.ts into .cache/runtimes/nodes: `node scripts/install-nodes.mjs`.
// The npm packages hold the bare executables.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const VERSIONS = { node22: '22.23.3', node24: '24.21.0', node26: '26.10.0' };

const folder = join(fileURLToPath(new URL('../../..', import.meta.url)), '.cache', 'runtimes', 'nodes');
const binary = `node-${process.platform}-${process.arch}`;
const dependencies = Object.fromEntries(
  Object.entries(VERSIONS).map(([name, version]) => [name, `npm:${binary}@${version}`]),
);
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }, null, 2));
const flags = [
  '--ignore-scripts',
  '--no-bin-links',
  '--no-audit',
  '--no-fund',
  '--no-package-lock',
  '--loglevel=error',
];
process.exitCode = spawnSync('npm', ['install', ...flags], { cwd: folder, stdio: 'inherit' }).status ?? 1;
