// The tools that node-gyp needs, found before it starts: its own messages name one problem among two hundred lines.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** @returns {string[]} names of what is missing */
export function missingTools() {
  const missing = [];
  const python = process.env.npm_config_python ?? process.env.PYTHON;
  if (!runs(python ?? 'python3', ['--version'])) missing.push('python3');
  if (process.platform === 'win32') return missing;
  if (!runs(process.env.MAKE ?? 'make', ['--version'])) missing.push('make');
  if (!compilesCxx17()) missing.push('a C++17 compiler (g++ 8 or clang 7, or newer)');
  return missing;
}

export function explainTools(missing) {
  return [
    `Missing: ${missing.join(', ')}.`,
    '  Debian, Ubuntu:  sudo apt-get install -y python3 make g++',
    '  Fedora, RHEL:    sudo dnf install -y python3 make gcc-c++',
    '  Alpine:          apk add python3 make g++',
    '  macOS:           xcode-select --install',
  ].join('\n');
}

/** The workspace's node-gyp; in an installed package, the one that npm brings. */
export function findNodeGyp(packageRoot) {
  try {
    return createRequire(join(packageRoot, 'package.json')).resolve('node-gyp/bin/node-gyp.js');
  } catch {
    const beside = join(dirname(process.execPath), '..', 'lib/node_modules/npm/node_modules/node-gyp/bin/node-gyp.js');
    return [process.env.npm_config_node_gyp, beside].find((file) => file && existsSync(file));
  }
}

function compilesCxx17() {
  const folder = mkdtempSync(join(tmpdir(), 'sslkit-cxx-'));
  try {
    const source = join(folder, 'probe.cc');
    writeFileSync(
      source,
      '#include <optional>\n#include <variant>\nint main() { return std::optional<int>(0).value(); }\n',
    );
    const [command, ...prefix] = (process.env.CXX ?? 'c++').split(' ');
    const args = [...prefix, '-std=c++17', '-c', source, '-o', join(folder, 'probe.o')];
    return runs(command, args) || (!process.env.CXX && runs('g++', args));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runs(command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}
