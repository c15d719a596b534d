// Imports point down only, siblings are imported by package name, and who imports a package declares it.
// The order is ARCHITECTURE.md's; this file is where it is enforced.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** What each package may import of this workspace, in code that ships. */
const allowed = {
  '@sslkit/pem': [],
  '@sslkit/openssl-native': [],
  '@sslkit/context': ['@sslkit/openssl-native', '@sslkit/pem'],
  '@sslkit/socket': ['@sslkit/context', '@sslkit/openssl-native'],
  '@sslkit/cli': ['@sslkit/context', '@sslkit/pem', '@sslkit/socket'],
};
const testOnly = '@sslkit/testkit';

/** @returns {string[]} one line per violation */
export function checkLayers(root) {
  return packageFolders(root).flatMap((folder) => checkPackage(root, folder));
}

function checkPackage(root, folder) {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const problems = [];
  for (const file of sources(folder)) {
    const test = /\.test\.ts$|(?:^|[\\/])test[\\/]/.test(relative(folder, file));
    for (const specifier of importsOf(readFileSync(file, 'utf8'))) {
      const problem = judge({ manifest, folder, file, specifier, test });
      if (problem) problems.push(`${relative(root, file)}: imports ${specifier}: ${problem}`);
    }
  }
  return problems;
}

function judge({ manifest, folder, file, specifier, test }) {
  if (specifier.startsWith('.')) {
    return resolve(dirname(file), specifier).startsWith(folder)
      ? null
      : 'leaves its package; import the sibling by name';
  }
  if (manifest.name === '@sslkit/pem' && !test) return 'pem imports nothing';
  if (!specifier.startsWith('@sslkit/')) return null;
  const target = specifier.split('/').slice(0, 2).join('/');
  if (target === manifest.name) return null;
  const declared = { ...manifest.dependencies, ...(test ? manifest.devDependencies : {}) };
  if (!(target in declared)) return test ? 'not among the dependencies' : 'not among the (non-dev) dependencies';
  if (test || !(manifest.name in allowed)) return null;
  return target === testOnly || !allowed[manifest.name].includes(target) ? 'points up or sideways' : null;
}

function importsOf(text) {
  const found = text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*['"]([^'"\n]+)['"]/g);
  return [...found].map(([, specifier]) => specifier);
}

function packageFolders(root) {
  return ['packages', 'apps', 'internal'].flatMap((top) =>
    readdirSync(join(root, top), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && readdirSync(join(root, top, entry.name)).includes('package.json'))
      .map((entry) => join(root, top, entry.name)),
  );
}

function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (/^(node_modules|dist|build.*|\..*)$/.test(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (/\.(ts|mts|mjs)$/.test(entry.name)) yield path;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const problems = checkLayers(dirname(dirname(fileURLToPath(import.meta.url))));
  for (const problem of problems) console.error(problem);
  console.log(problems.length === 0 ? 'layers: imports point down only' : `layers: ${problems.length} violations`);
  process.exit(problems.length === 0 ? 0 : 1);
}
