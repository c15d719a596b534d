import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { buildSync } from 'esbuild';
import { describe, expect, test } from 'vitest';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as Record<
  string,
  unknown
>;

/** Bytes that a page with these imports loads, minified and gzipped. */
function size(names: string): number {
  const code = buildSync({
    stdin: {
      contents: `export ${names} from '@sslkit/pem';`,
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
    },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    // Nothing of Node may be needed: an import of a built-in fails this build.
    platform: 'browser',
    write: false,
  }).outputFiles[0]!.contents;
  return gzipSync(code, { level: 9 }).length;
}

describe('the package', () => {
  test('is at most 6 kB as a whole, minified and gzipped', () => {
    expect(size('*')).toBeLessThanOrEqual(6_144);
  });

  test('costs little where little of it is imported', () => {
    // It is formatPem with a label: one writer of blocks is what keeps the whole small.
    expect(size('{ derCertToPemCert }')).toBeLessThanOrEqual(1200);
    expect(size('{ certTimeToSeconds }')).toBeLessThanOrEqual(800);
    expect(size('{ readDer, iterateDer }')).toBeLessThanOrEqual(1200);
  });

  test('has no dependency, no install script and no side effect', () => {
    expect(manifest.dependencies).toBeUndefined();
    expect(manifest.sideEffects).toBe(false);
    expect(Object.keys(manifest.scripts as object).filter((name) => /install|prepare/.test(name))).toEqual([]);
  });

  test('imports its own modules and nothing else', () => {
    for (const file of readdirSync(dist).filter((name) => name.endsWith('.js'))) {
      const code = readFileSync(dist + file, 'utf8');
      for (const [, name] of code.matchAll(/(?:from|import\()\s*['"]([^'"]+)['"]/g))
        expect(`${file}: ${name}`).toMatch(/: \.\/[a-z0-9]+\.js$/);
      expect(code).not.toMatch(/\brequire\(|process\./);
    }
  });
});
