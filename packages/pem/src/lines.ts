/** RFC 7468 section 3: eol = CRLF / CR / LF. */
export function countLineEnds(text: string): number {
  const pieces = (eol: string) => text.split(eol).length;
  return pieces('\n') + pieces('\r') - pieces('\r\n') - 1;
}

/** Where the last line of `text` begins. */
export function lastLine(text: string): number {
  return 1 + Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r'));
}
