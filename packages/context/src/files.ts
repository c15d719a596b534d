/** Reading files that a caller named: Python's OSError, with the file's name. */
import { openSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, typeMisuse, valueMisuse } from './arguments.ts';
import { SocketError } from './errors.ts';

/** A path, or a `file:` URL. */
export type PathLike = string | URL;

export function isPathLike(value: unknown): value is PathLike {
  return typeof value === 'string' || value instanceof URL;
}

export function pathOf(name: string, value: unknown): string {
  if (typeof value === 'string') return refusePem(name, value);
  if (value instanceof URL) return fileURLToPath(value);
  throw typeMisuse(`${name} should be a valid filesystem path, not ${describe(value)}`);
}

/** PEM text where a path belongs would put a private key into the message of ENOENT. */
function refusePem(name: string, value: string): string {
  if (!value.includes('-----BEGIN ')) return value;
  const instead = name === 'cafile' || name === 'capath' ? 'cadata' : '{ pem: … }';
  throw valueMisuse(`${name} must be a path, not the PEM text itself; pass that as ${instead}`);
}

/** @throws SocketError `ENOENT`, `EISDIR`, `EACCES`, … with `path`. */
export function readFile(path: string): Buffer {
  return fromSystem(path, () => readFileSync(path));
}

/** For secrets: a file that is made is for its owner only. @throws SocketError as {@link readFile}. */
export function openForAppending(path: string): number {
  return fromSystem(path, () => openSync(path, 'a', 0o600));
}

/** @throws SocketError when there is no such folder. */
export function requireFolder(path: string): void {
  const stats = fromSystem(path, () => statSync(path));
  if (!stats.isDirectory()) {
    throw new SocketError(`ENOTDIR: not a directory, '${path}'`, {
      code: 'ENOTDIR',
      syscall: 'stat',
      path,
    });
  }
}

/** Runs a call of the file system; what it throws becomes a SocketError with `path`. */
export function fromSystem<T>(path: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    const { code, errno, syscall, message } = error as NodeJS.ErrnoException;
    if (code === undefined || syscall === undefined) throw error;
    throw new SocketError(pathInMessage(message, path), { code, errno, syscall, path });
  }
}

/** Node leaves the path out of EISDIR. */
function pathInMessage(message: string, path: string): string {
  return message.includes(path) ? message : `${message} '${path}'`;
}
