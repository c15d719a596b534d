import type {
  BulkRun,
  ContextsRun,
  EchoRun,
  HandshakesRun,
  Negotiated,
  OwnRun,
  RefuseRun,
  Result,
  StartClient,
  StartServer,
} from './protocol.ts';

/** What a contestant written in JavaScript implements, on its own API and as its users would write it. */
export interface Implementation {
  /** Name and version of the runtime and its TLS library. */
  runtime: string;
  openServer(order: StartServer): Promise<ServerParty>;
  openClient(order: StartClient): Promise<ClientParty>;
}

export interface ServerParty {
  port: number;
  counters: ServerCounters;
  /** Of the first connection. */
  negotiated: Negotiated | undefined;
}

export interface ServerCounters {
  handshakes: number;
  failures: number;
  bytesIn: number;
}

export interface ClientParty {
  prepare(run: OwnRun): Promise<PreparedRun>;
}

export type RunReport = Omit<Result, 'event' | 'seconds' | 'user' | 'system'>;

/** Connections are open, sessions are fetched; `go` is what the clock sees. */
export interface PreparedRun {
  go(): Promise<RunReport>;
  finish(keep: boolean): Promise<void>;
}

/** The runs of a client; each contestant does them on its own API. */
export abstract class ClientRuns implements ClientParty {
  async prepare(run: OwnRun): Promise<PreparedRun> {
    switch (run.run) {
      case 'handshakes':
        return this.handshakes(run);
      case 'echo':
        return this.echo(run);
      case 'send':
      case 'duplex':
        return this.bulk(run);
      case 'refuse':
        return onTheClock(() => verdict(() => this.reach(run)));
      case 'contexts':
        return onTheClock(() => this.contexts(run));
    }
  }

  protected abstract handshakes(run: HandshakesRun): Promise<PreparedRun>;
  protected abstract echo(run: EchoRun): Promise<PreparedRun>;
  protected abstract bulk(run: BulkRun): Promise<PreparedRun>;
  /** Connects where that must fail; closes what it has opened if it does not. */
  protected abstract reach(run: RefuseRun): Promise<void>;
  protected abstract contexts(run: ContextsRun): RunReport;
}

/** The contestant cannot run here: shown as absent, which is no failure. */
export class AbsentError extends Error {}

/** A report that counts from zero. */
export function emptyReport(): RunReport {
  return { operations: 0, connections: 0, verified: 0, resumed: 0, bytesIn: 0, bytesOut: 0 };
}

/** Times the making of contexts one by one; a lone slow one does not hide in a mean. */
export function timeContexts(count: number, make: () => number): RunReport {
  const times: number[] = [];
  let roots = 0;
  for (let i = 0; i < count; i++) {
    const began = performance.now();
    roots = make();
    times.push((performance.now() - began) * 1e3);
  }
  const [first = 0, second = 0, ...rest] = times;
  rest.sort((a, b) => a - b);
  const later = rest[rest.length >> 1] ?? second;
  return { ...emptyReport(), operations: count, values: { first, second, later, roots } };
}

/** For the runs that open nothing before the clock starts. */
export function onTheClock(go: () => Promise<RunReport> | RunReport): PreparedRun {
  return { go: async () => go(), finish: async () => {} };
}

/** For the runs whose connections are open before the clock starts; `close` ends them, unless they are to be kept. */
export function overOpen(close: () => unknown, go: () => Promise<RunReport>): PreparedRun {
  return {
    go,
    finish: async (keep) => {
      if (!keep) await close();
    },
  };
}

async function verdict(reach: () => Promise<void>): Promise<RunReport> {
  try {
    await reach();
    return { ...emptyReport(), accepted: true };
  } catch (error) {
    return { ...emptyReport(), accepted: false, reason: error instanceof Error ? error.message : String(error) };
  }
}
