/** One authority and one leaf per kind of key, the same files for every contestant. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mintCa, mintLeaf } from '@sslkit/testkit';

export type KeyKind = 'p256' | 'rsa2048';

/** Paths of PEM files. */
export interface CertificateFiles {
  ca: string;
  cert: string;
  key: string;
}

export interface Certificates {
  servername: string;
  of(kind: KeyKind): CertificateFiles;
  /** An authority of the same kind that signed nothing here. */
  stranger(kind: KeyKind): string;
  remove(): void;
}

export const SERVERNAME = 'server.bench.test';

export async function mintCertificates(): Promise<Certificates> {
  const folder = mkdtempSync(join(tmpdir(), 'sslkit-bench-'));
  const minted = { p256: await mint(folder, 'p256'), rsa2048: await mint(folder, 'rsa2048') };
  return {
    servername: SERVERNAME,
    of: (kind) => minted[kind].files,
    stranger: (kind) => minted[kind].stranger,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The chain is leaf and root; the authority has a key of the leaf's kind, so that one algorithm is measured at a time. */
async function mint(folder: string, kind: KeyKind): Promise<{ files: CertificateFiles; stranger: string }> {
  const key = kind === 'p256' ? ({ alg: 'ecdsa' } as const) : ({ alg: 'rsa', rsaBits: 2048, freshKey: true } as const);
  const ca = await mintCa({ name: `bench ${kind}`, ...key });
  const stranger = await mintCa({ name: `stranger ${kind}`, ...key });
  const leaf = await mintLeaf(ca, { dns: [SERVERNAME], ...key });
  const save = (name: string, text: string): string => {
    const path = join(folder, `${kind}-${name}.pem`);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const files = { ca: save('ca', ca.certPem), cert: save('cert', leaf.chainPem), key: save('key', leaf.keyPem) };
  return { files, stranger: save('stranger', stranger.certPem) };
}
