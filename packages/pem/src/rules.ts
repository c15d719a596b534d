import { checkCount, checkOneOf, checkOptions, checkType } from './arguments.ts';
import type { PemParseOptions } from './types.ts';

/** What a reader puts up with, each more than the one before; strict, 0, with nothing. Nothing puts up with NEVER. */
export const STANDARD = 1;
export const LAX = 2;
export const REPAIR = 3;
export const NEVER = 4;

const MODES: readonly string[] = ['strict', 'standard', 'lax'];

/** Parse options, checked and complete. An empty list of labels stands for all of them. */
export type Rules = readonly [tolerance: number, maxBlockBytes: number, wanted: readonly string[]];

export const toRules = (options?: PemParseOptions): Rules => {
  if (!options) return DEFAULT;
  checkOptions(options, ['mode', 'label', 'maxBlockBytes']);
  // 16 MiB: larger than any certificate or key, and than all but a few revocation lists.
  const { mode = 'standard', label = [], maxBlockBytes = 2 ** 24 } = options;
  checkOneOf('mode', mode, MODES);
  const wanted = [label].flat() as string[];
  for (const one of wanted) checkType('label', one, 'String');
  checkCount('maxBlockBytes', maxBlockBytes, 1);
  return [MODES.indexOf(mode), maxBlockBytes, wanted];
};

const DEFAULT: Rules = /* @__PURE__ */ toRules({});

export const isWanted = (label: string, [tolerance, , wanted]: Rules): boolean => {
  return !wanted.length || wanted.includes(label) || wanted.includes(canonicalLabel(label, tolerance));
};

/**
 * In lax mode the label that `label` stands for. RFC 7468 section 5.1: parsers SHOULD NOT treat `X509 CERTIFICATE` as
 * `CERTIFICATE`, save for backwards compatibility; section 7 on the request; OpenSSL's check_pem() has all of them.
 */
export const canonicalLabel = (label: string, tolerance: number): string => {
  return tolerance < LAX ? label : label.replace(/^(X\.?509|NEW) (?=CERTIFICATE)/, '');
};

/** Whether the contents are secret: `PRIVATE KEY`, `RSA PRIVATE KEY`, `ENCRYPTED PRIVATE KEY`, … */
export const isPrivateLabel = (label: string): boolean => {
  return label.endsWith('PRIVATE KEY');
};

/**
 * RFC 7468 section 3: label = [ labelchar *( ["-" / SP] labelchar ) ], labelchar = %x21-2C / %x2E-7E; empty is fine.
 * Each separator must be followed by a labelchar, so a failed match takes time linear in its length; and there are no
 * more than 100 words, as engines run out of memory over millions.
 */
export const LABEL = '(?:[!-,.-~]+(?:[- ][!-,.-~]+){0,99})?';
