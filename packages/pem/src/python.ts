import { checkBytes, checkString } from './arguments.ts';
import { decode, encode } from './base64.ts';
import { PemError } from './errors.ts';
import { armor } from './format.ts';
import { PYTHON_SPACE } from './space.ts';
import { countLineEnds } from './text.ts';

/** The line before a certificate. */
export const PEM_HEADER = '-----BEGIN CERTIFICATE-----';
/** The line after a certificate. */
export const PEM_FOOTER = '-----END CERTIFICATE-----';

/**
 * Python's `ssl.DER_cert_to_PEM_cert`, byte for byte: the header, base64 in lines of 64, the footer, one newline.
 * The bytes are not looked at.
 *
 * @throws TypeError `ERR_INVALID_ARG_TYPE` for anything but bytes.
 * @see https://docs.python.org/3/library/ssl.html#ssl.DER_cert_to_PEM_cert
 */
export function derCertToPemCert(der: Uint8Array): string {
  checkBytes('der', der);
  return armor('CERTIFICATE', encode(der));
}

/**
 * Python's `ssl.PEM_cert_to_DER_cert`: as strict about the frame (`pem` starts with the header and ends with the
 * footer, whitespace after it apart) and as lenient about what is between: characters outside base64 are skipped,
 * and what follows the padding is not read. For anything but Python's exact answer take `parsePem`.
 *
 * @throws PemError where Python raises ValueError: `ERR_PEM_START`, `ERR_PEM_END`, `ERR_PEM_NON_ASCII`, `ERR_PEM_BASE64`.
 * @throws TypeError `ERR_INVALID_ARG_TYPE` for anything but a string.
 * @see https://docs.python.org/3/library/ssl.html#ssl.PEM_cert_to_DER_cert
 */
export function pemCertToDerCert(pem: string): Uint8Array {
  checkString('pem', pem);
  const check = (right: unknown, code: string, message: string, offset: number) => {
    if (!right) throw new PemError(`ERR_PEM_${code}`, message, { offset, line: 1 + countLineEnds(pem, offset) });
  };
  check(pem.startsWith(PEM_HEADER), 'START', `Invalid PEM encoding; must start with ${PEM_HEADER}`, 0);
  const start = PEM_HEADER.length;
  // Where str.strip() would cut: Python's whitespace includes U+001C to U+001F and U+0085, but not the BOM.
  const end = pem.search(new RegExp(`(?<!${PYTHON_SPACE})${PYTHON_SPACE}*$`)) - PEM_FOOTER.length;
  check(
    pem.startsWith(PEM_FOOTER, end),
    'END',
    `Invalid PEM encoding; must end with ${PEM_FOOTER}`,
    end + PEM_FOOTER.length,
  );
  const body = pem.slice(start, end);
  const foreign = body.search(/[^\0-\x7f]/);
  check(foreign < 0, 'NON_ASCII', 'a character outside ASCII', start + foreign);
  const data = dataCharacters(body);
  check(data.length % 4 === 0, 'BASE64', 'Incorrect padding', end);
  return decode(data, data.length)!;
}

/**
 * What binascii.a2b_base64 reads in its default mode: base64 characters, up to the first padding that completes a
 * group. Padding where none can be is skipped like any foreign character.
 */
function dataCharacters(body: string): string {
  let data = '';
  let pads = '';
  for (const [part] of body.matchAll(/[A-Za-z0-9+/]+|=/g)) {
    const rest = data.length % 4;
    if (part !== '=') {
      data += part;
      pads = '';
    } else {
      pads += rest > 1 ? part : '';
      if (rest + pads.length > 3) return data + pads;
    }
  }
  return data;
}
