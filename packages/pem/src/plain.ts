import { decode } from './base64.ts';
import { isWanted, type Rules } from './rules.ts';
import type { PemBlock } from './types.ts';

const BEGIN = /-----BEGIN CERTIFICATE-----\n/y;
const END = /-----END CERTIFICATE-----\n/y;

/** Shared, as a Map for each block costs the collector more than all else about it; so it must not be written to. */
const NO_HEADERS: ReadonlyMap<string, string> = /* @__PURE__ */ Object.defineProperty(new Map(), 'set', {});

/**
 * The fast path: a certificate right at `start`, which begins a line, in lines of 64 that end with LF, as nearly all
 * are. What this reads, the reader would read the same in all modes but strict; what is different is left to it.
 *
 * Only the line ends are looked at: that all the rest is base64 the decoder tells by the length of its result.
 * What follows the block begins one after its `end`, at which is its last LF.
 */
export function readPlain(text: string, start: number, base: number, rules: Rules): PemBlock | undefined {
  BEGIN.lastIndex = start;
  if (!rules[0] || !BEGIN.test(text) || !isWanted('CERTIFICATE', rules)) return;
  const content = BEGIN.lastIndex;
  const stop = text.indexOf('-', content);
  END.lastIndex = stop;
  if (!END.test(text) || END.lastIndex - start > rules[1] || text.charCodeAt(stop - 1) !== 10) return;
  for (let eol = content + 64; eol < stop; eol += 65) if (text.charCodeAt(eol) !== 10) return;
  const length = stop - content;
  const der = decode(text.slice(content, stop - 1), length - Math.ceil(length / 65));
  if (!der) return;
  return {
    label: 'CERTIFICATE',
    headers: NO_HEADERS,
    der,
    start: base + start,
    end: base + END.lastIndex - 1,
    preamble: '',
  };
}
