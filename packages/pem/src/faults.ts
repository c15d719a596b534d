/**
 * Says that something is wrong at `at`. `level` is the least tolerance that puts up with it; then this returns, and
 * what follows it must read on. Without `what` the cause is the code in words, without `hint` the hint is who reads or
 * mends it.
 */
export type Fault = (level: number, code: string, at: number, what?: string, hint?: string) => void;

/** Causes and hints that occur more than once. */
export const LAX_READS = "mode 'lax' reads it";
export const REPAIR_MENDS = 'repairPem() mends it';
export const WRONG_FILE = 'is this the right file?';
export const DAMAGED = 'damaged line';
export const FIVE_HYPHENS = 'five hyphens, one space, capitals';
export const WAS_CUT = 'was the text cut?';

/** What a text without a block may be instead. Patterns are tried in order; a fault is where one matches. */
export const KINDS: readonly [pattern: RegExp, code: string, what?: string, hint?: string][] = [
  [/^\s*$/, 'NO_BLOCK', 'empty input'],
  [/^(\xff\xfe|\xfe\xff|[^\0]\0|\0[^\0])/, 'ENCODING', 'UTF-16', 'save it as UTF-8'],
  // A SEQUENCE and a length of 128 or more; a "0" of a text is followed by ASCII.
  [/^0[\x80-\uffff]/, 'DER', 'DER, not PEM', 'formatPem() makes PEM of it'],
  // The BEGIN of a whole text on one line, or of one line. What is a literal line end has its own words.
  [/(?<=-----BEGIN [^-\r\n]*-----)\\(r\\)?n/, ''],
  [/-----BEGIN [^-\r\n]*-----/, 'BOUNDARY', 'text before BEGIN', LAX_READS],
  [/[-\u2010-\u2015\x96\x97] ?BEGIN /i, 'BOUNDARY', DAMAGED, FIVE_HYPHENS],
  [/^M[\w+/=\s]{39,}$/, 'NO_BLOCK', 'base64 without BEGIN and END', REPAIR_MENDS],
  [/^(ssh|ecdsa)-\S+ AAAA/, 'NO_BLOCK', 'an OpenSSH public key'],
  [/^[^\n]{1,250}\.(pem|crt|cer|key)\s*$/, 'NO_BLOCK', 'a file name, not its contents'],
  [/^/, 'NO_BLOCK', 'no -----BEGIN line', WRONG_FILE],
];
