/** Which peers this machine has, and what a test does without one. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export type Peer = 'openssl' | 'python3' | 'python3.13' | 'curl' | 'gnutls';
export type PythonVersion = '3.11' | '3.13';

/** The part of vitest's `test` that is used here, so that the testkit itself does not depend on vitest. */
interface TestLike {
  (name: string, run: () => unknown): unknown;
  skip: unknown;
}

const found = new Map<Peer, string | null>();

/** Whether the peer can be started here. */
export function has(peer: Peer): boolean {
  return commandOf(peer) !== null;
}

/** The command or path that starts the peer; null when it is absent. */
export function commandOf(peer: Peer): string | null {
  const known = found.get(peer);
  if (known !== undefined) return known;
  const command = FINDERS[peer]();
  found.set(peer, command);
  return command;
}

/** The same, for code that cannot go on without. */
export function requiredCommand(peer: Peer): string {
  const command = commandOf(peer);
  if (command === null) throw new Error(`the peer ${peer} is not installed`);
  return command;
}

/**
 * Vitest's `test` when all peers are here; else `test.skip`, so that the report counts the skip. Under `CI=true` an
 * absent peer is a failure: each test then fails and names what is missing.
 *
 * ```ts
 * peers.requires(test, 'openssl')('openssl s_client is served', async () => { … });
 * ```
 */
export function requires<T>(test: T, ...peers: readonly Peer[]): T {
  const absent = peers.filter((peer) => !has(peer));
  if (absent.length === 0) return test;
  const { skip } = test as TestLike;
  return (process.env.CI === 'true' ? failing(test as TestLike, absent) : skip) as T;
}

/** The interpreter of a Python version. */
export function pythonCommand(version: PythonVersion = '3.11'): string {
  return requiredCommand(version === '3.11' ? 'python3' : 'python3.13');
}

function failing(test: TestLike, absent: readonly Peer[]): unknown {
  const fail = (name: unknown): unknown =>
    test(String(name), () => {
      throw new Error(`CI must have every peer, and ${absent.join(', ')} is absent`);
    });
  const each = (): unknown => fail;
  return Object.assign(fail, { each, for: each, skip: test.skip });
}

const FINDERS: Readonly<Record<Peer, () => string | null>> = {
  openssl: () => answering('openssl', ['version']),
  python3: () => pythonExecutable('python3'),
  'python3.13': () => pyenvPython('3.13') ?? pythonExecutable('python3.13'),
  curl: () => answering('curl', ['--version']),
  gnutls: () => answering('gnutls-cli', ['--version']),
};

function answering(command: string, args: readonly string[]): string | null {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0 ? command : null;
}

/** The interpreter itself: `python3` may be a shim that starts a shell and must not stand between us and the process. */
function pythonExecutable(command: string): string | null {
  const run = spawnSync(command, ['-c', 'import sys, ssl; print(sys.executable)'], { encoding: 'utf8' });
  return run.status === 0 ? run.stdout.trim() : null;
}

function pyenvPython(version: string): string | null {
  const versions = join(process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions');
  if (!existsSync(versions)) return null;
  const name = readdirSync(versions).find((entry) => entry === version || entry.startsWith(`${version}.`));
  return name === undefined ? null : pythonExecutable(join(versions, name, 'bin', 'python3'));
}
