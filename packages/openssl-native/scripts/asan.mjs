#!/usr/bin/env node
// Builds the addon with AddressSanitizer and runs over it the plain-node scripts and the package's tests:
// `node scripts/asan.mjs`; or the tests of other packages: `node scripts/asan.mjs --suite socket,context`, and after
// `--` what vitest is to be told, for example a file. Fails on any report whose stack names the addon.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const packageRoot = join(dirname(fileURLToPath(import.meta.url)), '..');
const workspaceRoot = join(packageRoot, '..', '..');
const addon = join(packageRoot, 'build-asan', 'build', 'Release', 'sslkit.node');
const scripts = join(packageRoot, 'test', 'scripts');

process.exitCode = main();

function main() {
  const { values, positionals } = parseArgs({ options: { suite: { type: 'string' } }, allowPositionals: true });
  const unknown = values.suite?.split(',').find((name) => !existsSync(join(workspaceRoot, 'packages', name)));
  if (unknown !== undefined) {
    console.error(`there is no packages/${unknown}`);
    return 2;
  }
  const build = run([join(packageRoot, 'scripts', 'build.mjs')], { SSLKIT_SANITIZE: 'address' });
  if (build.status !== 0) return 1;
  const library = findLibrary();
  if (!library) {
    console.error('libasan.so was not found. Debian, Ubuntu: it comes with g++ (libgcc-12-dev).');
    return 1;
  }
  const reports = mkdtempSync(join(tmpdir(), 'sslkit-asan-'));
  try {
    const steps = values.suite ? [testsOf(values.suite.split(','), positionals)] : ownSteps();
    const path = `${plainPeers(reports)}${delimiter}${process.env.PATH}`;
    const failed = steps.filter((step) => !passes(step, { LD_PRELOAD: library, PATH: path }, reports));
    return failed.length === 0 ? 0 : 1;
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
}

function ownSteps() {
  const exercise = join(scripts, 'exercise.mjs');
  return [
    { name: 'exercise', leaks: true, args: [exercise, '--print'] },
    { name: 'exercise with an unfinished handshake', leaks: true, args: [exercise, '--keep'] },
    { name: 'collect', leaks: true, args: ['--expose-gc', join(scripts, 'collect.mjs')] },
    // process.exit() leaves objects to the operating system, so leaks say nothing here.
    { name: 'exit', leaks: false, args: [exercise, '--exit'] },
    testsOf(['openssl-native'], []),
  ];
}

function testsOf(packages, more) {
  const vitest = join(workspaceRoot, 'node_modules', 'vitest', 'vitest.mjs');
  // Everything takes several times as long, and two at once leave no core for the peers.
  const patience = ['--testTimeout=180000', '--hookTimeout=180000', '--maxWorkers=1'];
  const names = more.some((word) => !word.startsWith('-')) ? [] : packages.map((name) => `packages/${name}/`);
  return {
    name: `tests of ${packages.join(', ')}`,
    leaks: false,
    args: [vitest, 'run', '--root', workspaceRoot, ...patience, ...names, ...more],
  };
}

function passes({ name, leaks, args }, environment, reports) {
  const log = join(reports, name.replace(/\W+/g, '-'));
  const result = run(args, {
    ...environment,
    SSLKIT_ADDON: addon,
    // For tests that judge memory: the sanitizer's own grows too.
    SSLKIT_SANITIZED: '1',
    ASAN_OPTIONS: `detect_leaks=${leaks ? 1 : 0}:quarantine_size_mb=8:detect_stack_use_after_return=1:log_path=${log}:exitcode=0`,
  });
  const ours = readdirSync(reports)
    .filter((file) => join(reports, file).startsWith(`${log}.`))
    .flatMap((file) => reportsOf(readFileSync(join(reports, file), 'utf8')));
  for (const report of ours) console.error(report);
  const ok = result.status === 0 && ours.length === 0;
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${name}`);
  return ok;
}

// Children inherit the preloaded library. Peers are not what is looked at, and curl hangs under it: commands of their names
// that start them without.
function plainPeers(folder) {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const name of ['curl', 'openssl', 'gnutls-cli', 'gnutls-serv']) {
    const found = process.env.PATH.split(delimiter)
      .map((path) => join(path, name))
      .find(existsSync);
    if (found) writeFileSync(join(bin, name), `#!/bin/sh\nunset LD_PRELOAD\nexec '${found}' "$@"\n`, { mode: 0o755 });
  }
  return bin;
}

// Node leaves memory behind on exit, much of it V8's for the classes that an addon defines. A leak is ours when the addon
// allocated it itself or through OpenSSL: no frame of V8 or Node-API between the allocation and the addon.
function reportsOf(text) {
  const parts = text.split(/\n(?=(?:Direct|Indirect) leak|==\d+==ERROR)/);
  return parts.filter((part) => {
    if (/ERROR: AddressSanitizer/.test(part)) return true;
    const upToAddon = part.slice(0, Math.max(part.indexOf('sslkit.node'), 0));
    return upToAddon !== '' && /leak of/.test(part) && !/ in (?:v8::|napi_|node::)/.test(upToAddon);
  });
}

function findLibrary() {
  const found = spawnSync(process.env.CXX ?? 'g++', ['-print-file-name=libasan.so'], {
    encoding: 'utf8',
  }).stdout?.trim();
  return found && existsSync(found) ? found : null;
}

function run(args, env) {
  return spawnSync(process.execPath, args, { cwd: workspaceRoot, env: { ...process.env, ...env }, stdio: 'inherit' });
}
