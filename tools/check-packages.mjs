// What each published package must be as a package: manifest fields, README, licence, and that everything `exports` and
// `bin` name is really there and packed. publint does the part that is not about this project.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const problems = [];

for (const name of readdirSync(join(root, 'packages'))) {
  const folder = join(root, 'packages', name);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const complain = (text) => problems.push(`${manifest.name}: ${text}`);

  for (const field of ['description', 'license', 'exports', 'files', 'engines', 'publishConfig']) {
    if (!(field in manifest)) complain(`package.json has no "${field}"`);
  }
  if (manifest.type !== 'module') complain('is not ESM');
  if (manifest.license !== 'MIT') complain('is not under the MIT licence');
  if (manifest.engines?.node !== '>=20.19') complain('engines.node is not >=20.19');
  for (const file of ['README.md', 'LICENSE']) if (!existsSync(join(folder, file))) complain(`has no ${file}`);
  for (const target of [...targets(manifest.exports), ...Object.values(manifest.bin ?? {})]) {
    if (!existsSync(join(folder, target))) complain(`${target} is named in the manifest and does not exist`);
  }
  const { status, stdout } = spawnSync(
    join(root, 'node_modules', '.bin', 'publint'),
    ['run', folder, '--strict', '--pack', 'npm'],
    { encoding: 'utf8' },
  );
  if (status !== 0) complain(`publint:\n${stdout}`);
}

for (const problem of problems) console.error(problem);
console.log(
  problems.length === 0 ? 'packages: manifests, exports and files agree' : `packages: ${problems.length} problems`,
);
process.exit(problems.length === 0 ? 0 : 1);

function targets(node) {
  return typeof node === 'string' ? [node] : Object.values(node ?? {}).flatMap(targets);
}
