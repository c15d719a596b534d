import { execFileSync } from 'node:child_process';
import { requires } from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import { envelopeOf, type Outcome, sslkit } from './command.ts';

interface Cipher {
  readonly name: string;
  readonly id: string;
  readonly protocol: string;
}
interface Ciphers {
  readonly list: string | null;
  readonly securityLevel: number;
  readonly ciphers: Cipher[];
}
const resultOf = (run: Outcome): Ciphers => envelopeOf(run).result as Ciphers;

test('the default: TLS 1.3 first, and nothing without forward secrecy that is not AEAD', async () => {
  const run = await sslkit(['ciphers', '--json']);
  expect(run).toMatchObject({ code: 0, stderr: '' });
  expect(envelopeOf(run)).toMatchObject({ schema: 1, command: 'ciphers', ok: true, result: { list: null } });
  const { ciphers, securityLevel } = resultOf(run);
  expect(securityLevel).toBeGreaterThanOrEqual(1);
  expect(ciphers.length).toBeGreaterThan(5);
  expect(ciphers[0]).toEqual({
    name: 'TLS_AES_256_GCM_SHA384',
    id: '0x1302',
    protocol: 'TLSv1.3',
    keyExchange: 'kx-any',
    authentication: 'auth-any',
    encryption: 'aes-256-gcm',
    bits: 256,
    aead: true,
    digest: null,
  });
});

describe('as openssl ciphers', () => {
  const LIST = 'ECDHE+AESGCM:DHE+CHACHA20:AES128-SHA:@STRENGTH';

  requires(test, 'openssl')('the same text, in the same order', async () => {
    const run = await sslkit(['ciphers', LIST, '--tls1.2']);
    const theirs = execFileSync('openssl', ['ciphers', '-v', '-s', '-tls1_2', LIST], { encoding: 'utf8' });
    expect(theirs.split('\n').length).toBeGreaterThan(4);
    const columns = (text: string) =>
      text
        .trim()
        .split('\n')
        .map((line) => line.trim().split(/ +/));
    expect(columns(run.stdout.toString())).toEqual(columns(theirs));
  });

  requires(test, 'openssl')('the same numbers', async () => {
    const run = await sslkit(['ciphers', LIST, '--json', '--tls1.2']);
    const theirs = execFileSync('openssl', ['ciphers', '-V', '-s', '-tls1_2', LIST], { encoding: 'utf8' });
    const numbers = [...theirs.matchAll(/0x(..),0x(..) - (\S+)/g)].map(([, high, low, name]) => [
      name,
      `0x${high}${low}`.toLowerCase(),
    ]);
    expect(resultOf(run).ciphers.map(({ name, id }) => [name, id])).toEqual(numbers);
  });
});

describe('versions', () => {
  const protocols = async (...args: string[]) => {
    const { ciphers } = resultOf(await sslkit(['ciphers', 'ALL:@SECLEVEL=0', '--json', ...args]));
    return new Set(ciphers.map(({ protocol }) => protocol));
  };

  test('suites of TLS 1.3 and all others exclude each other', async () => {
    expect(await protocols('--tls1.3')).toEqual(new Set(['TLSv1.3']));
    expect(await protocols('--max', '1.2')).not.toContain('TLSv1.3');
    expect(await protocols('--tls1.2')).toContain('TLSv1.2');
  });

  test('those of TLS 1.2 are not for older versions; older ones are for TLS 1.2', async () => {
    const old = await protocols('--min', '1.0', '--max', '1.1');
    expect(old).not.toContain('TLSv1.2');
    expect(old.size).toBeGreaterThan(0);
    for (const protocol of old) expect(await protocols('--tls1.2')).toContain(protocol);
  });
});

test('suites of TLS 1.3 may be in the list', async () => {
  const run = await sslkit(['ciphers', 'TLS_AES_128_GCM_SHA256:ECDHE-RSA-AES128-GCM-SHA256', '--json']);
  expect(resultOf(run).ciphers.map(({ name }) => name)).toEqual([
    'TLS_AES_128_GCM_SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
  ]);
});

test('a list of nothing, and versions the wrong way round, are wrong arguments', async () => {
  const nothing = await sslkit(['ciphers', 'NONSENSE']);
  expect(nothing.stderr).toContain('no cipher can be selected from NONSENSE');
  expect(nothing.code).toBe(1);
  const versions = await sslkit(['ciphers', '--min', '1.3', '--max', '1.2']);
  expect(versions.stderr).toContain('--min 1.3 is above --max 1.2');
  expect(versions.code).toBe(1);
});
