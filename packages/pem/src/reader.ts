import { decodeBody } from './body.ts';
import { countLineEnds, type PemError, pemError } from './errors.ts';
import { readPlain } from './plain.ts';
import { isPrivateLabel, isWanted, LABEL, LAX, NEVER, REPAIR, type Rules, STANDARD } from './rules.ts';
import type { PemBlock } from './types.ts';

/**
 * A boundary: what stands before it if it begins its line (a byte order mark, also read as Latin-1, and in error
 * blanks), its label where it is well-formed, the blanks after it, and the line end, which is '' at the end of the
 * text. Linear in its length.
 */
const BOUNDARY = /* @__PURE__ */ new RegExp(
  `-----(?<=(?:^|[\\r\\n])((?:\ufeff|\xef\xbb\xbf)?[ \\t]*)-----|)(BEGIN|END)(?: (${LABEL})-----([ \\t]*)(?:(\\r\\n?|\\n|$)|))?`,
  'g',
);

/** What a text without a block may be instead. Patterns are tried in order; a fault is where one matches. */
const KINDS: readonly [pattern: RegExp, code: string, what?: string][] = [
  [/^\s*$/, 'NO_BLOCK', 'empty'],
  // A SEQUENCE and a length of 128 or more, or SEQUENCEs that begin with an INTEGER or an OBJECT IDENTIFIER: no text has
  // the control characters that these are.
  [/^0(.0)*.?[^\t-~]/s, 'DER', 'DER, not PEM'],
  [/\0/, 'UTF16'],
  [/BEGIN /i, 'BOUNDARY'],
  [/^/, 'NO_BLOCK', 'no -----BEGIN line'],
];

/** How much of a stream's beginning a diagnosis looks at: the pieces until there is as much. */
const HEAD_LENGTH = 2 ** 16;

/** Says that something is wrong at `at`. Returns if the reader puts up with that, and what follows must read on. */
export type Fault = (level: number, code: string, at: number, what?: string) => void;

/** Reads the next piece of an input: whole lines, or the last one. */
export type Read = (piece: string, isFinal?: boolean) => Generator<PemBlock, void>;

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
export const createReader = (rules: Rules, bytes: boolean, faults?: Set<string>): Read => {
  const [tolerance, max, wanted] = rules;
  const isLax = tolerance >= LAX;
  /** What is undecided, behind a character to look back at if there is one: a first piece is never copied. */
  let text = '';
  /** The offset of `text` in the input, and the line of what is at `counted`. */
  let base = 0;
  let line = 1;
  let counted = 0;
  let head = '';
  let preamble = '';
  /** Where what comes after the block at hand begins. */
  let next = 0;
  /** Why the first block that was there is not what was asked for. */
  let other: PemError | undefined;
  /** Where a block since the last one was lost, because it begins within a line. */
  let lost: PemError | undefined;
  let isFound = false;

  const countTo = (at: number) => {
    line += countLineEnds(text.slice(counted, at));
    counted = at;
  };

  const error = (code: string, at: number, what?: string, isMendable?: boolean) => {
    countTo(at);
    return pemError(code, base + at, line, what, isMendable);
  };

  const fault: Fault = (level, code, at, what) => {
    if (level > tolerance) throw error(code, at, what, level > STANDARD && level < NEVER);
    if (level > STANDARD) faults?.add(code);
  };

  /**
   * The block that begins at `start`; undefined if it is not wanted, null until there is more of it.
   *
   * Figures 1 and 3: preeb *WSP eol, posteb *WSP [eol], in strict without the blanks. Figure 2 needs no line ends.
   */
  const readBlock = (lead: string, label: string, start: number, isFinal?: boolean): PemBlock | null | undefined => {
    const content = start + label.length + 16;
    const found = text.indexOf('-----', content);
    const stop = found < 0 ? text.length : found;
    BOUNDARY.lastIndex = stop;
    const match = BOUNDARY.exec(text);
    const [, , word, closing, blanks, eol] = match?.index === stop ? match : [];
    const isEnd = word === 'END' && closing !== undefined;
    // The input may end within the END line, or before it.
    const isCut = !isEnd && `-----END ${label}-----`.startsWith(text.slice(stop));
    const end = isEnd ? stop + closing.length + 14 : isCut ? text.length : stop;
    next = isEnd && eol !== undefined ? BOUNDARY.lastIndex : end;
    // What a peer sends must not make a block grow without end.
    if (next - start > max) fault(NEVER, 'TOO_LARGE', start);
    if (isCut && !isFinal) return null;
    if (/[ \t]/.test(lead)) fault(LAX, 'INDENTED', start);
    if (lead) fault(STANDARD, 'BOM', start);
    if (!isEnd) {
      if (!isCut && word !== 'BEGIN') fault(NEVER, 'BOUNDARY', stop);
      fault(REPAIR, 'TRUNCATED', start, 'no -----END line');
    }
    const read =
      isWanted(label, rules) &&
      decodeBody(text.slice(content, stop), content, isPrivateLabel(label), !tolerance, fault);
    if (isEnd) {
      // Section 2: generators MUST repeat the label; parsers MAY disregard a difference. Which is right no repair can tell.
      if (closing !== label && tolerance !== LAX) fault(NEVER, 'LABEL_MISMATCH', stop);
      if (eol === undefined) fault(LAX, 'ONE_LINE', end);
      if (blanks || !eol) fault(STANDARD, 'WHITESPACE', end);
    }
    if (read) return { label, ...read, start: base + start, end: base + end, preamble: '' };
    // Hyphens may have got into the text of a key: words of capitals are none of it.
    const name = /^(CERTIFICATE|[A-Z\d]+ [A-Z\d ]+)$/.test(label) ? label.slice(0, 40) : 'block';
    other ??= error(
      /^ENC/.test(label) && wanted.some(isPrivateLabel) ? 'ENCRYPTED' : 'UNEXPECTED_LABEL',
      start,
      `this is a ${name}, a ${wanted.join(' or ')} was expected`,
    );
    return;
  };

  return function* (piece, isFinal) {
    text += piece;
    if (head.length < HEAD_LENGTH) head += piece;
    /** All before `done` is given, and no block begins between it and `at`. */
    let done = counted;
    /** Where the block at hand begins, and at last the undecided. */
    let start: number;
    for (let at = done; ; ) {
      start = at;
      let block: PemBlock | null | undefined;
      if (!at || text[at - 1] === '\n') block = readPlain(text, at, base, rules);
      if (block) {
        next = block.end - base + 1;
        // Its lines are known: its two boundaries take 54 characters, and all between lines of 65.
        countTo(at);
        line += Math.ceil((next - at + 76) / 65);
        counted = next;
      } else {
        BOUNDARY.lastIndex = at;
        const match = BOUNDARY.exec(text);
        start = match?.index ?? text.length;
        if (!match) break;
        // It may be a plain one.
        if (start > at) {
          at = start;
          continue;
        }
        at += 5;
        const [, lead = isLax ? '' : undefined, word, label] = match;
        const isEnd = word === 'END';
        // Section 2: "parsers MUST NOT malfunction" on text before a block, so hyphens in prose are text. If it was none,
        // an END will come that has no BEGIN, or there is no block.
        if (lead === undefined) {
          if (label !== undefined && !isEnd) {
            lost ??= text.startsWith('-\\', BOUNDARY.lastIndex - 1)
              ? error('LITERAL_NEWLINE', start, '', true)
              : error('BOUNDARY', start, 'text before BEGIN', true);
          }
          continue;
        }
        // But a line that begins with `-----BEGIN` and is no BEGIN line is a block about to be lost, and so is one that
        // ends where none began.
        if (!isLax && isEnd !== (label === undefined)) {
          throw isEnd ? (lost ?? error('STRAY_END', start)) : error('BOUNDARY', start);
        }
        if (isEnd || label === undefined) continue;
        block = readBlock(lead, label, start, isFinal);
        start -= lead.length;
        if (block === null) break;
      }
      preamble += text.slice(done, start);
      done = at = next;
      if (block) {
        isFound = true;
        if (preamble) {
          preamble = preamble.slice(-max);
          // Bytes were read as Latin-1; comments are UTF-8.
          block.preamble = bytes
            ? new TextDecoder().decode(new Uint8Array(preamble.length).map((_, i) => preamble.charCodeAt(i)))
            : preamble.replace('\ufeff', '');
        }
        yield block;
      }
      preamble = '';
      lost = undefined;
    }
    if (isFinal && !isFound) {
      for (const [pattern, code, what] of KINDS) {
        const at = head.search(pattern);
        if (at >= 0) throw other ?? lost ?? pemError(code, at, 1 + countLineEnds(head.slice(0, at)), what);
      }
    }
    preamble += text.slice(done, start);
    if (preamble.length > 2 * max) preamble = preamble.slice(-max);
    countTo(start);
    const kept = start && start - 1;
    text = text.slice(kept);
    base += kept;
    counted = start - kept;
  };
};

/** Where a line of `text` begins: the last one after LF or, without any, after CR. */
export const lastLine = (text: string): number => {
  return text.lastIndexOf('\n') + 1 || text.slice(0, -1).lastIndexOf('\r') + 1;
};
