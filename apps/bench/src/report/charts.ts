/** The charts: one panel per item with a bar per contestant, and memory over time for the soak. */
import { BASELINE } from '../contestants.ts';
import type { Entry, ItemResult, Results, Soak, Table } from '../results.ts';
import { number, ratio } from './format.ts';
import { labels } from './markdown.ts';
import { image, tag, text } from './svg.ts';

const WIDTH = 920;
const MARGIN = 20;
const COLUMNS = 2;
const PANEL = (WIDTH - MARGIN * (COLUMNS + 1)) / COLUMNS;
const LABEL = 150;
const BAR_MAX = 150;
const ROW = 22;
const BAR = 14;
const HEAD = 44;
const OURS = '#1a7f4b';
const OURS_TOO = '#7cc49b';
const THEIRS = '#8ba3bd';
const BASE = '#4d6a8a';
const MUTED = '#59636e';

/** Bars are medians of the headline figure; the thin line spans the middle half of the rounds. */
export function tableChart(results: Results, table: Table, title: string): string {
  const label = labels(results);
  const panels = table.items.filter((item) => item.entries.some(({ status }) => status === 'measured'));
  const parts = [text(MARGIN, 28, title, { 'font-size': 16, 'font-weight': 600 })];
  let top = 48;
  for (let first = 0; first < panels.length; first += COLUMNS) {
    const row = panels.slice(first, first + COLUMNS);
    for (const [column, item] of row.entries()) parts.push(panel(item, label, MARGIN + column * (PANEL + MARGIN), top));
    top += Math.max(...row.map(panelHeight)) + 14;
  }
  return image(WIDTH, top, title, parts);
}

export function soakChart(results: Results, soak: readonly Soak[]): string {
  const label = labels(results);
  const height = 260;
  const parts = [text(MARGIN, 28, 'Resident memory under mixed load, MB', { 'font-size': 16, 'font-weight': 600 })];
  const seconds = Math.max(1, ...soak.map((one) => one.seconds));
  const most = Math.max(1, ...soak.flatMap(({ samples }) => samples.flatMap((s) => [s.serverRss, s.clientRss]))) / 1e6;
  const x = (second: number): number => 60 + (second / seconds) * (WIDTH - 260);
  const y = (rss: number): number => height - 40 - (rss / 1e6 / most) * (height - 90);
  for (const part of [0, 0.5, 1]) {
    parts.push(
      tag('line', { x1: 60, x2: WIDTH - 200, y1: y(part * most * 1e6), y2: y(part * most * 1e6), stroke: '#d8dee4' }),
    );
    parts.push(text(54, y(part * most * 1e6) + 4, number(part * most), { 'text-anchor': 'end', fill: MUTED }));
  }
  parts.push(text(WIDTH - 200, height - 16, `${seconds} s`, { 'text-anchor': 'end', fill: MUTED }));
  for (const [index, one] of soak.entries()) {
    const colour = colourOf(one.contestant);
    for (const [side, dashes] of [
      ['server', 'none'],
      ['client', '4 3'],
    ] as const) {
      const points = one.samples.map(
        (s) => `${x(s.second).toFixed(1)},${y(side === 'server' ? s.serverRss : s.clientRss).toFixed(1)}`,
      );
      parts.push(
        tag('polyline', {
          points: points.join(' '),
          fill: 'none',
          stroke: colour,
          'stroke-width': 1.5,
          'stroke-dasharray': dashes,
        }),
      );
    }
    parts.push(text(WIDTH - 186, 60 + index * 36, label(one.contestant), { fill: colour, 'font-weight': 600 }));
    parts.push(text(WIDTH - 186, 75 + index * 36, '— server   - - client', { fill: MUTED, 'font-size': 11 }));
  }
  return image(WIDTH, height, 'Resident memory under mixed load', parts);
}

function panelHeight(item: ItemResult): number {
  return HEAD + measured(item).length * ROW;
}

function panel(item: ItemResult, label: (id: string) => string, left: number, top: number): string {
  const metric = item.metrics[0];
  if (!metric) return '';
  const entries = measured(item);
  const most = Math.max(...entries.map((entry) => entry.summary[metric.key]?.q3 ?? 0)) || 1;
  const scale = (value: number): number => (value / most) * BAR_MAX;
  const note = `${metric.unit} · ${metric.better === 'higher' ? 'more is better' : 'less is better'}`;
  return [
    text(left, top + 14, item.title, { 'font-weight': 600, 'font-size': 13 }),
    text(left, top + 30, note, { fill: MUTED, 'font-size': 11 }),
    ...entries.map((entry, index) => bar(entry, metric.key, label, left, top + HEAD + index * ROW, scale)),
  ].join('\n');
}

function bar(
  entry: Entry,
  metric: string,
  label: (id: string) => string,
  left: number,
  top: number,
  scale: (value: number) => number,
): string {
  const summary = entry.summary[metric];
  if (!summary) return '';
  const start = left + LABEL;
  const middle = top + BAR / 2;
  const compared = entry.ratios[metric]?.[BASELINE];
  const times = compared && entry.contestant !== BASELINE ? ` · ×${ratio(compared.median)}` : '';
  const end = start + scale(Math.max(summary.median, summary.q3));
  return [
    text(start - 8, top + 11, label(entry.contestant), { 'text-anchor': 'end' }),
    tag('rect', {
      x: start,
      y: top,
      width: Math.max(1, scale(summary.median)),
      height: BAR,
      rx: 2,
      fill: colourOf(entry.contestant),
    }),
    tag('line', {
      x1: start + scale(summary.q1),
      x2: start + scale(summary.q3),
      y1: middle,
      y2: middle,
      stroke: '#1f2328',
      'stroke-width': 1.5,
    }),
    text(end + 6, top + 11, `${number(summary.median)}${times}`, { fill: MUTED }),
  ].join('\n');
}

function measured(item: ItemResult): Entry[] {
  const headline = item.metrics[0]?.key ?? '';
  return item.entries.filter((entry) => entry.status === 'measured' && entry.summary[headline]);
}

function colourOf(contestant: string): string {
  if (contestant.startsWith('sslkit')) return contestant.endsWith('-stream') ? OURS_TOO : OURS;
  return contestant === BASELINE ? BASE : THEIRS;
}
