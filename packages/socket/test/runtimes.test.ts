/** The newest Node that is installed beside this one, with its own OpenSSL (3.5) under the binary that was built for this. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '@sslkit/testkit';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** Filled by `node tools/install-runtimes.mjs`. */
const FOLDER = join(ROOT, '.cache', 'runtimes', 'node_modules');
const VITEST = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');

/** What depends most on the OpenSSL and the libuv below: half a minute. By hand all of it runs, see CONTRIBUTING.md. */
const SUITES = [
  ...['handshake', 'pipe', 'stream', 'x509'].map((name) => `packages/openssl-native/test/${name}.test.ts`),
  ...['errors', 'handshake', 'session'].map((name) => `packages/context/test/${name}.test.ts`),
  ...['close_order', 'conversation', 'duplex', 'eof', 'listen', 'refused', 'unwrap', 'wrap_socket'].map(
    (name) => `packages/socket/test/${name}.test.ts`,
  ),
];

interface Report {
  numPassedTests: number;
  numFailedTests: number;
  testResults: { name: string; status: string; message: string; assertionResults: Assertion[] }[];
}

interface Assertion {
  fullName: string;
  status: string;
  failureMessages: string[];
}

function newest(): string | undefined {
  if (!existsSync(FOLDER)) return undefined;
  const versions = readdirSync(FOLDER).flatMap((name) => /^node(\d+)$/.exec(name)?.[1] ?? []);
  const best = versions.map(Number).sort((a, b) => b - a)[0];
  return best === undefined ? undefined : join(FOLDER, `node${best}`, 'bin', 'node');
}

async function runSuites(node: string): Promise<Report> {
  const outputFile = join(temporaryDirectory('runtimes'), 'report.json');
  // One of its own: it must not take itself for a worker of the run that it is started from.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST')));
  const args = [VITEST, 'run', '--root', ROOT, '--maxWorkers=1', '--reporter=json', `--outputFile=${outputFile}`];
  const child = spawn(node, [...args, ...SUITES], { env, stdio: 'ignore', timeout: 240_000 });
  await once(child, 'exit');
  return JSON.parse(readFileSync(outputFile, 'utf8')) as Report;
}

const node = newest();

test.runIf(node)(
  'what passes here passes on the newest Node',
  async () => {
    const report = await runSuites(node as string);
    const failures = report.testResults.flatMap(({ name, status, message, assertionResults }) => {
      const failed = assertionResults.filter((assertion) => assertion.status === 'failed');
      if (failed.length > 0) return failed.map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages[0]}`);
      return status === 'failed' ? [`${name}: ${message}`] : [];
    });
    expect(failures).toEqual([]);
    expect(report.testResults).toHaveLength(SUITES.length);
    expect(report.numPassedTests).toBeGreaterThan(500);
  },
  250_000,
);

if (node === undefined)
  test.skipIf(process.env.CI !== 'true')('another version of Node is in .cache/runtimes', () => {
    expect.fail('none found: node tools/install-runtimes.mjs');
  });
