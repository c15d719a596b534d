/** The project's targets, held against the figures: what is not reached is said as plainly as what is. */
import type { Results, Table } from './results.ts';

export interface Target {
  item: string;
  metric: string;
  contestant: string;
  against: string;
  bound: number;
  /** `speed`: at least `bound` times as fast. `share`: at most `bound` times as much. */
  kind: 'speed' | 'share';
}

export interface Judged extends Target {
  title: string;
  /** In the target's terms; null: not measured. */
  reached: number | null;
  /** Quartiles, in the same terms. */
  spread: [number, number] | null;
  met: boolean | null;
}

const native: { contestant: string } = { contestant: 'sslkit-native' };
const stream = {
  contestant: 'sslkit-stream',
  against: 'node-tls-duplex',
  kind: 'speed',
  bound: 1.5,
  metric: 'rate',
} as const;
const speed = (
  item: string,
  against: string,
  bound: number,
  metric = 'rate',
  contestant = native.contestant,
): Target => ({
  contestant,
  item,
  metric,
  against,
  bound,
  kind: 'speed',
});
const share = (item: string, metric: string, against: string, bound: number): Target => ({
  ...native,
  item,
  metric,
  against,
  bound,
  kind: 'share',
});

export const TARGETS: readonly Target[] = [
  ...['handshake-p256', 'handshake-rsa'].flatMap((item) => [
    speed(item, 'node-tls', 2, 'rate', 'sslkit-one-thread'),
    speed(item, 'bun', 0.95, 'rate', 'sslkit-one-thread'),
    speed(item, 'node-tls', 2),
    speed(item, 'bun', 1),
    speed(item, 'floor', 0.8),
  ]),
  speed('resume', 'node-tls', 2.5),
  speed('echo-1', 'node-tls', 1.3),
  speed('echo-50', 'node-tls', 1.5),
  speed('echo-50', 'bun', 1),
  speed('bulk-64k', 'node-tls', 1.3),
  speed('bulk-64k', 'bun', 1),
  speed('bulk-1k', 'node-tls', 2),
  share('idle-memory', 'perConnection', 'node-tls', 0.35),
  share('idle-memory', 'perConnection', 'bun', 1),
  speed('contexts', 'node-tls', 50, 'second'),
  speed('contexts', 'node-tls', 50, 'later'),
  share('loop-delay', 'loopP99', 'node-tls', 1 / 3),
  ...['handshake-p256', 'handshake-rsa', 'resume', 'echo-1', 'echo-50', 'bulk-64k', 'bulk-1k', 'duplex-64k'].map(
    (item): Target => ({ ...stream, item }),
  ),
];

/** Those whose item is in this table. */
export function judge(table: Table, targets: readonly Target[] = TARGETS): Judged[] {
  return targets.flatMap((target) => {
    const item = table.items.find(({ id }) => id === target.item);
    if (!item) return [];
    const ratio = item.entries.find(({ contestant }) => contestant === target.contestant)?.ratios[target.metric]?.[
      target.against
    ];
    const higher = item.metrics.find(({ key }) => key === target.metric)?.better === 'higher';
    // Of a time, being twice as fast is half as much.
    const inTerms = (value: number): number => (target.kind === 'speed' && !higher ? 1 / value : value);
    const reached = ratio ? inTerms(ratio.median) : null;
    const spread = ratio ? ([inTerms(ratio.q1), inTerms(ratio.q3)].sort((a, b) => a - b) as [number, number]) : null;
    const met = reached === null ? null : target.kind === 'speed' ? reached >= target.bound : reached <= target.bound;
    return [{ ...target, title: item.title, reached, spread, met }];
  });
}

/** Of the table that all contestants do the same work in. */
export function sameTable(results: Results): Table | undefined {
  return results.tables.find(({ profile }) => profile === 'same');
}
