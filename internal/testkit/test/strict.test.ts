import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { files, mintCrl, scene, temporaryDirectory } from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';

const absent = spawnSync('openssl', ['version']).error !== undefined;

describe.skipIf(absent && process.env.CI !== 'true')('openssl verify -x509_strict', () => {
  const verify = (pem: string, ...args: string[]) => {
    const run = spawnSync('openssl', ['verify', '-x509_strict', ...args], { input: pem, encoding: 'utf8' });
    return { status: run.status, text: run.stdout + run.stderr };
  };

  for (const name of ['server', 'serverRsa', 'client', 'wrongHost'] as const) {
    test(`accepts ${name}`, async () => {
      const { caFile } = await files();
      expect(verify((await scene())[name].certPem, '-CAfile', caFile)).toEqual({ status: 0, text: 'stdin: OK\n' });
    });
  }

  test('accepts a self-signed certificate that is itself trusted', async () => {
    const path = join(temporaryDirectory(), 'self.pem');
    const { selfSigned } = await scene();
    writeFileSync(path, selfSigned.certPem);
    expect(verify(selfSigned.certPem, '-CAfile', path).status).toBe(0);
  });

  test('accepts a leaf under an intermediate, given the chain', async () => {
    const { caFile, chainFile } = await files();
    const { chained } = await scene();
    expect(verify(chained.certPem, '-CAfile', caFile, '-untrusted', chainFile).status).toBe(0);
    expect(verify(chained.certPem, '-CAfile', caFile).text).toContain('unable to get local issuer certificate');
  });

  test('finds the authority in the hashed directory', async () => {
    const { hashedCapath, emptyCapath } = await files();
    const { server } = await scene();
    expect(verify(server.certPem, '-no-CAfile', '-CApath', hashedCapath).status).toBe(0);
    expect(verify(server.certPem, '-no-CAfile', '-CApath', emptyCapath).status).not.toBe(0);
  });

  test('refuses what each broken certificate is broken in', async () => {
    const { caFile } = await files();
    const { expired, notYetValid, otherServer } = await scene();
    expect(verify(expired.certPem, '-CAfile', caFile).text).toContain('certificate has expired');
    expect(verify(notYetValid.certPem, '-CAfile', caFile).text).toContain('certificate is not yet valid');
    expect(verify(otherServer.certPem, '-CAfile', caFile).text).toContain('unable to get local issuer certificate');
  });

  test('honours a minted revocation list', async () => {
    const { caFile } = await files();
    const { ca, server, serverRsa } = await scene();
    const crlFile = join(temporaryDirectory(), 'crl.pem');
    writeFileSync(crlFile, await mintCrl(ca, [server]));
    const args = ['-CAfile', caFile, '-crl_check', '-CRLfile', crlFile];
    expect(verify(server.certPem, ...args).text).toContain('certificate revoked');
    expect(verify(serverRsa.certPem, ...args).status).toBe(0);
  });
});
