#!/usr/bin/env node
// Builds the addon: `node scripts/build.mjs`. Instant when nothing changed. `--install`: as npm's install script, which
// only builds where no usable binary is. SSLKIT_SANITIZE=address builds with AddressSanitizer into build-asan/,
// SSLKIT_SANITIZE=thread with ThreadSanitizer into build-tsan/; SSLKIT_OPENSSL=system links the system's libssl into
// build-system/, SSLKIT_OPENSSL_STATIC=<folder> puts the libssl.a there into the addon (headers stay Node's: all are
// OpenSSL 3).
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { explainDownload, findHeaders } from './headers.mjs';
import { computeStamp } from './stamp.mjs';
import { findNodeGyp, missingTools, explainTools } from './toolchain.mjs';

const packageRoot = join(dirname(fileURLToPath(import.meta.url)), '..');
const sanitize = process.env.SSLKIT_SANITIZE ?? '';
const system = process.env.SSLKIT_OPENSSL === 'system';
const variant = sanitize ? { address: 'asan', thread: 'tsan' }[sanitize] : system ? 'system' : null;
const workRoot = variant ? join(packageRoot, `build-${variant}`) : packageRoot;
const output = join(workRoot, 'build', 'Release', 'sslkit.node');
const installing = process.argv.includes('--install');
const stampFile = join(workRoot, 'build', 'sslkit.stamp');

process.exitCode = main();

function main() {
  // In the workspace the task build:native builds; pnpm would run this script as well.
  if (installing && existsSync(join(packageRoot, '..', '..', 'pnpm-workspace.yaml'))) return 0;
  const headers = findHeaders();
  if (headers.error) return fail(headers.error);
  const stamp = computeStamp(packageRoot, { sanitize, system, nodedir: headers.nodedir ?? 'download' });
  if (existsSync(output) && readText(stampFile) === stamp) return 0;
  if (installing && loads(output)) return 0;
  const missing = missingTools();
  if (missing.length > 0) return fail(explainTools(missing));
  const nodeGyp = findNodeGyp(packageRoot);
  if (!nodeGyp) return fail('node-gyp was not found. Install it with: npm install --global node-gyp');
  if (variant) stageVariant();
  return build(nodeGyp, headers.nodedir, stamp);
}

function build(nodeGyp, nodedir, stamp) {
  const started = Date.now();
  rmSync(stampFile, { force: true });
  const verbose = Boolean(process.env.SSLKIT_VERBOSE);
  const args = [nodeGyp, 'configure', 'build', '--release', '-j', '2', ...(nodedir ? [`--nodedir=${nodedir}`] : [])];
  const result = spawnSync(process.execPath, args, {
    cwd: workRoot,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: verbose ? 'inherit' : ['ignore', 'pipe', 'pipe'],
  });
  const log = verbose ? '' : `${result.stdout}${result.stderr}`;
  if (result.status !== 0 || !existsSync(output)) {
    return fail(nodedir ? `node-gyp failed:\n${tail(log)}` : explainDownload(tail(log)));
  }
  const warnings = log.split('\n').filter((line) => line.includes('warning:'));
  for (const line of warnings) console.warn(line);
  writeFileSync(stampFile, stamp);
  console.log(`@sslkit/openssl-native: built in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return 0;
}

// node-gyp always builds into ./build, so a variant gets a folder that looks like the package.
function stageVariant() {
  mkdirSync(workRoot, { recursive: true });
  for (const name of ['src', 'scripts', 'node_modules', 'binding.gyp', 'package.json']) {
    const link = join(workRoot, name);
    if (!existsSync(link)) symlinkSync(join('..', name), link);
  }
}

// In a process of its own: an addon of another platform may take the process down.
function loads(file) {
  return existsSync(file) && spawnSync(process.execPath, ['-e', 'require(process.argv[1])', file]).status === 0;
}

function readText(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

function tail(log) {
  const telling = log.split('\n').filter((line) => /error|ERR!|fatal|undefined reference/i.test(line));
  return (telling.length > 0 ? telling : log.split('\n')).slice(-25).join('\n');
}

function fail(message) {
  console.error(`@sslkit/openssl-native: the addon could not be built.\n${message}`);
  return 1;
}
