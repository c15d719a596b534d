import { PEM_FOOTER, PEM_HEADER } from './plain.ts';
import { checkType } from './arguments.ts';
import { decode } from './base64.ts';
import { countLineEnds, pemError, toWords } from './errors.ts';
import { formatPem } from './format.ts';

/**
 * Python's `ssl.DER_cert_to_PEM_cert`, byte for byte: the header, base64 in lines of 64, the footer, one newline.
 * The bytes are not looked at.
 *
 * @throws TypeError `ERR_INVALID_ARG_TYPE` for anything but bytes.
 * @see https://docs.python.org/3/library/ssl.html#ssl.DER_cert_to_PEM_cert
 */
export const derCertToPemCert = (der: Uint8Array): string => {
  return formatPem({ label: 'CERTIFICATE', der });
};

/**
 * Python's `ssl.PEM_cert_to_DER_cert`: as strict about the frame (`pem` starts with the header and ends with the
 * footer, whitespace after it apart) and as lenient about what is between: characters outside base64 are skipped,
 * and what follows the padding is not read. For anything but Python's exact answer take `parsePem`.
 *
 * @throws PemError where Python raises ValueError: `ERR_PEM_START`, `ERR_PEM_END`, `ERR_PEM_NON_ASCII`, `ERR_PEM_MISSING_PADDING`.
 * @throws TypeError `ERR_INVALID_ARG_TYPE` for anything but a string.
 * @see https://docs.python.org/3/library/ssl.html#ssl.PEM_cert_to_DER_cert
 */
export const pemCertToDerCert = (pem: string): Uint8Array => {
  checkType('pem', pem, 'String');
  const check = (right: unknown, code: string, offset: number, marker?: string) => {
    if (right) return;
    const line = 1 + countLineEnds(pem.slice(0, offset));
    throw pemError(code, offset, line, marker && `Invalid PEM encoding; must ${toWords(code)} with ${marker}`);
  };
  check(pem.startsWith(PEM_HEADER), 'START', 0, PEM_HEADER);
  const start = PEM_HEADER.length;
  const stop = pythonSpaces(pem).trimEnd().length;
  const end = stop - PEM_FOOTER.length;
  check(pem.startsWith(PEM_FOOTER, end), 'END', stop, PEM_FOOTER);
  const body = pem.slice(start, end);
  const foreign = body.search(/[^\0-\x7f]/);
  check(foreign < 0, 'NON_ASCII', start + foreign);
  // What binascii.a2b_base64 reads in its default mode: base64 characters, up to the first padding that completes a
  // group. Padding where none can be is skipped like any foreign character.
  let data = '';
  let pads = '';
  for (const [part] of body.matchAll(/[a-z0-9+/]+|=/gi)) {
    const rest = data.length % 4;
    if (part !== '=') {
      data += part;
      pads = '';
    } else if (rest > 1) {
      pads += part;
      if (rest + pads.length > 3) break;
    }
  }
  data += pads;
  check(!(data.length % 4), 'MISSING_PADDING', end);
  return decode(data, data.length)!;
};

/**
 * As long as `text`, and white space to JavaScript is what it was to Python's str.isspace() and `\s`: with U+001C to
 * U+001F and U+0085, without the byte order mark.
 */
export const pythonSpaces = (text: string): string => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is white space to Python.
  return text.replace(/[\x1c-\x1f\x85]/g, ' ').replaceAll('\ufeff', '.');
};
