import { shown } from './arguments.ts';
import { decodeBody } from './body.ts';
import { type PemError, pemError } from './errors.ts';
import { DAMAGED, type Fault, FIVE_HYPHENS, KINDS, LAX_READS, REPAIR_MENDS, WAS_CUT, WRONG_FILE } from './faults.ts';
import { isPrivateLabel, LABEL } from './labels.ts';
import { countLineEnds, lastLine } from './lines.ts';
import { readPlain } from './plain.ts';
import { isWanted, LAX, NEVER, REPAIR, type Rules, STANDARD } from './rules.ts';
import type { PemBlock } from './types.ts';

/**
 * A boundary after its hyphens: its label where it is well-formed, the blanks after it, and the line end, which is '' at
 * the end of the text. Linear in its length.
 */
const BOUNDARY = `(BEGIN|END)(?: (${LABEL})-----([ \\t]*)(?:(\\r\\n?|\\n|$)|))?`;
const END = /* @__PURE__ */ new RegExp(`^-----${BOUNDARY}`);
const BEGIN = /* @__PURE__ */ new RegExp(`-----()${BOUNDARY}`, 'g');

/** What may stand before a boundary that begins a line: a byte order mark (also read as Latin-1), and in error blanks. */
const LINE_BEFORE = '(?<=[\\r\\n]((?:\ufeff|\xef\xbb\xbf)?[ \\t]*)-----)';
const BEGIN_LINE = /* @__PURE__ */ new RegExp(`-----${LINE_BEFORE}${BOUNDARY}`, 'g');

/** Who puts up with a fault, by its level. */
const HINTS: readonly string[] = ['', "mode 'standard' reads it", REPAIR_MENDS, REPAIR_MENDS];

/** How much of an input's beginning a diagnosis looks at. */
const HEAD_LENGTH = 65_536;

/**
 * Reads the next piece of an input; `isFinal` is the last one. No piece but the last ends with CR, as that may be half
 * of a line end.
 */
export type Read = (piece: string, isFinal: boolean) => Generator<PemBlock, void>;

/**
 * The machine that reads texts and streams. Nothing before a block's END line decides on what comes after it, and
 * nothing after that line on the block: that is why a stream gives the blocks of a whole text.
 *
 * It looks for all faults in every mode; the tolerance in `rules` says which are errors. A repair is a reading that
 * puts up with what can be mended, and finds in `faults` the codes that the standard mode would have thrown. With
 * `bytes` a character of the text is a byte of the input.
 *
 * @see RFC 7468 section 3
 */
export function createReader(rules: Rules, bytes: boolean, faults?: Set<string>): Read {
  const [tolerance, max, wanted] = rules;
  const isLax = tolerance >= LAX;
  const begin = isLax ? BEGIN : BEGIN_LINE;
  /** What is undecided, behind one character to look back at. */
  let text = '\n';
  /** The offset of `text` in the input, and the line of what is at `counted`. */
  let base = -1;
  let line = 1;
  let counted = 1;
  let head = '';
  let preamble = '';
  /** The block at hand begins at `start`, and what comes after it at `next`. */
  let start = 0;
  let next = 0;
  /** Why the first block that was there is not what was asked for. */
  let other: PemError | undefined;
  let isFound = false;
  let isFinal = false;

  function error(code: string, at: number, what?: string, hint?: string): PemError {
    // Whatever else it may be, this is the cause.
    if (/^\\(r\\)?n/.test(text.slice(at, at + 4))) {
      code = 'LITERAL_NEWLINE';
      what = '';
      hint = `an environment variable kept it so; ${REPAIR_MENDS}`;
    }
    return pemError(code, base + at, line + countLineEnds(text.slice(counted, at)), what, hint);
  }

  const fault: Fault = (level, code, at, what, hint = HINTS[level]) => {
    if (level > tolerance) throw error(code, at, what, hint);
    if (level > STANDARD) faults?.add(code);
  };

  /** What a peer sends must not make a block grow without end. */
  function checkLength(end: number): undefined {
    if (end - start > max) fault(NEVER, 'TOO_LARGE', start, '', `maxBlockBytes is ${max}`);
  }

  /**
   * What the boundary at `start` begins: a block, null if it is not wanted, undefined until there is more of it, or
   * false if it is text. Section 2: "parsers MUST NOT malfunction" on text before a block, so hyphens in prose are text.
   * But a line that begins with `-----BEGIN` and is no BEGIN line is a block about to be lost, and an error.
   *
   * Figures 1 and 3: preeb *WSP eol, posteb *WSP [eol], in strict without the blanks. Figure 2 needs no line ends.
   */
  function read([, before, word, label, blanks, eol]: RegExpExecArray): PemBlock | null | undefined | false {
    const isBegin = word === 'BEGIN';
    if (label === undefined) {
      if (!isFinal && start >= lastLine(text)) return checkLength(text.length);
      if (isLax || !isBegin) return false;
      fault(NEVER, 'BOUNDARY', start, DAMAGED, FIVE_HYPHENS);
    }
    if (!isBegin) {
      if (isLax) return false;
      fault(NEVER, 'STRAY_END', start, '', 'is its BEGIN damaged?');
    }
    if (/[ \t]$/.test(before!)) fault(LAX, 'INDENTED', start);
    if (before) fault(STANDARD, 'BOM', start);
    return readBlock(label!, blanks!, eol);
  }

  /** What is at `at`, if that begins a line and is a block of the plain kind. */
  function readPlainAt(at: number): PemBlock | undefined | false {
    const plain = text[at - 1] === '\n' && readPlain(text, at, base, rules);
    if (plain) {
      next = plain.end - base + 1;
      // Its lines are known: its two boundaries take 54 characters, and all between lines of 65.
      line += countLineEnds(text.slice(counted, at)) + Math.ceil((next - at + 76) / 65);
      counted = next;
    }
    return plain;
  }

  function readBlock(label: string, blanks: string, eol: string | undefined): PemBlock | null | undefined {
    const isAsked = isWanted(label, rules);
    const plain = readPlainAt(start);
    if (plain) return plain;
    const after = start + label.length + 16;
    const content = eol === undefined ? after : begin.lastIndex;
    const stop = text.indexOf('-----', content);
    const [whole, word, closing, endBlanks, endEol] = (stop >= 0 && END.exec(text.slice(stop))) || [''];
    const isEnd = word === 'END' && closing !== undefined;
    const end = isEnd ? stop + closing.length + 14 : stop < 0 ? text.length : stop;
    if (!isFinal && (isEnd ? endEol === '' : stop < 0 || (closing === undefined && stop >= lastLine(text)))) {
      return checkLength(text.length);
    }
    next = endEol === undefined ? end : stop + whole.length;
    checkLength(next);
    if (blanks) fault(STANDARD, 'WHITESPACE', after);
    if (eol === undefined) fault(LAX, 'ONE_LINE', after + blanks.length);
    if (isEnd) {
      // Section 2: generators MUST repeat the label; parsers MAY disregard a difference.
      if (closing !== label) {
        fault(LAX, 'LABEL_MISMATCH', stop, `BEGIN ${shown(label)}, but END ${shown(closing)}`, LAX_READS);
      }
      if (endBlanks || !endEol)
        fault(endEol === undefined ? LAX : STANDARD, 'BOUNDARY', end, 'END does not end its line');
    } else {
      if (stop >= 0 && word !== 'BEGIN') fault(NEVER, 'BOUNDARY', stop, DAMAGED, FIVE_HYPHENS);
      fault(REPAIR, 'TRUNCATED', start, `${shown(label)} has no END`, WAS_CUT);
    }
    if (!isAsked) {
      const isEncrypted = label === 'ENCRYPTED PRIVATE KEY' && wanted.some(isPrivateLabel);
      const code = isEncrypted ? 'ENCRYPTED' : 'UNEXPECTED_LABEL';
      const what = `this is a ${shown(label)}, a ${wanted.join(' or ')} was expected`;
      other ??= error(code, start, what, isEncrypted ? 'decrypt it first' : WRONG_FILE);
      return null;
    }
    const headers = new Map<string, string>();
    const body = text.slice(content, isEnd ? stop : end);
    const der = decodeBody(body, content, isPrivateLabel(label), !tolerance, headers, fault);
    return { label, headers, der, start: base + start, end: base + end, preamble };
  }

  /** Why there was no block to give. */
  function notFound(): PemError {
    const input = head.slice(0, HEAD_LENGTH);
    const [pattern, code, what, hint] = KINDS.find(([one]) => one.test(input))!;
    text = `\n${input}`;
    base = -1;
    line = 1;
    return error(code, 1 + input.search(pattern), what, hint);
  }

  return function* (piece, final) {
    isFinal = final;
    text += piece;
    if (head.length < HEAD_LENGTH) head += piece;
    /** All before this is given, or text between the blocks. */
    let done = 1;
    for (let from = done; ; ) {
      let lineStart = done;
      let block: ReturnType<typeof read> = readPlainAt(done);
      if (!block) {
        begin.lastIndex = from;
        const match = begin.exec(text);
        if (!match) {
          const open = lastLine(text);
          // A byte order mark and an incomplete `-----BEGIN` take less than 16.
          const undecided = text.length - open > max ? text.length - 16 : open;
          next = final ? text.length : Math.max(done, undecided);
          break;
        }
        start = match.index;
        lineStart = start - match[1]!.length;
        block = read(match);
        from = start + 5;
        if (block === false) continue;
        if (block === undefined) {
          next = lineStart;
          break;
        }
      }
      preamble += text.slice(done, lineStart);
      done = next;
      from = next;
      if (block) {
        isFound = true;
        if (preamble) block.preamble = toPreamble(preamble.slice(-max), bytes);
        yield block;
      }
      preamble = '';
    }
    if (final && !isFound) throw other ?? notFound();
    preamble += text.slice(done, next);
    if (preamble.length > 2 * max) preamble = preamble.slice(-max);
    base += next - 1;
    line += countLineEnds(text.slice(counted, next));
    counted = 1;
    text = text.slice(next - 1);
  };
}

/** The text before a block: bytes were read as Latin-1, comments are UTF-8. */
function toPreamble(text: string, bytes: boolean): string {
  return bytes
    ? new TextDecoder().decode(Uint8Array.from(text, (char) => char.charCodeAt(0)))
    : text.replace('\ufeff', '');
}
