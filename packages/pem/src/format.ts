import { checkCount, checkOptions, checkType, checkValue, quote } from './arguments.ts';
import { encode } from './base64.ts';
import { isPrivateLabel, LABEL } from './labels.ts';

/** What `formatPem` writes. A `PemBlock` is one. */
export interface PemBlockInput {
  label: string;
  der: Uint8Array;
  headers?: Iterable<readonly [string, string]>;
}

export interface PemFormatOptions {
  /** Base64 characters to a line. RFC 7468 section 2 wants 64, the default; Infinity writes one line. */
  lineLength?: number;
  /** Default `\n`. */
  eol?: '\n' | '\r\n';
}

/**
 * One block, in RFC 7468's strict form unless there are headers or another line length. Private keys are encoded in
 * a time that depends on their length alone. Headers come before the base64, Proc-Type first (RFC 1421 section 4.6.1.1).
 *
 * @throws RangeError `ERR_INVALID_ARG_VALUE` for a label or header that could not be read back.
 * @throws TypeError `ERR_INVALID_ARG_TYPE` for a wrong type.
 */
export function formatPem(block: PemBlockInput, options: PemFormatOptions = {}): string {
  checkOptions(options, ['lineLength', 'eol']);
  const { lineLength = 64, eol = '\n' } = options;
  checkCount('lineLength', lineLength, 1);
  checkValue(/^\r?\n$/.test(eol), 'eol must be "\\n" or "\\r\\n"');
  checkType('block', block, 'Object');
  const { label, der, headers = [] } = block;
  checkType('block.label', label, 'String');
  checkType('block.der', der, 'Uint8Array');
  checkValue(new RegExp(`^${LABEL}$`).test(label), `${quote(label)} is no PEM label`);
  return armor(label, encode(der, isPrivateLabel(label)), headerLines(headers), lineLength, eol);
}

/** RFC 7468 section 3: preeb, the base64 in lines, posteb. */
export function armor(
  label: string,
  base64: string,
  headers: readonly string[] = [],
  lineLength = 64,
  eol = '\n',
): string {
  const lines = [`-----BEGIN ${label}-----`, ...headers];
  for (let i = 0; i < base64.length; i += lineLength) lines.push(base64.slice(i, i + lineLength));
  lines.push(`-----END ${label}-----`, '');
  return lines.join(eol);
}

/** Throws for what `readHeaders` would not read the same. */
function headerLines(headers: Iterable<readonly [string, string]>): string[] {
  const lines: string[] = [];
  const names = new Set<string>();
  for (const [name, value] of headers) {
    const line = `${name}: ${value}`;
    // The value may be an initialisation vector; it is in no message.
    const isRight = /^[!-9;-~]+: ([!-~]([ -~]*[!-~])?)?$/.test(line) && !names.has(name);
    checkValue(isRight, `malformed or second header ${quote(`${name}`)}`);
    names.add(name);
    lines[name === 'Proc-Type' ? 'unshift' : 'push'](line.trimEnd());
  }
  return lines.length ? [...lines, ''] : lines;
}
