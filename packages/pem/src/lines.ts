/** RFC 7468 section 3: eol = CRLF / CR / LF. Nothing is allocated, as a stream counts the lines of all its text. */
export function countLineEnds(text: string): number {
  let count = 0;
  for (const eol of '\r\n') {
    for (let at = text.indexOf(eol); at >= 0; at = text.indexOf(eol, at + 1)) {
      if (eol === '\r' || text[at - 1] !== '\r') count++;
    }
  }
  return count;
}

/** Where the last line of `text` begins. */
export function lastLine(text: string): number {
  return 1 + Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r'));
}
