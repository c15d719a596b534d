import { checkType } from './arguments.ts';
import { readDer } from './der.ts';
import { countLineEnds, toWords } from './errors.ts';
import { formatPem } from './format.ts';
import { parsePem } from './parse.ts';
import { createReader, lastLine } from './reader.ts';
import { REPAIR } from './rules.ts';

/** Most are the codes of the faults that are mended. */
export type PemRepairKind =
  | 'bom'
  | 'line-ends'
  | 'literal-newline'
  | 'one-line'
  | 'truncated'
  | 'indented'
  | 'whitespace'
  | 'base64url'
  | 'missing-padding';

/** One thing that `repairPem` mended. */
export interface PemRepair {
  /** Stable, for programs. */
  kind: PemRepairKind;
  /** The line of the input, from 1, of the first such place (in the block, for what is mended block by block). */
  line: number;
  /** What was mended, for people. */
  description: string;
}

/** What is mended in the text as a whole. A byte order mark may be its three UTF-8 bytes read as Latin-1; two in a row are text to every parser. */
const EVERYWHERE: readonly [code: string, pattern: RegExp, by: string][] = [
  ['LINE_ENDS', /\r\n?/g, '\n'],
  ['BOM', /(?<=^|\n)(?:\uFEFF|\xEF\xBB\xBF)(?=-----BEGIN)/g, ''],
];

/** Linear, as it is bounded. */
const LITERAL = /(?:\\{1,4}r)?\\{1,4}n/g;

/**
 * Mends what environment variables, YAML, mail and editors do to PEM, so that `parsePem` reads it in standard
 * mode, and tells what it mended. Text outside the blocks stays, line ends apart. What cannot be mended with certainty
 * (lost text, foreign characters, labels that do not match) is left as it is, for `parsePem` to name.
 *
 * Unlike `parsePem` this takes its time from the data, private keys included.
 *
 * @throws TypeError `ERR_INVALID_ARG_TYPE` for anything but a string.
 */
export const repairPem = (text: string): { text: string; repairs: PemRepair[] } => {
  checkType('text', text, 'String');
  const repairs: PemRepair[] = [];
  const add = (code: string, line: number) => {
    repairs.push({ kind: toWords(code, '-') as PemRepairKind, line, description: toWords(code) });
  };
  let rest = text;
  for (const [code, pattern, by] of EVERYWHERE) {
    const at = rest.search(pattern);
    if (at >= 0) add(code, 1 + countLineEnds(rest.slice(0, at)));
    rest = rest.replace(pattern, by);
  }
  try {
    // What parsePem reads keeps its blocks as they are.
    parsePem(rest, { maxBlockBytes: Infinity });
    return { text: rest, repairs };
  } catch {
    // There is something to mend.
  }
  let mended = '';
  /** The block before, and what follows it. */
  let gap = '';
  let line = 1;
  for (const segment of rest.split(/(?=-----BEGIN )/)) {
    const start = lastLine(gap);
    const before = gap.slice(start);
    const codes = new Set<string>();
    const block = mendBlock(segment, before, codes);
    // Text before BEGIN on its line may be the block before.
    mended += block ? gap.slice(0, start) + (before.trim() && `${before}\n`) : gap;
    gap = block ?? segment;
    if (block) for (const code of codes) add(code, line);
    line += countLineEnds(segment);
  }
  return { text: mended + gap, repairs };
};

/**
 * The block that begins `segment` as it should be, with what follows it, and in `codes` what that mends; undefined if
 * there is nothing to mend, or it is beyond that.
 */
const mendBlock = (segment: string, before: string, codes: Set<string>): string | undefined => {
  try {
    // Other text than blanks before BEGIN may also begin a line of base64 by chance.
    const indent = before.trim() ? '' : before;
    const text = segment.replace(/^.*?-----END [^\n]*|^.+/s, (lines) => {
      const split = lines.replace(LITERAL, '\n');
      if (split !== lines) codes.add('LITERAL_NEWLINE');
      return split.replaceAll(`\n${indent}`, '\n');
    });
    if (before) codes.add(indent ? 'INDENTED' : 'ONE_LINE');
    const block = createReader([REPAIR, Infinity, []], false, codes)(text, true).next().value!;
    const { der, end } = block;
    // Words of prose between BEGIN and END may look like base64, and a blank may have been a plus, as in forms; only a
    // whole structure shows that nothing is lost.
    const isDoubtful = der.length < 12 || /TRUNCATED|PADDING|SPACE/.test([...codes].join());
    if (codes.size && !(isDoubtful && readDer(der).end < der.length)) {
      return formatPem(block) + text.slice(end).replace(/^[ \t]*\n?/, '');
    }
  } catch {
    // Beyond repair.
  }
  return;
};
