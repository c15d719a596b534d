import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
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

/** Loads the compiled addon. `SSLKIT_ADDON` names another file, for example a sanitized build. */
export function loadBinding(): Binding {
  refuseUnknownProvider();
  const file = process.env.SSLKIT_ADDON ?? fileURLToPath(new URL('../build/Release/sslkit.node', import.meta.url));
  if (!existsSync(file)) {
    throw new AddonLoadError(
      `The addon of @sslkit/openssl-native is not built (${file} is missing). ` +
        'Build it with "npm rebuild @sslkit/openssl-native"; it needs python3, make and a C++17 compiler.',
    );
  }
  try {
    return createRequire(import.meta.url)(file) as Binding;
  } catch (cause) {
    throw new AddonLoadError(`The addon ${file} cannot be loaded into ${describeRuntime()}: ${textOf(cause)}`, {
      cause,
    });
  }
}

// A provider that is asked for and then silently not used would be worse than none.
function refuseUnknownProvider(): void {
  const provider = process.env.SSLKIT_OPENSSL;
  if (provider === undefined || provider === '' || provider === 'node') return;
  throw new AddonLoadError(`SSLKIT_OPENSSL=${provider}: this build has only the provider "node" (Node's own OpenSSL).`);
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
