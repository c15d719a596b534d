// Prints a table in Markdown. Rounds are interleaved, so that what slows the machine slows everyone; a figure is the
// median of its rounds, and a ratio the median of the rounds' ratios.
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { contestants, type Contestant, type Input } from './contestants.ts';

const ROOTS = process.env.PEM_BUNDLE ?? '/etc/ssl/certs/ca-certificates.crt';
const ROUNDS = Number(process.env.ROUNDS ?? 15);

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (options: { type: 'minor' }) => void;

for (const input of inputs()) await measure(input);

function inputs(): Input[] {
  const roots = readFileSync(ROOTS, 'latin1');
  const blocks = [...roots.matchAll(/-----BEGIN CERTIFICATE-----\n([^-]*)-----END CERTIFICATE-----\n/g)];
  const first = blocks[blocks.length >> 1]!;
  const bodies = blocks.map(([, body]) => body!);
  const copies = Math.ceil(100e6 / roots.length);
  return [
    { name: 'one certificate', text: first[0], bodies: [first[1]!], times: 2000 },
    { name: `the system's roots (${blocks.length})`, text: roots, bodies, times: 20 },
    {
      name: '100 MB of roots',
      text: Buffer.from(roots.repeat(copies)).toString('latin1'),
      bodies: repeat(bodies, copies),
      times: 1,
    },
  ];
}

function repeat<T>(list: readonly T[], copies: number): T[] {
  return Array.from({ length: copies }, () => list).flat();
}

async function measure(input: Input): Promise<void> {
  const large = input.text.length > 10e6;
  const entrants = contestants.filter(({ bundles }) => bundles || input.bodies.length === 1);
  const times = new Map(entrants.map((entrant) => [entrant, [] as number[]]));
  const expected = await entrants[0]!.run(input);
  const rounds = large ? Math.min(ROUNDS, 7) : ROUNDS;
  for (let round = -1; round < rounds; round++) {
    for (const entrant of entrants) {
      const seen = times.get(entrant)!;
      // What takes seconds varies little: one round is enough.
      if (seen.at(-1)! > 4e6) continue;
      const micros = await once(entrant, input, expected);
      // The first round warms up.
      if (round >= 0 || micros > 4e6) seen.push(micros);
    }
  }
  print(input, entrants, times);
  for (const ours of entrants.slice(1, 3)) await measureAlone(input, [entrants[0]!, ours], expected);
}

/**
 * The floor and one of ours in turns and nothing else: in the table the floor comes right after whoever cools the caches.
 */
async function measureAlone(
  input: Input,
  pair: readonly [floor: Contestant, ours: Contestant],
  expected: number,
): Promise<void> {
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS * 4; round++) {
    const [floor, ours] = [await once(pair[0], input, expected), await once(pair[1], input, expected)];
    ratios.push(ours / floor);
    if (floor > 100_000 && round > ROUNDS / 2) break;
  }
  ratios.sort((a, b) => a - b);
  const at = (part: number) => ratios[Math.floor(ratios.length * part)]!.toFixed(2);
  console.log(
    `\n${pair[1].name} alone, in turns, ${ratios.length} rounds: ${at(0.5)} times the floor (half of them ${at(0.25)} to ${at(0.75)}).`,
  );
}

async function once(entrant: Contestant, input: Input, expected: number): Promise<number> {
  const slow = entrant.name.startsWith('pem ');
  const repeats = slow ? 1 : input.times;
  // What others left is not cleared away on the time of whoever comes next: X509Certificate leaves 20 ms of it.
  collect({ type: 'minor' });
  // V8 drops the code of what has not run for a few collections, and the others run long: warm up again.
  for (let i = 0; i < repeats >> 1; i++) await entrant.run(input);
  const start = process.hrtime.bigint();
  for (let i = 0; i < repeats; i++) {
    const found = entrant.run(input);
    if ((typeof found === 'number' ? found : await found) !== expected)
      throw new Error(`${entrant.name} found other bytes`);
  }
  return Number(process.hrtime.bigint() - start) / 1000 / repeats;
}

function median(list: readonly number[]): number {
  return [...list].sort((a, b) => a - b)[list.length >> 1]!;
}

function print(input: Input, entrants: readonly Contestant[], times: ReadonlyMap<Contestant, number[]>): void {
  const floor = times.get(entrants[0]!)!;
  console.log(`\n### ${input.name}: ${input.text.length} bytes, Node ${process.versions.node}, ${cpus()[0]?.model}\n`);
  console.log('| | time | beside the floor | what it does |\n|---|---:|---:|---|');
  for (const entrant of entrants) {
    const seen = times.get(entrant)!;
    const time = median(seen);
    const shown = time >= 10_000 ? `${(time / 1000).toFixed(0)} ms` : `${time.toPrecision(3)} µs`;
    const ratio = median(seen.map((one, i) => one / floor[i]!));
    console.log(`| ${entrant.name} | ${shown} | ${ratio.toFixed(2)} | ${entrant.does} |`);
  }
}
