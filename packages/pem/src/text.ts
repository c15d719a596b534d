/** A character class: what str.isspace() and the `\s` of Python's regular expressions take for white space. */
export const PYTHON_SPACE = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';

/** The number of the line `offset` lies in, from 1. RFC 7468 section 3: eol = CRLF / CR / LF. */
export function lineAt(text: string, offset: number): number {
  return 1 + countLineEnds(text, offset);
}

/** The line ends before `end`. */
export function countLineEnds(text: string, end: number): number {
  let count = 0;
  for (let i = text.indexOf('\n'); i >= 0 && i < end; i = text.indexOf('\n', i + 1)) count++;
  for (let i = text.indexOf('\r'); i >= 0 && i < end; i = text.indexOf('\r', i + 1)) {
    if (text.charCodeAt(i + 1) !== 10) count++;
  }
  return count;
}

/** Latin-1 characters, which stand for bytes, read as UTF-8. */
export function utf8(text: string): string {
  if (/^[\0-\x7f]*$/.test(text)) return text;
  return new TextDecoder().decode(Uint8Array.from(text, (char) => char.charCodeAt(0)));
}
