// Prints the C++ sources for binding.gyp, so that a new file needs no second place to name it.
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const FOLDERS = ['src/ossl', 'src/napi', 'src/objects', 'src/stream'];

for (const folder of FOLDERS) {
  for (const name of readdirSync(join(root, folder)).sort()) {
    if (name.endsWith('.cc')) console.log(`${folder}/${name}`);
  }
}
