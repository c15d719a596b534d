import { checkCount, checkOptions, checkType, checkValue } from './arguments.ts';
import { canonicalLabel } from './labels.ts';
import type { PemParseOptions } from './types.ts';

/** What a reader puts up with, each more than the one before; strict, 0, with nothing. Nothing puts up with NEVER. */
export const STANDARD = 1;
export const LAX = 2;
export const REPAIR = 3;
export const NEVER = 4;

/** Parse options, checked and complete. An empty list of labels stands for all of them. */
export type Rules = readonly [tolerance: number, maxBlockBytes: number, wanted: readonly string[]];

/** 16 MiB: larger than any certificate or key, and than all but a few revocation lists. */
const MAX_BLOCK_BYTES = 2 ** 24;

const DEFAULT: Rules = [STANDARD, MAX_BLOCK_BYTES, []];

export function toRules(options?: PemParseOptions): Rules {
  if (options === undefined) return DEFAULT;
  checkOptions(options, ['mode', 'label', 'maxBlockBytes']);
  const { mode = 'standard', label = [], maxBlockBytes = MAX_BLOCK_BYTES } = options;
  const tolerance = ['strict', 'standard', 'lax'].indexOf(mode);
  checkValue(tolerance >= 0, 'mode must be strict, standard or lax');
  const wanted = [label].flat() as string[];
  for (const one of wanted) checkType('label', one, 'String');
  checkCount('maxBlockBytes', maxBlockBytes, 1);
  return [tolerance, maxBlockBytes, wanted];
}

export function isWanted(label: string, rules: Rules): boolean {
  const wanted = rules[2];
  return !wanted.length || wanted.includes(label) || wanted.includes(canonicalLabel(label, rules[0] >= LAX));
}
