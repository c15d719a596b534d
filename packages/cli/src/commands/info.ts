import * as sslkit from '@sslkit/socket';
import { type Invocation, writeTo } from '../io.ts';
import { packageVersion } from '../program.ts';
import { painter, printable, table, wantsColour } from '../terminal.ts';

/** `result` of `info --json`. */
export interface InfoReport {
  /** Of `@sslkit/cli`. */
  readonly version: string;
  /** Of the library that is really in use. */
  readonly openssl: { readonly version: string; readonly number: number; readonly info: readonly number[] };
  /** Every `HAS_*` constant. */
  readonly has: Readonly<Record<string, boolean>>;
  readonly paths: sslkit.DefaultVerifyPaths;
  /** Of the default context. */
  readonly defaults: {
    readonly ciphers: number;
    readonly minimumVersion: string;
    readonly securityLevel: number;
    readonly trustedCertificates: number;
  };
  readonly node: {
    readonly version: string;
    readonly openssl: string;
    readonly platform: string;
    readonly arch: string;
  };
}

/** `sslkit info`. */
export async function infoCommand({ io, json }: Invocation): Promise<InfoReport> {
  const report = collect();
  if (!json) {
    const paint = painter(wantsColour(io.stdout, io.env));
    await writeTo(io.stdout, table(rowsOf(report), paint));
  }
  return report;
}

function collect(): InfoReport {
  const context = sslkit.createDefaultContext();
  return {
    version: packageVersion(),
    openssl: {
      version: sslkit.OPENSSL_VERSION,
      number: sslkit.OPENSSL_VERSION_NUMBER,
      info: sslkit.OPENSSL_VERSION_INFO,
    },
    has: capabilities(),
    paths: sslkit.getDefaultVerifyPaths(),
    defaults: {
      ciphers: context.getCiphers().length,
      minimumVersion: versionName(context.minimumVersion),
      securityLevel: context.securityLevel,
      trustedCertificates: context.certStoreStats().x509,
    },
    node: {
      version: process.version,
      openssl: process.versions.openssl ?? '',
      platform: process.platform,
      arch: process.arch,
    },
  };
}

function capabilities(): Record<string, boolean> {
  const all: Record<string, unknown> = { ...sslkit };
  const names = Object.keys(all).filter((name) => name.startsWith('HAS_') && typeof all[name] === 'boolean');
  return Object.fromEntries(names.sort().map((name) => [name, all[name] === true]));
}

function versionName(version: number): string {
  const found = Object.entries(sslkit.TLSVersion).find(([, value]) => value === version);
  return found?.[0] ?? String(version);
}

function rowsOf({ version, openssl, has, paths, defaults, node }: InfoReport): [string, string][] {
  const named = (wanted: boolean) =>
    Object.entries(has).flatMap(([name, present]) => (present === wanted ? [name.slice('HAS_'.length)] : []));
  return [
    ['sslkit', version],
    ['OpenSSL', `${printable(openssl.version)} (0x${openssl.number.toString(16)})`],
    ['Node.js', `${node.version}, ${node.platform} ${node.arch}; its OpenSSL ${node.openssl}`],
    ['has', named(true).join(' ')],
    ['has not', named(false).join(' ') || 'nothing missing'],
    ['ciphers', `${defaults.ciphers} by default, security level ${defaults.securityLevel}`],
    ['lowest TLS', defaults.minimumVersion],
    ['CA file', pathText(paths.opensslCafile, paths.cafile, paths.opensslCafileEnv)],
    ['CA folder', pathText(paths.opensslCapath, paths.capath, paths.opensslCapathEnv)],
    ['trusted', `${defaults.trustedCertificates} certificates loaded by default`],
  ];
}

function pathText(builtIn: string, found: string | null, variable: string): string {
  const place = found === null ? `${printable(builtIn)} (not there)` : printable(found);
  return `${place}; $${variable} overrides`;
}
