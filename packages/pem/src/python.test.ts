import { describe, expect, test } from 'vitest';
import { certTimeToSeconds, derCertToPemCert, PEM_FOOTER, PEM_HEADER, PemError, pemCertToDerCert } from './index.ts';

const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 37) & 255);

describe('derCertToPemCert', () => {
  test('writes header, 64-column lines, footer and one newline', () => {
    expect(derCertToPemCert(bytes(3))).toBe(`${PEM_HEADER}\nACVK\n${PEM_FOOTER}\n`);
    const lines = derCertToPemCert(bytes(100)).split('\n');
    expect(lines.map((line) => line.length)).toEqual([27, 64, 64, 8, 25, 0]);
  });

  test('48 bytes are exactly one line, and no bytes are no line', () => {
    expect(derCertToPemCert(bytes(48)).split('\n')).toHaveLength(4);
    expect(derCertToPemCert(new Uint8Array())).toBe(`${PEM_HEADER}\n${PEM_FOOTER}\n`);
  });

  test('a view into a larger buffer gives its own bytes', () => {
    const view = bytes(200).subarray(50, 150);
    expect(pemCertToDerCert(derCertToPemCert(view))).toEqual(view);
  });

  test('a string is refused with a stable code', () => {
    expect(() => derCertToPemCert('abc' as unknown as Uint8Array)).toThrow(
      expect.objectContaining({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }),
    );
  });
});

describe('pemCertToDerCert', () => {
  const pem = derCertToPemCert(bytes(100));
  const code = (text: string) => {
    try {
      pemCertToDerCert(text);
    } catch (error) {
      return error instanceof PemError ? error.code : error;
    }
    return 'no error';
  };

  test('reads what derCertToPemCert writes', () => {
    expect(pemCertToDerCert(pem)).toEqual(bytes(100));
  });

  test('must start with the header, not with a blank or a newline', () => {
    expect(code(` ${pem}`)).toBe('ERR_PEM_START');
    expect(code(`\n${pem}`)).toBe('ERR_PEM_START');
    expect(() => pemCertToDerCert('')).toThrow('Invalid PEM encoding; must start with -----BEGIN CERTIFICATE-----');
  });

  test('must end with the footer, white space apart', () => {
    expect(code(`${pem}x`)).toBe('ERR_PEM_END');
    expect(pemCertToDerCert(`${pem} \r\n\t\u00a0\u2003`)).toEqual(bytes(100));
    expect(code(`${pem}\ufeff`)).toBe('ERR_PEM_END');
  });

  test('skips foreign characters, needs no line ends, and refuses missing padding', () => {
    expect(pemCertToDerCert(`${PEM_HEADER}A!C-V_K${PEM_FOOTER}`)).toEqual(bytes(3));
    expect(pemCertToDerCert(PEM_HEADER + PEM_FOOTER)).toEqual(new Uint8Array());
    expect(code(`${PEM_HEADER}ACV${PEM_FOOTER}`)).toBe('ERR_PEM_MISSING_PADDING');
    expect(code(`${PEM_HEADER}ACVKA${PEM_FOOTER}`)).toBe('ERR_PEM_MISSING_PADDING');
    expect(code(`${PEM_HEADER}ACVKé${PEM_FOOTER}`)).toBe('ERR_PEM_NON_ASCII');
  });

  test('the error knows the line', () => {
    expect(() => pemCertToDerCert(`${PEM_HEADER}\nACVK\nACVé\n${PEM_FOOTER}`)).toThrow(
      expect.objectContaining({ line: 3, offset: 36 }),
    );
  });
});

describe('certTimeToSeconds', () => {
  test.each([
    ['May  9 00:00:00 2007 GMT', 1178668800],
    ['Jan  5 09:34:43 2018 GMT', 1515144883],
    ['jAN 5 9:4:3 2018 gmt', 1515143043],
    ['Feb 29 00:00:00 2020 GMT', 1582934400],
    ['Feb 30 00:00:00 2020 GMT', 1583020800],
    ['Apr 31 00:00:00 2020 GMT', 1588291200],
    ['Dec 31 23:59:60 2008 GMT', 1230768000],
    ['Jan  1 00:00:00 1969 GMT', -31536000],
    ['Jan  1 00:00:00 0001 GMT', -62135596800],
    ['Dec 31 23:59:59 9999 GMT', 253402300799],
  ])('%s is %d', (time, seconds) => {
    expect(certTimeToSeconds(time)).toBe(seconds);
  });

  test.each([
    '',
    'Jan  5 09:34 2018 GMT',
    'Jan  5 09:34:43 2018',
    'Jan  5 09:34:43 2018 UTC',
    'Jan  5 09:34:43 2018 GMT ',
    'Jan 35 09:34:43 2018 GMT',
    'Jon  5 09:34:43 2018 GMT',
    'Jan  5 24:00:00 2018 GMT',
    'Jan  5 09:60:43 2018 GMT',
    'Jan  5 09:34:62 2018 GMT',
    'Jan  5 09:34:43 18 GMT',
    'Jan5 09:34:43 2018 GMT',
    'January 5 09:34:43 2018 GMT',
    'Jan  5 09:34:43 0000 GMT',
  ])('%j is refused', (time) => {
    expect(() => certTimeToSeconds(time)).toThrow(
      expect.objectContaining({ name: 'RangeError', code: 'ERR_INVALID_ARG_VALUE' }),
    );
  });
});
