// What a built addon depends on, as one hash.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const FLAGS = ['CC', 'CXX', 'CFLAGS', 'CXXFLAGS', 'LDFLAGS', 'SSLKIT_OPENSSL_STATIC'];

export function computeStamp(packageRoot, settings) {
  const hash = createHash('sha256');
  const require = createRequire(join(packageRoot, 'package.json'));
  const addonApi = require('node-addon-api/package.json').version;
  const flags = FLAGS.map((name) => process.env[name] ?? '');
  const { platform, arch, versions } = process;
  hash.update(
    JSON.stringify({ settings, platform, arch, node: versions.node, openssl: versions.openssl, addonApi, flags }),
  );
  for (const file of sourceFiles(packageRoot)) hash.update(`\0${file}\0`).update(readFileSync(join(packageRoot, file)));
  return hash.digest('hex');
}

function sourceFiles(packageRoot) {
  const sources = readdirSync(join(packageRoot, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(cc|h)$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(packageRoot.length + 1));
  return ['binding.gyp', 'scripts/list-sources.mjs', ...sources].sort();
}
