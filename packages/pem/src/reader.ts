import { decodeLines, decodeRegular } from './body.ts';
import { notFound, type OtherBlock } from './diagnose.ts';
import { DAMAGED, type Fail, failIn, HYPHENS, INDENTED, REPAIR, shown, STANDARD } from './fault.ts';
import { readHeaders } from './headers.ts';
import { isPrivateLabel, LABEL } from './labels.ts';
import { plainEnd, readPlain } from './plain.ts';
import { isWanted, type Rules } from './rules.ts';
import { countLineEnds, isBlank, markBefore } from './text.ts';
import type { PemBlock } from './types.ts';

/** BEGIN or END after its hyphens, and its label where the line is well-formed. Linear in the label. */
const BOUNDARY = /* @__PURE__ */ new RegExp(`-----(BEGIN|END)(?: (${LABEL})-----)?`, 'g');

/** What stands before a boundary on its line. */
const BLANK = 1;
const TEXT = 2;

/**
 * Reads `text`, from an offset where a block ended, which goes on what the call before returned; `final` at the input's end. Gives the blocks, and returns
 * the text that is undecided until there is more. `head` is the input's beginning, to say why there is no block in it.
 */
export type Read = (text: string, final: boolean, head: string, from?: number) => Generator<PemBlock, string>;

/**
 * The machine that reads texts and streams. Nothing before a block's END line decides on what comes after it, and
 * nothing after that line (and one character more) on the block: that is why a stream gives the blocks of a whole text.
 * With `bytes` a character of the text is a byte of the input.
 */
export function createReader(rules: Rules, bytes: boolean): Read {
  const { strict, lax, max } = rules;
  let text = '';
  let isFinal = false;
  /** Where the line begins that more input may go on with. */
  let open = 0;
  /** The offset of `text` in the input, its line, and what stands before it on that. */
  let base = 0;
  let baseLine = 1;
  let basePlace = 0;
  /** The block at hand begins here, and all is decided up to there. */
  let start = 0;
  let next = 0;
  let found = false;
  let other: OtherBlock | undefined;
  let preamble = '';

  const fail: Fail = (...fault) => failIn(text, base, baseLine)(...fault);

  /** What a peer sends must not make a block grow without end. */
  function checkLength(end: number): void {
    if (end - start > max) fail('TOO_LARGE', start, `more than ${max} bytes`, 'raise maxBlockBytes');
  }

  /** What stands before `at` on its line. It walks over blanks only, so that a long line stays linear. */
  function placeAt(at: number): number {
    let i = at;
    while (isBlank(text[i - 1])) i--;
    const mark = markBefore(text, i);
    const before = i > mark ? (/[\r\n]/.test(text[i - mark - 1]!) ? 0 : TEXT) : basePlace && mark ? TEXT : basePlace;
    return before || (i < at ? BLANK : 0);
  }

  function keep(more: string): void {
    preamble += more;
    if (preamble.length > 2 * max) preamble = preamble.slice(-max);
  }

  function skipBlanks(at: number): number {
    let i = at;
    while (!strict && isBlank(text[i])) i++;
    return i;
  }

  function skipLineEnd(at: number): number {
    return text.startsWith('\r\n', at) ? at + 2 : text[at] === '\r' || text[at] === '\n' ? at + 1 : at;
  }

  /** Whether the line that ends at `at` is not all there yet, be it for the LF of a CRLF. */
  function isCut(at: number): boolean {
    return !isFinal && at + 1 >= text.length && text[at] !== '\n';
  }

  function wait(): undefined {
    checkLength(text.length);
    next = start - markBefore(text, start);
  }

  /** The label of the END at `at`; leaves BOUNDARY after it. */
  function endLabelAt(at: number): string | undefined {
    BOUNDARY.lastIndex = at;
    const match = BOUNDARY.exec(text);
    return match?.index === at && match[1] === 'END' ? match[2] : undefined;
  }

  /**
   * The next block from `from` on; null is one that is not wanted, undefined none until there is more text.
   * RFC 7468 section 2: "parsers MUST NOT malfunction" on text before a block, so hyphens in prose are text. But a
   * line that begins with `-----BEGIN` and is no BEGIN line is a block about to be lost, and an error.
   */
  function scan(from: number): PemBlock | null | undefined {
    const plain = (from || !basePlace) && readPlain(text, from, base, rules);
    if (plain) {
      start = from;
      next = plainEnd();
      return plain;
    }
    for (BOUNDARY.lastIndex = from; ; BOUNDARY.lastIndex = start + 5) {
      const match = BOUNDARY.exec(text);
      if (!match) {
        // Of a long line only what may begin a boundary is kept, or a CRLF.
        next = isFinal ? text.length : Math.max(from, text.length - open < 64 ? open : text.length - 16);
        return;
      }
      const [, word, label] = match;
      start = match.index;
      if (label === undefined && start >= open) return wait();
      const isBegin = word === 'BEGIN';
      const place = lax ? 0 : placeAt(start);
      if (place === TEXT || (label === undefined ? lax || !isBegin : lax && !isBegin)) continue;
      if (label === undefined) fail('BOUNDARY', start, DAMAGED, HYPHENS);
      if (!isBegin) fail('STRAY_END', start, 'END without BEGIN', 'is its BEGIN damaged?');
      if (place) fail('INDENTED', start, INDENTED, REPAIR);
      if (strict && markBefore(text, start)) fail('BOM', start, 'a byte order mark', STANDARD);
      return readBlock(label!, BOUNDARY.lastIndex);
    }
  }

  /** Figures 1 and 3: preeb *WSP eol, strict without the blanks. Figure 2 needs no line end. */
  function readBlock(label: string, after: number): PemBlock | null | undefined {
    const at = skipBlanks(after);
    if (isCut(at)) return wait();
    let content = skipLineEnd(at);
    if (content === at && at < text.length) {
      if (!lax && isBlank(text[at])) fail('WHITESPACE', at, 'a blank after BEGIN', STANDARD);
      if (!lax) fail('ONE_LINE', at, 'the line goes on after BEGIN', REPAIR);
      content = after;
    }
    const endAt = text.indexOf('-----', content);
    if (endAt < 0 && !isFinal) return wait();
    checkLength(endAt < 0 ? text.length : endAt);
    const closing = endLabelAt(endAt);
    if (closing === undefined) {
      if (endAt >= open) return wait();
      if (endAt >= 0 && !text.startsWith('BEGIN', endAt + 5)) fail('BOUNDARY', endAt, DAMAGED, HYPHENS);
      fail('TRUNCATED', start, `${shown(label)} has no END`, 'the text was cut');
    }
    return readEnd(label, content, endAt, closing!, BOUNDARY.lastIndex);
  }

  /** Figure 1: posteb *WSP [eol]; figure 3: posteb eol. */
  function readEnd(
    label: string,
    content: number,
    endAt: number,
    closing: string,
    end: number,
  ): PemBlock | null | undefined {
    const place = lax ? 0 : placeAt(endAt);
    if (place === BLANK) fail('INDENTED', endAt, INDENTED, REPAIR);
    if (place)
      fail('ONE_LINE', text.startsWith('\\n', endAt - 2) ? endAt - 2 : endAt, 'END is not on its own line', REPAIR);
    // Section 2: generators MUST repeat the label; parsers MAY disregard a difference.
    if (!lax && closing !== label) {
      fail('LABEL_MISMATCH', endAt, `BEGIN ${shown(label)}, but END ${shown(closing)}`, 'were two files mixed up?');
    }
    const at = skipBlanks(end);
    if (isCut(at)) return wait();
    next = skipLineEnd(at);
    if (next === at && (strict || at < text.length)) {
      if (!lax)
        fail(
          'BOUNDARY',
          at,
          strict ? 'no line end after END' : 'the line goes on after END',
          strict ? STANDARD : REPAIR,
        );
      next = end;
    }
    checkLength(next);
    if (isWanted(label, rules)) return decodeBlock(label, content, endAt, end);
    other ??= { label, offset: base + start, line: baseLine + countLineEnds(text, start) };
    return null;
  }

  function decodeBlock(label: string, content: number, endAt: number, end: number): PemBlock {
    const secret = isPrivateLabel(label);
    const headers = new Map<string, string>();
    let der = strict || secret ? null : decodeRegular(text, content, endAt);
    if (!der) {
      const body = text.slice(content, endAt);
      const length = readHeaders(body, content, headers, fail);
      // Section 2: the textual encoding does "not define or permit headers".
      if (strict && length) fail('HEADER', content, 'headers, not in RFC 7468', STANDARD);
      der = decodeLines(body.slice(length), content + length, rules, secret, fail);
    }
    return { label, headers, der, start: base + start, end: base + end, preamble: '' };
  }

  return function* (input, final, head, first = 0) {
    text = input;
    isFinal = final;
    open = final ? Infinity : 1 + Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r', text.length - 2));
    let from = first;
    found ||= first > 0;
    for (let block = scan(from); block !== undefined; block = scan(from)) {
      keep(text.slice(from, start));
      from = next;
      if (block) {
        found = true;
        block.preamble = toPreamble(preamble.slice(-max), bytes);
        yield block;
      }
      preamble = '';
    }
    if (final && !found) notFound(head, rules.wanted, other);
    keep(text.slice(from, next));
    base += next;
    baseLine += countLineEnds(text, next);
    basePlace = placeAt(next);
    return text.slice(next);
  };
}

/** The text before a block: bytes were read as Latin-1, comments are UTF-8. */
function toPreamble(text: string, bytes: boolean): string {
  const utf8 = bytes && /[^\0-\x7f]/.test(text);
  return (utf8 ? new TextDecoder().decode(Uint8Array.from(text, (char) => char.charCodeAt(0))) : text).replace(
    '\ufeff',
    '',
  );
}
