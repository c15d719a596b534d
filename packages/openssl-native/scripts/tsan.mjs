#!/usr/bin/env node
// Builds the addon with ThreadSanitizer and runs what gives its handshake pool work: `node scripts/tsan.mjs`. It sees the
// addon's own memory only; with `--openssl <folder>`, where an OpenSSL of 3.0 was built with it (see CONTRIBUTING.md), that
// is put into the addon, so that races inside OpenSSL are seen too, for example over a context that changes.
// `--suite socket` and so on as for asan.mjs. Fails on any race of the addon's code.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { addonIn, runUnder, scripts, socketTests, testsOf, unknownPackage } from './sanitizer.mjs';

const addon = addonIn('build-tsan');

process.exitCode = main();

function main() {
  const options = { suite: { type: 'string' }, openssl: { type: 'string' } };
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const packages = values.suite?.split(',') ?? [];
  const unknown = unknownPackage(packages);
  const openssl = values.openssl === undefined ? '' : resolve(values.openssl);
  if (unknown !== undefined || (openssl && !existsSync(join(openssl, 'libssl.a')))) {
    console.error(unknown === undefined ? `there is no libssl.a in ${openssl}` : `there is no packages/${unknown}`);
    return 2;
  }
  return runUnder(threadSanitizer(openssl), values.suite ? [testsOf(packages, positionals)] : ownSteps());
}

function threadSanitizer(openssl) {
  return {
    kind: 'thread',
    folder: 'build-tsan',
    library: 'libtsan.so',
    variable: 'TSAN_OPTIONS',
    environment: { SSLKIT_OPENSSL_STATIC: openssl },
    options: () => 'history_size=5',
    reportsOf,
  };
}

function ownSteps() {
  const exercise = join(scripts, 'stream_exercise.mjs');
  const steps = [
    ...['1', '2'].map((seed) => ({
      name: `contexts changed under handshakes, seed ${seed}`,
      args: [join(scripts, 'stream_race.mjs'), '600', seed],
    })),
    { name: 'streams, ended by exit', args: [exercise, '--exit'] },
    { name: 'streams, ended by an exception', args: [exercise, '--throw'], status: 1 },
    { name: 'streams, ended at once', args: [exercise, '--kill-loop'] },
    {
      name: 'sockets dropped anywhere',
      args: ['--expose-gc', join(socketTests, 'stress', 'drop_anywhere.mjs'), '400', '7'],
      env: { SSLKIT_CHANNEL: 'native' },
    },
    testsOf(['openssl-native'], ['packages/openssl-native/test/stream.test.ts']),
    testsOf(['socket'], ['packages/socket/test/environments.test.ts', 'packages/socket/test/native.test.ts']),
  ];
  // More threads than cores: more ways for their steps to interleave.
  return steps.map((step) => ({ ...step, env: { ...step.env, SSLKIT_HANDSHAKE_THREADS: '4' } }));
}

// Node is not instrumented and synchronises V8's own threads in ways that cannot be seen, so there are reports about it. A
// race is ours when the addon is on the stack of an access, and neither access was made by Node itself.
function reportsOf(text) {
  const ours = text.split('==================').filter((report) => {
    if (!report.includes('WARNING: ThreadSanitizer')) return false;
    const accesses = report.split('\n\n').filter((part) => /^ +#0/m.test(part) && !/^ *(?:Location|Thread)/.test(part));
    return accesses.some((part) => part.includes('sslkit.node')) && !accesses.some(isOfNode);
  });
  return ours.map(withNames);
}

/** Whether the innermost frame that is not one of the sanitizer's own is in Node's executable. */
function isOfNode(access) {
  const frame = access.split('\n').find((line) => /^ +#\d+/.test(line) && !line.includes('libtsan'));
  return frame !== undefined && /[(/]node\+0x/.test(frame);
}

/** The sanitizer knows no names in what was loaded after it. */
function withNames(report) {
  return report.replace(/<null> <null> \(sslkit\.node\+(0x[0-9a-f]+)\)/g, (frame, address) => {
    const { stdout } = spawnSync('addr2line', ['-fCse', addon, address], { encoding: 'utf8' });
    return stdout ? stdout.trim().replace('\n', ' ') : frame;
  });
}
