import { join } from 'node:path';
import { files, type SceneFiles } from '@sslkit/testkit';
import { beforeAll, expect, test } from 'vitest';
import { envelopeOf, type Outcome, sslkit } from './command.ts';

let f: SceneFiles;
beforeAll(async () => {
  f = await files();
});

interface Doctor {
  readonly healthy: boolean;
  readonly checks: { name: string; status: string; message: string; hint: string | null }[];
}
const resultOf = (run: Outcome): Doctor => envelopeOf(run).result as Doctor;
const find = (run: Outcome, name: string) => resultOf(run).checks.find((check) => check.name === name);

test('all is well: OpenSSL, trust, the clock, a handshake of each version', async () => {
  const env = { SSL_CERT_FILE: f.caFile, SSL_CERT_DIR: f.hashedCapath };
  const run = await sslkit(['doctor', '--json'], { env });
  expect(run).toMatchObject({ code: 0, stderr: '' });
  expect(envelopeOf(run)).toMatchObject({ schema: 1, command: 'doctor', ok: true, result: { healthy: true } });
  for (const check of resultOf(run).checks) {
    expect(Object.keys(check).sort()).toEqual(['hint', 'message', 'name', 'status']);
  }
  expect(find(run, 'openssl')).toMatchObject({ status: 'ok', message: expect.stringMatching(/^OpenSSL 3\./) });
  expect(find(run, 'trust')!.message).toBe(`1 certificate from ${f.caFile}`);
  expect(find(run, '$SSL_CERT_FILE')).toMatchObject({ status: 'ok', message: f.caFile });
  expect(find(run, 'clock')!.status).toBe('ok');
  expect(find(run, 'fips')!.message).toMatch(/^(on|off)$/);
  expect(find(run, 'handshake TLSv1.2')!.status).toBe('ok');
  expect(find(run, 'handshake TLSv1.3')!.message).toMatch(/^TLS_AES_128_GCM_SHA256, [\d.]+ ms$/);
  const text = await sslkit(['doctor'], { env });
  expect(text).toMatchObject({ code: 0, stderr: '' });
  expect(text.stdout.toString()).toMatch(/^ {2}ok {4}openssl .*\n[\s\S]* {2}ok {4}handshake TLSv1\.3 +TLS_AES/);
});

test('no trusted certificates: status 9, and what to do', async () => {
  const env = { SSL_CERT_FILE: f.missingFile, SSL_CERT_DIR: join(f.missingFile, 'no') };
  const run = await sslkit(['doctor', '--json'], { env });
  expect(run).toMatchObject({ code: 9, stderr: '' });
  expect(envelopeOf(run)).toMatchObject({ ok: true, result: { healthy: false } });
  expect(find(run, 'trust')).toMatchObject({ status: 'fail', hint: expect.stringContaining('ca-certificates') });
  expect(find(run, '$SSL_CERT_FILE')!.status).toBe('fail');
  const text = await sslkit(['doctor'], { env });
  expect(text.code).toBe(9);
  expect(text.stdout.toString()).toMatch(/ {2}fail {2}trust .*\n +install ca-certificates/);
});

test('a folder of trusted certificates is trust enough', async () => {
  const env = { SSL_CERT_FILE: '/dev/null', SSL_CERT_DIR: f.hashedCapath };
  const run = await sslkit(['doctor', '--json'], { env });
  expect(find(run, 'trust')).toMatchObject({ status: 'ok', message: `the folder ${f.hashedCapath}` });
});

test('what stands in the environment cannot repaint the terminal', async () => {
  const run = await sslkit(['doctor'], { env: { SSLKEYLOGFILE: '/dev/null\x1b[2J', SSL_CERT_FILE: f.caFile } });
  expect(run.stdout.toString() + run.stderr).not.toContain('\x1b');
});
