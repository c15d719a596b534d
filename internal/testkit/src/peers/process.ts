/** Child processes that talk: output that can be waited for, and an end that is certain. */
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { atExit } from '../at_exit.ts';
import { collect, PATIENCE_MS, withTimeout } from '../net.ts';
import { temporaryDirectory } from '../temporary.ts';

export type TlsVersion = '1.0' | '1.1' | '1.2' | '1.3';

export interface ExitStatus {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/**
 * What a peer has printed. Its two streams are kept apart, because their order is lost on the way, and either may have been
 * read in the middle of a line: a pattern matches within one of them, behind what was matched there before.
 */
export interface PeerOutput {
  /** The next place that matches, in a line that may still be open; rejects when the process ends without one. */
  waitFor(pattern: RegExp, timeout?: number): Promise<RegExpExecArray>;
  /**
   * The first place of all that matches, wherever other waits are, which go on behind it if they were before it:
   * for what is waited for beside a test, whose own waits may be sooner or later.
   */
  milestone(pattern: RegExp, timeout?: number): Promise<RegExpExecArray>;
  /** The next whole line, without its end. */
  line(timeout?: number): Promise<string>;
  /** All so far, whether waited for or not: the standard output, and behind it the standard error. */
  text(): string;
}

export interface PeerProcess extends AsyncDisposable {
  readonly output: PeerOutput;
  /** Settles when the process has ended and its output is complete. */
  readonly exited: Promise<ExitStatus>;
  /** Writes to the standard input. */
  write(data: string | Uint8Array): void;
  /** Closes the standard input. */
  endInput(): void;
  /** Ends the process and waits for it; harmless when it has ended. */
  close(): Promise<void>;
}

export interface PeerServer extends PeerProcess {
  readonly port: number;
}

export interface RunResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  /** Written to the standard input, which is then closed. */
  input?: string | Uint8Array;
  /** Added to the environment. */
  env?: Readonly<Record<string, string>>;
  /** Milliseconds until the process is killed. */
  timeout?: number;
}

const alive = new Set<ChildProcess>();
atExit(() => {
  for (const child of alive) child.kill('SIGKILL');
});

/** Starts a process whose output can be waited for. */
export function startPeer(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): PeerProcess {
  const child = spawn(command, args, { env: environment(env), stdio: 'pipe' });
  alive.add(child);
  // EPIPE: the peer may end before it has read all that was written to it.
  child.stdin.on('error', () => {});
  const exited = new Promise<ExitStatus>((resolve) => {
    child.once('error', () => resolve({ code: null, signal: null }));
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  void exited.then(() => alive.delete(child));
  const close = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  return {
    output: new OutputReader(child, [command, ...args].join(' '), exited),
    exited,
    write: (data) => void child.stdin.write(data),
    endInput: () => void child.stdin.end(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Waits until a server has printed its port; ends it when it does not. */
export async function withPort(peer: PeerProcess, pattern: RegExp): Promise<PeerServer> {
  try {
    const match = await peer.output.waitFor(pattern);
    return { ...peer, port: Number(match[1]) };
  } catch (error) {
    await peer.close();
    throw error;
  }
}

/** Runs a process to its end. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const child = spawn(command, args, { env: environment(options.env ?? {}), stdio: 'pipe' });
  alive.add(child);
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  try {
    const all = Promise.all([ended, collect(child.stdout), collect(child.stderr)]);
    const [code, stdout, stderr] = await withTimeout(all, options.timeout ?? 2 * PATIENCE_MS, command);
    return { code, stdout: String(stdout), stderr: String(stderr) };
  } finally {
    child.kill('SIGKILL');
    alive.delete(child);
  }
}

/** The path of a PEM file: as given, or of a file that holds the PEM text which was given. */
export function pemPath(pathOrPem: string): string {
  if (!pathOrPem.includes('-----BEGIN ')) return pathOrPem;
  pemDirectory ??= temporaryDirectory('pem-');
  const path = join(pemDirectory, `${createHash('sha256').update(pathOrPem).digest('hex').slice(0, 24)}.pem`);
  if (!existsSync(path)) writeFileSync(path, pathOrPem, { mode: 0o600 });
  return path;
}

let pemDirectory: string | undefined;

/** Without the user's own OpenSSL configuration, certificates and proxies, which would make runs differ. */
function environment(extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const dropped = /^(SSL_CERT_|SSLKEYLOGFILE$|OPENSSL_|PYTHON|CURL_|NODE_OPTIONS$|NODE_EXTRA_CA_CERTS$)|_proxy$/i;
  const kept = Object.entries(process.env).filter(([name]) => !dropped.test(name));
  return {
    ...Object.fromEntries(kept),
    PYTHONUNBUFFERED: '1',
    PYTHONDONTWRITEBYTECODE: '1',
    LC_ALL: 'C.UTF-8',
    ...extra,
  };
}

/** What has come from one stream, and how much of it has been waited for. */
interface Printed {
  text: string;
  cursor: number;
}

class OutputReader implements PeerOutput {
  readonly #command: string;
  readonly #printed: readonly Printed[];
  readonly #waiting = new Set<() => void>();
  #ended = false;

  constructor(child: ChildProcessWithoutNullStreams, command: string, exited: Promise<unknown>) {
    this.#command = command;
    this.#printed = [child.stdout, child.stderr].map((stream) => {
      const printed = { text: '', cursor: 0 };
      stream.setEncoding('utf8');
      stream.on('data', (chunk: string) => this.#wake(() => (printed.text += chunk)));
      return printed;
    });
    void exited.then(() => this.#wake(() => (this.#ended = true)));
  }

  text(): string {
    return this.#printed.map(({ text }) => text).join('');
  }

  async line(timeout?: number): Promise<string> {
    const match = await this.waitFor(/([^\n]*)\n/, timeout);
    return match[1]!;
  }

  waitFor(pattern: RegExp, timeout: number = PATIENCE_MS): Promise<RegExpExecArray> {
    return this.#match(pattern, ({ cursor }) => cursor, timeout);
  }

  milestone(pattern: RegExp, timeout: number = PATIENCE_MS): Promise<RegExpExecArray> {
    return this.#match(pattern, () => 0, timeout);
  }

  async #match(pattern: RegExp, start: (printed: Printed) => number, timeout: number): Promise<RegExpExecArray> {
    const deadline = Date.now() + timeout;
    for (;;) {
      for (const printed of this.#printed) {
        const from = start(printed);
        const match = pattern.exec(printed.text.slice(from));
        if (match === null) continue;
        printed.cursor = Math.max(printed.cursor, from + match.index + match[0].length);
        return match;
      }
      if (this.#ended) throw this.#vain(pattern, 'it ended');
      await withTimeout(this.#more(), Math.max(1, deadline - Date.now())).catch(() => {
        throw this.#vain(pattern, `${timeout} ms went by`);
      });
    }
  }

  #more(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  #wake(change: () => void): void {
    change();
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  #vain(pattern: RegExp, what: string): Error {
    return new Error(`waited for ${pattern} from \`${this.#command}\` until ${what}; it printed:\n${this.text()}`);
  }
}
