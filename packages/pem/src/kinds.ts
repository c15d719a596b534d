import { DAMAGED, FIVE_HYPHENS, LAX_READS, REPAIR_MENDS, WRONG_FILE } from './fault.ts';

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
