// One file with everything in it, so that it can be saved, mailed and opened from disk. Its policy forbids every
// connection: what is dropped here cannot leave the page.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { buildSync } from 'esbuild';

const at = (path) => new URL(`../${path}`, import.meta.url);
const { outputFiles } = buildSync({
  entryPoints: [at('dist/modules/main.js').pathname],
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
  platform: 'browser',
  write: false,
});
const script = outputFiles[0].text.trim();
const style = readFileSync(at('src/style.css'), 'utf8');
const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const policy = `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; base-uri 'none'; form-action 'none'`;

const page = readFileSync(at('src/index.html'), 'utf8')
  .replace('<!-- policy -->', () => `<meta http-equiv="Content-Security-Policy" content="${policy}">`)
  .replace('<!-- style -->', () => `<style>${style}</style>`)
  .replace('<!-- script -->', () => `<script>${script}</script>`);
writeFileSync(at('dist/index.html'), page);
