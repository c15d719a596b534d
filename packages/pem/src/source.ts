import { PemError } from './errors.ts';
import { lineAt } from './text.ts';

/** Where a text's first character stands on its line: nothing before it, only blanks, or text. */
export type LineStart = 'start' | 'blank' | 'text';

/** A stretch of the input, and where it lies in the whole. */
export interface Source {
  readonly text: string;
  /** Whether the input ends with `text`. */
  readonly final: boolean;
  /** Where the line begins that more input may go on with; Infinity when there is no more. */
  readonly openFrom: number;
  /** The offset of the stretch in the input. */
  readonly base: number;
  /** Line ends before the stretch. */
  readonly baseLine: number;
  readonly lineStart: LineStart;
  /** Whether there are characters beyond Latin-1. */
  readonly wide: boolean;
}

/** V8 knows of a string of one-byte characters that this cannot match, without looking. */
export const WIDE: RegExp = /[^\0-\xff]/;

export function wholeSource(text: string): Source {
  return {
    text,
    final: true,
    openFrom: Number.POSITIVE_INFINITY,
    base: 0,
    baseLine: 0,
    lineStart: 'start',
    wide: WIDE.test(text),
  };
}

/** An error at `at`, counted within the stretch. */
export function errorAt(source: Source, code: `ERR_PEM_${string}`, at: number, what: string, hint?: string): PemError {
  const line = source.baseLine + lineAt(source.text, at);
  return new PemError(code, `line ${line}: ${what}`, { offset: source.base + at, line }, hint);
}

/**
 * What stands before `at` on its line. A byte order mark is not text: files that begin with one get concatenated.
 * It walks back over blanks only, so that many calls on one long line stay linear.
 */
export function lineStartAt(source: Source, at: number): LineStart {
  const { text } = source;
  let i = at;
  while (i > 0 && isBlank(text.charCodeAt(i - 1))) i--;
  const blank = i < at;
  const mark = markBefore(text, i);
  i -= mark;
  const before = i === 0 ? source.lineStart : isLineEnd(text.charCodeAt(i - 1)) ? 'start' : 'text';
  if (before === 'blank' && mark > 0) return 'text';
  return before === 'start' && blank ? 'blank' : before;
}

/** The length of a byte order mark that ends at `at`: U+FEFF, or its three bytes read as Latin-1. */
export function markBefore(text: string, at: number): number {
  if (text.charCodeAt(at - 1) === 0xfeff) return 1;
  return text.charCodeAt(at - 1) === 0xbf && text.slice(at - 3, at) === '\xef\xbb\xbf' ? 3 : 0;
}

/** RFC 7468 section 2: "blank" means HT and SP. */
export function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}

export function isLineEnd(code: number): boolean {
  return code === 10 || code === 13;
}
