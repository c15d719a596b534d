/** Certificates for the verification tables, minted once. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LeafOptions, Minted, SceneFiles } from '@sslkit/testkit';
import { files, mintCa, mintCrl, mintLeaf, mintSelfSigned, scene, temporaryDirectory } from '@sslkit/testkit';
import type { TrustMaterial } from './verify_locations.ts';

export interface Material extends TrustMaterial {
  /** Combined files of servers by what is special about them. */
  readonly servers: Readonly<Record<string, string>>;
  readonly revokedCrlFile: string;
}

const OID_SAN = '2.5.29.17';
const OID_AUTHORITY_KEY = '2.5.29.35';

const NAMED: Readonly<Record<string, LeafOptions>> = {
  plain: { dns: ['www.example.org'] },
  wildcard: { dns: ['*.example.org'] },
  star: { dns: ['*'] },
  starTop: { dns: ['*.org'] },
  partial: { dns: ['w*.example.org'] },
  inner: { dns: ['a.*.org'] },
  twice: { dns: ['*.*.example.org'] },
  idnPartial: { dns: ['xn--*.example.org'] },
  idn: { dns: ['xn--bcher-kva.example'] },
  upper: { dns: ['WWW.EXAMPLE.ORG'] },
  underscore: { dns: ['under_score.example.org'] },
  address: { ips: ['127.0.0.1', '2001:db8::1'] },
  addressAsName: { dns: ['127.0.0.1'] },
  commonName: { commonName: 'www.example.org', omit: [OID_SAN] },
  commonNameAndSan: { commonName: 'www.example.org', dns: ['other.example.org'] },
  commonNameAndAddress: { commonName: 'www.example.org', ips: ['127.0.0.1'] },
  commonNameAndEmail: { commonName: 'www.example.org', emails: ['a@example.org'] },
  commonNameWildcard: { commonName: '*.example.org', omit: [OID_SAN] },
  noAuthorityKey: { dns: ['www.example.org'], omit: [OID_AUTHORITY_KEY] },
  clientPurpose: { dns: ['www.example.org'], purpose: 'client' },
};

export async function material(): Promise<Material> {
  const cast = await scene();
  const dir = temporaryDirectory('differential-');
  const put = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text);
    return join(dir, name);
  };
  const crlPem = await mintCrl(cast.ca, [cast.server]);
  return {
    files: await files(),
    ca: cast.ca,
    otherCa: cast.otherCa,
    leaf: cast.server,
    crlPem,
    ...trustFiles(cast.ca, cast.otherCa, crlPem, put),
    servers: await serverFiles(put),
    revokedCrlFile: put('revoked.pem', crlPem),
  };
}

type Put = (name: string, text: string) => string;

function trustFiles(
  ca: Minted,
  otherCa: Minted,
  crlPem: string,
  put: Put,
): Omit<TrustMaterial, 'files' | 'ca' | 'otherCa' | 'leaf' | 'crlPem'> {
  return {
    crlFile: put('crl.pem', crlPem),
    bundleFile: put('bundle.pem', `text\n${ca.certPem}more\n${otherCa.certPem}${crlPem}`),
    brokenBundleFile: put('broken.pem', `${ca.certPem}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`),
    truncatedFile: put('truncated.pem', ca.certPem.slice(0, 200)),
  };
}

async function serverFiles(put: Put): Promise<Record<string, string>> {
  const cast = await scene();
  const special: Record<string, Minted> = {
    good: cast.server,
    rsa: cast.serverRsa,
    expired: cast.expired,
    notYetValid: cast.notYetValid,
    selfSigned: cast.selfSigned,
    otherCa: cast.otherServer,
    chained: cast.chained,
    client: cast.client,
  };
  for (const [name, options] of Object.entries(NAMED)) special[name] = await mintLeaf(cast.ca, options);
  special.ownRoot = await withRootInChain();
  special.weak = await mintLeaf(cast.ca, { alg: 'rsa', rsaBits: 1024, freshKey: true });
  special.selfSignedNamed = await mintSelfSigned({ dns: ['www.example.org'] });
  const incomplete = { ...cast.chained, combinedPem: cast.chained.keyPem + cast.chained.certPem };
  special.withoutIntermediate = incomplete;
  return Object.fromEntries(
    Object.entries(special).map(([name, { combinedPem }]) => [name, put(`${name}.pem`, combinedPem)]),
  );
}

/** A server that sends its whole chain, root included: "self-signed certificate in certificate chain". */
async function withRootInChain(): Promise<Minted> {
  const root = await mintCa({ name: 'private root' });
  const leaf = await mintLeaf(root);
  return { ...leaf, combinedPem: leaf.combinedPem + root.certPem };
}

export type { SceneFiles };
