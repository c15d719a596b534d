// What the commands that run the addon under a sanitizer share: the build, the runtime library that must be loaded
// before Node, and the steps with their reports.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packageRoot = join(dirname(fileURLToPath(import.meta.url)), '..');
const workspaceRoot = join(packageRoot, '..', '..');
export const scripts = join(packageRoot, 'test', 'scripts');
export const socketTests = join(workspaceRoot, 'packages', 'socket', 'test');

/** Where a variant of the addon is built. */
export function addonIn(folder) {
  return join(packageRoot, folder, 'build', 'Release', 'sslkit.node');
}

/** The first of these packages that does not exist. */
export function unknownPackage(names) {
  return names.find((name) => !existsSync(join(workspaceRoot, 'packages', name)));
}

/** Vitest over the tests of these packages, or over the files that `more` names. */
export function testsOf(packages, more) {
  const vitest = join(workspaceRoot, 'node_modules', 'vitest', 'vitest.mjs');
  // Everything takes several times as long, and two at once leave no core for the peers.
  const patience = ['--testTimeout=180000', '--hookTimeout=180000', '--maxWorkers=1'];
  const names = more.some((word) => !word.startsWith('-')) ? [] : packages.map((name) => `packages/${name}/`);
  return {
    name: `tests of ${packages.join(', ')}`,
    args: [vitest, 'run', '--root', workspaceRoot, ...patience, ...names, ...more],
  };
}

/**
 * Builds, runs every step, prints how each went and the reports that `reportsOf` takes for the addon's own.
 * @param {object} sanitizer `kind` as compilers call it, `folder` of the build, `library` of the runtime, `variable` and
 *   `options(step)` for it, `environment` for the build
 * @returns {number} the exit code
 */
export function runUnder(sanitizer, steps) {
  const { kind, folder, library, environment = {} } = sanitizer;
  const built = run([join(packageRoot, 'scripts', 'build.mjs')], { ...environment, SSLKIT_SANITIZE: kind });
  if (built.status !== 0) return 1;
  const runtime = findLibrary(library);
  if (!runtime) {
    console.error(`${library} was not found. Debian, Ubuntu: it comes with g++ (libgcc-12-dev).`);
    return 1;
  }
  const reports = mkdtempSync(join(tmpdir(), `sslkit-${kind}-`));
  try {
    const shared = {
      LD_PRELOAD: runtime,
      PATH: `${plainPeers(reports)}${delimiter}${process.env.PATH}`,
      SSLKIT_ADDON: addonIn(folder),
      // For tests that judge memory: the sanitizer's own grows too.
      SSLKIT_SANITIZED: '1',
    };
    return steps.filter((step) => !passes(sanitizer, step, shared, reports)).length === 0 ? 0 : 1;
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
}

function passes(sanitizer, step, shared, reports) {
  const { name, args, env = {}, status = 0 } = step;
  const log = join(reports, name.replace(/\W+/g, '-'));
  const options = `${sanitizer.options(step)}:log_path=${log}:exitcode=0`;
  const started = Date.now();
  const result = run(args, { ...shared, ...env, [sanitizer.variable]: options });
  const ours = readdirSync(reports)
    .filter((file) => join(reports, file).startsWith(`${log}.`))
    .flatMap((file) => sanitizer.reportsOf(readFileSync(join(reports, file), 'utf8')));
  for (const report of ours) console.error(report);
  const ok = result.status === status && ours.length === 0;
  if (result.status !== status) console.error(`ended with ${result.signal ?? result.status}, not ${status}`);
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${name} (${Math.round((Date.now() - started) / 1000)} s)`);
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

function findLibrary(name) {
  const found = spawnSync(process.env.CXX ?? 'g++', [`-print-file-name=${name}`], { encoding: 'utf8' }).stdout?.trim();
  return found && existsSync(found) ? found : null;
}

function run(args, env) {
  return spawnSync(process.execPath, args, { cwd: workspaceRoot, env: { ...process.env, ...env }, stdio: 'inherit' });
}
