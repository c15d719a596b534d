/** Runs the built command as a user does: a process of its own, with pipes. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { collect, PATIENCE_MS, withTimeout } from '@sslkit/testkit';

export const MAIN: string = fileURLToPath(new URL('../dist/main.js', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  /** The folder that the command runs in. */
  readonly cwd?: string;
  /** Arguments of node itself. */
  readonly nodeArgs?: readonly string[];
}

const running = new Set<ChildProcessWithoutNullStreams>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts `sslkit`; the caller reads and writes. */
export function start(args: readonly string[], options: CommandOptions = {}): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [...(options.nodeArgs ?? []), MAIN, ...args], {
    cwd: options.cwd,
    env: environment(options),
  });
  running.add(child);
  child.once('close', () => running.delete(child));
  child.stdin.on('error', () => undefined);
  return child;
}

/** Runs `sslkit` to its end. */
export async function sslkit(args: readonly string[], options: CommandOptions = {}): Promise<Outcome> {
  const child = start(args, options);
  child.stdin.end(options.input ?? '');
  return finish(child);
}

/** What a started command came to. */
export async function finish(child: ChildProcessWithoutNullStreams): Promise<Outcome> {
  const all = Promise.all([once(child, 'close'), collect(child.stdout), collect(child.stderr)]);
  try {
    const [[code, signal], stdout, stderr] = await withTimeout(all, 2 * PATIENCE_MS, 'sslkit');
    return { code, signal, stdout, stderr: stderr.toString() };
  } finally {
    child.kill('SIGKILL');
  }
}

/** The envelope that `--json` printed: exactly one line. */
export function envelopeOf({ stdout }: Outcome): Record<string, unknown> {
  const text = stdout.toString();
  if (!/^[^\n]+\n$/.test(text)) throw new Error(`not one line: ${JSON.stringify(text)}`);
  return JSON.parse(text) as Record<string, unknown>;
}

function environment({ env }: CommandOptions): NodeJS.ProcessEnv {
  const { NO_COLOR: _, SSL_CERT_FILE: __, SSL_CERT_DIR: ___, NODE_OPTIONS: ____, ...rest } = process.env;
  return { ...rest, ...env };
}
