/** Minutes of mixed load on one pair of processes: memory and descriptors must stay where they are. */
import { SERVERNAME } from './certificates.ts';
import type { Contestant } from './contestants.ts';
import type { Run } from './parties/protocol.ts';
import { Party } from './party.ts';
import type { Soak } from './results.ts';
import type { Setting } from './stations.ts';
import { median, theilSen } from './statistics.ts';

/** One turn of the load; all of it against an echo server. */
const LOAD: readonly Run[] = [
  { run: 'handshakes', count: 200, concurrency: 8, resume: false },
  { run: 'handshakes', count: 200, concurrency: 8, resume: true },
  { run: 'echo', count: 50, messages: 5_000, size: 100 },
  { run: 'echo', count: 4, messages: 400, size: 65_536 },
];
const SAMPLE_EVERY_MS = 2_000;
/** Heaps are still finding their size before. */
const ENOUGH_SECONDS = 60;
/** What a heap may wander without being a leak: a leak of a kilobyte a handshake is far more within minutes. */
const TOLERANCE = { share: 0.05, bytes: 8 * 2 ** 20 };

type Sample = Soak['samples'][number];

export async function soak(contestant: Contestant, seconds: number, setting: Setting): Promise<Soak> {
  if ('missing' in contestant.command) throw new Error(contestant.command.missing);
  const { profile, certificates } = setting;
  const { cert, key, ca } = certificates.of('p256');
  const { server: serverCommand, client: clientCommand } = contestant.command;
  const parties: Party[] = [];
  try {
    const start = { role: 'server', profile, behaviour: 'echo', expect: 0, chunk: 65_536, cert, key } as const;
    const server = await Party.start(serverCommand, start, setting);
    parties.push(server);
    const client = await Party.start(
      clientCommand,
      { role: 'client', profile, ca, port: server.port, servername: SERVERNAME },
      setting,
    );
    parties.push(client);
    return await load(contestant.id, server, client, seconds);
  } finally {
    await Promise.all(parties.map((party) => party.stop()));
  }
}

async function load(contestant: string, server: Party, client: Party, seconds: number): Promise<Soak> {
  const began = performance.now();
  const elapsed = (): number => (performance.now() - began) / 1e3;
  const samples: Sample[] = [];
  let done = { handshakes: 0, roundTrips: 0 };
  for (let due = 0; elapsed() < seconds || samples.length < 4; ) {
    done = await turn(client, done);
    if (elapsed() * 1e3 < due) continue;
    due += SAMPLE_EVERY_MS;
    samples.push(await sample(server, client, elapsed()));
  }
  return { contestant, seconds: Math.round(elapsed()), ...done, samples, verdict: judgeMemory(samples) };
}

async function turn(client: Party, done: { handshakes: number; roundTrips: number }): Promise<typeof done> {
  let { handshakes, roundTrips } = done;
  for (const run of LOAD) {
    await client.ask({ do: 'prepare', ...run }, 'prepared');
    const result = await client.ask({ do: 'go' }, 'result');
    await client.ask({ do: 'finish' }, 'finished');
    handshakes += result.connections;
    if (run.run === 'echo') roundTrips += result.operations;
  }
  return { handshakes, roundTrips };
}

async function sample(server: Party, client: Party, second: number): Promise<Sample> {
  await Promise.all([server.ask({ do: 'settle' }, 'settled'), client.ask({ do: 'settle' }, 'settled')]);
  return {
    second: Math.round(second * 10) / 10,
    serverRss: server.rss(),
    clientRss: client.rss(),
    serverDescriptors: server.descriptors(),
  };
}

/** The first quarter is warming up. After it, the end is compared with the beginning. */
export function judgeMemory(samples: readonly Sample[]): Soak['verdict'] {
  const quarter = Math.max(1, Math.floor(samples.length / 4));
  const warm = samples.slice(quarter);
  const growth = (of: (sample: Sample) => number): number =>
    median(warm.slice(-quarter).map(of)) - median(warm.slice(0, quarter).map(of));
  const fits = (of: (sample: Sample) => number): boolean =>
    growth(of) <= Math.max(TOLERANCE.bytes, TOLERANCE.share * median(warm.map(of)));
  const server = (sample: Sample): number => sample.serverRss;
  const client = (sample: Sample): number => sample.clientRss;
  const descriptors = growth((sample) => sample.serverDescriptors);
  const long = (samples.at(-1)?.second ?? 0) >= ENOUGH_SECONDS;
  const flat = long ? fits(server) && fits(client) && descriptors <= 0 : null;
  const slope = theilSen(warm.map((one) => ({ x: one.second / 60, y: one.serverRss / 1e6 })));
  const text = `${flat === null ? 'too short to tell' : flat ? 'flat' : '**grows**'}: server ${signed(growth(server) / 1e6)} MB (${signed(slope)} MB a minute), client ${signed(growth(client) / 1e6)} MB, ${descriptors} descriptors`;
  return { flat, serverGrowth: growth(server), clientGrowth: growth(client), text };
}

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`;
