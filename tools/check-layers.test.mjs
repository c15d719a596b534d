import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkLayers } from './check-layers.mjs';

let root;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'layers-'));
  for (const folder of ['apps', 'internal']) mkdirSync(join(root, folder));
  for (const name of ['pem', 'context', 'socket']) manifest(name, {});
});
afterEach(() => rmSync(root, { recursive: true }));

describe('direction of imports', () => {
  test('a layer may import the layers below that it declares', () => {
    manifest('socket', { dependencies: { '@sslkit/context': 'workspace:^' } });
    source('packages/socket/src/a.ts', "import { SSLContext } from '@sslkit/context';");
    expect(checkLayers(root)).toEqual([]);
  });

  test('an import that points up is refused even when it is declared', () => {
    manifest('context', { dependencies: { '@sslkit/socket': 'workspace:^' } });
    source('packages/context/src/a.ts', "export * from '@sslkit/socket';");
    expect(checkLayers(root)).toEqual(['packages/context/src/a.ts: imports @sslkit/socket: points up or sideways']);
  });

  test('a sibling reached by a relative path is refused', () => {
    source('packages/socket/src/a.ts', "const x = await import('../../context/src/b.ts');");
    expect(checkLayers(root)).toHaveLength(1);
  });

  test('an undeclared sibling is refused, and a dev dependency does not count for code that ships', () => {
    manifest('socket', { devDependencies: { '@sslkit/context': 'workspace:^' } });
    source('packages/socket/src/a.ts', "import '@sslkit/context/engine';");
    source('packages/socket/test/a.test.ts', "import '@sslkit/context';");
    expect(checkLayers(root)).toEqual([
      'packages/socket/src/a.ts: imports @sslkit/context/engine: not among the (non-dev) dependencies',
    ]);
  });

  test('pem imports nothing at all, not even from Node', () => {
    source('packages/pem/src/a.ts', "import { readFileSync } from 'node:fs';");
    expect(checkLayers(root)).toEqual(['packages/pem/src/a.ts: imports node:fs: pem imports nothing']);
  });

  test('the testkit never ships', () => {
    manifest('socket', { dependencies: { '@sslkit/testkit': 'workspace:*' } });
    source('packages/socket/src/a.ts', "import '@sslkit/testkit';");
    expect(checkLayers(root)).toHaveLength(1);
  });
});

function manifest(name, fields) {
  source(`packages/${name}/package.json`, JSON.stringify({ name: `@sslkit/${name}`, ...fields }));
}

function source(path, text) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
