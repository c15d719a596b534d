import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Results } from '../src/results.ts';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const ITEMS = ['resume', 'echo-50', 'bulk-1k', 'duplex-64k'];

/** One tiny round of each kind of traffic, `node:tls` over sockets against itself over duplexes. Nothing about time. */
describe.runIf(process.platform === 'linux')('a tiny round of the bench', () => {
  let folder = '';
  let results: Results;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sslkit-bench-test-'));
    const json = join(folder, 'results.json');
    const args = [
      '--quick',
      '--rounds',
      '1',
      '--only',
      ITEMS.join(),
      '--contestants',
      'node-tls-duplex',
      '--json',
      json,
    ];
    const { status, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', timeout: 58_000 });
    expect(status, stderr).toBe(0);
    results = JSON.parse(readFileSync(json, 'utf8')) as Results;
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(ITEMS)('%s is measured for both, on the same work', (id) => {
    const item = results.tables[0]?.items.find((one) => one.id === id);
    expect(item?.entries.map(({ contestant, status, reason }) => ({ contestant, status, reason }))).toEqual([
      { contestant: 'node-tls', status: 'measured' },
      { contestant: 'node-tls-duplex', status: 'measured' },
    ]);
    for (const entry of item?.entries ?? []) {
      expect(entry.negotiated).toEqual({ protocol: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256', group: 'X25519' });
      expect(entry.rounds.rate).toEqual([expect.any(Number)]);
      expect(entry.summary.serverCpu?.rounds).toBe(1);
    }
  });

  test('the baseline is its own measure', () => {
    const baseline = results.tables[0]?.items[0]?.entries[0];
    expect(baseline?.ratios.rate?.['node-tls']?.median).toBe(1);
  });

  test('results of a quick run are not for publishing', () => {
    expect(results.publishable).toBe(false);
  });

  test('an unknown item is a usage error', () => {
    const { status, stderr } = spawnSync(process.execPath, [main, '--only', 'nothing'], { encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stderr).toContain('no item is called nothing');
  });
});
