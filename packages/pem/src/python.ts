import { checkBytes, checkString } from './arguments.ts';
import { decodePublic, encodePublic } from './base64.ts';
import { PemError } from './errors.ts';
import { lineAt, PYTHON_SPACE } from './text.ts';

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
  const text = encodePublic(der);
  let lines = '';
  for (let i = 0; i < text.length; i += 64) lines += `${text.slice(i, i + 64)}\n`;
  return `${PEM_HEADER}\n${lines}${PEM_FOOTER}\n`;
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
  if (!pem.startsWith(PEM_HEADER)) {
    throw new PemError('ERR_PEM_START', `Invalid PEM encoding; must start with ${PEM_HEADER}`, { offset: 0, line: 1 });
  }
  const stripped = pem.slice(0, trimmedLength(pem));
  if (!stripped.endsWith(PEM_FOOTER)) {
    throw failure('ERR_PEM_END', `Invalid PEM encoding; must end with ${PEM_FOOTER}`, pem, stripped.length);
  }
  const body = stripped.slice(PEM_HEADER.length, -PEM_FOOTER.length);
  const foreign = body.search(/[^\0-\x7f]/);
  if (foreign >= 0) {
    throw failure('ERR_PEM_NON_ASCII', 'a character outside ASCII', pem, PEM_HEADER.length + foreign);
  }
  const { data, complete } = dataCharacters(body);
  if (!complete) {
    const message =
      data.length % 4 === 1
        ? `${data.length} base64 characters, which cannot be 1 more than a multiple of 4`
        : 'Incorrect padding';
    throw failure('ERR_PEM_BASE64', message, pem, stripped.length - PEM_FOOTER.length);
  }
  const bytes = decodePublic(data, Math.floor((data.length * 3) / 4));
  if (bytes === null) throw new Error('a string of base64 characters did not decode');
  return bytes;
}

/**
 * What binascii.a2b_base64 reads in its default mode: base64 characters, up to the first padding that completes a
 * group. Padding where none can be is skipped like any foreign character.
 */
function dataCharacters(body: string): { data: string; complete: boolean } {
  const clean = body.replace(/[^A-Za-z0-9+/=]+/g, '');
  const first = clean.indexOf('=');
  if (first < 0) return { data: clean, complete: clean.length % 4 === 0 };
  const data = [clean.slice(0, first)];
  let count = first;
  let pads = 0;
  for (let i = first; i < clean.length; i++) {
    if (clean[i] !== '=') {
      data.push(clean[i]!);
      count++;
      pads = 0;
    } else if (count % 4 >= 2 && (count % 4) + ++pads >= 4) {
      return { data: data.join(''), complete: true };
    }
  }
  return { data: data.join(''), complete: count % 4 === 0 };
}

/** Where str.strip() would cut: Python's whitespace includes U+001C to U+001F and U+0085, but not the BOM. */
function trimmedLength(text: string): number {
  const space = new RegExp(PYTHON_SPACE);
  let end = text.length;
  while (end > 0 && space.test(text[end - 1]!)) end--;
  return end;
}

function failure(code: `ERR_PEM_${string}`, message: string, text: string, offset: number): PemError {
  return new PemError(code, message, { offset, line: lineAt(text, offset) });
}
