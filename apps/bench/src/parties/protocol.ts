/**
 * What the orchestrator and the parties (one server or client process of one contestant) say to each other: one JSON
 * object a line, orders on stdin, one report on stdout for each order. Orders are flat, so that floor/*.c can read them
 * with a scanner. A party ends when its stdin ends, when it is told to stop, or at its deadline, whichever is first.
 *
 * Every connection of every contestant begins alike: TCP connect, TLS handshake with the chain and the host name
 * verified, one greeting byte from the server. Only then is it open to the client; so both ends have finished, and the
 * client has taken the server's tickets.
 */

/** `same`: TLS 1.3, TLS_AES_128_GCM_SHA256, X25519. `defaults`: whatever the contestant does when told nothing. */
export type Profile = 'same' | 'defaults';

/** What a server does after the greeting. `sink` acknowledges each `expect` bytes with one; `duplex` also sends as many. */
export type Behaviour = 'echo' | 'sink' | 'duplex';

export interface StartServer {
  do: 'start';
  role: 'server';
  profile: Profile;
  behaviour: Behaviour;
  /** Bytes that a client sends in one run, for `sink` and `duplex`. */
  expect: number;
  /** Bytes that `duplex` gives to one write. */
  chunk: number;
  /** Path of the certificate chain. */
  cert: string;
  /** Path of the private key. */
  key: string;
  deadlineMs: number;
}

export interface StartClient {
  do: 'start';
  role: 'client';
  profile: Profile;
  /** Path of the trusted authority. */
  ca: string;
  port: number;
  servername: string;
  deadlineMs: number;
}

export type StartOrder = StartServer | StartClient;

/** Opens and closes `count` connections, `concurrency` at a time. With `resume`, all by the ticket of one before the run. */
export interface HandshakesRun {
  run: 'handshakes';
  count: number;
  concurrency: number;
  resume: boolean;
}

/** `messages` round trips of `size` bytes over `count` connections, one in flight on each. */
export interface EchoRun {
  run: 'echo';
  count: number;
  messages: number;
  size: number;
}

/** `bytes` bytes in writes of `size` over one connection, till the server's acknowledgement; `duplex`: both ways at once. */
export interface BulkRun {
  run: 'send' | 'duplex';
  count: 1;
  bytes: number;
  size: number;
}

/** One connection that must not succeed: the name or the authority is not the server's. */
export interface RefuseRun {
  run: 'refuse';
  servername?: string;
  ca?: string;
}

/** Makes `count` contexts that trust all roots of the system. `bundle` is where those who must be told find them. */
export interface ContextsRun {
  run: 'contexts';
  count: number;
  bundle: string;
}

export interface HoldRun {
  run: 'hold';
  count: number;
}

/** One full handshake each `everyMs`, whether or not the last has ended. */
export interface RateRun {
  run: 'rate';
  count: number;
  everyMs: number;
}

/** One echo each `everyMs` on one connection; latency counts from when it was due. */
export interface ProbeRun {
  run: 'probe';
  count: 1;
  messages: number;
  size: number;
  everyMs: number;
}

/** The runs that every contestant does itself. */
export type OwnRun = HandshakesRun | EchoRun | BulkRun | RefuseRun | ContextsRun;

/** The runs that the C client does to every server, so that only the server differs. */
export type DriverRun = HoldRun | RateRun | ProbeRun;

export type Run = OwnRun | DriverRun;

export function isOwnRun(run: Run): run is OwnRun {
  return !['hold', 'rate', 'probe'].includes(run.run);
}

export type Order =
  | StartOrder
  | ({ do: 'prepare' } & Run)
  /** Starts the clock of what was prepared. */
  | { do: 'go' }
  /** Closes what the run left open, unless `keep`. */
  | { do: 'finish'; keep?: boolean }
  | { do: 'sample' }
  /** Collects garbage where the runtime can. */
  | { do: 'settle' }
  /** Starts measuring the event loop; the idle loop is measured before the report. */
  | { do: 'watch' }
  | { do: 'stop' };

export interface Negotiated {
  protocol: string;
  /** IANA's name. */
  cipher: string;
  /** Null where the runtime does not tell; the witness then knows. */
  group: string | null;
}

export interface Ready {
  event: 'ready';
  port?: number;
  /** Name and version of the runtime and its TLS library. */
  runtime: string;
}

export interface Absent {
  event: 'absent';
  reason: string;
}

/** CPU time of the process since its start, all threads, in seconds. */
export interface Cpu {
  user: number;
  system: number;
}

export interface Sample extends Cpu {
  event: 'sample';
  handshakes: number;
  failures: number;
  bytesIn: number;
  negotiated?: Negotiated;
  /** Milliseconds between turns of a 1 ms timer, as `perf_hooks.monitorEventLoopDelay` counts; null where it cannot. */
  loop?: { p50: number; p99: number; max: number; timerP99: number | null } | null;
}

export interface Result extends Cpu {
  event: 'result';
  /** Wall time of the run. `user` and `system` are those of the run as well. */
  seconds: number;
  operations: number;
  connections: number;
  verified: number;
  resumed: number;
  bytesIn: number;
  bytesOut: number;
  negotiated?: Negotiated;
  values?: Record<string, number>;
  /** Of a `refuse` run. */
  accepted?: boolean;
  reason?: string;
}

export interface Failure {
  event: 'error';
  reason: string;
}

export type Report =
  | Ready
  | Absent
  | Sample
  | Result
  | Failure
  | { event: 'prepared' }
  | { event: 'settled' }
  | { event: 'watching' }
  | { event: 'finished' };

/** What `same` asks for, in the words of `node:tls`. */
export const SAME = { protocol: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256', group: 'X25519' } as const;

/** The byte that opens a connection, and the one that acknowledges a run. */
export const MARK: Uint8Array = Uint8Array.of(0x21);
