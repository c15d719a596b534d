import type { Negotiated, OwnRun, Result, StartClient, StartServer } from './protocol.ts';

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
