import { decode } from './base64.ts';
import type { PemBlock } from './types.ts';

const BEGIN = /-----BEGIN CERTIFICATE-----\n/y;
const END = /-----END CERTIFICATE-----\n/y;

/**
 * The fast path: a certificate right at `start`, which begins a line, in lines of 64 that end with LF, as nearly all
 * are. What this reads, the reader would read the same in all modes but strict; what is different is left to it.
 *
 * Only the line ends are looked at: that all the rest is base64 the decoder tells by the length of its result.
 * `plainEnd()` is where the block ended.
 */
export function readPlain(text: string, start: number, base: number, max: number): PemBlock | undefined {
  BEGIN.lastIndex = start;
  if (!BEGIN.test(text)) return;
  const content = BEGIN.lastIndex;
  const stop = text.indexOf('-', content);
  END.lastIndex = stop;
  if (!END.test(text) || END.lastIndex - start > max || text.charCodeAt(stop - 1) !== 10) return;
  for (let eol = content + 64; eol < stop; eol += 65) if (text.charCodeAt(eol) !== 10) return;
  const length = stop - content;
  const der = decode(text.slice(content, stop - 1), length - Math.ceil(length / 65));
  return der
    ? {
        label: 'CERTIFICATE',
        headers: new Map(),
        der,
        start: base + start,
        end: base + END.lastIndex - 1,
        preamble: '',
      }
    : undefined;
}

export function plainEnd(): number {
  return END.lastIndex;
}
