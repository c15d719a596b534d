/**
 * What goes to a terminal as text. Names in a certificate, alert texts and host names come from the peer: printed raw,
 * an escape sequence in them could repaint the screen or fake the verdict (CWE-150), so all text passes through
 * {@link printable}.
 */

/** Controls (C0, DEL, C1), format characters such as bidirectional overrides, line separators, lone surrogates. */
const UNPRINTABLE: RegExp = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;

/** `text` with everything that could move a cursor or reorder a line spelled out, for example `\x1b`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => escapeCodePoint(character.codePointAt(0)!));
}

/** JSON on one line, with those characters as `\u` escapes: JSON itself leaves C1 controls and overrides raw. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(UNPRINTABLE, (character) =>
    Array.from({ length: character.length }, (_, at) => unicodeEscape(character.charCodeAt(at))).join(''),
  );
}

/** Whether to colour what goes to `stream`. @see https://no-color.org */
export function wantsColour(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  if (env.NO_COLOR) return false;
  return stream.isTTY === true && env.TERM !== 'dumb';
}

export interface Painter {
  bold(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  dim(text: string): string;
}

/** Colours, or the text as it is. */
export function painter(colour: boolean): Painter {
  const sgr = (code: number) => (text: string) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);
  return { bold: sgr(1), good: sgr(32), bad: sgr(31), dim: sgr(2) };
}

/** Rows as `  name   value`, the values in one column. */
export function table(rows: readonly (readonly [name: string, value: string])[], paint: Painter): string {
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${paint.dim(name.padEnd(width))}  ${value}\n`).join('');
}

/** `1 block`, `2 blocks`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

function escapeCodePoint(code: number): string {
  // Python's surrogateescape: a byte that was no UTF-8.
  if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  return `\\u{${code.toString(16)}}`;
}

function unicodeEscape(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}
