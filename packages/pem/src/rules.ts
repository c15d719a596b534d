import { checkCount, checkOptions, checkType, wrongValue } from './arguments.ts';
import { canonicalLabel } from './labels.ts';
import type { PemParseOptions } from './types.ts';

/** Parse options, checked and complete. */
export interface Rules {
  strict: boolean;
  lax: boolean;
  /** Empty: every label. */
  wanted: readonly string[];
  max: number;
}

/** 16 MiB: larger than any certificate or key, and than all but a few revocation lists. */
const MAX_BLOCK_BYTES = 2 ** 24;

const DEFAULT: Rules = /* @__PURE__ */ toRules({});

export function toRules(options?: PemParseOptions): Rules {
  if (options === undefined) return DEFAULT;
  checkOptions(options, 'mode', 'label', 'maxBlockBytes');
  const { mode = 'standard', label = [], maxBlockBytes: max = MAX_BLOCK_BYTES } = options;
  if (!['strict', 'standard', 'lax'].includes(mode)) throw wrongValue('mode must be strict, standard or lax');
  const wanted: readonly unknown[] = [label].flat();
  checkType(!wanted.some((one) => typeof one !== 'string'), 'label', 'a string or an array of strings');
  checkCount('maxBlockBytes', max, 1);
  return { strict: mode === 'strict', lax: mode === 'lax', wanted: wanted as string[], max };
}

export function isWanted(label: string, { wanted, lax }: Rules): boolean {
  return !wanted.length || wanted.includes(label) || wanted.includes(canonicalLabel(label, lax));
}
