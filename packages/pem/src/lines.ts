/** RFC 7468 section 3: eol = CRLF / CR / LF. Nothing is allocated, as a stream counts the lines of all its text. */
export function countLineEnds(text: string): number {
  const eol = /\r\n?|\n/g;
  let count = 0;
  while (eol.test(text)) count++;
  return count;
}

/** Where the last line of `text` begins. */
export function lastLine(text: string): number {
  return 1 + Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r'));
}
