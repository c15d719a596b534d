import { PemError } from './errors.ts';
import { DAMAGED, failIn, HYPHENS, INDENTED, LAX, REPAIR, shown } from './fault.ts';
import { isPrivateLabel } from './labels.ts';

/** How much of an input's beginning a diagnosis looks at. */
export const HEAD_LENGTH = 65_536;

/** The first block that was there, though it was not the one that was asked for. */
export interface OtherBlock {
  label: string;
  offset: number;
  line: number;
}

/** Throws why there was no block to give, from the beginning of the input. */
export function notFound(head: string, wanted: readonly string[], other?: OtherBlock): never {
  if (!other) {
    const text = head.slice(0, HEAD_LENGTH);
    const [pattern, code, what, hint] = KINDS.find(([one]) => one.test(text))!;
    return failIn(text)(code, text.search(pattern), what, hint);
  }
  const { label, line } = other;
  const encrypted = label === 'ENCRYPTED PRIVATE KEY' && wanted.some(isPrivateLabel);
  throw new PemError(
    encrypted ? 'ERR_PEM_ENCRYPTED' : 'ERR_PEM_UNEXPECTED_LABEL',
    `line ${line}: this is a ${shown(label)}, a ${wanted.map(shown).join(' or ')} was expected`,
    other,
    encrypted ? 'decrypt it first' : WRONG_FILE,
  );
}

const WRONG_FILE = 'is this the right file?';

/** What a text without a block may be instead. Patterns are tried in order; a fault is where one matches. */
const KINDS: readonly [pattern: RegExp, code: string, what: string, hint?: string][] = [
  [/^\s*$/, 'NO_BLOCK', 'the input is empty'],
  [/^(\xff\xfe|\xfe\xff|[^\0]\0|\0[^\0])/, 'ENCODING', 'this is UTF-16', 'save it as UTF-8'],
  // A SEQUENCE and a length of 128 or more; a "0" of a text is followed by ASCII.
  [/^0[\x80-\uffff]/, 'DER', 'this is DER, PEM was expected', 'formatPem() makes PEM of DER'],
  // The BEGIN of a whole text on one line, or of one line.
  [/(?<=-----BEGIN [^-\r\n]*-----)\\(r\\)?n/, '', ''],
  [/(?<=[ \t])-----BEGIN [^-\r\n]*-----/, 'INDENTED', INDENTED, REPAIR],
  [/-----BEGIN [^-\r\n]*-----/, 'BOUNDARY', 'text before BEGIN', LAX],
  [/[-\u2010-\u2015\x96\x97] ?BEGIN /i, 'BOUNDARY', DAMAGED, HYPHENS],
  [/^M[\w+/=\s]{39,}$/, 'NO_BLOCK', 'base64 without BEGIN and END', 'formatPem() writes them'],
  [/^(ssh|ecdsa)-\S+ AAAA/, 'NO_BLOCK', 'this is an OpenSSH key'],
  [/^[^\n]{1,250}\.(pem|crt|cer|key)\s*$/, 'NO_BLOCK', 'this is a file name', 'read the file first'],
  [/^/, 'NO_BLOCK', 'no -----BEGIN line', WRONG_FILE],
];
