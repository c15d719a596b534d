/** What is measured. Amounts are fixed per round, so every contestant does exactly the same work. */
import type { KeyKind } from './certificates.ts';
import type { Behaviour, OwnRun } from './parties/protocol.ts';

export interface Metric {
  key: string;
  label: string;
  unit: string;
  better: 'higher' | 'lower';
}

interface Common {
  id: string;
  title: string;
  /** One sentence: what the figure is. */
  what: string;
  kind: KeyKind;
  /** The first one is the headline. */
  metrics: readonly Metric[];
}

/** Client and server of one contestant exchange something. */
export interface TrafficItem extends Common {
  method: 'traffic';
  behaviour: Behaviour;
  run: Exclude<OwnRun, { run: 'refuse' | 'contexts' }>;
  /** Divides the rate: bytes per MB, or 1 for operations. */
  per: number;
  /** Rounds of each process that are not counted: until its compiler has done most of its work, as in a server that runs. */
  warmUp: number;
}

/** `count` more connections held open by the C client, after `warm` that came first. */
export interface MemoryItem extends Common {
  method: 'memory';
  warm: number;
  count: number;
}

/** Contexts made in a process of their own. */
export interface ContextsItem extends Common {
  method: 'contexts';
  count: number;
}

/** The C client makes full handshakes at a rate, and another one measures echoes on a connection that was there before. */
export interface DelayItem extends Common {
  method: 'delay';
  perSecond: number;
  seconds: number;
  probeEveryMs: number;
}

export type Item = TrafficItem | MemoryItem | ContextsItem | DelayItem;

const KB = 1024;
const MIB = 1024 * KB;
export const MB = 1e6;

/** @param quick smaller amounts, for a run within a minute */
export function allItems(quick: boolean): Item[] {
  return [
    ...handshakeItems(quick ? 40 : 400, quick ? 1 : 8),
    ...echoItems(quick ? 400 : 6_000, quick ? 1 : 3),
    ...bulkItems(quick ? 16 : 192, quick ? 1 : 2),
    memoryItem(quick ? 200 : 2_000),
    contextsItem(quick ? 4 : 12),
    delayItem(quick ? 0.4 : 3),
  ];
}

function handshakeItems(count: number, warmUp: number): Item[] {
  const item = (id: string, title: string, kind: KeyKind, concurrency: number, resume: boolean): TrafficItem => ({
    id,
    title,
    what: `${resume ? 'Resumed' : 'Full'} handshakes, ${concurrency === 1 ? 'one after the other' : `${concurrency} at a time`}: connect, handshake, one byte from the server, close.`,
    kind,
    metrics: rateMetrics('handshakes/s', 'µs/handshake'),
    method: 'traffic',
    behaviour: 'echo',
    run: { run: 'handshakes', count, concurrency, resume },
    per: 1,
    warmUp,
  });
  return [
    item('handshake-p256', 'Full handshake, P-256', 'p256', 8, false),
    item('handshake-p256-serial', 'Full handshake, P-256, one at a time', 'p256', 1, false),
    item('handshake-rsa', 'Full handshake, RSA-2048', 'rsa2048', 8, false),
    item('resume', 'Resumed handshake, P-256', 'p256', 8, true),
  ];
}

function echoItems(messages: number, warmUp: number): Item[] {
  const item = (count: number, total: number): TrafficItem => ({
    id: `echo-${count}`,
    title: `Echo of 100 bytes, ${count} connection${count === 1 ? '' : 's'}`,
    what: 'Round trips of 100 bytes on established connections, one in flight on each.',
    kind: 'p256',
    metrics: rateMetrics('round trips/s', 'µs/round trip'),
    method: 'traffic',
    behaviour: 'echo',
    run: { run: 'echo', count, messages: total, size: 100 },
    per: 1,
    warmUp,
  });
  return [item(1, messages), item(50, messages * 2)];
}

function bulkItems(mib: number, warmUp: number): Item[] {
  const item = (
    id: string,
    title: string,
    what: string,
    run: 'send' | 'duplex',
    size: number,
    bytes: number,
  ): TrafficItem => ({
    id,
    title,
    what,
    kind: 'p256',
    metrics: rateMetrics('MB/s', 'µs/MB'),
    method: 'traffic',
    behaviour: run === 'send' ? 'sink' : 'duplex',
    run: { run, count: 1, bytes, size },
    per: MB,
    warmUp,
  });
  const until = "until the server's one byte that it has all";
  return [
    item('bulk-64k', 'Bulk, 64 kB writes', `One connection, client to server, ${until}.`, 'send', 64 * KB, mib * MIB),
    item('bulk-1k', 'Bulk, 1 kB writes', `One connection, client to server, ${until}.`, 'send', KB, (mib / 4) * MIB),
    item(
      'duplex-64k',
      'Both directions, 64 kB writes',
      'One connection, both send at once; the rate is that of both together.',
      'duplex',
      64 * KB,
      (mib / 2) * MIB,
    ),
  ];
}

function memoryItem(count: number): Item {
  return {
    id: 'idle-memory',
    title: 'Memory per idle server connection',
    what: `Growth of the server's resident set by ${count} idle connections, after ${count / 10} others; a garbage collection before each reading. The C client holds them.`,
    kind: 'p256',
    metrics: [
      { key: 'perConnection', label: 'memory', unit: 'kB/connection', better: 'lower' },
      { key: 'asItComes', label: 'before the collection', unit: 'kB/connection', better: 'lower' },
    ],
    method: 'memory',
    warm: count / 10,
    count,
  };
}

function contextsItem(count: number): Item {
  return {
    id: 'contexts',
    title: "Default client context with the system's roots",
    what: 'Time to make one, in a fresh process; the later ones as their median.',
    kind: 'p256',
    metrics: [
      { key: 'later', label: 'later', unit: 'µs', better: 'lower' },
      { key: 'second', label: 'second', unit: 'µs', better: 'lower' },
      { key: 'first', label: 'first', unit: 'µs', better: 'lower' },
    ],
    method: 'contexts',
    count,
  };
}

function delayItem(seconds: number): Item {
  return {
    id: 'loop-delay',
    title: 'A server under 200 RSA-2048 handshakes a second',
    what: "Event-loop delay above that of the idle loop: a thread posts the time every millisecond, and the loop looks how old it is (perf_hooks' own figure, by a timer of whole milliseconds, beside it). And the latency of a 100-byte echo on a connection that was there before. The same C clients for all.",
    kind: 'rsa2048',
    metrics: [
      { key: 'loopP99', label: 'loop p99', unit: 'ms', better: 'lower' },
      { key: 'loopP50', label: 'loop p50', unit: 'ms', better: 'lower' },
      { key: 'timerP99', label: 'perf_hooks p99', unit: 'ms', better: 'lower' },
      { key: 'echoP99', label: 'echo p99', unit: 'µs', better: 'lower' },
      { key: 'echoP50', label: 'echo p50', unit: 'µs', better: 'lower' },
      { key: 'serverCpu', label: 'server CPU', unit: 'µs/handshake', better: 'lower' },
    ],
    method: 'delay',
    perSecond: 200,
    seconds,
    probeEveryMs: 5,
  };
}

function rateMetrics(rate: string, cpu: string): Metric[] {
  return [
    { key: 'rate', label: 'rate', unit: rate, better: 'higher' },
    { key: 'cpu', label: 'CPU, both', unit: cpu, better: 'lower' },
    { key: 'clientCpu', label: 'client CPU', unit: cpu, better: 'lower' },
    { key: 'serverCpu', label: 'server CPU', unit: cpu, better: 'lower' },
  ];
}
