import { decodeLines, decodeRegular } from './body.ts';
import { indented, literalNewline } from './explain.ts';
import { readHeaders } from './headers.ts';
import { canonicalLabel, isPrivateLabel, LABEL } from './labels.ts';
import type { Rules } from './rules.ts';
import { errorAt, isBlank, isLineEnd, lineStartAt, markBefore, type Source } from './source.ts';
import type { PemBlock } from './types.ts';

/**
 * What a scan came to. `start` and `next` are counted within the source; everything before `next` is dealt with.
 * No label: no block, the text before `next` is text, and what follows is undecided until there is more of it.
 */
export interface Scan {
  label: string | null;
  start: number;
  next: number;
  /** Null when there is none, or none that is wanted. Its preamble is the caller's to fill in. */
  block: PemBlock | null;
}

const BEGIN_LINE = /* @__PURE__ */ new RegExp(`-----BEGIN ${LABEL}-----\\r?\\n`, 'y');
const END_LINE = /* @__PURE__ */ new RegExp(`-----END ${LABEL}-----\\r?\\n`, 'y');

// Sticky: they are tried where `-----` was found, and take time linear in the label. That both findBegin and findEnd
// leave the end of what they found in `lastIndex` saves an object for each.
const BEGIN = /* @__PURE__ */ new RegExp(`-----BEGIN (${LABEL})-----`, 'y');
const END = /* @__PURE__ */ new RegExp(`-----END (${LABEL})-----`, 'y');

/**
 * The next block at or after `from`. Nothing before a block's END line decides on what comes after it, and nothing
 * after that line (and one character more) on the block: that is why a stream finds the same blocks as a whole text.
 */
export function scanBlock(source: Source, from: number, rules: Rules): Scan {
  return scanPlain(source, from, rules) ?? scanAny(source, from, rules);
}

/**
 * The fast path: a public block right at `from`, in lines of one length, as in nearly every bundle. `from` begins a
 * line, as what is before it ended one. What this reads scanAny would read the same; what is different is left to it.
 */
function scanPlain(source: Source, from: number, rules: Rules): Scan | null {
  const { text, base } = source;
  BEGIN_LINE.lastIndex = from;
  if (!BEGIN_LINE.test(text) || (from === 0 && source.lineStart !== 'start')) return null;
  const start = BEGIN_LINE.lastIndex;
  const end = text.indexOf('-', start);
  END_LINE.lastIndex = end;
  if (end < 0 || !END_LINE.test(text)) return null;
  const next = END_LINE.lastIndex;
  const eol = text.charCodeAt(next - 2) === 13 ? 2 : 1;
  const label = text.slice(end + 9, next - 5 - eol);
  const begin = text.charCodeAt(start - 2) === 13 ? start - 7 : start - 6;
  if (text.slice(from + 11, begin) !== label || next - from > rules.maxBlockBytes) return null;
  if (isPrivateLabel(label) || !isWanted(label, rules)) return null;
  const der = decodeRegular({ source, start, end, secret: false, mode: rules.mode });
  if (der === null) return null;
  const block = { label, headers: new Map(), der, start: base + from, end: base + next - eol, preamble: '' };
  return { label, start: from, next, block };
}

function scanAny(source: Source, from: number, rules: Rules): Scan {
  const { text } = source;
  const start = findBegin(source, from, rules);
  if (start < 0) return undecided(~start);
  const after = BEGIN.lastIndex;
  const label = text.slice(start + 11, after - 5);
  const content = endOfBeginLine(source, after, rules);
  const endAt = content < 0 ? -1 : findEnd(source, start, label, rules);
  const end = endAt < 0 ? -1 : END.lastIndex;
  const next = end < 0 ? -1 : endOfEndLine(source, end, rules);
  checkLength(source, start, next < 0 ? text.length : next, rules);
  if (next < 0) return undecided(start - markBefore(text, start));
  const block = isWanted(label, rules) ? readBlock(source, { label, start, content, endAt, end }, rules) : null;
  return { label, start, next, block };
}

function undecided(next: number): Scan {
  return { label: null, start: 0, next, block: null };
}

function isWanted(label: string, { wanted, mode }: Rules): boolean {
  return wanted.length === 0 || wanted.includes(label) || wanted.includes(canonicalLabel(label, mode));
}

interface Frame {
  label: string;
  start: number;
  content: number;
  endAt: number;
  end: number;
}

function readBlock(source: Source, frame: Frame, { mode }: Rules): PemBlock {
  const { label, start, content, endAt, end } = frame;
  const secret = isPrivateLabel(label);
  const body = { source, start: content, end: endAt, secret, mode };
  const where = source.base + start;
  const length = end - start;
  // A body with headers is never regular: the colon is no base64 character.
  const fast = secret ? null : decodeRegular(body);
  if (fast !== null) return { label, headers: new Map(), der: fast, start: where, end: where + length, preamble: '' };
  const { headers, bodyStart } = readHeaders(source, content, endAt);
  // Section 2: the textual encoding does "not define or permit headers".
  if (mode === 'strict' && bodyStart !== content) {
    const what = headers.has('Proc-Type') ? 'headers of an encrypted key in the old format' : 'headers in a block';
    throw errorAt(source, 'ERR_PEM_HEADER', content, `${what}, which RFC 7468 does not permit`, STANDARD);
  }
  const der = decodeLines({ ...body, start: bodyStart });
  return { label, headers, der, start: where, end: where + length, preamble: '' };
}

const STANDARD = "mode 'standard' reads it";

/**
 * RFC 7468 section 2: "parsers MUST NOT malfunction" on text before a block, so hyphens in prose are text. But a
 * line that begins with `-----BEGIN` and is no BEGIN line is a block about to be lost, and an error.
 *
 * The complement of where the undecided text begins, when there is no BEGIN yet.
 */
function findBegin(source: Source, from: number, rules: Rules): number {
  const { text } = source;
  for (let at = text.indexOf('-----', from); at >= 0; at = text.indexOf('-----', at + 1)) {
    BEGIN.lastIndex = at;
    const matches = BEGIN.test(text);
    const isBegin = matches || text.startsWith('BEGIN', at + 5);
    if (!isBegin && !text.startsWith('END', at + 5)) continue;
    if (!matches && isOpenLine(source, at)) {
      checkLength(source, at, text.length, rules);
      return ~(at - markBefore(text, at));
    }
    if (rules.mode === 'lax' && !matches) continue;
    const place = rules.mode === 'lax' ? 'start' : lineStartAt(source, at);
    if (place === 'text') continue;
    if (!matches && isBegin) throw badBoundary(source, at, 'BEGIN');
    END.lastIndex = at;
    if (!matches && END.test(text)) throw strayEnd(source, at);
    if (!matches) continue;
    if (place === 'blank') throw indented(source, at);
    if (rules.mode === 'strict' && markBefore(text, at) > 0) {
      throw errorAt(source, 'ERR_PEM_BOM', at, 'a byte order mark before BEGIN', 'save the file as UTF-8 without BOM');
    }
    return at;
  }
  return ~(source.final ? text.length : undecidedTail(source, from));
}

/** Whether more input could complete the line at `at`. */
function isOpenLine({ openFrom }: Source, at: number): boolean {
  return at >= openFrom;
}

/** The end of a text that may be the beginning of a boundary, of CRLF or of a byte order mark. */
function undecidedTail({ text }: Source, from: number): number {
  const tail = Math.max(from, text.length - 16);
  if (text.slice(tail - 1, tail + 1) === '\r\n') return Math.max(from, tail - 1);
  const mark = text.slice(Math.max(from, tail - 2), tail + 2).indexOf('\xef\xbb\xbf');
  return mark < 0 ? tail : Math.max(from, tail - 2) + mark;
}

/**
 * Where the block's contents begin. Figures 1 and 3: preeb *WSP eol, strict without the blanks. Figure 2 needs no
 * line end. Negative when the line is not all there yet.
 */
function endOfBeginLine(source: Source, after: number, { mode }: Rules): number {
  const { text } = source;
  const at = mode === 'strict' ? after : skipBlanks(text, after);
  if (at >= text.length) return source.final ? at : -1;
  if (isLineEnd(text.charCodeAt(at))) return skipLineEnd(text, at);
  if (mode === 'lax') return after;
  if (isBlank(text.charCodeAt(at))) throw errorAt(source, 'ERR_PEM_WHITESPACE', at, 'a blank after BEGIN', STANDARD);
  if (/^\\(r\\)?n/.test(text.slice(at, at + 4))) throw literalNewline(source, at);
  const what = 'the text goes on after BEGIN on the same line';
  throw errorAt(source, 'ERR_PEM_ONE_LINE', at, what, 'the line ends got lost: repairPem() puts them back');
}

/** Where the block's END line begins; negative when it is not there yet. */
function findEnd(source: Source, start: number, label: string, rules: Rules): number {
  const { text } = source;
  const at = text.indexOf('-----', start + label.length + 16);
  checkLength(source, start, at < 0 ? text.length : at, rules);
  if (at < 0) {
    if (source.final) throw truncated(source, start, label);
    return -1;
  }
  END.lastIndex = at;
  if (!END.test(text)) {
    if (isOpenLine(source, at)) return -1;
    if (text.startsWith('-----BEGIN', at)) throw truncated(source, start, label, at);
    throw badBoundary(source, at, 'END');
  }
  const place = rules.mode === 'lax' ? 'start' : lineStartAt(source, at);
  if (place === 'blank') throw indented(source, at);
  if (place === 'text') throw joinedEnd(source, at);
  // Section 2: generators MUST repeat the label; parsers MAY disregard a difference.
  const closing = text.slice(at + 9, END.lastIndex - 5);
  if (closing !== label && rules.mode !== 'lax') {
    const what = `BEGIN ${shown(label)} is closed by END ${shown(closing)}`;
    throw errorAt(source, 'ERR_PEM_LABEL_MISMATCH', at, what, 'two files were mixed up, or a block lost its end');
  }
  return at;
}

/**
 * Where the text after the block begins. Figure 1: posteb *WSP [eol]; figure 3: posteb eol. Negative when the
 * line is not all there yet, be it for the LF of a CRLF.
 */
function endOfEndLine(source: Source, end: number, { mode }: Rules): number {
  const { text } = source;
  const at = mode === 'strict' ? end : skipBlanks(text, end);
  const code = text.charCodeAt(at);
  if (!source.final && (at >= text.length || (code === 13 && at + 1 >= text.length))) return -1;
  if (at >= text.length && mode === 'strict') {
    throw errorAt(source, 'ERR_PEM_BOUNDARY', end, 'no line end after END', STANDARD);
  }
  if (at >= text.length) return at;
  if (isLineEnd(code)) return skipLineEnd(text, at);
  if (mode === 'lax') return end;
  if (/^\\(r\\)?n/.test(text.slice(at, at + 4))) throw literalNewline(source, at);
  const joined = text.startsWith('-----', at);
  const what = joined ? 'the next block begins on the END line' : 'text after END on the same line';
  const hint = joined ? 'files without a final newline were joined: repairPem() splits them' : "mode 'lax' reads it";
  throw errorAt(source, 'ERR_PEM_BOUNDARY', at, what, hint);
}

function joinedEnd(source: Source, at: number): Error {
  if (/\\(r\\)?n$/.test(source.text.slice(at - 4, at))) return literalNewline(source, at - 2);
  return errorAt(source, 'ERR_PEM_ONE_LINE', at, 'END does not begin its line', 'repairPem() mends it');
}

function truncated(source: Source, start: number, label: string, next?: number): Error {
  const where = next === undefined ? 'the text ends' : 'the next BEGIN comes';
  const what = `the ${shown(label)} block has no END line; ${where} before it`;
  return errorAt(source, 'ERR_PEM_TRUNCATED', start, what, `the text was cut before -----END ${shown(label)}-----`);
}

function badBoundary(source: Source, at: number, word: string): Error {
  const what = `a ${word} line that is not -----${word} LABEL-----`;
  return errorAt(source, 'ERR_PEM_BOUNDARY', at, what, 'five hyphens on both sides, one space, the label in capitals');
}

function strayEnd(source: Source, at: number): Error {
  return errorAt(
    source,
    'ERR_PEM_STRAY_END',
    at,
    'END without a BEGIN',
    'the BEGIN line is missing, damaged, or has text before it',
  );
}

/** What a peer sends must not make a block grow without end. */
function checkLength(source: Source, start: number, end: number, { maxBlockBytes }: Rules): void {
  if (end - start <= maxBlockBytes) return;
  const what = `the block is longer than ${maxBlockBytes} bytes`;
  throw errorAt(source, 'ERR_PEM_TOO_LARGE', start, what, 'raise maxBlockBytes if such a block is to be read');
}

/** A label for a message: anyone may have written it, at any length. */
export function shown(label: string): string {
  return label.length > 40 ? `${label.slice(0, 40)}…` : label;
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (isBlank(text.charCodeAt(at))) at++;
  return at;
}

function skipLineEnd(text: string, at: number): number {
  return at + (text.charCodeAt(at) === 13 && text.charCodeAt(at + 1) === 10 ? 2 : 1);
}
