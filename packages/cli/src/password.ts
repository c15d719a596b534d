import { inputError } from './failure.ts';
import { readInput } from './input.ts';
import type { Invocation } from './io.ts';

export interface PasswordOptions {
  readonly passFile?: string;
  readonly passEnv?: string;
}

/**
 * The password for encrypted keys, from where the options say; null when they say nothing. Of a file the first line
 * counts, as for OpenSSL. @see openssl-passphrase-options(1)
 */
export async function readPassword(options: PasswordOptions, invocation: Invocation): Promise<Buffer | null> {
  const { passFile, passEnv } = options;
  if (passEnv !== undefined) {
    const password = invocation.io.env[passEnv];
    if (password === undefined) throw inputError(`the environment variable ${passEnv} is not set`);
    return Buffer.from(password);
  }
  if (passFile === undefined) return null;
  const text = await readInput(passFile, invocation);
  const end = text.findIndex((byte) => byte === LF || byte === CR);
  return end < 0 ? text : text.subarray(0, end);
}

const LF = 10;
const CR = 13;
