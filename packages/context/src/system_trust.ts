/**
 * The system's trusted certificates.
 *
 * Node's OpenSSL was built on another machine, so the places it knows are useless: after SSL_CERT_FILE, SSL_CERT_DIR and
 * OpenSSL's own places come those where distributions keep their bundle. Parsing a bundle costs milliseconds, so the
 * parsed store is kept per process and shared by contexts, each of which copies it before its first change.
 */
import { readFileSync, statSync } from 'node:fs';
import { delimiter } from 'node:path';
import * as tls from 'node:tls';
import type { ContextState, TrustStore } from './context_state.ts';
import { digestOf } from './context_state.ts';
import type { X509Store } from './native.ts';
import { native } from './native.ts';

/** Python's named tuple, in camelCase. `cafile` and `capath` are what exists and will be used; null: nothing. */
export interface DefaultVerifyPaths {
  readonly cafile: string | null;
  readonly capath: string | null;
  readonly opensslCafileEnv: string;
  readonly opensslCafile: string;
  readonly opensslCapathEnv: string;
  readonly opensslCapath: string;
}

/** Where distributions keep the bundle; the first that exists is used. */
const WELL_KNOWN_FILES = [
  '/etc/ssl/certs/ca-certificates.crt', // Debian, Ubuntu, Arch, Gentoo, Alpine
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem', // RHEL 7 and later, Fedora
  '/etc/pki/tls/certs/ca-bundle.crt', // older Fedora and RHEL
  '/etc/ssl/ca-bundle.pem', // openSUSE
  '/etc/pki/tls/cacert.pem', // OpenELEC
  '/etc/ssl/cert.pem', // Alpine, FreeBSD, OpenBSD, macOS
];

const WELL_KNOWN_FOLDERS = ['/etc/ssl/certs', '/etc/pki/tls/certs'];

/**
 * Where trust comes from by default, as `loadDefaultCerts` will use it. The environment wins over OpenSSL's own places,
 * those over the well-known ones; the latter count only while neither variable is set.
 */
export function getDefaultVerifyPaths(): DefaultVerifyPaths {
  const { certFile, certDir, certFileEnv, certDirEnv } = native.defaultPaths;
  const file = process.env[certFileEnv];
  const folder = process.env[certDirEnv];
  const asked = file !== undefined || folder !== undefined;
  const cafile = existing([file ?? certFile], 'file');
  const capath = existing([folder ?? certDir], 'folder');
  const guess = !asked && cafile === null && capath === null;
  return {
    cafile: guess ? existing(WELL_KNOWN_FILES, 'file') : cafile,
    capath: guess ? existing(WELL_KNOWN_FOLDERS, 'folder') : capath,
    opensslCafileEnv: certFileEnv,
    opensslCafile: certFile,
    opensslCapathEnv: certDirEnv,
    opensslCapath: certDir,
  };
}

/**
 * Loads the system's trust. Says nothing when there is none, as OpenSSL: verification then fails and its hint tells.
 * @see SSL_CTX_set_default_verify_paths(3)
 */
export function loadSystemTrust(state: ContextState): void {
  const trust = systemTrust();
  if (trust === null || state.adoptStore(trust.shared)) return;
  for (const bundle of trust.bundles) state.changeStore(bundle, (store) => addBundle(store, bundle));
  for (const folder of trust.shared.folders) {
    state.changeStore(`capath ${folder}`, (store) => store.addDir(folder), folder);
  }
}

interface SystemTrust {
  /** What the cache entry was made of: it is good while this stays the same. */
  readonly key: string;
  readonly shared: TrustStore;
  readonly bundles: readonly Uint8Array[];
}

let cached: SystemTrust | null = null;

function systemTrust(): SystemTrust | null {
  const paths = getDefaultVerifyPaths();
  const folders =
    paths.capath === null ? [] : paths.capath.split(delimiter).filter((folder) => isKind(folder, 'folder'));
  const fromSystem = paths.cafile === null && folders.length === 0 && process.platform !== 'linux';
  const key = fromSystem ? 'system' : [paths.cafile, ...folders].map(fileKey).join('\0');
  if (cached?.key === key) return cached;
  const bundles = fromSystem ? systemStoreBundles() : paths.cafile === null ? [] : [readBundle(paths.cafile)];
  if (bundles.length === 0 && folders.length === 0) return null;
  const trust = { key, bundles, shared: buildStore(bundles, folders) };
  // What cannot be read now, for example because no descriptor is left, may be readable the next time.
  if (bundles.every((bundle) => bundle.length > 0)) cached = trust;
  return trust;
}

function buildStore(bundles: readonly Uint8Array[], folders: readonly string[]): TrustStore {
  const store = new native.X509Store();
  let digest = '';
  for (const bundle of bundles) {
    addBundle(store, bundle);
    digest = digestOf(digest, bundle);
  }
  for (const folder of folders) {
    store.addDir(folder);
    digest = digestOf(digest, `capath ${folder}`);
  }
  return { store, digest, folders };
}

/** A bundle that cannot be parsed adds nothing, as in SSL_CTX_set_default_verify_paths(3). */
function addBundle(store: X509Store, bundle: Uint8Array): void {
  try {
    store.addPem(bundle);
  } catch {
    // Deliberately silent: without trust every verification fails, so nothing is trusted by mistake.
  }
}

function readBundle(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch {
    return new Uint8Array(0);
  }
}

/** macOS and Windows keep trust in a store of their own; Node 22.15 and later reads it. */
function systemStoreBundles(): Uint8Array[] {
  const { getCACertificates } = tls as { getCACertificates?: (type: string) => string[] };
  const certificates = getCACertificates?.('system') ?? [];
  return certificates.length === 0 ? [] : [new TextEncoder().encode(certificates.join('\n'))];
}

/** Changes whenever the file does, or what is in the folder. */
function fileKey(path: string | null): string {
  if (path === null) return '';
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? path : `${path}:${stats.mtimeNs}:${stats.size}`;
}

function existing(paths: readonly string[], kind: 'file' | 'folder'): string | null {
  return paths.find((path) => path.split(delimiter).some((part) => isKind(part, kind))) ?? null;
}

function isKind(path: string, kind: 'file' | 'folder'): boolean {
  if (path === '') return false;
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && (kind === 'file' ? stats.isFile() : stats.isDirectory());
}
