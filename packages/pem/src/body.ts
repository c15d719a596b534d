import type { Rules } from './rules.ts';
import { decode, spareBits } from './base64.ts';
import { type Fail, INDENTED, LAX, REPAIR, STANDARD } from './fault.ts';

/**
 * The fast path, for lines of one length with one kind of line end, which is how all tools write: only the line ends
 * are looked at, and the decoder tells by its result's length whether all the rest was base64. What is different from
 * that is null, and left to `decodeLines`.
 */
export function decodeRegular(text: string, start: number, end: number): Uint8Array | null {
  const newline = text.charCodeAt(end - 1);
  if ((newline !== 10 && newline !== 13) || start >= end) return null;
  const eol = newline === 10 && text.charCodeAt(end - 2) === 13 ? 2 : 1;
  const usual = start + 63 + eol;
  const first = text.charCodeAt(usual) === newline ? usual : text.indexOf(text[end - 1]!, start);
  const width = Math.min(first + 1, end) - start;
  let lines = (end - start) % width ? 1 : 0;
  for (let last = start + width - 1; last < end; last += width, lines++) {
    if (text.charCodeAt(last) !== newline || (eol > 1 && text.charCodeAt(last - 1) !== 13)) return null;
  }
  const bytes = decode(text.slice(start, end - eol), end - start - lines * eol);
  return bytes?.length ? bytes : null;
}

/** The exact path: each line by the grammar of the mode. Only line ends and blanks are looked at before decoding. */
export function decodeLines(body: string, at: number, { strict, lax }: Rules, secret: boolean, fail: Fail): Uint8Array {
  if (!lax) checkLines(body, at, strict, fail);
  const data = body.replace(lax ? /[\t-\r ]+/g : /[\t\n\r ]+/g, '');
  const bytes = decode(data, data.length, secret);
  if (!bytes) explain(lax ? body.replace(/[\v\f]/g, ' ') : body, at, data.length, fail);
  // RFC 4648 section 3.5. Only strict insists: OpenSSL, Go and Python read such text.
  if (strict && spareBits(data)) fail('BASE64', at + body.length, 'bits that reach no byte');
  if (strict && !data) fail('BASE64', at, 'the block is empty');
  return bytes!;
}

/**
 * Figure 1: base64line = 1*base64char *WSP eol, after *eolWSP; base64finl may be an empty line.
 * Figure 3: lines of 64, the last one shorter; no blanks, no empty line.
 */
function checkLines(body: string, start: number, strict: boolean, fail: Fail): void {
  const lead = strict ? 0 : body.search(/[^\t\n\r ]|$/);
  for (const { 0: whole, 1: line, index } of body.slice(lead).matchAll(/([^\r\n]*)(?:\r\n?|\n)/g)) {
    const at = start + lead + index;
    const isLast = lead + index + whole.length === body.length;
    const blank = line!.search(strict ? /[\t ]/ : /(?<![\t ])[\t ]+[^\t ]/);
    const isEmpty = !/[^\t ]/.test(line!) && (strict || !isLast);
    if (!blank) fail('INDENTED', at, INDENTED, REPAIR);
    if (blank > 0 || isEmpty)
      fail('WHITESPACE', at + Math.max(blank, 0), 'a blank or an empty line', strict ? STANDARD : LAX);
    if (strict && (isLast ? line!.length > 64 : line!.length !== 64))
      fail('LINE_LENGTH', at, 'not 64 characters', STANDARD);
  }
}

/**
 * Why the base64 did not decode. Only malformed text gets here, so that looking at its characters one by one gives no
 * usable key away.
 */
function explain(body: string, start: number, characters: number, fail: Fail): void {
  const bad = body.search(/[^A-Za-z0-9+/=\t\n\r ]|=(?=[=\t\n\r ]*[^=\t\n\r ])|=(?:[\t\n\r ]*=){2}/);
  const char = body[bad];
  if (!char)
    fail('BASE64', start + body.length, `${characters} characters, no multiple of 4`, 'is text missing, or only =?');
  if (char === '-' || char === '_') fail('BASE64URL', start + bad, 'this is base64url', REPAIR);
  fail('BASE64', start + bad, `U+${body.codePointAt(bad)!.toString(16).padStart(4, '0')} out of place`);
}
