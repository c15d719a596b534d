/**
 * Where a command writes what it made. Nothing that is there is replaced unless `--force` says so; private keys go into
 * files of their owner alone, and to standard output only when that was asked for by name.
 */
import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { type FileHandle, lstat, open, realpath, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { inputError, usageError } from './failure.ts';
import { type Invocation, writeTo } from './io.ts';
import { printable } from './terminal.ts';

export interface OutputOptions {
  /** A file; `-` is standard output by name, and none is standard output, too. */
  readonly out?: string;
  readonly force?: boolean;
}

/** What a person calls the output. */
export function outputName(out: string | undefined): string {
  return out === undefined || out === '-' ? 'standard output' : printable(out);
}

/** Refuses, before anything is done, what could not be written in the end. */
export function checkOutput({ out, force }: OutputOptions, { json }: Invocation): void {
  if (json && (out === undefined || out === '-')) {
    throw usageError('--json needs --out FILE', 'standard output cannot carry both the output and the JSON');
  }
  if (force && (out === undefined || out === '-')) throw usageError('--force without --out FILE');
}

/** Writes `bytes` where the options say. With `secret` only to where secrets may go. */
export async function writeOutput(
  bytes: Uint8Array | string,
  secret: boolean,
  { out, force }: OutputOptions,
  { io }: Invocation,
): Promise<void> {
  if (out !== undefined && out !== '-') return writeOutputFile(out, bytes, { secret, force: force === true });
  if (secret && out === undefined) {
    throw usageError(
      'a private key is not written to standard output unasked',
      '--out FILE writes a file of mode 600, --out - means standard output',
    );
  }
  return writeTo(io.stdout, bytes);
}

/**
 * Writes a file: a new one, or with `force` in place of another, which is there whole until the new one is.
 * @throws CliError (input) when one is there, or it cannot be written
 */
export async function writeOutputFile(
  path: string,
  bytes: Uint8Array | string,
  { secret, force }: { secret: boolean; force: boolean },
): Promise<void> {
  try {
    const there = await stat(path).catch(() => null);
    // A pipe or a device is not replaced but written to.
    if (there && !there.isFile()) return await writeAndClose(await open(path, 'w'), bytes);
    if (!there || !force) return await writeAndClose(await open(path, 'wx', secret ? 0o600 : 0o666), bytes);
    await replaceFile(await realpath(path), bytes, there, there.mode & (secret ? 0o600 : 0o777));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') throw fileIsThere(path);
    throw inputError(`cannot write ${printable(path)}: ${(cause as Error).message}`, { cause });
  }
}

/** Refuses a place where something is already, be it a link that leads nowhere. */
export async function checkFree(path: string): Promise<void> {
  if (await lstat(path).catch(() => null)) throw fileIsThere(path);
}

/** Beside the old file, so that the change of names is one step; with a name that nobody can guess and prepare. */
async function replaceFile(path: string, bytes: Uint8Array | string, old: Stats, mode: number): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(8).toString('hex')}`);
  const file = await open(temporary, 'wx', 0o600);
  try {
    // Only root may give files away; whoever else replaces another's file owns the new one.
    await file.chown(old.uid, old.gid).catch(() => undefined);
    await file.chmod(mode);
    await writeAndClose(file, bytes);
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
}

async function writeAndClose(file: FileHandle, bytes: Uint8Array | string): Promise<void> {
  try {
    await file.writeFile(bytes);
  } finally {
    await file.close();
  }
}

function fileIsThere(path: string): Error {
  return inputError(`${printable(path)} is there already`, { hint: '--force replaces it' });
}
