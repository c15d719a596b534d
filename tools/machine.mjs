// What the machine must have before anything is installed. Each answer is one message that says what to install.
import { spawnSync } from 'node:child_process';

/**
 * @param {{ version?: string, has?: (command: string) => boolean, platform?: string }} [probe] replaced in tests
 * @returns {string | null} what is missing and how to get it; null when all is there
 */
export function checkMachine(probe = {}) {
  const { version = process.versions.node, has = onPath, platform = process.platform } = probe;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    return `Node ${version} is too old: Node 20.19 or newer is needed. Install it from https://nodejs.org or your package manager.`;
  }
  if (platform === 'win32') return null; // node-gyp finds Visual Studio and says itself what is missing.
  const compiler = process.env.CXX ?? (has('g++') ? 'g++' : 'clang++');
  const missing = ['python3', 'make', compiler].filter((command) => !has(command));
  if (missing.length === 0) return null;
  const names = missing
    .map((command) => (command === 'clang++' ? 'a C++17 compiler (g++ or clang++)' : command))
    .join(', ');
  return `${names} not found; the native layer is compiled on your machine. ${installAdvice(platform)}`;
}

function installAdvice(platform) {
  if (platform === 'darwin') return 'Install the command line tools: xcode-select --install';
  return 'Debian/Ubuntu: apt-get install python3 make g++ · Fedora: dnf install python3 make gcc-c++ · Alpine: apk add python3 make g++';
}

function onPath(command) {
  return spawnSync('sh', ['-c', 'command -v "$1"', 'sh', command.split(' ')[0]], { stdio: 'ignore' }).status === 0;
}
