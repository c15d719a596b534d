// `npm start`, `npm test` and `npm run setup`: each works as the first command on a clean clone that has only Node with
// npm, python3, make and a C++ compiler. pnpm is fetched by npx at the version that package.json pins; nothing is global.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkMachine } from './machine.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [command = 'start', ...rest] = process.argv.slice(2);

if (!['start', 'test', 'setup'].includes(command)) fail(`unknown command: ${command}`);

const trouble = checkMachine();
if (trouble) fail(trouble);
install();
build();
if (command === 'start') run(process.execPath, ['apps/examples/dist/main_job.js', ...rest]);
if (command === 'test') run(process.execPath, ['tools/check.mjs', '--built', ...rest]);

/** Installs only when the lockfile or a manifest changed since the last install: a second run is quick. */
function install() {
  const stamp = join(root, 'node_modules', '.sslkit-install');
  const state = lockState();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === state) return;
  pnpm(['install', '--frozen-lockfile', '--prefer-offline']);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, state);
}

function build() {
  pnpm(['exec', 'turbo', 'run', 'build', '--output-logs=errors-only', '--log-order=grouped', '--no-update-notifier']);
}

function lockState() {
  const hash = createHash('sha256').update(process.version);
  for (const name of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json'])
    hash.update(readFileSync(join(root, name)));
  return hash.digest('hex');
}

function pnpm(args) {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  // npm's own configuration warnings say nothing about this project.
  run(process.platform === 'win32' ? 'npx.cmd' : 'npx', ['--yes', '--loglevel=error', packageManager, ...args]);
}

function run(file, args) {
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' };
  const { status, signal, error } = spawnSync(file, args, {
    cwd: root,
    stdio: 'inherit',
    env,
    shell: process.platform === 'win32',
  });
  if (error) fail(`cannot run ${file}: ${error.message}`);
  if (status !== 0) {
    if (signal) console.error(`sslkit: ${file} ended by ${signal}`);
    process.exit(status ?? 1);
  }
}

function fail(message) {
  console.error(`sslkit: ${message}`);
  process.exit(1);
}
