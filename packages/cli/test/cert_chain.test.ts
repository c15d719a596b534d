import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  files,
  type Minted,
  mintCa,
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

interface Result {
  readonly sent: { subject: string }[];
  readonly verified: { subject: string }[] | null;
  readonly error: Record<string, unknown> | null;
  readonly findings: { code: string; message: string; harmful: boolean }[];
}
const resultOf = (run: Outcome): Result => envelopeOf(run).result as Result;
const codesOf = (run: Outcome): string[] => resultOf(run).findings.map(({ code }) => code);

const LEAF = 'CN=localhost';
const INTERMEDIATE = 'CN=sslkit intermediate CA';
const ROOT = 'CN=sslkit test CA';

describe.each(['1.2', '1.3'] as const)('a server, TLS %s', (tls) => {
  const chain = async (cert: string, key: string, ...args: string[]): Promise<Outcome> => {
    await using server = await nodeTlsServer({ cert, key, tls });
    return await sslkit(['cert', 'chain', '--cafile', f.caFile, `localhost:${server.port}`, ...args]);
  };

  test('that sends what it should: what is sent and what is verified', async () => {
    const { chainPem, keyPem } = cast.chained;
    const run = await chain(chainPem, keyPem, '--json');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(envelopeOf(run)).toMatchObject({ schema: 1, command: 'cert chain', ok: true });
    const { sent, verified, error, findings } = resultOf(run);
    expect(sent.map(({ subject }) => subject)).toEqual([LEAF, INTERMEDIATE]);
    expect(verified!.map(({ subject }) => subject)).toEqual([LEAF, INTERMEDIATE, ROOT]);
    expect({ error, findings }).toEqual({ error: null, findings: [] });
    expect(sent[0]).toEqual({
      subject: LEAF,
      issuer: INTERMEDIATE,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      notBefore: expect.stringMatching(/Z$/),
      notAfter: expect.stringMatching(/Z$/),
      daysLeft: 29,
    });
  });

  test('that leaves its intermediate out: it is named, and the status is 4', async () => {
    const { certPem, keyPem } = cast.chained;
    const run = await chain(certPem, keyPem);
    expect(run).toMatchObject({ code: 4, stderr: '' });
    const text = run.stdout.toString();
    expect(text).toMatch(/^localhost:\d+: NOT trusted: .*unable to get local issuer certificate\n {2}sent\n/);
    expect(text).toContain(`! the issuer of ${LEAF} is not sent and not trusted: ${INTERMEDIATE} (MISSING)\n`);
    expect(text).not.toContain('verified\n');
  });

  test('that has expired shows its chain, status 5', async () => {
    const run = await chain(cast.expired.certPem, cast.expired.keyPem, '--json');
    expect(run.code).toBe(5);
    expect(resultOf(run)).toMatchObject({ verified: null, error: { verifyCode: 10 }, findings: [] });
    expect(resultOf(run).sent).toHaveLength(1);
  });

  test('that sends what it should not, though clients put up with it: status 9', async () => {
    const { certPem, keyPem } = cast.chained;
    const run = await chain(certPem + cast.ca.certPem + cast.otherCa.certPem + cast.intermediate.certPem, keyPem);
    const text = run.stdout.toString();
    expect(text).toMatch(/: trusted\n/);
    expect(text).toContain(`! the order should be ${LEAF}; ${INTERMEDIATE}; ${ROOT} (ORDER)\n`);
    expect(text).toContain('! CN=sslkit other CA is not in the chain (SUPERFLUOUS)\n');
    expect(text).toContain(`- ${ROOT} signed itself: who trusts it has it already (ROOT_SENT)\n`);
    expect(run.code).toBe(9);
  });
});

describe('a file', () => {
  const chain = (input: string, ...args: string[]): Promise<Outcome> =>
    sslkit(['cert', 'chain', '-', '--json', '--cafile', f.caFile, ...args], { input });

  test('that is in order; a root at its end is needless, not wrong', async () => {
    const good = await chain(cast.chained.chainPem, '--servername', 'localhost');
    expect(good).toMatchObject({ code: 0, stderr: '' });
    expect(resultOf(good)).toMatchObject({ error: null, verified: null, findings: [] });
    const withRoot = await chain(cast.chained.chainPem + cast.ca.certPem);
    expect(withRoot.code).toBe(0);
    expect(resultOf(withRoot).findings).toMatchObject([{ code: 'ROOT_SENT', harmful: false }]);
  });

  test.each<[name: string, input: (cast: Scene) => string, code: number, findings: string[]]>([
    ['without the intermediate', ({ chained }) => chained.certPem, 4, ['MISSING']],
    ['in the wrong order', (c) => c.chained.certPem + c.ca.certPem + c.intermediate.certPem, 9, ['ORDER', 'ROOT_SENT']],
    ['with a stranger', (c) => c.server.certPem + c.intermediate.certPem, 9, ['SUPERFLUOUS']],
    ['with a certificate twice', ({ server }) => server.certPem.repeat(2), 9, ['DUPLICATE']],
    ['of an unknown authority', ({ otherServer }) => otherServer.certPem, 4, ['MISSING']],
    ['self-signed', ({ selfSigned }) => selfSigned.certPem, 4, []],
    ['expired', ({ expired }) => expired.certPem, 5, []],
  ])('%s', async (_, input, code, findings) => {
    const run = await chain(input(cast));
    expect(codesOf(run)).toEqual(findings);
    expect(run.code).toBe(code);
  });

  test('whose end is trusted, or issued by one that is, though neither signed itself', async () => {
    const trusted = join(temporaryDirectory(), 'intermediate.pem');
    writeFileSync(trusted, cast.intermediate.certPem);
    for (const input of [cast.chained.chainPem, cast.chained.certPem]) {
      const run = await sslkit(['cert', 'chain', '-', '--json', '--cafile', trusted], { input });
      expect(codesOf(run)).toEqual([]);
    }
  });

  test('where to get a missing issuer is said', async () => {
    const run = await chain(await withIssuerUrl('http://ca.example/i.crt'));
    expect(resultOf(run).findings[0]!.message).toMatch(/; it may be at http:\/\/ca\.example\/i\.crt$/);
  });

  test('of more certificates than any chain has', async () => {
    const run = await chain(cast.ca.certPem.repeat(101));
    expect(run.code).toBe(8);
    expect(envelopeOf(run)).toMatchObject({ error: { message: '101 certificates are no chain' } });
  });

  async function withIssuerUrl(url: string): Promise<string> {
    const { x509 } = await import('@sslkit/testkit');
    const issuer: Minted = await mintCa({ name: 'unsent', issuer: cast.ca });
    const aia = new x509.AuthorityInfoAccessExtension({ caIssuers: [new x509.GeneralName('url', url)] });
    const leaf = await mintLeaf(issuer, { extraExtensions: [aia] });
    return leaf.certPem;
  }
});

test('--insecure is refused: nothing would be verified', async () => {
  const run = await sslkit(['cert', 'chain', '--insecure', 'localhost:1']);
  expect(run.stderr).toContain('--insecure verifies nothing');
  expect(run.code).toBe(1);
});
