import { parseArgs } from 'node:util';
import type { Profile } from './parties/protocol.ts';

export interface Options {
  quick: boolean;
  /** Item ids; null: all. */
  only: string[] | null;
  /** Contestant ids; null: all. The baseline is always measured. */
  contestants: string[] | null;
  rounds: number;
  sittings: number;
  profiles: Profile[];
  /** Where to write the results as JSON; null: nowhere. */
  json: string | null;
  /** Also write docs/bench. */
  publish: boolean;
  /** CPU list for `taskset`. */
  cores: string | null;
  seed: number;
  /** Seconds; null: no soak. */
  soak: number | null;
  /** Results to make the report of, instead of measuring. */
  report: string | null;
  install: boolean;
  list: boolean;
  help: boolean;
}

export class UsageError extends Error {}

export const USAGE = `usage: pnpm bench [options]

  --quick               small amounts, few rounds, one table: ends within 60 s
  --only a,b            only these items (--list names them)
  --contestants a,b     only these, and the baseline node-tls
  --rounds N            rounds of each item (15; quick: 3)
  --sittings N          how often the processes are replaced (3; quick: 1)
  --profile same|defaults|both
                        TLS 1.3, AES-128-GCM and X25519 for all; what each does by itself; or both (quick: same)
  --cores LIST          bind all parties to these CPUs, as taskset -c takes them: 0 is "in one thread"
  --seed N              of the order within the rounds
  --json FILE           write the results
  --publish             write docs/bench/results.json, README.md and the charts
  --report FILE         make no measurement, read these results
  --soak [--soak-seconds N]
                        instead: five minutes of mixed load, memory over time
  --install             first install the other runtimes into apps/bench/.runtimes
  --list                name the items and the contestants
`;

const FULL = { rounds: 15, sittings: 3 };
const QUICK = { rounds: 3, sittings: 1 };
const SOAK_SECONDS = 300;
const MAX_ROUNDS = 1_000;

/** @throws UsageError */
export function parseArguments(argv: readonly string[]): Options {
  const values = parse(argv);
  const quick = values.quick ?? false;
  const usual = quick ? QUICK : FULL;
  const rounds = positive('rounds', values.rounds, usual.rounds);
  return {
    quick,
    only: list('only', values.only),
    contestants: list('contestants', values.contestants),
    rounds,
    sittings: Math.min(rounds, positive('sittings', values.sittings, usual.sittings)),
    profiles: profiles(values.profile ?? (quick ? 'same' : 'both')),
    json: values.json ?? null,
    publish: values.publish ?? false,
    cores: cores(values.cores),
    seed: positive('seed', values.seed, 1),
    soak: values.soak ? positive('soak-seconds', values['soak-seconds'], SOAK_SECONDS, 3_600) : null,
    report: values.report ?? null,
    install: values.install ?? false,
    list: values.list ?? false,
    help: values.help ?? false,
  };
}

/** @throws UsageError that names those that are unknown, and those that are known */
export function select<T extends { id: string }>(
  what: string,
  known: readonly T[],
  wanted: readonly string[] | null,
): T[] {
  if (wanted === null) return [...known];
  const unknown = wanted.filter((id) => !known.some((one) => one.id === id));
  if (unknown.length > 0) {
    throw new UsageError(
      `no ${what} is called ${unknown.join(', ')}; there are ${known.map(({ id }) => id).join(', ')}`,
    );
  }
  return known.filter(({ id }) => wanted.includes(id));
}

type Parsed = ReturnType<typeof parse>;

function parse(argv: readonly string[]) {
  const flag = { type: 'boolean' } as const;
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({
      args: argv.filter((argument) => argument !== '--'),
      options: {
        quick: flag,
        only: text,
        contestants: text,
        rounds: text,
        sittings: text,
        profile: text,
        json: text,
        publish: flag,
        cores: text,
        seed: text,
        soak: flag,
        'soak-seconds': text,
        report: text,
        install: flag,
        list: flag,
        help: { type: 'boolean', short: 'h' },
      },
    });
    return values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function positive(name: string, text: string | undefined, otherwise: number, most: number = MAX_ROUNDS): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > most) {
    throw new UsageError(`--${name} must be a whole number from 1 to ${most}, not ${text}`);
  }
  return value;
}

function list(name: string, text: string | undefined): string[] | null {
  if (text === undefined) return null;
  const items = text.split(',').map((item) => item.trim());
  if (items.some((item) => item === '')) throw new UsageError(`--${name} has an empty name in it`);
  return items;
}

function profiles(text: NonNullable<Parsed['profile']>): Profile[] {
  if (text === 'both') return ['same', 'defaults'];
  if (text === 'same' || text === 'defaults') return [text];
  throw new UsageError(`--profile must be same, defaults or both, not ${text}`);
}

function cores(text: string | undefined): string | null {
  if (text === undefined) return null;
  if (!/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(text))
    throw new UsageError(`--cores must be like 0 or 0,1 or 0-3, not ${text}`);
  return text;
}
