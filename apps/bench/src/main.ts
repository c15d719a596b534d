/** `pnpm bench`: see arguments.ts for the options, ../README.md for what is measured and how. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Options, parseArguments, select, USAGE, UsageError } from './arguments.ts';
import { type Certificates, type KeyKind, mintCertificates } from './certificates.ts';
import { allContestants, BASELINE, type Command, type Contestant } from './contestants.ts';
import { buildFloor } from './floor.ts';
import { rootFolder } from './folders.ts';
import { watchMachine } from './machine.ts';
import type { Profile } from './parties/protocol.ts';
import { preflight, type Verdict } from './preflight.ts';
import { soakChart, tableChart } from './report/charts.ts';
import { itemTable, labels, markdownReport } from './report/markdown.ts';
import type { ItemResult, Results, Soak, Table } from './results.ts';
import { installRuntimes } from './runtimes.ts';
import { measureItem } from './schedule.ts';
import { soak } from './soak.ts';
import type { Setting } from './stations.ts';
import { seededRandom } from './statistics.ts';
import { allItems, type Item } from './work.ts';

/** A quick run is over before this; what did not fit is shown as skipped. */
const QUICK_MS = 52_000;
const QUICK_PATIENCE_MS = 6_000;
const FULL_PATIENCE_MS = 60_000;
const FULL_ITEM_MS = 600_000;
const PUBLISHABLE_ROUNDS = 9;

/** How the time of a quick run is shared out: some items start processes in each round. */
const WEIGHT: Record<Item['method'], number> = { traffic: 1, contexts: 1, memory: 3, delay: 3 };
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

interface Field {
  contestants: Contestant[];
  items: Item[];
  driver: Command | null;
  certificates: Certificates;
  /** `performance.now()` at which a quick run must be over; Infinity otherwise. */
  end: number;
}

async function main(argv: readonly string[]): Promise<void> {
  const options = parseArguments(argv);
  if (options.help) {
    process.stdout.write(USAGE);
    return;
  }
  if (options.install) installRuntimes();
  if (options.list) list();
  else if (options.report !== null) save(JSON.parse(readFileSync(options.report, 'utf8')) as Results, options);
  else save(await measure(options), options);
}

async function measure(options: Options): Promise<Results> {
  const end = options.quick ? performance.now() + QUICK_MS : Number.POSITIVE_INFINITY;
  const floor = buildFloor();
  const contestants = select('contestant', allContestants(floor), withBaseline(options));
  const items = select('item', allItems(options.quick), options.only);
  const driver = 'client' in floor ? { file: floor.client, args: [] } : null;
  const certificates = await mintCertificates();
  process.once('exit', () => certificates.remove());
  return record({ contestants, items, driver, certificates, end }, options);
}

async function record(field: Field, options: Options): Promise<Results> {
  const startedAt = new Date().toISOString();
  const began = performance.now();
  const machine = watchMachine();
  const runtimes = new Map<string, string>();
  const tables: Table[] = [];
  let soaks: Soak[] | null = null;
  if (options.soak === null) {
    for (const profile of options.profiles) tables.push(await measureTable(profile, field, options, runtimes));
  } else {
    soaks = await measureSoak(field, options.soak, options);
  }
  const { contestants } = field;
  return {
    schema: 1,
    startedAt,
    seconds: Math.round((performance.now() - began) / 1e3),
    publishable: !options.quick && options.rounds >= PUBLISHABLE_ROUNDS,
    options: {
      rounds: options.rounds,
      sittings: options.sittings,
      quick: options.quick,
      cores: options.cores,
      seed: options.seed,
    },
    machine: machine(),
    contestants: contestants.map(({ id, label, description }) => ({
      id,
      label,
      description,
      runtime: runtimes.get(id) ?? null,
    })),
    tables,
    ...(soaks ? { soak: soaks } : {}),
  };
}

async function measureTable(
  profile: Profile,
  field: Field,
  options: Options,
  runtimes: Map<string, string>,
): Promise<Table> {
  const { contestants, items } = field;
  const verdicts = await examineAll(profile, field);
  for (const [key, { runtime }] of verdicts) if (runtime) runtimes.set(key.split(' ')[0] ?? '', runtime);
  const random = seededRandom(options.seed);
  const against = [...new Set([BASELINE, 'bun', 'floor', 'node-tls-duplex'])];
  const results: ItemResult[] = [];
  for (const [index, item] of items.entries()) {
    const left =
      ((field.end - performance.now()) * WEIGHT[item.method]) /
      sum(items.slice(index).map((one) => WEIGHT[one.method]));
    const tell = (line: string): void => progress(`${profile} · ${item.id} (${index + 1}/${items.length}) · ${line}`);
    tell('starting');
    const { rounds, sittings } = options;
    const budgetMs = Math.min(FULL_ITEM_MS, left * 0.8);
    const plan = { profile, rounds, sittings, budgetMs, against, random, tell };
    const verdictOf = (contestant: Contestant): Verdict => judgeOf(verdicts, contestant, item.kind, left);
    const result = await measureItem(item, contestants, verdictOf, settingOf(profile, field, options), plan);
    results.push(result);
    progress('');
    process.stdout.write(
      `\n${profile} · ${item.title}\n${itemTable(result, labels({ contestants: contestants.map((one) => ({ ...one, runtime: null })) }))}\n`,
    );
  }
  return { profile, items: results };
}

/** All at once: nothing here is timed. */
async function examineAll(
  profile: Profile,
  { contestants, items, certificates, end }: Field,
): Promise<Map<string, Verdict>> {
  progress(`${profile} · examining the contestants`);
  const kinds = [...new Set(items.map(({ kind }) => kind))];
  const pairs = contestants.flatMap((contestant) => kinds.map((kind) => ({ contestant, kind })));
  const verdicts = await Promise.all(
    pairs.map(async ({ contestant, kind }) => {
      return [
        `${contestant.id} ${kind}`,
        await preflight(contestant, profile, kind, certificates, patienceOf(end)),
      ] as const;
    }),
  );
  return new Map(verdicts);
}

function judgeOf(verdicts: Map<string, Verdict>, contestant: Contestant, kind: KeyKind, leftMs: number): Verdict {
  const verdict = verdicts.get(`${contestant.id} ${kind}`);
  if (verdict === undefined) throw new Error(`${contestant.id} was not examined`);
  if (verdict.status === 'fit' && leftMs < 1_000)
    return { ...verdict, status: 'skipped', reason: 'no time left in quick mode' };
  return verdict;
}

async function measureSoak(field: Field, seconds: number, options: Options): Promise<Soak[]> {
  const able = field.contestants.filter(
    ({ id, items }) => options.contestants?.includes(id) ?? (!items && /^(sslkit|node-tls$)/.test(id)),
  );
  progress(`soaking ${able.map(({ id }) => id).join(', ')} for ${seconds} s`);
  const setting = settingOf('same', field, options);
  const results = await Promise.allSettled(able.map((contestant) => soak(contestant, seconds, setting)));
  progress('');
  return results.flatMap((result, index) => {
    const id = able[index]?.id ?? '?';
    if (result.status === 'rejected') process.stdout.write(`${id}: ${(result.reason as Error).message}\n`);
    else process.stdout.write(`${id}: ${result.value.verdict.text}\n`);
    return result.status === 'fulfilled' ? [result.value] : [];
  });
}

/** Of a quick run: a contestant that hangs must not take the others' time with it. */
function patienceOf(end: number): () => number {
  if (end === Number.POSITIVE_INFINITY) return () => FULL_PATIENCE_MS;
  return () => Math.min(QUICK_PATIENCE_MS, end - performance.now());
}

function settingOf(profile: Profile, { certificates, driver, end }: Field, { cores }: Options): Setting {
  return { profile, certificates, cores, driver, patience: patienceOf(end) };
}

function withBaseline({ contestants, soak }: Options): string[] | null {
  return contestants === null || soak !== null ? contestants : [...new Set([BASELINE, ...contestants])];
}

function save(results: Results, options: Options): void {
  const json = `${JSON.stringify(results)}\n`;
  if (options.json !== null) write(resolve(options.json), json);
  if (!options.publish) return;
  const folder = join(rootFolder, 'docs', 'bench');
  const charts: Partial<Record<Profile, string[]>> = {};
  for (const table of results.tables) {
    const file = `chart-${table.profile}.svg`;
    const title = table.profile === 'same' ? 'The same TLS work for all' : "Everyone's defaults";
    write(join(folder, file), tableChart(results, table, title));
    charts[table.profile] = [file];
  }
  if (results.soak) write(join(folder, 'chart-soak.svg'), soakChart(results, results.soak));
  write(join(folder, 'README.md'), markdownReport(results, charts));
  write(join(folder, 'results.json'), json);
}

function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  process.stderr.write(`wrote ${path}\n`);
}

function list(): void {
  for (const { id, title } of allItems(false)) process.stdout.write(`item        ${id.padEnd(22)} ${title}\n`);
  for (const { id, description, command } of allContestants()) {
    const absent = 'missing' in command ? ` (absent: ${command.missing})` : '';
    process.stdout.write(`contestant  ${id.padEnd(22)} ${description}${absent}\n`);
  }
}

/** One line that is written over; an empty one clears it. */
function progress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${line}`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`bench: ${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
}
