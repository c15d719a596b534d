import { decode } from './base64.ts';
import { isWanted, type Rules } from './rules.ts';
import type { PemBlock } from './types.ts';

/** The line before a certificate. */
export const PEM_HEADER = '-----BEGIN CERTIFICATE-----';
/** The line after a certificate. */
export const PEM_FOOTER = '-----END CERTIFICATE-----';

const BEGIN = `${PEM_HEADER}\n`;
const END = `\n${PEM_FOOTER}\n`;

/** Shared, as a Map for each block costs the collector more than all else about it; so it must not be written to. */
const NO_HEADERS: ReadonlyMap<string, string> = /* @__PURE__ */ Object.defineProperty(new Map(), 'set', {});

/**
 * The fast path: a certificate right at `start`, which begins a line, in lines of 64 that end with LF, as nearly all
 * are. What this reads, the reader would read the same in all modes but strict; what is different is left to it.
 *
 * Only the line ends are looked at: that all the rest is base64 the decoder tells by the length of its result.
 * What follows the block begins one after its `end`, at which is its last LF.
 */
export const readPlain = (text: string, start: number, base: number, rules: Rules): PemBlock | undefined => {
  if (!rules[0] || !text.startsWith(BEGIN, start) || !isWanted('CERTIFICATE', rules)) return;
  const content = start + BEGIN.length;
  const stop = text.indexOf('-', content) - 1;
  const end = stop + END.length;
  if (!text.startsWith(END, stop) || end - start > rules[1]) return;
  for (let eol = content + 64; eol < stop; eol += 65) if (text.charCodeAt(eol) !== 10) return;
  const length = stop - content;
  const der = decode(text.slice(content, stop), length - Math.floor(length / 65));
  if (!der) return;
  return {
    label: 'CERTIFICATE',
    headers: NO_HEADERS,
    der,
    start: base + start,
    end: base + end - 1,
    preamble: '',
  };
};
