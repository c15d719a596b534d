import { describe, expect, test } from 'vitest';
import { formatPem, type PemFormatOptions, parsePem } from './index.ts';

const der = Uint8Array.of(1, 2, 3);

describe('formatPem', () => {
  test('writes headers, and an empty line after them', () => {
    const headers = [
      ['Proc-Type', '4,ENCRYPTED'],
      ['DEK-Info', 'AES-256-CBC,00'],
    ] as const;
    const text = formatPem({ label: 'RSA PRIVATE KEY', der, headers });
    expect(text).toBe(
      '-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAQID\n-----END RSA PRIVATE KEY-----\n',
    );
    const [block] = parsePem(text);
    expect([...block!.headers]).toEqual(headers);
    expect(formatPem(block!)).toBe(text);
  });

  test('a folded header is read as one', () => {
    const [block] = parsePem('-----BEGIN X-----\nA: b\n  c\nD: e\n\nAQID\n-----END X-----\n');
    expect([...block!.headers]).toEqual([
      ['A', 'b c'],
      ['D', 'e'],
    ]);
  });

  test('takes a line length and a line end', () => {
    expect(formatPem({ label: 'X', der }, { lineLength: 2, eol: '\r\n' })).toBe(
      '-----BEGIN X-----\r\nAQ\r\nID\r\n-----END X-----\r\n',
    );
    expect(formatPem({ label: 'X', der: new Uint8Array(99) }, { lineLength: Infinity }).split('\n')[1]).toHaveLength(
      132,
    );
  });

  test('refuses what could not be read back', () => {
    for (const label of ['X ', ' X', 'A  B', 'A--B', 'X-', 'é', 'A\nB']) {
      expect(() => formatPem({ label, der }), label).toThrow(RangeError);
    }
    for (const header of [
      ['A:', 'b'],
      ['', 'b'],
      ['A', 'b\nc'],
      ['A', ' b'],
      ['A', 'é'],
    ] as [string, string][]) {
      expect(() => formatPem({ label: 'X', der, headers: [header] }), String(header)).toThrow(RangeError);
    }
    // What is read as the header of a damaged key may be its base64.
    expect(() => formatPem({ label: 'X', der, headers: [['MIIEvQIB', 'é']] })).toThrow(/^malformed header$/);
    expect(() =>
      formatPem({
        label: 'X',
        der,
        headers: [
          ['A', '1'],
          ['A', '2'],
        ],
      }),
    ).toThrow(RangeError);
    expect(() => formatPem({ label: 'X', der }, { lineLength: 0 })).toThrow(RangeError);
    expect(() => formatPem({ label: 'X', der }, { eol: '\r' as '\n' })).toThrow(RangeError);
    expect(() => formatPem({ label: 'X', der }, { linelength: 5 } as PemFormatOptions)).toThrow(/lineLength/);
    expect(() => formatPem({ label: 'X', der: 'AQID' as unknown as Uint8Array })).toThrow(TypeError);
  });
});
