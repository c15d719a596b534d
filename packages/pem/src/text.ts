/** RFC 7468 section 3: eol = CRLF / CR / LF. The line ends before `end`. */
export function countLineEnds(text: string, end: number): number {
  let count = 0;
  for (const eol of '\r\n') {
    for (let i = text.indexOf(eol); i >= 0 && i < end; i = text.indexOf(eol, i + 1)) {
      if (eol === '\n' || text[i + 1] !== '\n') count++;
    }
  }
  return count;
}

/** RFC 7468 section 2: "blank" means HT and SP. */
export function isBlank(char: string | undefined): boolean {
  return char === ' ' || char === '\t';
}

/** The length of a byte order mark that ends at `at`: U+FEFF, or its three bytes read as Latin-1. */
export function markBefore(text: string, at: number): number {
  return text[at - 1] === '\ufeff' ? 1 : text.startsWith('\xef\xbb\xbf', at - 3) && at > 2 ? 3 : 0;
}
