import { quote } from './arguments.ts';
import { decode, encode } from './base64.ts';
import { type Fault, WAS_CUT } from './faults.ts';
import { LAX, NEVER, REPAIR, STANDARD } from './rules.ts';

/**
 * What the modes refuse in the lines of a block; a fault is where its pattern matches. All line ends are LF here, for a
 * CRLF with a no-break space before it. Each pattern takes linear time.
 *
 * Figure 1: base64line = 1*base64char *WSP eol, after *eolWSP; base64finl may be an empty line.
 * Figure 3: lines of 64, the last one shorter; no blanks, no empty line.
 */
const LAYOUT: readonly [level: number, code: string, pattern: RegExp][] = [
  [LAX, 'INDENTED', /^[ \t]+(?=\S)(?<=\S\s+)/m],
  [LAX, 'WHITESPACE', /(?<=\S)[ \t]+(?=\S)|(?<=\S[^\S\n]*\n)[^\S\n]*\n(?=.)/s],
  [LAX, 'BASE64', /[\v\f]/],
  [STANDARD, 'LINE_LENGTH', /^(?!\S{64}\s?\n)\S+\s?\n(?=.)|^\S{65}/ms],
  [STANDARD, 'WHITESPACE', /[ \t]|^\s?\n/m],
];

/** A foreign character, or an `=` that is not one of two at most at the end. */
const MISPLACED = /[^A-Za-z0-9+/=\t-\r ]|=(?=\s*[^=\s])|=(?:\s*=){2}/;

/**
 * Decodes what stands between the lines of BEGIN and END, from `start` of the text: each line by the grammar of the
 * mode. Only blanks and line ends are looked at before a secret is decoded.
 */
export function decodeBody(
  body: string,
  start: number,
  secret: boolean,
  strict: boolean,
  headers: Map<string, string>,
  fault: Fault,
): Uint8Array {
  const all = body.replace(/\r\n/g, '\xa0\n').replaceAll('\r', '\n');
  const at = start + readHeaders(all, start, headers, fault);
  const end = start + body.length;
  const lines = all.slice(at - start);
  // Section 2: the textual encoding does "not define or permit headers".
  if (at > start) fault(STANDARD, 'HEADER', start);
  for (const [level, code, pattern] of LAYOUT) {
    const found = lines.search(pattern);
    if (found >= 0) fault(level, code, at + found);
  }
  const rest = body.slice(at - start);
  const data = rest.replace(/[\t-\r ]+/g, '');
  const decoded = data.includes('-') ? null : decode(data, data.length, secret);
  const der = decoded ?? decodeMended(data, rest, at, end, fault);
  const before = all.slice(1 + all.lastIndexOf('\n'));
  if (before) fault(LAX, before.trim() ? 'ONE_LINE' : 'INDENTED', end);
  // RFC 4648 section 3.5: bits that reach no byte are zero. OpenSSL, Go and Python do not insist.
  if (strict && (!data || encode(der, secret) !== data)) fault(STANDARD, 'BASE64', end, 'empty, or with spare bits');
  return der;
}

/**
 * Why `data` did not decode; and its decoding when a repair puts up with that. Only malformed text gets here, so that
 * looking at its characters one by one gives no usable key away.
 */
function decodeMended(data: string, text: string, at: number, end: number, fault: Fault): Uint8Array {
  const bad = text.search(MISPLACED);
  const char = text.charAt(bad);
  if (/[-_]/.test(char)) fault(REPAIR, 'BASE64URL', at + bad);
  else if (char) fault(NEVER, 'BASE64', at + bad, `${quote(char)} out of place`);
  const letters = data
    .replaceAll('-', '+')
    .replaceAll('_', '/')
    .replace(/(?<!=)=*$/, '');
  const padded = letters + '='.repeat(-letters.length & 3);
  const der = decode(padded, padded.length, true);
  if (padded !== data) {
    // What is lost is text, not padding, when the last bits reach no byte.
    const level = der && encode(der) === padded ? REPAIR : NEVER;
    fault(level, 'BASE64', end, `${data.length} characters, no multiple of 4`, WAS_CUT);
  }
  return der!;
}

/**
 * Reads the headers at the start of a block, and tells the length of their text.
 *
 * RFC 1421 section 4.4: headers stand right after BEGIN, one to a line, and an empty line ends them; a line that
 * begins with a blank goes on with the header before it (RFC 822 section 3.1.1). RFC 7468 section 2 neither defines
 * nor permits headers, but OpenSSL still writes them for encrypted keys in the old format. A colon is no base64
 * character, so that no body is taken for a header.
 */
function readHeaders(lines: string, start: number, headers: Map<string, string>, fault: Fault): number {
  let name = '';
  let at = 0;
  for (const [line] of lines.matchAll(/[^\n]+\n?|\n/g)) {
    const text = line.trim();
    if (name && text && /^[ \t]/.test(line)) headers.set(name, `${headers.get(name)} ${text}`);
    else {
      // OpenSSL wants the empty line; without it, what has no colon can only be the base64.
      if (!text.includes(':')) return text || !at ? at : at + line.length;
      // RFC 822 section 3.1.2: a field name is printable ASCII without the colon.
      const [, field = '', value = ''] = /^([!-9;-~]+):(.*)/.exec(line) ?? [];
      if (!field || headers.has(field))
        fault(NEVER, 'HEADER', start + at, `malformed or second header ${quote(field)}`);
      name = field;
      headers.set(name, value.trim());
    }
    at += line.length;
  }
  return at;
}
