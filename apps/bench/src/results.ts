/** What a run of the bench leaves behind: results.json, from which the report is made. */
import type { Negotiated, Profile } from './parties/protocol.ts';
import { pairedRatios, type Summary, summarize } from './statistics.ts';
import type { Item, Metric } from './work.ts';

export interface Results {
  schema: 1;
  startedAt: string;
  seconds: number;
  /** False while the amounts or rounds are too few to publish. */
  publishable: boolean;
  options: Record<string, unknown>;
  machine: Machine;
  contestants: { id: string; label: string; description: string; runtime: string | null }[];
  tables: Table[];
  soak?: Soak[];
}

export interface Machine {
  cpu: string;
  cores: number;
  memoryGb: number;
  kernel: string;
  /** One-minute load average before and after. */
  load: [number, number];
  /** Share of the CPU time in this run that the hypervisor gave to others, 0 to 1. */
  stolen: number;
}

export interface Table {
  profile: Profile;
  items: ItemResult[];
}

export interface ItemResult {
  id: string;
  title: string;
  what: string;
  metrics: readonly Metric[];
  entries: Entry[];
}

export type Status = 'measured' | 'absent' | 'refused' | 'failed' | 'skipped';

export interface Entry {
  contestant: string;
  status: Status;
  reason?: string;
  negotiated?: Negotiated;
  /** By metric: the value of each round, null where it gave none; rounds of all entries correspond. */
  rounds: Record<string, (number | null)[]>;
  summary: Record<string, Summary>;
  /** By metric and by whom it is compared with: how many times as much as there, round by round. */
  ratios: Record<string, Record<string, Summary>>;
}

export interface Soak {
  contestant: string;
  seconds: number;
  handshakes: number;
  roundTrips: number;
  samples: { second: number; serverRss: number; clientRss: number; serverDescriptors: number }[];
  /** `flat` is null when the soak was too short to tell. */
  verdict: { flat: boolean | null; serverGrowth: number; clientGrowth: number; text: string };
}

export function itemResult(item: Item): ItemResult {
  const { id, title, what, metrics } = item;
  return { id, title, what, metrics, entries: [] };
}

/** Fills in summaries, and ratios to each of `against`, once all rounds are there. */
export function derive(result: ItemResult, against: readonly string[]): void {
  for (const entry of result.entries) {
    entry.summary = mapMetrics(entry, (rounds) => summarize(rounds));
    entry.ratios = {};
    for (const metric of Object.keys(entry.rounds)) {
      for (const other of against) {
        const base = result.entries.find((candidate) => candidate.contestant === other)?.rounds[metric];
        const summary = base ? summarize(pairedRatios(entry.rounds[metric] ?? [], base)) : null;
        if (summary) entry.ratios[metric] = { ...entry.ratios[metric], [other]: summary };
      }
    }
  }
}

function mapMetrics<T>(entry: Entry, map: (rounds: (number | null)[]) => T | null): Record<string, T> {
  const mapped = Object.entries(entry.rounds).map(([metric, rounds]) => [metric, map(rounds)] as const);
  return Object.fromEntries(mapped.filter((pair): pair is [string, T & {}] => pair[1] !== null));
}
