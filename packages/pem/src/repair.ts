import { checkType } from './arguments.ts';
import { formatPem } from './format.ts';
import { labelOf } from './identify.ts';
import { countLineEnds, lastLine } from './lines.ts';
import { parsePem } from './parse.ts';
import { createReader } from './reader.ts';
import { REPAIR } from './rules.ts';
import type { PemBlock } from './types.ts';

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

/** The repairs of a block, by the codes of the faults they are for. */
const KINDS: Partial<Record<string, PemRepairKind>> = {
  BASE64: 'padding',
  BASE64URL: 'base64url',
  BOUNDARY: 'one-line',
  INDENTED: 'indentation',
  ONE_LINE: 'one-line',
  TRUNCATED: 'missing-end',
  WHITESPACE: 'whitespace',
};

/** Stands for a newline that is put in, so that lines can be counted as in the input. All other line ends are LF by then. */
const NEWLINE = '\r';

/** Byte order marks, also as their three UTF-8 bytes read as Latin-1, at the start or before a BEGIN line. Two in a row are text to every parser. */
const MARKS = /^(?:\uFEFF|\xEF\xBB\xBF)(?!\uFEFF|\xEF\xBB\xBF)|(?<=\n)(?:\uFEFF|\xEF\xBB\xBF)(?=-----BEGIN)/g;

/** What programs make of hyphens: U+2010 to U+2015, the minus sign, and Windows-1252's dashes read as Latin-1. */
const DASH = '[-\\u2010-\\u2015\\u2212\\x96\\x97]';

/** Every part is bounded, and no match begins within a run of dashes: linear whatever the text. */
const BOUNDARY = `(?<!${DASH})${DASH}{2,8}[ \\t]{0,4}(BEGIN|END)[ \\t]{1,4}([A-Z0-9.# \\t]{0,99}(?:CERTIFICATE|KEY|REQUEST|CRL|PARAMETERS|PKCS7|CMS))[ \\t]{0,4}${DASH}{2,8}(?!${DASH})`;

/** Bounded, and not begun within a run of backslashes: linear whatever the text. */
const LITERAL = /(?<!\\)(?:\\{1,4}r)?\\{1,4}n/g;

/** The two headers that OpenSSL writes, when they are on one line with all the rest. */
const HEADERS = /(?<=-----)\s{0,4}(Proc-Type:)\s{0,4}(\S+)\s{1,4}(DEK-Info:)\s{0,4}(\S+)[ \t]+(?=\S)/;

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
  checkType('text', text, 'String');
  const repairs: PemRepair[] = [];
  const add: Add = (kind, line) => {
    repairs.push({ kind, line, description: `mended: ${kind.replace('-', ' ')}` });
  };
  let mended = text;
  /** Each match is one repair, unless `by` leaves it as it is. */
  const replace = (kind: PemRepairKind, pattern: RegExp, by: (...found: string[]) => string) => {
    let line = 1;
    let from = 0;
    mended = mended.replace(pattern, (...found) => {
      const right = by(...found);
      if (right !== found[0]) {
        const at: number = found.at(-2);
        line += countLineEnds(mended.slice(from, at));
        from = at;
        add(kind, line);
      }
      return right;
    });
  };
  replace('missing-boundaries', /^\s*M[A-Za-z0-9+/_=\s-]+$/, armorBare);
  if (/BEGIN/i.test(mended)) {
    replace('line-ends', /\r.*/s, (rest) => rest!.replace(/\r\n?/g, '\n'));
    replace('bom', MARKS, () => '');
    if (!isReadable(mended)) {
      replace('boundary', new RegExp(BOUNDARY, 'gi'), (_, word, label) =>
        `-----${word} ${label!.replace(/[ \t]+/g, ' ')}-----`.toUpperCase(),
      );
      mended = mendBlocks(mended, add).replaceAll(NEWLINE, '\n');
    }
    if (/(?<=\n)-----END .*-----[ \t]*$/.test(mended)) {
      add('final-newline', 1 + countLineEnds(text));
      mended += '\n';
    }
  }
  return { text: mended, repairs: repairs.sort((a, b) => a.line - b.line) };
}

type Add = (kind: PemRepairKind, line: number) => void;

/** Whether nothing is wrong at all: what parsePem reads keeps its blocks as they are. */
function isReadable(text: string): boolean {
  try {
    return !!parsePem(text, { maxBlockBytes: Infinity });
  } catch {
    return false;
  }
}

/** Puts BEGIN and END around a text that is one structure's base64. */
function armorBare(text: string): string {
  const [block] = rewrite(`-----BEGIN -----\n${text}\n-----END -----`, '');
  return block ? `${block}\n` : text;
}

/** Writes anew the blocks that are at fault but readable all the same. */
function mendBlocks(text: string, add: Add): string {
  // With a line end before it the text begins with the beginning of a line.
  const [first, ...segments] = `\n${text}`.split(/(?=-----BEGIN )/);
  let mended = '';
  /** What stands before the block at hand. */
  let gap = first!;
  let line = countLineEnds(gap);
  for (const segment of segments) {
    const start = lastLine(gap);
    const before = gap.slice(start);
    // Text before BEGIN on its line, be it the block before.
    const isSplit = !start || before.trim();
    const [block, rest = '', kinds] = rewrite(segment, before);
    if (kinds) {
      if (isSplit) kinds.add('one-line');
      else if (before) kinds.add('indentation');
      mended += isSplit ? gap + NEWLINE : gap.slice(0, start);
      mended += kinds.size ? block : segment.slice(0, segment.length - rest.length);
      gap = kinds.size ? rest.replace(/^[ \t]*([^\r\n]?)/, (_, next: string) => next && NEWLINE + next) : rest;
      for (const kind of kinds) add(kind, line);
    } else {
      mended += gap;
      gap = segment;
    }
    line += countLineEnds(segment);
  }
  return (mended + gap).slice(1);
}

/**
 * The block that begins `segment` as it should be, what follows it, and what that mends; nothing if it is beyond that.
 */
function rewrite(segment: string, before: string): [block: string, rest: string, Set<PemRepairKind>] | [] {
  const faults = new Set<string>();
  const kinds = new Set<PemRepairKind>();
  try {
    const text = segment.replace(/^.*?-----END [^\n]*|^.+/s, (lines) => {
      const split = lines.replace(LITERAL, NEWLINE);
      if (split !== lines) kinds.add('literal-newline');
      const flush = before ? split.replace(/^[ \t]+/gm, '') : split;
      return flush.replace(HEADERS, `${NEWLINE}$1 $2${NEWLINE}$3 $4${NEWLINE}${NEWLINE}`);
    });
    const block: PemBlock = createReader([REPAIR, Infinity, []], false, faults)(text, true).next().value!;
    const { der, end } = block;
    for (const code of faults) kinds.add(KINDS[code]!);
    const isOneLine = kinds.has('one-line');
    const isCut = kinds.has('missing-end');
    if (isOneLine) kinds.delete('whitespace');
    // Words of prose between BEGIN and END may look like base64; only a whole structure shows that nothing is lost.
    const isDoubtful = isCut || !block.label || (isOneLine && (kinds.has('padding') || der.length < 12));
    const isHopeless = faults.has('LABEL_MISMATCH') || (kinds.size && !der.length);
    const label = labelOf(der);
    if (isHopeless || (isDoubtful && !label)) return [];
    block.label ||= label!;
    return [formatPem(block).slice(0, -1), isCut ? NEWLINE : text.slice(end), kinds];
  } catch {
    return [];
  }
}
