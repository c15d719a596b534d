/** What the main job prints: steps as they happen, and a summary that fits on one screen. */

type Row = readonly [name: string, value: string];

const colour = process.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
const RULE_WIDTH = 64;

/** One step, as it happens. */
export function step(text: string): void {
  console.log(`${paint('32', '*')} ${text}`);
}

/** Text as it is, below a step, indented. */
export function detail(text: string): void {
  console.log(text.replace(/^/gm, '    '));
}

/** Aligned rows between two rules. */
export function summary(title: string, rows: readonly Row[]): void {
  const width = Math.max(...rows.map(([name]) => name.length));
  const rule = paint('2', '-'.repeat(RULE_WIDTH));
  console.log(`\n${paint('1', title)}\n${rule}`);
  for (const [name, value] of rows) console.log(`  ${paint('2', name.padEnd(width))}  ${value}`);
  console.log(rule);
}

export function milliseconds(since: number): string {
  return `${(performance.now() - since).toFixed(1)} ms`;
}

function paint(sgr: string, text: string): string {
  return colour ? `\x1b[${sgr}m${text}\x1b[0m` : text;
}
