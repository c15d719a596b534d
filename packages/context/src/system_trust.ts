/**
 * The system's trusted certificates.
 *
 * Node's OpenSSL was built on another machine, so the places it knows are useless: after SSL_CERT_FILE, SSL_CERT_DIR and
 * OpenSSL's own places come those where distributions keep their bundle. Parsing a bundle costs milliseconds, so the
 * parsed store is kept per process and shared by contexts, each of which copies it before its first change.
 */
import type { Stats } from 'node:fs';
import { readFileSync, statSync } from 'node:fs';
import { delimiter } from 'node:path';
import * as tls from 'node:tls';
import type { ContextState, TrustStore } from './context_state.ts';
import { digestOf } from './context_state.ts';
import type { X509Store } from './native.ts';
import { native } from './native.ts';

/** Python's named tuple, in camelCase. `cafile` and `capath` are what exists and will be used; null: nothing. */
export interface DefaultVerifyPaths {
  /** The file that is used; null: it does not exist. */
  readonly cafile: string | null;
  /** The folder that is used; null: it does not exist. */
  readonly capath: string | null;
  /** The variables of the environment that go first, and OpenSSL's own places. @see X509_get_default_cert_file(3) */
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
  const { cafile, capath } = findTrust();
  return {
    cafile: cafile?.path ?? null,
    capath: capath?.path ?? null,
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
  const { cafile, capath } = findTrust();
  const fromSystem = cafile === null && capath === null && process.platform !== 'linux';
  const key = fromSystem ? 'system' : `${cafile?.key}\0${capath?.key}`;
  if (cached?.key === key) return cached;
  const bundles = fromSystem ? systemStoreBundles() : cafile === null ? [] : [readBundle(cafile.path)];
  const folders = capath === null ? [] : capath.folders;
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

interface CaFile {
  readonly path: string;
  readonly key: string;
}

interface CaFolders {
  readonly path: string;
  /** Those of `path` that exist. */
  readonly folders: readonly string[];
  readonly key: string;
}

/** Every context looks where its trust would come from, so a place is looked at once: what it is, and whether it changed. */
function findTrust(): { cafile: CaFile | null; capath: CaFolders | null } {
  const { certFile, certDir, certFileEnv, certDirEnv } = native.defaultPaths;
  const { [certFileEnv]: file, [certDirEnv]: folder } = process.env;
  const cafile = caFile(file ?? certFile);
  const capath = caFolders(folder ?? certDir);
  if (file !== undefined || folder !== undefined || cafile !== null || capath !== null) return { cafile, capath };
  return { cafile: firstOf(WELL_KNOWN_FILES, caFile), capath: firstOf(WELL_KNOWN_FOLDERS, caFolders) };
}

function firstOf<T>(paths: readonly string[], look: (path: string) => T | null): T | null {
  for (const path of paths) {
    const found = look(path);
    if (found !== null) return found;
  }
  return null;
}

function caFile(path: string): CaFile | null {
  const stats = lookAt(path);
  return stats?.isFile() ? { path, key: keyOf(path, stats) } : null;
}

/** Unlike that of a file, this path may be a list. */
function caFolders(path: string): CaFolders | null {
  const folders: string[] = [];
  let key = '';
  for (const folder of path.split(delimiter)) {
    const stats = lookAt(folder);
    if (!stats?.isDirectory()) continue;
    folders.push(folder);
    key += `${keyOf(folder, stats)}\0`;
  }
  return folders.length === 0 ? null : { path, folders, key };
}

function lookAt(path: string): Stats | undefined {
  return path === '' ? undefined : statSync(path, WHEN_THERE);
}

const WHEN_THERE = { throwIfNoEntry: false } as const;

/** Changes whenever the file does, or what is in the folder. */
function keyOf(path: string, { mtimeMs, ctimeMs, size, ino }: Stats): string {
  return `${path}:${mtimeMs}:${ctimeMs}:${size}:${ino}`;
}
