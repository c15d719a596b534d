/**
 * The order of things: item by item; within an item all contestants side by side, one round each in a new random order,
 * many times over, so that whatever slows the machine for a while slows all of them. Processes live for a few rounds (a
 * sitting) and are then replaced, because a process can be lucky: with its addresses, its heap, its compiler.
 */
import type { Contestant } from './contestants.ts';
import { UnequalWork } from './equality.ts';
import type { Profile } from './parties/protocol.ts';
import type { Verdict } from './preflight.ts';
import { derive, type Entry, type ItemResult, itemResult } from './results.ts';
import { openStation, type Setting, type Station, type Values } from './stations.ts';
import { shuffled } from './statistics.ts';
import type { Item } from './work.ts';

export interface Plan {
  profile: Profile;
  rounds: number;
  sittings: number;
  /** Milliseconds that one item may take; rounds that do not fit are left out, at least one is done. */
  budgetMs: number;
  against: readonly string[];
  random: () => number;
  tell: (line: string) => void;
}

interface Seat {
  contestant: Contestant;
  entry: Entry;
  verdict: Verdict;
  station: Station | null;
}

export async function measureItem(
  item: Item,
  contestants: readonly Contestant[],
  verdictOf: (contestant: Contestant) => Verdict,
  setting: Setting,
  plan: Plan,
): Promise<ItemResult> {
  const result = itemResult(item);
  const able = contestants.filter(({ items }) => items?.includes(item.id) ?? true);
  const seats = able.map((contestant) => takeSeat(contestant, verdictOf(contestant), item));
  result.entries = seats.map((seat) => seat.entry);
  const end = performance.now() + plan.budgetMs;
  let rounds = 0;
  for (let sitting = 0; sitting < plan.sittings; sitting++) {
    if (rounds > 0 && performance.now() > end) break;
    await openSeats(seats, item, setting);
    try {
      await warmUp(seats, item);
      const due = Math.ceil((plan.rounds * (sitting + 1)) / plan.sittings);
      for (; rounds < due && (rounds === 0 || performance.now() < end); rounds++) await playRound(seats, rounds, plan);
    } finally {
      await Promise.all(seats.map((seat) => seat.station?.stop()));
    }
  }
  derive(result, plan.against);
  return result;
}

function takeSeat(contestant: Contestant, verdict: Verdict, item: Item): Seat {
  const entry: Entry = { contestant: contestant.id, status: 'measured', rounds: {}, summary: {}, ratios: {} };
  if (verdict.negotiated) entry.negotiated = verdict.negotiated;
  const resumes = item.method === 'traffic' && item.run.run === 'handshakes' && item.run.resume;
  if (verdict.status !== 'fit') excuse(entry, verdict.status, verdict.reason);
  else if (resumes && verdict.noResumption) excuse(entry, 'refused', verdict.noResumption);
  return { contestant, entry, verdict, station: null };
}

function excuse(entry: Entry, status: Entry['status'], reason: string | undefined): void {
  entry.status = status;
  entry.reason = reason ?? 'no reason given';
}

async function openSeats(seats: Seat[], item: Item, setting: Setting): Promise<void> {
  await Promise.all(
    playing(seats).map(async (seat) => {
      seat.station = null;
      await attempt(seat, async () => {
        const expected = seat.verdict.negotiated ?? { protocol: '?', cipher: '?', group: '?' };
        seat.station = await openStation(seat.contestant, item, setting, expected);
      });
    }),
  );
}

/** Rounds that are not counted. Items that start processes of their own in each round need none. */
async function warmUp(seats: Seat[], item: Item): Promise<void> {
  if (item.method !== 'traffic') return;
  for (let round = 0; round < item.warmUp; round++) {
    for (const seat of playing(seats)) await attempt(seat, () => seat.station?.round());
  }
}

async function playRound(seats: Seat[], round: number, plan: Plan): Promise<void> {
  for (const seat of shuffled(playing(seats), plan.random)) {
    const values = await attempt(seat, () => seat.station?.round());
    if (values) record(seat.entry, round, values);
  }
  plan.tell(`round ${round + 1}`);
}

function record(entry: Entry, round: number, values: Values): void {
  for (const [metric, value] of Object.entries(values)) {
    const column = entry.rounds[metric] ?? [];
    entry.rounds[metric] = column;
    while (column.length < round) column.push(null);
    column.push(value);
  }
}

const playing = (seats: Seat[]): Seat[] => seats.filter((seat) => seat.entry.status === 'measured');

/** A contestant that fails is out of this item, with the reason; the others go on. */
async function attempt<T>(seat: Seat, act: () => Promise<T> | undefined): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    const status = error instanceof UnequalWork ? 'refused' : 'failed';
    excuse(seat.entry, status, error instanceof Error ? error.message : String(error));
    await seat.station?.stop();
    seat.station = null;
    return undefined;
  }
}
