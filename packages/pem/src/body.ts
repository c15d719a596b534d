import { decodedLength, decodePublic, decodeSecret, padding, spareBits } from './base64.ts';
import { explainBase64, indented, LAX_HINT, STRICT_HINT } from './explain.ts';
import { errorAt, isBlank, isLineEnd, type Source, WIDE } from './source.ts';
import type { PemMode } from './types.ts';

/** The base64 of a block: `source.text` from `start` to `end`, which is where END begins. */
export interface Body {
  source: Source;
  start: number;
  end: number;
  secret: boolean;
  mode: PemMode;
}

/**
 * The fast path, for lines of one length with one kind of line end, which is how all tools write: only the line ends
 * are looked at, and the platform's decoder tells by its result's length whether all the rest was base64.
 */
export function decodeRegular({ source, start, end, mode }: Body): Uint8Array | null {
  const { text } = source;
  const newline = text.charCodeAt(end - 1);
  if (!isLineEnd(newline) || start >= end) return null;
  const eol = newline === 10 && text.charCodeAt(end - 2) === 13 ? 2 : 1;
  const width = lineWidth(text, start, end, newline, eol);
  const rest = (end - start) % width;
  // Figure 3: lines of 64, and no empty one.
  if (
    mode === 'strict' &&
    (width > 64 + eol || (width < 64 + eol && width < end - start) || (rest > 0 && rest <= eol))
  ) {
    return null;
  }
  let lines = rest > 0 ? 1 : 0;
  for (let last = start + width - 1; last < end; last += width, lines++) {
    if (text.charCodeAt(last) !== newline || (eol === 2 && text.charCodeAt(last - 1) !== 13)) return null;
  }
  const data = text.slice(start, end - eol);
  const length = decodedLength(end - start - lines * eol, padding(data));
  if (length <= 0 || (mode === 'strict' && spareBits(data) !== 0)) return null;
  return source.wide && WIDE.test(data) ? null : decodePublic(data, length);
}

/** The length of the first line, its end included. */
function lineWidth(text: string, start: number, end: number, newline: number, eol: number): number {
  const usual = start + 63 + eol;
  const last = text.charCodeAt(usual) === newline ? usual : text.indexOf(String.fromCharCode(newline), start);
  return Math.min(last + 1, end) - start;
}

/** The exact path: each line by the grammar of the mode. Throws what is wrong with the body. */
export function decodeLines(body: Body): Uint8Array {
  const { source, start, end, mode } = body;
  const data = mode === 'lax' ? source.text.slice(start, end).replace(/[\t-\r ]+/g, '') : joinLines(body);
  const length = decodedLength(data.length, padding(data));
  const bytes =
    length < 0
      ? null
      : body.secret || (source.wide && WIDE.test(data))
        ? decodeSecret(data, length)
        : decodePublic(data, length);
  if (bytes === null) throw explainBase64(source, start, end, mode, data.length);
  if (mode === 'strict' && length === 0) throw errorAt(source, 'ERR_PEM_BASE64', start, 'the block is empty');
  // RFC 4648 section 3.5. Only strict insists: OpenSSL, Go and Python read such text.
  if (mode === 'strict' && spareBits(data) !== 0) {
    throw errorAt(source, 'ERR_PEM_BASE64', end, 'the last base64 character has bits that reach no byte');
  }
  return bytes;
}

/**
 * Figure 1: base64line = 1*base64char *WSP eol, after *eolWSP; base64finl may be an empty line.
 * Figure 3: lines of 64, the last one shorter; no blanks, no empty line.
 */
function joinLines(body: Body): string {
  const { source, mode } = body;
  const lines = splitLines(body);
  if (mode === 'strict') checkStrictLines(body, lines);
  // The empty area before the base64 (section 2, "a throwback to PEM") belongs to *eolWSP, its blanks with it.
  const first = lines.findIndex((line) => line.text.length > 0);
  let last = lines.length - 1;
  if (last > first && lines[last]!.text === '') last--;
  const parts: string[] = [];
  for (let i = Math.max(first, 0); i <= last && first >= 0; i++) {
    const { text, at } = lines[i]!;
    if (text === '') {
      throw errorAt(source, 'ERR_PEM_WHITESPACE', at, 'an empty line inside the base64', LAX_HINT);
    }
    if (i > first && isBlank(text.charCodeAt(0))) throw indented(source, at);
    parts.push(i === first ? text.replace(/^[\t ]+/, '') : text);
  }
  return parts.join('');
}

interface Line {
  /** Without the line end, and outside strict mode without the blanks before it (figure 1's *WSP). */
  text: string;
  at: number;
}

function splitLines({ source, start, end, mode }: Body): Line[] {
  const lines: Line[] = [];
  const lineEnd = /\r\n?|\n/g;
  for (let at = start; at < end; at = lineEnd.lastIndex) {
    lineEnd.lastIndex = at;
    const match = lineEnd.exec(source.text);
    // The caller saw to it that END begins a line.
    const stop = match === null ? end : match.index;
    lines.push({ text: mode === 'strict' ? source.text.slice(at, stop) : trimEnd(source.text, at, stop), at });
  }
  return lines;
}

function trimEnd(text: string, from: number, to: number): string {
  let end = to;
  while (end > from && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(from, end);
}

function checkStrictLines({ source }: Body, lines: readonly Line[]): void {
  for (const [i, { text, at }] of lines.entries()) {
    const blank = text.search(/[\t ]/);
    if (blank === 0) throw indented(source, at);
    if (blank > 0)
      throw errorAt(source, 'ERR_PEM_WHITESPACE', at + blank, 'a blank inside a strict block', STRICT_HINT);
    if (text === '')
      throw errorAt(source, 'ERR_PEM_WHITESPACE', at, 'an empty line inside a strict block', STRICT_HINT);
    const rightLength = i === lines.length - 1 ? text.length <= 64 : text.length === 64;
    if (!rightLength) {
      const what = `a line of ${text.length} characters; strict lines have 64, the last one at most 64`;
      throw errorAt(source, 'ERR_PEM_LINE_LENGTH', at, what, STRICT_HINT);
    }
  }
}
