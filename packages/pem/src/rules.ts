import { checkCount, checkOptions, wrongType, wrongValue } from './arguments.ts';
import type { PemMode, PemParseOptions } from './types.ts';

/** Parse options, checked and complete. */
export interface Rules {
  mode: PemMode;
  /** Empty: every label. */
  wanted: readonly string[];
  maxBlockBytes: number;
}

const MODES: readonly PemMode[] = ['strict', 'standard', 'lax'];

/** Larger than any certificate or key, and than all but a few revocation lists. */
const DEFAULT_MAX_BLOCK_BYTES = 16 * 1024 * 1024;

const DEFAULT_RULES: Rules = { mode: 'standard', wanted: [], maxBlockBytes: DEFAULT_MAX_BLOCK_BYTES };

export function toRules(options?: PemParseOptions): Rules {
  if (options === undefined) return DEFAULT_RULES;
  checkOptions(options, ['mode', 'label', 'maxBlockBytes']);
  const { mode = 'standard', label = [], maxBlockBytes = DEFAULT_MAX_BLOCK_BYTES } = options;
  if (!MODES.includes(mode)) throw wrongValue(`mode must be one of ${MODES.join(', ')}`);
  const wanted = typeof label === 'string' ? [label] : label;
  if (!Array.isArray(wanted) || !wanted.every((one) => typeof one === 'string')) {
    throw wrongType('label', 'a string or an array of strings', label);
  }
  checkCount('maxBlockBytes', maxBlockBytes, 1);
  return { mode, wanted: [...wanted], maxBlockBytes };
}
