/** Diffie-Hellman parameters of a server: `loadDhParams`. */
import { Buffer } from 'node:buffer';
import { describe, requireBytes, typeMisuse } from './arguments.ts';
import type { ContextState } from './context_state.ts';
import type { PathLike } from './files.ts';
import { isPathLike, pathOf, readFile } from './files.ts';
import { dhParametersHint } from './hints_pem.ts';
import { contextError, isOpenSSLFailure } from './native_error.ts';
import { checkOptions } from './options.ts';

/** A file (path or `file:` URL) of PEM, or the PEM itself. */
export type DhParameters = PathLike | { readonly pem: string | Uint8Array };

/** @see SSLContext.loadDhParams */
export function loadDhParameters(state: ContextState, path: unknown): void {
  const source = readSource(path);
  try {
    state.ctx.setTmpDh(source.bytes);
  } catch (failure) {
    if (!isOpenSSLFailure(failure)) throw failure;
    const tooSmall = failure.errors.at(-1)?.reason === 'DH_KEY_TOO_SMALL';
    const hint = dhParametersHint(source, tooSmall ? state.ctx.getSecurityLevel() : null);
    throw contextError(failure, { hint, path: source.path });
  }
}

function readSource(source: unknown): { readonly bytes: Uint8Array; readonly path: string | undefined } {
  if (isPathLike(source)) {
    const path = pathOf('path', source);
    return { bytes: readFile(path), path };
  }
  if (typeof source === 'object' && source !== null && !(source instanceof Uint8Array)) {
    const { pem } = checkOptions('loadDhParams', source as { pem?: unknown }, ['pem']);
    if (pem !== undefined) {
      return { bytes: typeof pem === 'string' ? Buffer.from(pem) : requireBytes('pem', pem), path: undefined };
    }
  }
  throw typeMisuse(`path should be a valid filesystem path or { pem }, not ${describe(source)}`);
}
