import { indented, literalNewline } from './explain.ts';
import { isPrivateLabel } from './labels.ts';
import { PemError } from './errors.ts';
import type { Rules } from './rules.ts';
import { shown } from './scan.ts';
import { errorAt, isBlank, wholeSource } from './source.ts';

/** How much of an input's beginning a diagnosis looks at. */
export const HEAD_LENGTH = 65_536;

/** The first block that was there, though it was not the one that was asked for. */
export interface OtherBlock {
  label: string;
  offset: number;
  line: number;
}

/** Why there was no block to give, from the beginning of the input. */
export function notFound(head: string, rules: Rules, other?: OtherBlock): Error {
  return other === undefined ? noBlock(head) : otherLabel(rules, other);
}

function otherLabel({ wanted }: Rules, other: OtherBlock): Error {
  const expected = wanted.map(shown).join(' or ');
  if (other.label === 'ENCRYPTED PRIVATE KEY' && wanted.some(isPrivateLabel)) {
    const what = `line ${other.line}: the private key is encrypted, a ${expected} was expected`;
    return new PemError('ERR_PEM_ENCRYPTED', what, other, 'decrypt it first, or give its password to what reads it');
  }
  const what = `line ${other.line}: this is a ${shown(other.label)}, a ${expected} was expected`;
  return new PemError('ERR_PEM_UNEXPECTED_LABEL', what, other, 'is this the right file?');
}

function noBlock(head: string): Error {
  const source = wholeSource(head);
  const fail = (what: string, hint?: string) => errorAt(source, 'ERR_PEM_NO_BLOCK', 0, what, hint);
  if (head.trim() === '') return fail('the input is empty');
  if (/^(\xff\xfe|\xfe\xff)/.test(head) || /^[^\0]\0|^\0[^\0]/.test(head)) {
    return errorAt(source, 'ERR_PEM_ENCODING', 0, 'this is UTF-16', 'save it as UTF-8 (PowerShell: -Encoding ascii)');
  }
  // A SEQUENCE and a length of 128 or more; a "0" of a text is followed by ASCII.
  if (/^0[\x80-\uffff]/.test(head)) {
    return errorAt(source, 'ERR_PEM_DER', 0, 'this is DER (binary), PEM was expected', 'formatPem() makes PEM of DER');
  }
  const begin = /-----BEGIN [^-\r\n]*-----/.exec(head);
  if (begin !== null) return misplaced(head, begin.index, begin.index + begin[0].length);
  const damaged = /[-\u2010-\u2015\x96\x97] ?BEGIN /i.exec(head);
  if (damaged !== null) {
    const hint = 'five hyphens on both sides, one space, BEGIN and the label in capitals; repairPem() mends it';
    return errorAt(source, 'ERR_PEM_BOUNDARY', damaged.index, 'a damaged BEGIN line', hint);
  }
  if (/^M[A-Za-z0-9+/\s]{39,}=*\s*$/.test(head)) {
    return fail('this is base64 without its BEGIN and END lines', 'put them around it: formatPem({ label, der })');
  }
  if (/^(ssh|ecdsa)-\S+ AAAA/.test(head)) return fail('this is an OpenSSH public key, not PEM');
  if (/^[^\n]{1,250}\.(pem|crt|cer|key)\s*$/.test(head)) return fail('this is a file name', 'read the file first');
  return fail('no -----BEGIN line anywhere', 'is this the right file?');
}

/** A BEGIN that is in the text, but not on a line of its own. */
function misplaced(head: string, at: number, after: number): Error {
  const source = wholeSource(head);
  const literal = /^\\(r\\)?n/.exec(head.slice(after, after + 4));
  if (literal !== null) return literalNewline(source, after);
  if (isBlank(head.charCodeAt(at - 1))) return indented(source, at);
  return errorAt(source, 'ERR_PEM_BOUNDARY', at, 'text before BEGIN on its line', "mode 'lax' reads it");
}
