#!/usr/bin/env node
// Builds the addon with AddressSanitizer and runs over it the plain-node scripts and the package's tests:
// `node scripts/asan.mjs`; or the tests of other packages: `node scripts/asan.mjs --suite socket,context`, and after
// `--` what vitest is to be told, for example a file; or so many connections that are dropped at random points, over
// both channels, with a look for leaks: `node scripts/asan.mjs --stress 10000`, two minutes.
// Fails on any report whose stack names the addon.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runUnder, scripts, socketTests, testsOf, unknownPackage } from './sanitizer.mjs';

function main() {
  const options = { suite: { type: 'string' }, stress: { type: 'string' }, seed: { type: 'string', default: '7' } };
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const packages = values.suite?.split(',') ?? [];
  const unknown = unknownPackage(packages);
  if (unknown !== undefined) {
    console.error(`there is no packages/${unknown}`);
    return 2;
  }
  const steps = values.stress ? stressSteps(values) : values.suite ? [testsOf(packages, positionals)] : ownSteps();
  return runUnder(addressSanitizer(), steps);
}

function addressSanitizer() {
  return {
    kind: 'address',
    folder: 'build-asan',
    library: 'libasan.so',
    variable: 'ASAN_OPTIONS',
    options: ({ leaks }) => `detect_leaks=${leaks ? 1 : 0}:quarantine_size_mb=8:detect_stack_use_after_return=1`,
    reportsOf,
  };
}

function ownSteps() {
  const exercise = join(scripts, 'exercise.mjs');
  return [
    { name: 'exercise', leaks: true, args: [exercise, '--print'] },
    { name: 'exercise with an unfinished handshake', leaks: true, args: [exercise, '--keep'] },
    { name: 'collect', leaks: true, args: ['--expose-gc', join(scripts, 'collect.mjs')] },
    // process.exit() leaves objects to the operating system, so leaks say nothing here.
    { name: 'exit', args: [exercise, '--exit'] },
    testsOf(['openssl-native'], []),
  ];
}

function stressSteps({ stress, seed }) {
  return ['native', 'stream'].map((channel) => ({
    name: `${stress} connections dropped anywhere, ${channel} channel`,
    leaks: true,
    args: ['--expose-gc', join(socketTests, 'stress', 'drop_anywhere.mjs'), stress, seed],
    env: { SSLKIT_CHANNEL: channel },
  }));
}

/** With debug information a frame names a function and a source, without it the file of the addon. */
const ADDON_FRAME = /sslkit\.node|\bsslkit::|\.\.\/src\/(?:napi|objects|ossl|stream)\//;

// Node leaves memory behind on exit, much of it V8's for the classes that an addon defines. A leak is ours when the addon
// allocated it itself or through OpenSSL: no frame of V8 or Node-API between the allocation and the addon.
function reportsOf(text) {
  const parts = text.split(/\n(?=(?:Direct|Indirect) leak|==\d+==ERROR)/);
  return parts.filter((part) => {
    if (/ERROR: AddressSanitizer/.test(part)) return true;
    const upToAddon = part.slice(0, Math.max(part.search(ADDON_FRAME), 0));
    return upToAddon !== '' && /leak of/.test(part) && !/ in (?:v8::|napi_|node::)/.test(upToAddon);
  });
}

process.exitCode = main();
