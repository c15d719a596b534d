/** One party's process, seen from the orchestrator: orders in, reports out, everything bounded in time. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Command } from './contestants.ts';
import { systemRoots } from './system_roots.ts';
import type { Absent, Failure, Order, Ready, Report, StartOrder } from './parties/protocol.ts';

/** Lifetime of a process, whatever it is told; measuring one item takes far less. */
const DEADLINE_MS = 900_000;
const MIN_PATIENCE_MS = 500;
const STDERR_KEPT = 2_000;

/** The contestant cannot run here. */
export class AbsentContestant extends Error {}

export interface PartySetting {
  /** As `taskset --cpu-list` takes them; null leaves the scheduler alone. */
  cores: string | null;
  /** How long an order may take, in milliseconds, from now. */
  patience: () => number;
}

/** `Omit` on each member of a union. */
type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

export class Party {
  readonly #child: ChildProcess;
  readonly #reports: AsyncIterator<string>;
  readonly #patience: () => number;
  #stderr = '';
  #ready: Ready = { event: 'ready', runtime: '?' };

  private constructor(command: Command, { cores, patience }: PartySetting) {
    const bound = cores === null ? [] : ['taskset', '-c', cores];
    const [file = '', ...args] = [...bound, command.file, ...command.args];
    const child = spawn(file, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...cleanEnvironment(), ...command.env },
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_KEPT);
    });
    child.on('error', (error) => {
      this.#stderr += error.message;
      child.stdout.destroy();
    });
    child.stdin.on('error', () => {}); // told by the missing report
    this.#child = child;
    this.#reports = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    this.#patience = patience;
  }

  /** Rejects when the party cannot start; then no process is left. */
  static async start(
    command: Command,
    start: Without<StartOrder, 'do' | 'deadlineMs'>,
    setting: PartySetting,
  ): Promise<Party> {
    const party = new Party(command, setting);
    try {
      party.#ready = await party.ask({ do: 'start', deadlineMs: DEADLINE_MS, ...start } as StartOrder, 'ready');
      return party;
    } catch (error) {
      await party.stop();
      throw error;
    }
  }

  /** The port that a server listens on. */
  get port(): number {
    return this.#ready.port ?? 0;
  }

  get runtime(): string {
    return this.#ready.runtime;
  }

  /** One order, one report. A party that is late is killed. @throws AbsentContestant, Error */
  async ask<E extends Report['event']>(order: Order, event: E): Promise<Extract<Report, { event: E }>> {
    const patience = Math.max(MIN_PATIENCE_MS, this.#patience());
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#child.kill('SIGKILL');
    }, patience);
    this.#child.stdin?.write(`${JSON.stringify(order)}\n`);
    try {
      const { value, done } = await this.#reports.next();
      if (late) throw new Error(`did not ${order.do} within ${Math.round(patience)} ms`);
      if (done) throw new Error(`ended when it was told to ${order.do}: ${this.#stderr.trim() || 'no message'}`);
      return expectReport(JSON.parse(value) as Report, order, event);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Resident set in bytes, from the kernel: the same measure for every runtime. */
  rss(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }

  /** Open file descriptors. */
  descriptors(): number {
    return readdirSync(`/proc/${this.#child.pid}/fd`).length;
  }

  /** Ends the process; resolves when it is gone. */
  async stop(): Promise<void> {
    if (this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 1_000);
    this.#child.stdin?.end();
    await gone;
    clearTimeout(timer);
  }
}

function expectReport<E extends Report['event']>(
  report: Report,
  order: Order,
  event: E,
): Extract<Report, { event: E }> {
  if (report.event === 'absent') throw new AbsentContestant((report as Absent).reason);
  if (report.event === 'error') throw new Error((report as Failure).reason);
  if (report.event !== event) throw new Error(`answered ${report.event} to ${order.do}`);
  return report as Extract<Report, { event: E }>;
}

/** Nothing of the caller's settings may differ between contestants. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR, LANG } = process.env;
  // Deno would otherwise resolve this workspace's package.json; it only ever runs plain files here.
  const roots = { SSL_CERT_FILE: systemRoots };
  return { ...roots, PATH, HOME, TMPDIR, LANG, DENO_NO_PACKAGE_JSON: '1', DENO_NO_UPDATE_CHECK: '1', NO_COLOR: '1' };
}
