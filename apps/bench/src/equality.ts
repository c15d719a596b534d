/** Was it the same work? Checked in every round; a round that fails is not counted, and its contestant refused. */
import type { Negotiated, Result, Sample } from './parties/protocol.ts';
import type { TrafficItem } from './work.ts';

/** This round was not the work that was planned. */
export class UnequalWork extends Error {}

/** @throws UnequalWork that says what differs */
export function checkRound(
  run: TrafficItem['run'],
  result: Result,
  before: Sample,
  after: Sample,
  expected: Negotiated,
): void {
  const connections = run.count;
  equal('connections', result.connections, connections);
  equal('verified connections', result.verified, connections);
  equal('resumed connections', result.resumed, run.run === 'handshakes' && run.resume ? connections : 0);
  equal('handshakes of the server', after.handshakes - before.handshakes, run.run === 'handshakes' ? connections : 0);
  const { operations, out, back } = planned(run);
  equal('operations', result.operations, operations);
  equal('bytes sent', result.bytesOut, out);
  equal('bytes that the server got', after.bytesIn - before.bytesIn, out);
  equal('bytes that came back', result.bytesIn, back);
  agrees('client', result.negotiated, expected);
  agrees('server', after.negotiated, expected);
}

function planned(run: TrafficItem['run']): { operations: number; out: number; back: number } {
  switch (run.run) {
    case 'handshakes':
      return { operations: run.count, out: 0, back: 0 };
    case 'echo':
      return { operations: run.messages, out: run.messages * run.size, back: run.messages * run.size };
    case 'send':
      return { operations: 1, out: run.bytes, back: 1 };
    case 'duplex':
      return { operations: 1, out: run.bytes, back: run.bytes + 1 };
  }
}

function equal(what: string, actual: number, planned: number): void {
  if (actual !== planned) throw new UnequalWork(`${what}: ${actual} instead of ${planned}`);
}

function agrees(who: string, told: Negotiated | undefined, expected: Negotiated): void {
  if (!told) throw new UnequalWork(`the ${who} does not tell what was negotiated`);
  for (const part of ['protocol', 'cipher', 'group'] as const) {
    // A group that is not told is the witness's business alone.
    if (told[part] === null || told[part] === expected[part]) continue;
    throw new UnequalWork(`the ${who} negotiated ${told[part]} instead of ${expected[part]}`);
  }
}
