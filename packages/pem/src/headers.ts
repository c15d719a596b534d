import type { Fail } from './fault.ts';
import { isBlank } from './text.ts';

/**
 * Reads the headers at the start of a block, and tells the length of their text.
 *
 * RFC 1421 section 4.4: headers stand right after BEGIN, one to a line, and an empty line ends them; a line that
 * begins with a blank goes on with the header before it (RFC 822 section 3.1.1). RFC 7468 section 2 neither defines
 * nor permits headers, but OpenSSL still writes them for encrypted keys in the old format. A colon is no base64
 * character, so that no body is taken for a header.
 */
export function readHeaders(body: string, start: number, headers: Map<string, string>, fail: Fail): number {
  let name = '';
  let at = 0;
  if (!/^[^\r\n]*:/.test(body)) return at;
  for (const { 0: whole, 1: line } of body.matchAll(/([^\r\n]*)(?:\r\n?|\n|$)/g)) {
    const next = at + whole.length;
    if (!line!.trim()) return next;
    if (name && isBlank(line![0])) headers.set(name, `${headers.get(name)} ${line!.trim()}`);
    else {
      // OpenSSL wants the empty line; without it, what has no colon can only be the base64.
      if (!line!.includes(':')) break;
      // RFC 822 section 3.1.2: a field name is printable ASCII without the colon.
      const match = /^([!-9;-~]+):(.*)$/.exec(line!);
      name = match?.[1] ?? '';
      if (!name || headers.has(name))
        fail('HEADER', start + at, name ? `a second ${name.slice(0, 40)} header` : 'no "Name: value"');
      headers.set(name, match![2]!.trim());
    }
    at = next;
  }
  return at;
}
