import { checkBytes, checkCount, checkOptions, checkString, wrongType, wrongValue } from './arguments.ts';
import { encodePublic, encodeSecret } from './base64.ts';
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
  if (eol !== '\n' && eol !== '\r\n') throw wrongValue('eol must be "\\n" or "\\r\\n"');
  if (typeof block !== 'object' || block === null) throw wrongType('block', 'an object', block);
  const { label, der, headers = [] } = block;
  checkString('block.label', label);
  checkBytes('block.der', der);
  if (!new RegExp(`^${LABEL}$`).test(label)) throw wrongValue(`${JSON.stringify(label.slice(0, 40))} is no PEM label`);
  const lines = [`-----BEGIN ${label}-----`, ...headerLines(headers)];
  const base64 = isPrivateLabel(label) ? encodeSecret(der) : encodePublic(der);
  for (let i = 0; i < base64.length; i += lineLength) lines.push(base64.slice(i, i + lineLength));
  lines.push(`-----END ${label}-----`, '');
  return lines.join(eol);
}

function headerLines(headers: Iterable<readonly [string, string]>): string[] {
  const lines: string[] = [];
  const names = new Set<string>();
  for (const [name, value] of headers) {
    if (!/^[!-9;-~]+$/.test(name) || names.has(name))
      throw wrongValue(`${JSON.stringify(String(name).slice(0, 40))} is no header name, or is there twice`);
    // The value may be an initialisation vector; it is in no message.
    if (!/^([!-~]([ -~]*[!-~])?)?$/.test(value))
      throw wrongValue(`the value of ${name} is not one line of printable ASCII`);
    names.add(name);
    const line = `${name}: ${value}`.trimEnd();
    if (name === 'Proc-Type') lines.unshift(line);
    else lines.push(line);
  }
  return lines.length > 0 ? [...lines, ''] : lines;
}
