import { decode, encode, pad } from './base64.ts';
import type { Fault } from './reader.ts';
import { LAX, NEVER, REPAIR, STANDARD } from './rules.ts';
import type { PemBlock } from './types.ts';

type FaultPattern = readonly [level: number, code: string, pattern: RegExp];

/**
 * What the modes refuse between BEGIN and END; a fault is where its pattern matches. All line ends are LF here, for a
 * CRLF with a no-break space before it. Each pattern takes linear time.
 *
 * Figure 1: base64line = 1*base64char *WSP eol, after *eolWSP; base64finl may be an empty line.
 * Figure 3: lines of 64, the last one shorter; no blanks, no empty line.
 */
const LAYOUT: readonly FaultPattern[] = [
  // Looking ahead keeps V8 from skipping through the text by a table of these letters, which a key consists of.
  [REPAIR, 'LITERAL_NEWLINE', /\\(?=r?\\?n)/],
  [LAX, 'ONE_LINE', /^(?!\s*\n)|\S[ \t]*$/],
  [LAX, 'INDENTED', /^[ \t]+((?=\S)(?<=\S\s+)|(?!.))/ms],
  [LAX, 'WHITESPACE', /(?<=\S)[ \t]+(?=\S)|(?<=\S[^\S\n]*\n)[^\S\n]*\n(?=.)|[\v\f]/s],
  [STANDARD, 'LINE_LENGTH', /(?<=\n)(?!\S{64}\s|\S{1,64}\s*$)./s],
  [STANDARD, 'WHITESPACE', /[ \t]/],
];

/** Why base64 does not decode: foreign characters, or an `=` that is not one of two at most at the end. */
const FOREIGN: readonly FaultPattern[] = [
  [NEVER, 'BASE64', /[^\w+/=\t-\r -]|=(?=\s*([^=\s]|=\s*=))/],
  [REPAIR, 'BASE64URL', /[-_]/],
];

/**
 * A header, with the line end before it, its continuations and the empty line that ends all headers.
 *
 * RFC 1421 section 4.4: headers stand right after BEGIN, one to a line, and an empty line ends them; a line that
 * begins with a blank goes on with the header before it (RFC 822 section 3.1.1; no more than 99, as engines run out of
 * memory over millions). A field name is printable ASCII without the colon (section 3.1.2). OpenSSL wants the empty
 * line; without it, what has no colon can only be the base64, of which a colon is no character.
 */
const HEADER = /[^\S\n]*\n([!-9;-~]+):([^\n]*(?:\n[ \t][^\S\n]*\S[^\n]*){0,99})(?=\n)(\n[^\S\n]*(?=\n))?/gy;

/**
 * Decodes what stands between the hyphens of BEGIN and END, from `start` of the text: each line by the grammar of the
 * mode. Only blanks and line ends are looked at before a secret is decoded, and the rest only where that is no key.
 */
export const decodeBody = (
  body: string,
  start: number,
  secret: boolean,
  strict: boolean,
  fault: Fault,
): Pick<PemBlock, 'headers' | 'der'> => {
  const headers = new Map<string, string>();
  const all = body.replaceAll('\r\n', '\xa0\n').replaceAll('\r', '\n');
  /** Where the line end before the base64 is. */
  let from = 0;
  // Without a colon this does not look at a key's first line.
  const hasHeaders = /^[ \t]*[\r\n].*:/s.test(body);
  for (const [header, name, value, last] of hasHeaders ? all.matchAll(HEADER) : []) {
    // RFC 7468 section 2: the textual encoding does "not define or permit headers".
    fault(headers.has(name!) ? NEVER : STANDARD, 'HEADER', start + from + 1);
    headers.set(
      name!,
      value!
        .split('\n')
        .map((line) => line.trim())
        .join(' '),
    );
    from += header.length;
    if (last) break;
  }
  const check = (patterns: readonly FaultPattern[], lines: string) => {
    for (const [level, code, pattern] of patterns) {
      // What only strict refuses is half of the time of a slow block.
      const found = strict || level > STANDARD ? lines.search(pattern) : -1;
      if (found >= 0) fault(level, code, start + from + found);
    }
  };
  check(LAYOUT, all.slice(from));
  const rest = body.slice(from);
  const data = rest.replace(/[\t-\r ]+/g, '');
  const padded = pad(
    data
      .replaceAll('-', '+')
      .replaceAll('_', '/')
      .replace(/(?<!=)=*$/, ''),
  );
  const der = decode(padded, padded.length, secret);
  const end = start + body.length;
  if (!der || data !== padded) check(FOREIGN, rest);
  if (!der || data !== padded || strict) {
    const isPadded = data.length === padded.length;
    // RFC 4648 section 3.5: bits that reach no byte are zero. OpenSSL, Go and Python do not insist. But where padding is
    // missing, text is lost if they are not.
    const isExact = data && der && encode(der, secret) === padded;
    if (!isExact) fault(der && isPadded ? STANDARD : NEVER, 'BASE64', end);
    if (!isPadded) fault(REPAIR, 'MISSING_PADDING', end);
  }
  return { headers, der: der! };
};
