import { checkCount, checkOneOf, checkOptions, checkType, checkValue } from './arguments.ts';
import { encode } from './base64.ts';
import { quote } from './errors.ts';
import { isPrivateLabel, LABEL } from './rules.ts';

/** What `formatPem` writes. A `PemBlock` is one. */
export interface PemBlockInput {
  /** As in `-----BEGIN CERTIFICATE-----`: `CERTIFICATE`. */
  label: string;
  /** What is encoded; its contents are not looked at. */
  der: Uint8Array;
  /** RFC 1421 headers, such as Proc-Type and DEK-Info. */
  headers?: Iterable<readonly [string, string]>;
}

/** Options of {@link formatPem}. */
export interface PemFormatOptions {
  /** Base64 characters to a line. RFC 7468 section 2 wants 64, the default; Infinity writes one line. */
  lineLength?: number;
  /** Default `\n`. */
  eol?: '\n' | '\r\n';
}

/**
 * One block, in RFC 7468's strict form unless there are headers or another line length. Private keys are encoded in
 * a time that depends on their length alone. Headers come before the base64 in the order given (RFC 1421 section
 * 4.6.1.1 wants Proc-Type first).
 *
 * @throws RangeError `ERR_INVALID_ARG_VALUE` for a label or header that could not be read back.
 * @throws TypeError `ERR_INVALID_ARG_TYPE` for a wrong type.
 */
export const formatPem = (block: PemBlockInput, options: PemFormatOptions = {}): string => {
  checkOptions(options, ['lineLength', 'eol']);
  const { lineLength = 64, eol = '\n' } = options;
  checkCount('lineLength', lineLength, 1);
  checkOneOf('eol', eol, ['\n', '\r\n']);
  const { label, der, headers = [] } = Object(block) as PemBlockInput;
  checkType('label', label, 'String');
  checkType('der', der, 'Uint8Array');
  checkValue(new RegExp(`^${LABEL}$`).test(label), `${quote(label)} is no label`);
  const names = new Set<string>();
  const lines = [`-----BEGIN ${label}-----`];
  for (const [name, value] of headers) {
    const line = `${name}: ${value}`;
    // What a parser would not read the same. The value may be an initialisation vector; it is in no message.
    const isRight = /^[!-9;-~]+: ([!-~]([ -~]*[!-~])?)?$/.test(line) && !names.has(name);
    checkValue(isRight, 'malformed header');
    names.add(name);
    lines.push(line.trimEnd());
  }
  if (names.size) lines.push('');
  const base64 = encode(der, isPrivateLabel(label));
  for (let i = 0; i < base64.length; i += lineLength) lines.push(base64.slice(i, i + lineLength));
  return [...lines, `-----END ${label}-----`, ''].join(eol);
};
