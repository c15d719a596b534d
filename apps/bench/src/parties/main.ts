/** One server or client process: `main.js <implementation> <channel>`, orders on stdin (see protocol.ts). */
import process from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers';
import { type CpuClock, startCpuClock } from './clock.ts';
import {
  AbsentError,
  type ClientParty,
  type Implementation,
  type PreparedRun,
  type ServerParty,
} from './implementation.ts';
import { LoopWatch } from './loop_watch.ts';
import { isOwnRun, type Order, type Report, type Result, type StartOrder } from './protocol.ts';

const SETTLE_MS = 150;

class Party {
  #implementation: Implementation;
  #server: ServerParty | undefined;
  #client: ClientParty | undefined;
  #prepared: PreparedRun | undefined;
  #loop: LoopWatch | null | undefined;
  #life: CpuClock = startCpuClock();

  constructor(implementation: Implementation) {
    this.#implementation = implementation;
  }

  async obey(order: Order): Promise<Report> {
    switch (order.do) {
      case 'start':
        return this.#start(order);
      case 'prepare':
        if (!isOwnRun(order)) throw new Error(`${order.run} is a run for the C client`);
        this.#prepared = await this.#expectClient().prepare(order);
        return { event: 'prepared' };
      case 'go':
        return this.#go();
      case 'finish':
        await this.#prepared?.finish(order.keep ?? false);
        return { event: 'finished' };
      case 'sample':
        return this.#sample();
      case 'settle':
        await collectGarbage();
        return { event: 'settled' };
      case 'watch':
        this.#loop = await LoopWatch.start();
        return { event: 'watching' };
      case 'stop':
        return process.exit(0);
    }
  }

  async #start(order: StartOrder): Promise<Report> {
    // Unref'd: the process ends with its input; this is for the case that nobody closes it.
    setTimeout(() => process.exit(3), order.deadlineMs).unref();
    const { runtime } = this.#implementation;
    if (order.role === 'client') {
      this.#client = await this.#implementation.openClient(order);
      return { event: 'ready', runtime };
    }
    this.#server = await this.#implementation.openServer(order);
    return { event: 'ready', port: this.#server.port, runtime };
  }

  async #go(): Promise<Result> {
    if (!this.#prepared) throw new Error('nothing is prepared');
    const clock = startCpuClock();
    const began = performance.now();
    const report = await this.#prepared.go();
    const seconds = (performance.now() - began) / 1e3;
    return { event: 'result', seconds, ...clock(), ...report };
  }

  #sample(): Report {
    const server = this.#server;
    if (!server) throw new Error('only a server is sampled');
    return {
      event: 'sample',
      ...this.#life(),
      ...server.counters,
      ...(server.negotiated ? { negotiated: server.negotiated } : {}),
      ...(this.#loop === undefined ? {} : { loop: this.#loop?.read() ?? null }),
    };
  }

  #expectClient(): ClientParty {
    if (!this.#client) throw new Error('this party is no client');
    return this.#client;
  }
}

async function collectGarbage(): Promise<void> {
  for (let i = 0; i < 2; i++) {
    (globalThis as { gc?: () => void }).gc?.();
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  }
}

async function load(name: string | undefined, channel: string | undefined): Promise<Implementation> {
  if (name === 'node-tls') return (await import('./node_tls.ts')).nodeTls(channel === 'duplex' ? 'duplex' : 'net');
  if (name === 'sslkit') return (await import('./sslkit.ts')).sslkit(channel === 'stream' ? 'stream' : 'native');
  throw new Error(`no implementation is called ${name}`);
}

function answer(report: Report): void {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

function explain(error: unknown): Report {
  const reason = error instanceof Error ? `${error.message}` : String(error);
  return error instanceof AbsentError ? { event: 'absent', reason } : { event: 'error', reason };
}

async function main(): Promise<void> {
  const lines = createInterface({ input: process.stdin });
  let party: Party | undefined;
  for await (const line of lines) {
    try {
      party ??= new Party(await load(process.argv[2], process.argv[3]));
      answer(await party.obey(JSON.parse(line) as Order));
    } catch (error) {
      answer(explain(error));
    }
  }
  process.exit(0);
}

await main();
