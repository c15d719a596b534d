import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as sslkit from '@sslkit/context';
import { type Scene, scene, temporaryDirectory } from '@sslkit/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { clock, environment, examine } from './health.ts';
import { selfTest } from './self_test.ts';

let cast: Scene;
beforeAll(async () => {
  cast = await scene();
});

describe('the clock', () => {
  const VERSION = 'OpenSSL 3.0.19 27 Jan 2026';
  const at = (text: string) => clock(VERSION, [cast.server.certDer], new Date(text)).status;

  test('before the release of the OpenSSL in use is wrong', () => {
    expect(at('2026-01-26T23:59:59Z')).toBe('fail');
    expect(at('2026-01-27T00:00:00Z')).toBe('ok');
    expect(clock(`${VERSION} (Library: distribution)`, [], new Date(0)).status).toBe('fail');
  });

  test('at which most trusted certificates have expired is wrong', () => {
    const now = new Date();
    const { server, ca, expired } = cast;
    expect(clock(VERSION, [expired.certDer, server.certDer], now).status).toBe('ok');
    const most = clock(VERSION, [expired.certDer, server.certDer, expired.certDer], now);
    expect(most).toMatchObject({ status: 'fail', message: expect.stringContaining('2 of 3 trusted certificates') });
    expect(clock(VERSION, [ca.certDer], new Date('2090-01-01')).status).toBe('fail');
  });

  test('is not judged by a version without a date, nor by no certificates', () => {
    expect(clock('OpenSSL', [], new Date(0)).status).toBe('ok');
  });
});

describe('the environment', () => {
  test('of which nothing matters says nothing', () => expect(environment({ PATH: '/bin', HOME: '/' })).toEqual([]));

  test('paths of trust must be there', () => {
    const dir = temporaryDirectory();
    const file = join(dir, 'file');
    writeFileSync(file, '');
    const status = (env: NodeJS.ProcessEnv) => environment(env).map((check) => [check.name, check.status]);
    expect(status({ SSL_CERT_FILE: file, SSL_CERT_DIR: `/nowhere:${dir}` })).toEqual([
      ['$SSL_CERT_FILE', 'ok'],
      ['$SSL_CERT_DIR', 'ok'],
    ]);
    expect(status({ SSL_CERT_FILE: dir, SSL_CERT_DIR: file })).toEqual([
      ['$SSL_CERT_FILE', 'fail'],
      ['$SSL_CERT_DIR', 'fail'],
    ]);
    expect(status({ SSL_CERT_FILE: '', SSL_CERT_DIR: '/nowhere' })).toEqual([
      ['$SSL_CERT_FILE', 'fail'],
      ['$SSL_CERT_DIR', 'fail'],
    ]);
  });

  test('a key log is dangerous, and variables of node:tls have no effect', () => {
    const checks = environment({
      SSLKEYLOGFILE: '/tmp/keys',
      NODE_EXTRA_CA_CERTS: 'x',
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
    });
    expect(checks.map(({ name, status }) => [name, status])).toEqual([
      ['$SSLKEYLOGFILE', 'warn'],
      ['$NODE_EXTRA_CA_CERTS', 'warn'],
      ['$NODE_TLS_REJECT_UNAUTHORIZED', 'warn'],
    ]);
    expect(checks[0]!.message).toContain('/tmp/keys');
  });
});

describe.each(['TLSv1_2', 'TLSv1_3'] as const)('the handshake with ourselves, %s', (version) => {
  test('is of that version, and carries a message both ways', () => {
    const { cipher, elapsedMs } = selfTest(sslkit, version);
    expect(cipher.startsWith('TLS_')).toBe(version === 'TLSv1_3');
    expect(elapsedMs).toBeGreaterThan(0);
  });

  test('that fails is told, and does not hide the other checks', () => {
    class Broken extends sslkit.SSLContext {
      override setPskServerCallback(): void {
        super.setPskServerCallback(() => new Uint8Array(32));
      }
    }
    expect(() => selfTest({ ...sslkit, SSLContext: Broken }, version)).toThrow(sslkit.SSLError);
    const checks = examine({ ...sslkit, SSLContext: Broken }, {}, new Date(), null);
    expect(checks.filter(({ status }) => status === 'fail').map(({ name }) => name)).toEqual([
      'handshake TLSv1.2',
      'handshake TLSv1.3',
    ]);
    expect(checks.find(({ name }) => name === 'fips')!.message).toBe('not known');
  });
});
