/** Own certificate and key: `loadCertChain`. Everything is read and matched before anything is replaced. */
import { Buffer } from 'node:buffer';
import { describe, rangeMisuse, requireBytes, typeMisuse } from './arguments.ts';
import type { ContextState } from './context_state.ts';
import type { SSLError } from './errors.ts';
import { isPathLike, pathOf, readFile } from './files.ts';
import type { PathLike } from './files.ts';
import { reasonHint } from './hints.ts';
import { certificateHint, keyHint } from './hints_pem.ts';
import type { Encoding, OpenSSLFailure, PasswordSource } from './native.ts';
import { contextError, isOpenSSLFailure } from './native_error.ts';
import { checkOptions } from './options.ts';

/** A file (path or `file:` URL), or the bytes themselves. */
export type PathOrPem = PathLike | { readonly pem: string | Uint8Array } | { readonly der: Uint8Array };

/** The password of an encrypted key, or a function that is asked for it only when the key is encrypted. */
export type Password = string | Uint8Array | (() => string | Uint8Array);

interface Source {
  readonly bytes: Uint8Array;
  readonly encoding: Encoding;
  /** Where it came from, for messages; undefined when it came from memory. */
  readonly path: string | undefined;
}

/** @see SSLContext.loadCertChain */
export function loadCertChain(
  state: ContextState,
  certfile: PathOrPem,
  keyfile: PathOrPem | null,
  options: { password?: Password } | undefined,
): void {
  const { password } = checkOptions('loadCertChain', options, ['password']);
  const source = passwordSource(password);
  const cert = readSource('certfile', certfile);
  const key = keyfile === null ? cert : readSource('keyfile', keyfile);
  try {
    state.ctx.useCertAndKey({
      cert: cert.bytes,
      certEncoding: cert.encoding,
      key: key.bytes,
      keyEncoding: key.encoding,
      password: source,
    });
  } catch (failure) {
    throw isOpenSSLFailure(failure) ? explain(failure, cert, key, password) : failure;
  }
  state.ownCertificates++;
}

function readSource(name: string, source: unknown): Source {
  if (isPathLike(source)) {
    const path = pathOf(name, source);
    return { bytes: readFile(path), encoding: 'pem', path };
  }
  if (typeof source === 'object' && source !== null) {
    const { pem, der } = checkOptions(name, source as { pem?: unknown; der?: unknown }, ['pem', 'der']);
    if (pem !== undefined && der === undefined) return { bytes: pemBytes(name, pem), encoding: 'pem', path: undefined };
    if (der !== undefined && pem === undefined) {
      return { bytes: requireBytes(`${name}.der`, der), encoding: 'der', path: undefined };
    }
  }
  throw typeMisuse(`${name} should be a valid filesystem path, { pem } or { der }, not ${describe(source)}`);
}

function pemBytes(name: string, pem: unknown): Uint8Array {
  return typeof pem === 'string' ? Buffer.from(pem) : requireBytes(`${name}.pem`, pem);
}

const MAX_PASSWORD_BYTES = 1024;

/**
 * What the addon asks when the key is encrypted. A given password is checked for its type at once, as in Python; for its
 * length only when it is needed.
 */
function passwordSource(password: unknown): PasswordSource | null {
  if (password === undefined || password === null) return null;
  if (typeof password === 'function') {
    return () => checkLength(checkReturned((password as () => unknown)()));
  }
  if (typeof password === 'string' || password instanceof Uint8Array) return () => checkLength(password);
  throw typeMisuse('password should be a string or callable');
}

function checkReturned(value: unknown): string | Uint8Array {
  if (typeof value === 'string' || value instanceof Uint8Array) return value;
  throw typeMisuse('password callback must return a string');
}

function checkLength(password: string | Uint8Array): string | Uint8Array {
  const length = typeof password === 'string' ? Buffer.byteLength(password) : password.length;
  if (length > MAX_PASSWORD_BYTES) throw rangeMisuse(`password cannot be longer than ${MAX_PASSWORD_BYTES} bytes`);
  return password;
}

/** Says which step failed, in which file, and why: OpenSSL's own text is "PEM lib". */
function explain(failure: OpenSSLFailure, cert: Source, key: Source, password: unknown): SSLError {
  const inCertificate = failure.operation === 'certificate';
  const source = inCertificate ? cert : key;
  const known = reasonHint(failure.errors.at(-1)?.reason ?? null);
  const hint =
    known ??
    (failure.operation === 'match'
      ? mismatchHint(cert, key)
      : inCertificate
        ? certificateHint(source)
        : keyHint(source, password !== undefined && password !== null));
  return contextError(failure, { hint, path: source.path }) as SSLError;
}

function mismatchHint(cert: Source, key: Source): string {
  const places = cert === key ? `both in ${placeOf(cert)}` : `${placeOf(key)} and ${placeOf(cert)}`;
  return `The private key does not belong to the first certificate of the chain (${places}). Put the leaf certificate first.`;
}

function placeOf(source: Source): string {
  return source.path ?? 'the bytes given';
}
