// The meant differences of the comparison with CPython, from the one list that its tests use. That list is TypeScript, which
// Node 20 cannot import: the compiler takes the types off.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const source = join(root, 'packages', 'context', 'test', 'differential', 'deviations.ts');
const folder = join(root, '.reports', 'parity');

/** @returns {Promise<{ cases: readonly string[], better: number | null, reason: string }[]>} */
export async function loadDeviations() {
  const options = ['--ignoreConfig', '--noCheck', '--target', 'es2023', '--module', 'nodenext'];
  const args = [...options, '--rewriteRelativeImportExtensions', '--outDir', folder, source];
  const { status, stdout } = spawnSync(join(root, 'node_modules', '.bin', 'tsc'), args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`cannot read ${source}: ${stdout}`);
  return (await import(pathToFileURL(join(folder, 'deviations.js')))).DEVIATIONS;
}
