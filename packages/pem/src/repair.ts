import { checkString } from './arguments.ts';
import { bareBase64, mendBody } from './mend.ts';
import { LABEL } from './labels.ts';
import { parsePem } from './parse.ts';
import { countLineEnds } from './text.ts';

export type PemRepairKind =
  | 'bom'
  | 'line-ends'
  | 'literal-newline'
  | 'one-line'
  | 'boundary'
  | 'missing-boundaries'
  | 'missing-end'
  | 'indentation'
  | 'whitespace'
  | 'base64url'
  | 'padding'
  | 'final-newline';

/** One thing that `repairPem` mended. */
export interface PemRepair {
  kind: PemRepairKind;
  /** The line of the input, from 1, of the first such place (in the block, for what is mended block by block). */
  line: number;
  /** What was done, for people. */
  description: string;
}

/** Stands for a newline that is put in, so that lines can be counted as in the input. No tool writes vertical tabs. */
const NEWLINE = '\v';

/** A byte order mark, also as its three UTF-8 bytes read as Latin-1, at the start or before a BEGIN line. */
const MARKS = /^(?:\ufeff|\xef\xbb\xbf)(?!\ufeff|\xef\xbb\xbf)|(?<=[\r\n])(?:\ufeff|\xef\xbb\xbf)(?=-----BEGIN)/g;

/** What programs make of hyphens: U+2010 to U+2015, the minus sign, and Windows-1252's dashes read as Latin-1. */
const DASH = '[-\\u2010-\\u2015\\u2212\\x96\\x97]';

/** Every part is bounded, and no match begins within a run of dashes: linear whatever the text. */
const BOUNDARY = `(?<!${DASH})${DASH}{2,8}[ \\t]{0,4}(BEGIN|END)[ \\t]{1,4}((?:[A-Z0-9.#]{1,24}[ \\t]{1,2}){0,4}(?:CERTIFICATE|KEY|REQUEST|CRL|PARAMETERS|PKCS7|CMS))[ \\t]{0,4}${DASH}{2,8}(?!${DASH})`;

/** Bounded, and not begun within a run of backslashes: linear whatever the text. */
const LITERAL = /(?<!\\)(?:\\{1,4}r)?\\{1,4}n/g;

/** BEGIN, what is between, and the END that belongs to it, unless another BEGIN or the end of the text comes first. */
const BLOCK = `-----BEGIN (${LABEL})-----((?:[^-]|-(?!----))*?)(?:(-----END \\1-----)|(?=-----BEGIN)|$)`;

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
  const repairs: PemRepair[] = [];
  const add: Add = (kind, line) => {
    repairs.push({ kind, line, description: `mended: ${kind.replace('-', ' ')}` });
  };
  const bare = bareBase64(text);
  if (bare) {
    add('missing-boundaries', 1);
    return { text: bare, repairs };
  }
  if (!/BEGIN/i.test(text) || text.includes(NEWLINE)) return { text, repairs };
  let mended = text;
  for (const [kind, pattern, by] of [
    ['bom', MARKS, ''],
    ['line-ends', /\r\n?/g, '\n'],
  ] as const) {
    const at = mended.search(pattern);
    if (at < 0) continue;
    add(kind, 1 + countLineEnds(mended, at));
    mended = mended.replace(pattern, by);
  }
  if (!isReadable(mended))
    mended = mendBlocks(splitLines(mendBoundaries(mended, add), add), add).replaceAll(NEWLINE, '\n');
  if (/^-----END .*-----[ \t]*$/.test(mended.slice(mended.lastIndexOf('\n') + 1))) {
    add('final-newline', 1 + countLineEnds(text, text.length));
    mended += '\n';
  }
  return { text: mended, repairs: repairs.sort((a, b) => a.line - b.line) };
}

type Add = (kind: PemRepairKind, line: number) => void;

/** Whether anything is wrong at all: what parsePem reads keeps its blocks as they are. */
function isReadable(text: string): boolean {
  try {
    return parsePem(text, { maxBlockBytes: Infinity }).length > 0;
  } catch {
    return false;
  }
}

/** Tells the lines of offsets that grow, from 1. */
function lineCounter(text: string): (offset: number) => number {
  let line = 1;
  let next = text.indexOf('\n');
  return (offset) => {
    for (; next >= 0 && next < offset; next = text.indexOf('\n', next + 1)) line++;
    return line;
  };
}

function mendBoundaries(text: string, add: Add): string {
  const lineAt = lineCounter(text);
  return text.replace(new RegExp(BOUNDARY, 'gi'), (line: string, word: string, label: string, offset: number) => {
    const right = `-----${word} ${label.replace(/[ \t]+/g, ' ')}-----`.toUpperCase();
    if (right !== line) add('boundary', lineAt(offset));
    return right;
  });
}

/** Puts line ends where they are literal: from the first BEGIN to the last END's line. */
function splitLines(text: string, add: Add): string {
  const start = text.indexOf('-----BEGIN ');
  if (start < 0) return text;
  const lineEnd = text.indexOf('\n', Math.max(start, text.lastIndexOf('-----END ')));
  const stop = lineEnd < 0 ? text.length : lineEnd;
  const blocks = text.slice(start, stop);
  const at = blocks.search(LITERAL);
  if (at >= 0) add('literal-newline', lineCounter(text)(start + at));
  return text.slice(0, start) + blocks.replace(LITERAL, NEWLINE) + text.slice(stop);
}

function mendBlocks(text: string, add: Add): string {
  const lineAt = lineCounter(text);
  let out = '';
  let done = 0;
  for (const { 0: all, 1: label, 2: raw, 3: end, index } of text.matchAll(new RegExp(BLOCK, 'g'))) {
    const kinds = new Set<PemRepairKind>();
    const body = mendBody(raw!, !!end, kinds);
    if (body === undefined) continue;
    const before = text.slice(done, index);
    const prefix = before.split(/[\n\v]/).pop()!;
    // Text before BEGIN on its line, be it the block before.
    const isSplit = prefix.trim() || (done > 0 && prefix === before);
    done = index + all.length;
    const goesOn = end && /^[ \t]*(?!-----BEGIN)[^ \t\n\v]/.test(text.slice(done, done + 80));
    if (isSplit || goesOn) kinds.add('one-line');
    else if (prefix) kinds.add('indentation');
    while (kinds.size && /[ \t]/.test(text[done] ?? '')) done++;
    for (const kind of kinds) add(kind, lineAt(index));
    out += before.slice(0, before.length - prefix.length) + (prefix.trim() && prefix) + (isSplit ? NEWLINE : '');
    out += kinds.size ? `-----BEGIN ${label}-----${body}-----END ${label}-----${goesOn || !end ? NEWLINE : ''}` : all;
  }
  return out + text.slice(done);
}
