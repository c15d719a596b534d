import { errorAt, isBlank, type Source } from './source.ts';

/** The headers at the start of a block, and where its base64 begins. */
export interface Headers {
  headers: ReadonlyMap<string, string>;
  bodyStart: number;
}

/**
 * RFC 1421 section 4.4: headers stand right after BEGIN, one to a line, and an empty line ends them; a line that
 * begins with a blank goes on with the header before it (RFC 822 section 3.1.1). RFC 7468 section 2 neither defines
 * nor permits headers, but OpenSSL still writes them for encrypted keys in the old format. A colon is no base64
 * character, so that no body is taken for a header.
 */
export function readHeaders(source: Source, start: number, end: number): Headers {
  const { text } = source;
  // Base64 lines hold no colon, so nearly every block is done here; only its first line is looked at.
  if (!firstLine(text, start, end).includes(':')) return { headers: new Map(), bodyStart: start };
  const headers = new Map<string, string>();
  let name = '';
  let at = start;
  while (at < end) {
    const line = firstLine(text, at, end);
    const next = skipLineEnd(text, at + line.length, end);
    if (line.trim() === '') return { headers, bodyStart: next };
    if (isBlank(line.charCodeAt(0)) && name !== '') {
      headers.set(name, `${headers.get(name)} ${line.trim()}`);
    } else {
      const match = HEADER.exec(line);
      // OpenSSL wants the empty line; without it, what has no colon can only be the base64.
      if (match === null && !line.includes(':')) return { headers, bodyStart: at };
      if (match === null) throw errorAt(source, 'ERR_PEM_HEADER', at, 'a header that is no "Name: value"');
      name = match[1]!;
      if (headers.has(name)) throw errorAt(source, 'ERR_PEM_HEADER', at, `a second ${name.slice(0, 40)} header`);
      headers.set(name, match[2]!.trim());
    }
    at = next;
  }
  return { headers, bodyStart: end };
}

/** RFC 822 section 3.1.2: a field name is printable ASCII without the colon. */
const HEADER = /^([!-9;-~]+):(.*)$/;

function firstLine(text: string, start: number, end: number): string {
  let stop = start;
  while (stop < end && text.charCodeAt(stop) !== 10 && text.charCodeAt(stop) !== 13) stop++;
  return text.slice(start, stop);
}

function skipLineEnd(text: string, at: number, end: number): number {
  const crlf = text.charCodeAt(at) === 13 && text.charCodeAt(at + 1) === 10;
  return Math.min(at + (crlf ? 2 : 1), end);
}
