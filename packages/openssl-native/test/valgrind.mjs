#!/usr/bin/env node
// Runs the addon as it is built, and sockets over it, under valgrind's memcheck: `node test/valgrind.mjs [words]`, where
// the words choose steps by their names; `--suite PATH…` runs test files instead (thirty times as long as usual; processes
// that they start are not looked at). It sees what AddressSanitizer does not: memory that nobody has written, in
// OpenSSL and Node too. A step takes a minute. Fails on any report but V8's own (valgrind.supp), on memory of the addon
// that nothing points to any more, and on a step that does not end as it should.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { files } from '@sslkit/testkit';

const packageRoot = join(dirname(fileURLToPath(import.meta.url)), '..');
const workspace = join(packageRoot, '..', '..');
const own = join(packageRoot, 'test', 'scripts');
const sockets = join(packageRoot, '..', 'socket', 'test');
const reports = mkdtempSync(join(tmpdir(), 'sslkit-valgrind-'));

try {
  const words = process.argv.slice(2);
  const chosen =
    words[0] === '--suite'
      ? words.slice(1).map(suite)
      : steps(await files()).filter(({ name }) => words.every((word) => name.includes(word)));
  const failed = chosen.filter((step) => !passes(step));
  process.exitCode = chosen.length > 0 && failed.length === 0 ? 0 : 1;
} finally {
  rmSync(reports, { recursive: true, force: true });
}

function steps({ combinedFile, caFile }) {
  const scenarios = ['transfer', 'lent', 'piped', 'into', 'handshakes', 'asked', 'closed'];
  const ends = { exit: 3, throw: 1, callback: 1 };
  const stream = join(own, 'stream_exercise.mjs');
  return [
    { name: 'addon exercise', args: [join(own, 'exercise.mjs'), '--print'] },
    { name: 'addon streams --exit', args: [stream, '--exit'] },
    { name: 'addon streams --throw', args: [stream, '--throw'], status: 1 },
    ...['native', 'stream'].flatMap((channel) => [
      ...scenarios.flatMap((scenario) =>
        ['1.2', '1.3'].map((tls) => ({
          name: `socket collected ${scenario} ${tls} ${channel}`,
          args: ['--expose-gc', join(sockets, 'fixtures', 'collected.mjs'), scenario, combinedFile, caFile, tls],
          channel,
        })),
      ),
      ...Object.entries(ends).map(([end, status]) => ({
        name: `socket ends by ${end} ${channel}`,
        args: [join(sockets, 'fixtures', 'traffic.mjs'), combinedFile, caFile, end],
        channel,
        status,
      })),
      {
        name: `socket dropped anywhere ${channel}`,
        args: ['--expose-gc', join(sockets, 'stress', 'drop_anywhere.mjs'), '100', '7'],
        channel,
      },
    ]),
  ];
}

/** In one process, whatever the time: the limits of the tests are for a processor, not for its simulation. */
function suite(path) {
  const vitest = join(workspace, 'node_modules', 'vitest', 'vitest.mjs');
  const patience = ['--testTimeout=900000', '--hookTimeout=900000'];
  return {
    name: `suite ${path}`,
    args: [vitest, 'run', '--root', workspace, '--pool=threads', '--no-file-parallelism', ...patience, path],
  };
}

function passes({ name, args, channel = '', status = 0 }) {
  const log = join(reports, `${name.replace(/\W+/g, '-')}.log`);
  const options = [
    '--smc-check=all-non-file',
    '--leak-check=full',
    '--show-leak-kinds=definite',
    '--num-callers=30',
    `--suppressions=${join(packageRoot, 'test', 'valgrind.supp')}`,
    `--log-file=${log}`,
  ];
  const run = spawnSync('valgrind', [...options, process.execPath, ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    env: { ...process.env, ...(channel && { SSLKIT_CHANNEL: channel }), SSLKIT_SANITIZED: '1' },
  });
  if (run.error) throw run.error;
  const found = reportsOf(readFileSync(log, 'utf8'));
  for (const report of found) console.error(report);
  const ok = run.status === status && found.length === 0;
  if (run.status !== status) console.error(`${run.stdout}${run.stderr}status ${run.status}, signal ${run.signal}`);
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${name}`);
  return ok;
}

// Each report is a paragraph. Of leaks only those count that the addon caused without V8 or Node-API in between, as in
// asan.mjs: Node leaves much behind.
function reportsOf(text) {
  const paragraphs = text.replace(/^==\d+== ?/gm, '').split(/\n\s*\n/);
  return paragraphs.filter((part) => {
    if (!/^ {3}at 0x/m.test(part)) return false;
    if (!/are definitely lost/.test(part)) return !part.includes('set address range perms');
    const upToAddon = part.slice(0, Math.max(part.indexOf('sslkit.node'), 0));
    return upToAddon !== '' && !/(?:v8::|napi_|node::)/.test(upToAddon);
  });
}
