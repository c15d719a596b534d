import { checkString } from './arguments.ts';
import { LABEL } from './labels.ts';
import { parsePem } from './parse.ts';
import { bareBase64, mendBody } from './mend.ts';
import { type PemRepair, Repairs } from './repairs.ts';

/**
 * Mends what environment variables, YAML, mail and word processors do to PEM, so that `parsePem` reads it in standard
 * mode, and tells what it mended. Text outside the blocks stays, line ends apart. What cannot be mended with certainty
 * (lost text, foreign characters, labels that do not match) is left as it is, for `parsePem` to name.
 *
 * Unlike `parsePem` this takes its time from the data, private keys included.
 *
 * @throws TypeError `ERR_INVALID_ARG_TYPE` for anything but a string.
 */
export function repairPem(text: string): { text: string; repairs: PemRepair[] } {
  checkString('text', text);
  const repairs = new Repairs();
  const bare = bareBase64(text);
  if (bare !== null) {
    repairs.add('missing-boundaries', text, 0);
    return { text: bare, repairs: repairs.list };
  }
  // No tool writes vertical tabs, so one serves as a mark below; a text that has them is left alone.
  if (!/BEGIN/i.test(text) || text.includes(NEWLINE)) return { text, repairs: [] };
  let mended = mendLineEnds(text, repairs);
  if (!isReadable(mended)) mended = mendAll(mended, repairs);
  if (/^-----END .*-----[ \t]*$/.test(mended.slice(mended.lastIndexOf('\n') + 1))) {
    repairs.add('final-newline', text, text.length);
    mended += '\n';
  }
  return { text: mended, repairs: repairs.list.sort((a, b) => a.line - b.line) };
}

function mendAll(text: string, repairs: Repairs): string {
  return mendBlocks(splitLines(mendBoundaries(text, repairs), repairs), repairs).replaceAll(NEWLINE, '\n');
}

/** Whether anything is wrong at all: what parsePem reads keeps its blocks as they are. */
function isReadable(text: string): boolean {
  try {
    return parsePem(text, { maxBlockBytes: Infinity }).length > 0;
  } catch {
    return false;
  }
}

/** Stands for a newline that is put in, so that lines can be counted as in the input. */
const NEWLINE = '\v';

/** A byte order mark, also as its three UTF-8 bytes read as Latin-1, at the start or before a BEGIN line. */
const MARK = '(?:\ufeff|\xef\xbb\xbf)';
const MARKS = new RegExp(`^${MARK}(?!${MARK})|(?<=[\\r\\n])${MARK}(?=-----BEGIN)`, 'g');

function mendLineEnds(text: string, repairs: Repairs): string {
  const mark = text.search(MARKS);
  if (mark >= 0) repairs.add('bom', text, mark);
  const marked = mark < 0 ? text : text.replace(MARKS, '');
  const first = marked.indexOf('\r');
  if (first < 0) return marked;
  repairs.add('line-ends', marked, first);
  return marked.replace(/\r\n?/g, '\n');
}

/** What programs make of hyphens: U+2010 to U+2015, the minus sign, and Windows-1252's dashes read as Latin-1. */
const DASH = '[-\u2010-\u2015\u2212\x96\x97]';

/** Every part is bounded, and no match begins within a run of dashes: linear whatever the text. */
const BOUNDARY = new RegExp(
  `(?<!${DASH})${DASH}{2,8}[ \\t]{0,4}(BEGIN|END)[ \\t]{1,4}` +
    `((?:[A-Z0-9.#]{1,24}[ \\t]{1,2}){0,4}(?:CERTIFICATE|KEY|REQUEST|CRL|PARAMETERS|PKCS7|CMS))[ \\t]{0,4}${DASH}{2,8}(?!${DASH})`,
  'gi',
);

function mendBoundaries(text: string, repairs: Repairs): string {
  return text.replace(BOUNDARY, (line: string, word: string, label: string, offset: number) => {
    const right = `-----${word} ${label.replace(/[ \t]+/g, ' ')}-----`.toUpperCase();
    if (right !== line) repairs.add('boundary', text, offset);
    return right;
  });
}

/** Bounded, and not begun within a run of backslashes: linear whatever the text. */
const LITERAL = /(?<!\\)(?:\\{1,4}r)?\\{1,4}n/g;
const JOINED = /(?<=-----)(?=-----BEGIN )/g;

/** Puts line ends where they are literal, and between joined blocks: from the first BEGIN to the last END's line. */
function splitLines(text: string, repairs: Repairs): string {
  const start = text.indexOf('-----BEGIN ');
  if (start < 0) return text;
  const lineEnd = text.indexOf('\n', Math.max(start, text.lastIndexOf('-----END ')));
  const stop = lineEnd < 0 ? text.length : lineEnd;
  let blocks = text.slice(start, stop);
  for (const [pattern, kind] of [
    [LITERAL, 'literal-newline'],
    [JOINED, 'one-line'],
  ] as const) {
    const at = blocks.search(pattern);
    if (at < 0) continue;
    repairs.add(kind, text, Math.min(start + at, stop));
    blocks = blocks.replace(pattern, NEWLINE);
  }
  return text.slice(0, start) + blocks + text.slice(stop);
}

function mendBlocks(text: string, repairs: Repairs): string {
  const begin = new RegExp(`-----BEGIN (${LABEL})-----`, 'g');
  const out: string[] = [];
  let done = 0;
  for (let match = begin.exec(text); match !== null; match = begin.exec(text)) {
    const label = match[1]!;
    const content = begin.lastIndex;
    const end = `-----END ${label}-----`;
    const boundary = text.indexOf('-----', content);
    const endAt = boundary >= 0 && text.startsWith(end, boundary) ? boundary : -1;
    const stop = boundary < 0 ? text.length : boundary;
    if (endAt < 0 && boundary >= 0 && !text.startsWith('-----BEGIN', boundary)) continue;
    const body = mendBody(text.slice(content, stop), endAt >= 0);
    if (body === null) continue;
    const before = text.slice(done, match.index);
    const lineStart = Math.max(before.lastIndexOf('\n'), before.lastIndexOf(NEWLINE)) + 1;
    const prefix = before.slice(lineStart);
    let next = endAt < 0 ? stop : stop + end.length;
    const joined = endAt >= 0 && /^[ \t]*[^ \t\n\v]/.test(text.slice(next, next + 80));
    const kinds = new Set(body.kinds);
    if (prefix.trim() !== '' || joined) kinds.add('one-line');
    else if (prefix !== '') kinds.add('indentation');
    while (kinds.size > 0 && /[ \t]/.test(text[next] ?? '')) next++;
    for (const kind of kinds) repairs.add(kind, text, match.index);
    out.push(before.slice(0, lineStart), prefix.trim() === '' ? '' : prefix + NEWLINE);
    out.push(kinds.size === 0 ? text.slice(match.index, next) : match[0] + body.text + end);
    out.push(kinds.size > 0 && (joined || endAt < 0) ? NEWLINE : '');
    done = next;
    begin.lastIndex = next;
  }
  return out.join('') + text.slice(done);
}
