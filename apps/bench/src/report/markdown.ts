/** docs/bench/README.md, from the results alone. */
import { BASELINE } from '../contestants.ts';
import type { Profile } from '../parties/protocol.ts';
import type { Entry, ItemResult, Results, Table } from '../results.ts';
import { judge, sameTable } from '../targets.ts';
import { number, ratio, table } from './format.ts';

const PROFILES: Record<Profile, { title: string; text: string }> = {
  same: {
    title: 'The same work for all',
    text: 'TLS 1.3, TLS_AES_128_GCM_SHA256, X25519, the same certificates; chain and host name verified. Who negotiates anything else is refused.',
  },
  defaults: {
    title: "Everyone's defaults",
    text: 'No protocol, cipher or group is chosen; certificates and verification are the same. The work differs: the table of what was negotiated says how.',
  },
};

/** @param charts file names of the charts, by profile */
export function markdownReport(results: Results, charts: Partial<Record<Profile, readonly string[]>>): string {
  const label = labels(results);
  return `${[
    '# Benchmark',
    introduction(results),
    targets(results, label),
    ...results.tables.map((one) => section(one, label, charts[one.profile] ?? [])),
    ...(results.soak ? [soak(results, label)] : []),
    contestants(results),
    method(results),
  ]
    .filter((part) => part !== '')
    .join('\n\n')}\n`;
}

/** One item as a table, also for the terminal. */
export function itemTable(item: ItemResult, label: (id: string) => string): string {
  const [headline, ...others] = item.metrics;
  if (!headline) return '';
  const measured = item.entries.filter(({ status }) => status === 'measured');
  const header = [
    '',
    headline.unit,
    'middle half',
    `× ${label(BASELINE)}`,
    ...others.map((metric) => `${metric.label}, ${metric.unit}`),
  ];
  const rows = measured.map((entry) => [
    label(entry.contestant),
    value(entry, headline.key),
    spread(entry, headline.key),
    against(entry, headline.key),
    ...others.map((metric) => value(entry, metric.key)),
  ]);
  const excuses = item.entries
    .filter(({ status }) => status !== 'measured')
    .map((entry) => `- ${label(entry.contestant)}: ${entry.status} (${entry.reason ?? 'no reason given'})`);
  const parts = [table(header, rows, header.map((_, column) => column).slice(1)), excuses.join('\n')];
  return parts.filter((part) => part !== '').join('\n\n');
}

export function labels(results: Pick<Results, 'contestants'>): (id: string) => string {
  return (id) => results.contestants.find((one) => one.id === id)?.label ?? id;
}

function introduction({ startedAt, machine, publishable }: Results): string {
  const { cpu, cores, memoryGb, kernel, load, stolen } = machine;
  const warning = publishable
    ? ''
    : '**Not a measurement:** too few rounds or amounts too small. It shows that the bench works, no more.\n\n';
  return `${warning}Measured on ${startedAt.slice(0, 10)}: ${cpu}, ${cores} cores, ${memoryGb} GB, Linux ${kernel}; load average ${load[0]} before and ${load[1]} after, ${number(stolen * 100)} % of the CPU time stolen. Rerun: \`pnpm bench --install --publish\`; in a minute: \`pnpm bench --quick\`.`;
}

function targets(results: Results, label: (id: string) => string): string {
  const same = sameTable(results);
  const judged = same ? judge(same) : [];
  if (judged.length === 0) return '';
  const rows = judged.map((target) => [
    target.title + (target.metric === 'rate' || target.metric === 'perConnection' ? '' : ` (${target.metric})`),
    label(target.contestant),
    label(target.against),
    `${target.kind === 'speed' ? '≥' : '≤'} ${ratio(target.bound)}`,
    target.reached === null ? '–' : ratio(target.reached),
    target.spread === null ? '–' : target.spread.map(ratio).join(' … '),
    target.met === null ? 'not measured' : target.met ? 'yes' : '**no**',
  ]);
  const header = ['', 'who', 'against', 'target', 'reached', 'middle half', 'met'];
  return `## Targets\n\n${table(header, rows, [3, 4, 5])}`;
}

function section(one: Table, label: (id: string) => string, charts: readonly string[]): string {
  const { title, text } = PROFILES[one.profile];
  const images = charts.map((file) => `![${title}](${file})`).join('\n');
  const items = one.items.map((item) => `### ${item.title}\n\n${item.what}\n\n${itemTable(item, label)}`);
  const parts = [`## ${title}`, text, images, one.profile === 'defaults' ? negotiated(one, label) : '', ...items];
  return parts.filter((part) => part !== '').join('\n\n');
}

function negotiated(one: Table, label: (id: string) => string): string {
  const entries = one.items[0]?.entries.filter((entry) => entry.negotiated) ?? [];
  const rows = entries.map(({ contestant, negotiated: it }) => [
    label(contestant),
    it?.protocol ?? '',
    it?.cipher ?? '',
    it?.group ?? '',
  ]);
  return rows.length === 0 ? '' : table(['', 'protocol', 'cipher suite', 'group'], rows);
}

function soak(results: Results, label: (id: string) => string): string {
  const rows = (results.soak ?? []).map(({ contestant, seconds, handshakes, roundTrips, verdict }) => [
    label(contestant),
    String(seconds),
    number(handshakes),
    number(roundTrips),
    verdict.text,
  ]);
  return `## Soak\n\n${table(['', 'seconds', 'handshakes', 'round trips', 'memory'], rows, [1, 2, 3])}\n\n![Memory over time](chart-soak.svg)`;
}

function contestants(results: Results): string {
  const rows = results.contestants.map(({ label, description, runtime }) => [label, description, runtime ?? 'absent']);
  return `## Who\n\n${table(['', 'what', 'version'], rows)}`;
}

function method(results: Results): string {
  const { rounds, sittings, cores } = results.options;
  return `## How

- Client and server are two processes on the loopback interface${cores ? `, bound to CPU ${cores}` : ''}. Each contestant plays both, except for memory and event-loop delay, where the same C client drives every server.
- ${rounds} rounds of fixed amounts; in each round every contestant once, in random order; new processes ${sittings} times; before each of these, rounds that are not counted warm all of them up: 8 of handshakes, 3 of echoes, 2 of bulk (1 in a quick run).
- Figures are medians over the rounds; "middle half" is the range between the quartiles. Ratios are taken round by round, and their median shown: × 1.00 is \`node:tls\` on the Node in use.
- CPU is user and system time of the whole process, all threads, as the kernel counts it.
- Before it is timed, each contestant is looked at: a witness on the wire reads version, cipher suite and group from the ServerHello, and connections under another name and to a stranger's certificate must fail. In each round connections, verifications, resumptions and bytes are counted on both sides and must agree with the plan.
- A connection counts when the server's first byte has come: both ends have finished, and the client has taken the tickets. It is closed with close_notify, without waiting for the peer's.
- Deno reads certificates only when they are first used, so its contexts look cheaper than they are. The C floor writes one record for each write, gathers records into one \`send\`, and parses the roots for each context.
- All figures, round by round: [results.json](results.json).`;
}

function value(entry: Entry, metric: string): string {
  const summary = entry.summary[metric];
  return summary ? number(summary.median) : '–';
}

function spread(entry: Entry, metric: string): string {
  const summary = entry.summary[metric];
  return summary ? `${number(summary.q1)} … ${number(summary.q3)}` : '–';
}

function against(entry: Entry, metric: string): string {
  const summary = entry.ratios[metric]?.[BASELINE];
  return summary ? `${ratio(summary.median)} (${ratio(summary.q1)} … ${ratio(summary.q3)})` : '–';
}
