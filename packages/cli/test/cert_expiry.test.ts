import { mkdtempSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import {
  closeServer,
  files,
  listenLoopback,
  type Minted,
  mintLeaf,
  nodeTlsServer,
  type Scene,
  type SceneFiles,
  scene,
  temporaryDirectory,
} from '@sslkit/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { envelopeOf, type Outcome, sslkit } from './command.ts';

let f: SceneFiles;
let cast: Scene;
beforeAll(async () => {
  [f, cast] = await Promise.all([files(), scene()]);
});

const put = (minted: Minted): string => {
  const file = join(temporaryDirectory(), 'cert.pem');
  writeFileSync(file, minted.certPem);
  return file;
};

interface Expiry {
  readonly daysLeft: number | null;
  readonly targets: Record<string, unknown>[];
}
const resultOf = (run: Outcome): Expiry => envelopeOf(run).result as Expiry;

describe.each(['1.2', '1.3'] as const)('a server, TLS %s', (tls) => {
  const serve = (who: Minted) => nodeTlsServer({ cert: who.chainPem, key: who.keyPem, tls });

  test('of a verified one the whole chain counts, the root that it does not send too', async () => {
    const shortLived = await mintLeaf(cast.intermediate, { notAfter: new Date(Date.now() + 60 * DAY_MS) });
    await using server = await serve(shortLived);
    const args = ['cert', 'expiry', '--cafile', f.caFile, `localhost:${server.port}`];
    const run = await sslkit([...args, '--warn-days', '20']);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout.toString()).toMatch(/^ok {6}localhost:\d+: 29 days left \(CN=sslkit \w+ CA, until \S+Z\)\n$/);
    const json = await sslkit([...args, '--json']);
    expect(json).toMatchObject({ code: 6, stderr: '' });
    expect(resultOf(json)).toMatchObject({ warnDays: 30, daysLeft: 29 });
    expect(resultOf(json).targets[0]).toMatchObject({
      target: `localhost:${server.port}`,
      kind: 'host',
      exitStatus: 6,
      daysLeft: 29,
      error: null,
      certificates: [
        { subject: 'CN=localhost', daysLeft: 59 },
        { subject: 'CN=sslkit intermediate CA', daysLeft: 29 },
        { subject: 'CN=sslkit test CA', daysLeft: 29 },
      ],
    });
  });

  const refused: readonly (readonly [name: string, who: keyof Scene, code: number, daysLeft: number])[] = [
    ['expired', 'expired', 5, -2],
    ['not yet valid', 'notYetValid', 5, 6],
    ['not trusted', 'otherServer', 4, 29],
    ['for another name', 'wrongHost', 4, 29],
  ];
  test.each(refused)('%s: it is said, with the dates all the same', async (_, who, code, daysLeft) => {
    await using server = await serve(cast[who] as Minted);
    const args = ['cert', 'expiry', '--warn-days', '5', '--cafile', f.caFile, `localhost:${server.port}`];
    const run = await sslkit([...args, '--json']);
    expect(run).toMatchObject({ code, stderr: '' });
    expect(resultOf(run)).toMatchObject({ daysLeft });
    expect(resultOf(run).targets[0]).toMatchObject({
      exitStatus: code,
      daysLeft,
      error: { class: 'SSLCertVerificationError' },
    });
    const text = await sslkit(args);
    expect(text.stdout.toString()).toMatch(/^(EXPIRED|failed ) localhost:\d+: .*days.*; .*certificate verify failed/);
  });

  test('--insecure looks at the dates alone', async () => {
    await using server = await serve(cast.otherServer);
    const args = ['cert', 'expiry', '--insecure', '--warn-days', '5', `localhost:${server.port}`];
    const run = await sslkit(args);
    expect(run.code).toBe(0);
    expect(run.stderr).toContain('DANGER');
  });
});

describe('a file', () => {
  test.each<[name: string, who: keyof Scene, warnDays: string, code: number, text: RegExp]>([
    ['with days enough', 'server', '29', 0, /^ok {6}\S+: 29 days left \(CN=localhost, until .*\)\n$/],
    ['with too few', 'server', '30', 6, /^soon {4}\S+: 29 days left/],
    ['that has expired', 'expired', '0', 5, /^EXPIRED \S+: expired 2 days ago/],
    ['that is not valid yet', 'notYetValid', '0', 5, /^EXPIRED /],
  ])('%s', async (_, who, warnDays, code, text) => {
    const run = await sslkit(['cert', 'expiry', '--warn-days', warnDays, put(cast[who] as Minted)]);
    expect(run.stdout.toString()).toMatch(text);
    expect(run).toMatchObject({ code, stderr: '' });
  });

  test('one that expired within the last day is expired, not 0 days left', async () => {
    const anHourAgo = new Date(Date.now() - HOUR_MS);
    const minted = await mintLeaf(cast.ca, { notBefore: new Date(Date.now() - DAY_MS), notAfter: anHourAgo });
    const run = await sslkit(['cert', 'expiry', '--warn-days', '0', '--json', put(minted)]);
    expect(run.code).toBe(5);
    expect(resultOf(run)).toMatchObject({ daysLeft: -1 });
  });

  test('on standard input, among keys', async () => {
    const run = await sslkit(['cert', 'expiry', '--warn-days', '5', '-'], { input: cast.chained.combinedPem });
    expect(run.code).toBe(0);
  });
});

test('the worst of several targets sets the status; each is looked at', async () => {
  const refusing = net.createServer();
  const port = await listenLoopback(refusing);
  await closeServer(refusing);
  const targets = [f.certFile, put(cast.expired), f.missingFile, `127.0.0.1:${port}`, f.keyFile];
  const run = await sslkit(['cert', 'expiry', '--json', ...targets]);
  expect(run.code).toBe(5);
  expect(resultOf(run).targets.map(({ target, exitStatus }) => [target, exitStatus])).toEqual([
    [f.certFile, 6],
    [targets[1], 5],
    [f.missingFile, 8],
    [`127.0.0.1:${port}`, 2],
    [f.keyFile, 8],
  ]);
  const without = await sslkit(['cert', 'expiry', '-q', f.certFile, f.missingFile, `127.0.0.1:${port}`]);
  expect(without).toMatchObject({ code: 2, stderr: '' });
  expect(without.stdout.length).toBe(0);
});

test('a missing file is not looked up in the DNS', async () => {
  const run = await sslkit(['cert', 'expiry', '--json', 'no-such-file.pem']);
  expect(run.code).toBe(8);
  expect(resultOf(run).targets[0]).toMatchObject({ kind: 'file' });
});

test('a file may be called like a host', async () => {
  const dir = mkdtempSync(join(temporaryDirectory(), 'cwd-'));
  writeFileSync(join(dir, 'localhost'), cast.server.certPem);
  const run = await sslkit(['cert', 'expiry', '--json', 'localhost'], { cwd: dir });
  expect(resultOf(run).targets[0]).toMatchObject({ kind: 'file', daysLeft: 29 });
});

test('wrong arguments', async () => {
  const days = await sslkit(['cert', 'expiry', '--warn-days', '-1', f.certFile]);
  expect(days.code).toBe(1);
  const target = await sslkit(['cert', 'expiry', 'https://example.org']);
  expect(target.stderr).toContain('is a URL');
  expect(target.code).toBe(1);
  const none = await sslkit(['cert', 'expiry']);
  expect(none.code).toBe(1);
});

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
