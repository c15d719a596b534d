/** Trusted certificates and CRLs: `loadVerifyLocations`. */
import { Buffer } from 'node:buffer';
import { describe, isAscii, typeMisuse, valueMisuse } from './arguments.ts';
import type { ContextState } from './context_state.ts';
import { SSLError } from './errors.ts';
import type { PathLike } from './files.ts';
import { pathOf, readFile, requireFolder } from './files.ts';
import { verifyLocationHint } from './hints_pem.ts';
import { contextError, inContext } from './native_error.ts';
import { checkOptions } from './options.ts';

/** What `SSLContext.loadVerifyLocations` loads from; at least one must be given. */
export interface VerifyLocations {
  /** A file of PEM certificates and CRLs. */
  readonly cafile?: PathLike | null;
  /** A folder in OpenSSL's hashed layout. @see openssl-rehash(1) */
  readonly capath?: PathLike | null;
  /** PEM as a string (text around the blocks is allowed), or concatenated DER as bytes. */
  readonly cadata?: string | Uint8Array | null;
}

/** @see SSLContext.loadVerifyLocations */
export function loadVerifyLocations(state: ContextState, locations: VerifyLocations): void {
  const { cafile, capath, cadata } = checkOptions('loadVerifyLocations', locations, ['cafile', 'capath', 'cadata']);
  if (cafile == null && capath == null && cadata == null) {
    throw typeMisuse('cafile, capath and cadata cannot be all omitted');
  }
  // All types are looked at before anything is loaded.
  const file = cafile == null ? null : pathOf('cafile', cafile);
  const folder = capath == null ? null : pathOf('capath', capath);
  if (cadata != null) addData(state, cadata);
  if (file !== null) addFile(state, file);
  if (folder !== null) addFolder(state, folder);
}

function addFile(state: ContextState, path: string): void {
  const bytes = readFile(path);
  const hint = (): string => verifyLocationHint({ bytes, path });
  const found = inContextWithHint(() => state.changeStore(bytes, (store) => store.addPem(bytes)), hint, path);
  if (found === 0) throw nothingFound(hint(), path);
}

/** The addon reports it itself; this holds the promise should a version of it count instead. */
function nothingFound(hint: string, path: string): SSLError {
  return new SSLError('[X509: NO_CERTIFICATE_OR_CRL_FOUND] no certificate or crl found', {
    library: 'X509',
    reason: 'NO_CERTIFICATE_OR_CRL_FOUND',
    hint,
    path,
  });
}

/** A folder that does not exist is an error, where OpenSSL and Python say nothing and trust nothing. */
function addFolder(state: ContextState, path: string): void {
  requireFolder(path);
  inContext(() => state.changeStore(`capath ${path}`, (store) => store.addDir(path), path), { path });
}

function addData(state: ContextState, cadata: unknown): void {
  if (typeof cadata === 'string') addText(state, cadata);
  else if (cadata instanceof Uint8Array) addDer(state, cadata);
  else throw typeMisuse(`cadata should be an ASCII string or a bytes-like object, not ${describe(cadata)}`);
}

function addText(state: ContextState, text: string): void {
  if (text === '') throw valueMisuse('Empty certificate data');
  if (!isAscii(text)) throw typeMisuse('cadata should be an ASCII string or a bytes-like object');
  const bytes = Buffer.from(text, 'latin1');
  const hint = (): string => verifyLocationHint({ bytes, path: undefined });
  const count = inContextWithHint(() => state.changeStore(bytes, (store) => store.addPemCerts(bytes)), hint);
  if (count === 0) throw noCertificate('no start line', hint());
}

function addDer(state: ContextState, bytes: Uint8Array): void {
  if (bytes.length === 0) throw valueMisuse('Empty certificate data');
  const isText = Buffer.from(bytes.subarray(0, 11)).toString('latin1') === '-----BEGIN ';
  const hint = isText
    ? 'This is PEM: give it as a string. Bytes are taken for DER.'
    : 'The bytes are no DER certificate.';
  if (isText) throw noCertificate('not enough data', hint);
  const count = inContext(() => state.changeStore(bytes, (store) => store.addDer(bytes)), { hint });
  if (count === 0) throw noCertificate('not enough data', hint);
}

function noCertificate(what: string, hint: string): SSLError {
  return new SSLError(`${what}: cadata does not contain a certificate`, { hint });
}

/** A hint costs a second look at the data, so it is made only when it is needed. */
function inContextWithHint<T>(call: () => T, hint: () => string, path?: string): T {
  try {
    return call();
  } catch (failure) {
    throw contextError(failure, { hint: hint(), path });
  }
}
