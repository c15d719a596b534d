import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atExit } from './at_exit.ts';

const ROOT_NAME = /^sslkit-(\d+)-/;

let root: string | undefined;

/**
 * A new directory that goes away with the process. A process that is killed cannot clean up behind itself, so the first
 * call also sweeps what dead processes have left.
 */
export function temporaryDirectory(prefix = 'dir-'): string {
  root ??= makeRoot();
  return mkdtempSync(join(root, prefix));
}

function makeRoot(): string {
  sweep();
  const made = mkdtempSync(join(tmpdir(), `sslkit-${process.pid}-`));
  atExit(() => remove(made));
  return made;
}

function sweep(): void {
  for (const name of readdirSync(tmpdir())) {
    const owner = ROOT_NAME.exec(name)?.[1];
    if (owner !== undefined && !isAlive(Number(owner))) remove(join(tmpdir(), name));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: alive, but another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Another user's directory, or one that another process sweeps at the same moment, is left alone. */
function remove(dir: string): void {
  try {
    rmSync(dir, { recursive: true, force: true });
  } catch {}
}
