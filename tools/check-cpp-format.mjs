// The C++ is formatted by clang-format 14 (Debian 12's): other versions wrap differently, so only that one judges.
//   node tools/check-cpp-format.mjs            checks
//   node tools/check-cpp-format.mjs --write    formats
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const command = ['clang-format-14', 'clang-format'].find((name) => /version 14\./.test(versionOf(name)));
if (command === undefined) {
  console.log('C++ format: skipped, clang-format 14 is not installed');
  process.exit(process.env.CI === 'true' ? 1 : 0);
}
const files = [...sources(join(root, 'packages', 'openssl-native', 'src'))];
const mode = process.argv.includes('--write') ? ['-i'] : ['--dry-run', '--Werror'];
const { status } = spawnSync(command, [...mode, ...files], { cwd: root, stdio: 'inherit' });
console.log(
  `C++ format: ${files.length} files ${status === 0 ? 'are as clang-format has them' : 'checked; see above'}`,
);
process.exit(status ?? 1);

function versionOf(name) {
  return spawnSync(name, ['--version'], { encoding: 'utf8' }).stdout ?? '';
}

function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (/\.(cc|h|c)$/.test(entry.name)) yield path;
  }
}
