import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Binding } from './types.ts';

/** Thrown when the compiled addon is missing or does not fit this runtime. */
export class AddonLoadError extends Error {
  readonly code: 'ERR_ADDON_LOAD' = 'ERR_ADDON_LOAD';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AddonLoadError';
  }
}

/**
 * Loads the compiled addon. `SSLKIT_OPENSSL=system` takes the build that is bound to the system's OpenSSL instead of
 * Node's; `SSLKIT_ADDON` names another file, for example a sanitized build.
 */
export function loadBinding(): Binding {
  const system = wantsSystem();
  const folder = system ? '../build-system/build/Release/' : '../build/Release/';
  const file = process.env.SSLKIT_ADDON ?? fileURLToPath(new URL(`${folder}sslkit.node`, import.meta.url));
  if (!existsSync(file)) throw new AddonLoadError(`${file} is missing. ${system ? BUILD_SYSTEM : BUILD}`);
  try {
    return system ? openDeeplyBound(file) : (createRequire(import.meta.url)(file) as Binding);
  } catch (cause) {
    throw new AddonLoadError(`The addon ${file} cannot be loaded into ${describeRuntime()}: ${textOf(cause)}`, {
      cause,
    });
  }
}

const BUILD =
  'The addon of @sslkit/openssl-native is not built: run "npm rebuild @sslkit/openssl-native"; ' +
  'it needs python3, make and a C++17 compiler.';
const BUILD_SYSTEM =
  'The addon for the system\'s OpenSSL is not built: run "SSLKIT_OPENSSL=system node scripts/build.mjs" in the folder of ' +
  '@sslkit/openssl-native; it needs libssl-dev beside python3, make and a C++17 compiler.';

// A provider that is asked for and then silently not used would be worse than none.
function wantsSystem(): boolean {
  const provider = process.env.SSLKIT_OPENSSL;
  if (provider === undefined || provider === '' || provider === 'node') return false;
  if (provider !== 'system')
    throw new AddonLoadError(`SSLKIT_OPENSSL=${provider}: the providers are "node" and "system".`);
  if (constants.dlopen.RTLD_DEEPBIND === undefined) {
    throw new AddonLoadError('SSLKIT_OPENSSL=system needs a C library with RTLD_DEEPBIND (glibc).');
  }
  return true;
}

// Without RTLD_DEEPBIND the symbols of the copy inside Node win over those of the library that the file is linked to.
function openDeeplyBound(file: string): Binding {
  const module = { exports: {} };
  process.dlopen(module, file, constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_DEEPBIND);
  return module.exports as Binding;
}

// Bun, Deno and Electron have a BoringSSL or hide their OpenSSL, so the addon's symbols do not resolve there.
function describeRuntime(): string {
  const { bun, deno, electron } = process.versions;
  const other = bun ? 'Bun' : deno ? 'Deno' : electron ? 'Electron' : null;
  if (other) return `${other}, which does not export Node's OpenSSL`;
  return `Node ${process.versions.node} (OpenSSL ${process.versions.openssl})`;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
