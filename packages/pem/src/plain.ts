import { decodeRegular } from './body.ts';
import { isPrivateLabel, LABEL } from './labels.ts';
import { isWanted, type Rules } from './rules.ts';
import type { PemBlock } from './types.ts';

const BEGIN_LINE = /* @__PURE__ */ new RegExp(`-----BEGIN ${LABEL}-----\\r?\\n`, 'y');
const END_LINE = /* @__PURE__ */ new RegExp(`-----END ${LABEL}-----\\r?\\n`, 'y');

/**
 * The fast path: a public block right at `from`, which begins a line, in lines of one length, as in nearly every bundle.
 * What this reads the reader would read the same; what is different is left to it. `plainEnd()` is where it ended.
 */
export function readPlain(text: string, from: number, base: number, rules: Rules): PemBlock | undefined {
  BEGIN_LINE.lastIndex = from;
  if (rules.strict || !BEGIN_LINE.test(text)) return;
  const content = BEGIN_LINE.lastIndex;
  const endAt = text.indexOf('-', content);
  END_LINE.lastIndex = endAt;
  if (endAt < 0 || !END_LINE.test(text)) return;
  const next = END_LINE.lastIndex;
  const end = text.charCodeAt(next - 2) === 13 ? next - 2 : next - 1;
  const label = text.slice(endAt + 9, end - 5);
  const begin = text.charCodeAt(content - 2) === 13 ? content - 7 : content - 6;
  if (text.slice(from + 11, begin) !== label) return;
  if (next - from > rules.max || !isWanted(label, rules)) return;
  const der = isPrivateLabel(label) ? null : decodeRegular(text, content, endAt);
  return der ? { label, headers: new Map(), der, start: base + from, end: base + end, preamble: '' } : undefined;
}

export function plainEnd(): number {
  return END_LINE.lastIndex;
}
