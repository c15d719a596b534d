/** A station is one contestant's running processes for one item; each of its rounds gives one value per metric. */
import type { Certificates } from './certificates.ts';
import type { Command, Contestant } from './contestants.ts';
import { checkRound } from './equality.ts';
import type { Negotiated, Profile, Result, Run, Sample } from './parties/protocol.ts';
import { Party, type PartySetting } from './party.ts';
import { systemRoots } from './system_roots.ts';
import type { ContextsItem, DelayItem, Item, MemoryItem, TrafficItem } from './work.ts';

export type Values = Record<string, number | null>;

export interface Station {
  round(): Promise<Values>;
  stop(): Promise<void>;
}

export interface Setting extends PartySetting {
  profile: Profile;
  certificates: Certificates;
  /** The C client, which drives every server alike; null when it could not be built. */
  driver: Command | null;
}

/** The witness's word on what this contestant negotiates, held against each round's report. */
export type Expected = Pick<Negotiated, 'protocol' | 'cipher' | 'group'>;

export async function openStation(
  contestant: Contestant,
  item: Item,
  setting: Setting,
  expected: Expected,
): Promise<Station> {
  if ('missing' in contestant.command) throw new Error(contestant.command.missing);
  const { command } = contestant;
  switch (item.method) {
    case 'traffic':
      return openTraffic(command, item, setting, expected);
    case 'memory':
      return { round: () => memoryRound(command.server, item, setting), stop: async () => {} };
    case 'contexts':
      return { round: () => contextsRound(command.client, item, setting), stop: async () => {} };
    case 'delay':
      return openDelay(command.server, item, setting);
  }
}

async function openTraffic(
  command: { server: Command; client: Command },
  item: TrafficItem,
  setting: Setting,
  expected: Expected,
): Promise<Station> {
  const server = await startServer(command.server, item, setting);
  const client = await orStop([server], () => startClient(command.client, item, setting, server.port));
  return {
    round: async () => {
      await client.ask({ do: 'prepare', ...item.run }, 'prepared');
      const before = await server.ask({ do: 'sample' }, 'sample');
      const result = await client.ask({ do: 'go' }, 'result');
      const after = await server.ask({ do: 'sample' }, 'sample');
      await client.ask({ do: 'finish' }, 'finished');
      checkRound(item.run, result, before, after, expected);
      return rates(item, result, before, after);
    },
    stop: () => stopAll([client, server]),
  };
}

function rates(item: TrafficItem, result: Result, before: Sample, after: Sample): Values {
  const { run } = item;
  const amount = (run.run === 'send' ? run.bytes : run.run === 'duplex' ? 2 * run.bytes : result.operations) / item.per;
  const clientCpu = result.user + result.system;
  const serverCpu = cpuBetween(before, after);
  return {
    rate: amount / result.seconds,
    cpu: ((clientCpu + serverCpu) / amount) * 1e6,
    clientCpu: (clientCpu / amount) * 1e6,
    serverCpu: (serverCpu / amount) * 1e6,
  };
}

/** A fresh server each round: what a heap has once grown to, it keeps. */
async function memoryRound(command: Command, item: MemoryItem, setting: Setting): Promise<Values> {
  const server = await startServer(command, item, setting);
  const parties = [server];
  try {
    const client = await startClient(driver(setting), item, setting, server.port);
    parties.push(client);
    await hold(client, item.warm);
    await server.ask({ do: 'settle' }, 'settled');
    const before = server.rss();
    await hold(client, item.count);
    const grown = server.rss();
    await server.ask({ do: 'settle' }, 'settled');
    const after = server.rss();
    const { handshakes } = await server.ask({ do: 'sample' }, 'sample');
    if (handshakes !== item.warm + item.count) throw new Error(`the server has ${handshakes} connections`);
    const each = (rss: number): number => (rss - before) / item.count / 1024;
    return { perConnection: each(after), asItComes: each(grown) };
  } finally {
    await stopAll(parties);
  }
}

async function hold(client: Party, count: number): Promise<void> {
  await run(client, { run: 'hold', count }, true);
}

async function contextsRound(command: Command, item: ContextsItem, setting: Setting): Promise<Values> {
  const client = await startClient(command, item, setting, 1);
  try {
    const result = await run(client, { run: 'contexts', count: item.count, bundle: systemRoots });
    const { first, second, later, roots } = result.values ?? {};
    // A context that trusts nothing is quickly made.
    if (roots === undefined || roots < 50) throw new Error(`the context trusts only ${roots} roots`);
    return { first: first ?? null, second: second ?? null, later: later ?? null };
  } finally {
    await client.stop();
  }
}

async function openDelay(command: Command, item: DelayItem, setting: Setting): Promise<Station> {
  const stations: Party[] = [];
  return {
    round: async () => {
      await stopAll(stations.splice(0));
      const server = await startServer(command, item, setting);
      stations.push(server);
      const probe = await startClient(driver(setting), item, setting, server.port);
      stations.push(probe);
      const load = await startClient(driver(setting), item, setting, server.port);
      stations.push(load);
      return delayRound(server, probe, load, item);
    },
    stop: () => stopAll(stations),
  };
}

async function delayRound(server: Party, probe: Party, load: Party, item: DelayItem): Promise<Values> {
  const everyMs = 1e3 / item.perSecond;
  const count = Math.round(item.perSecond * item.seconds);
  // The same load first, not counted: code that hardly ever ran is not what is measured.
  await run(load, { run: 'rate', count: Math.round(item.perSecond * item.seconds), everyMs });
  const messages = Math.round((item.seconds * 1e3) / item.probeEveryMs);
  await probe.ask(
    { do: 'prepare', run: 'probe', count: 1, messages, size: 100, everyMs: item.probeEveryMs },
    'prepared',
  );
  await load.ask({ do: 'prepare', run: 'rate', count, everyMs }, 'prepared');
  await server.ask({ do: 'watch' }, 'watching');
  const before = await server.ask({ do: 'sample' }, 'sample');
  const [echoes, handshakes] = await Promise.all([probe.ask({ do: 'go' }, 'result'), load.ask({ do: 'go' }, 'result')]);
  const after = await server.ask({ do: 'sample' }, 'sample');
  if (handshakes.verified !== count) throw new Error(`${handshakes.verified} of ${count} handshakes succeeded`);
  const { loop } = after;
  return {
    loopP99: loop?.p99 ?? null,
    loopP50: loop?.p50 ?? null,
    timerP99: loop?.timerP99 ?? null,
    echoP99: echoes.values?.p99 ?? null,
    echoP50: echoes.values?.p50 ?? null,
    serverCpu: (cpuBetween(before, after) / count) * 1e6,
  };
}

function cpuBetween(before: Sample, after: Sample): number {
  return after.user + after.system - before.user - before.system;
}

async function run(client: Party, order: Run, keep = false): Promise<Result> {
  await client.ask({ do: 'prepare', ...order }, 'prepared');
  const result = await client.ask({ do: 'go' }, 'result');
  await client.ask({ do: 'finish', keep }, 'finished');
  return result;
}

function driver(setting: Setting): Command {
  if (!setting.driver) throw new Error('this needs the C client, which could not be built');
  return setting.driver;
}

function startServer(command: Command, item: Item, setting: Setting): Promise<Party> {
  const { profile, certificates } = setting;
  const { cert, key } = certificates.of(item.kind);
  const bulk = item.method === 'traffic' && 'bytes' in item.run ? item.run : { bytes: 0, size: 65_536 };
  const behaviour = item.method === 'traffic' ? item.behaviour : 'echo';
  return Party.start(
    command,
    { role: 'server', profile, behaviour, expect: bulk.bytes, chunk: bulk.size, cert, key },
    setting,
  );
}

function startClient(command: Command, item: Item, setting: Setting, port: number): Promise<Party> {
  const { profile, certificates } = setting;
  const { ca } = certificates.of(item.kind);
  return Party.start(command, { role: 'client', profile, ca, port, servername: certificates.servername }, setting);
}

async function orStop<T>(parties: Party[], make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    await stopAll(parties);
    throw error;
  }
}

async function stopAll(parties: Party[]): Promise<void> {
  await Promise.all(parties.map((party) => party.stop()));
}
