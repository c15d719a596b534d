import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { formatPem, PemError, type PemMode, type PemParseOptions, parsePem } from './index.ts';

const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 37) & 255);
const certificate = formatPem({ label: 'CERTIFICATE', der: bytes(100) });
const key = formatPem({ label: 'PRIVATE KEY', der: bytes(100) });
const [, first, second, third] = certificate.split('\n') as [string, string, string, string];

/** The code and line of the error, or the labels that were read. */
function outcome(text: string | Uint8Array, options?: PemParseOptions): string {
  try {
    return parsePem(text, options)
      .map(({ label }) => label)
      .join();
  } catch (error) {
    if (!(error instanceof PemError)) throw error;
    expect(error.message).toMatch(/^line \d+: ./);
    return `${error.code.slice(8)} ${error.line}`;
  }
}

/** What strict, standard and lax make of it. */
function outcomes(text: string): string[] {
  return (['strict', 'standard', 'lax'] as PemMode[]).map((mode) => outcome(text, { mode }));
}

const C = 'CERTIFICATE';
const wrap = (body: string, label = 'X') => `-----BEGIN ${label}-----\n${body}-----END ${label}-----\n`;

describe('what each mode accepts (strict, standard, lax)', () => {
  test.each<[string, string, string[]]>([
    ['what formatPem writes', certificate, [C, C, C]],
    ['text around a block', `before\n${certificate}after`, [C, C, C]],
    ['hyphens in the text around', `-----\n--- BEGIN? ---\n${certificate}`, [C, C, C]],
    ['no final newline', certificate.trimEnd(), ['WHITESPACE 5', C, C]],
    ['blanks after BEGIN', certificate.replace('\n', ' \t\n'), ['WHITESPACE 1', C, C]],
    ['blanks after END', `${certificate.trimEnd()} \n`, ['WHITESPACE 5', C, C]],
    ['blanks at the end of a base64 line', certificate.replace(first, `${first} `), ['WHITESPACE 2', C, C]],
    ['an empty line after BEGIN', certificate.replace('\n', '\n\n'), ['LINE_LENGTH 2', C, C]],
    ['an empty line before END', certificate.replace('\n-----END', '\n\n-----END'), ['LINE_LENGTH 5', C, C]],
    ['an empty line inside', certificate.replace(second, `\n${second}`), ['WHITESPACE 3', 'WHITESPACE 3', C]],
    ['a blank inside a line', certificate.replace(second, `AC VK${second}`), ['WHITESPACE 3', 'WHITESPACE 3', C]],
    ['indentation', certificate.replace(/^/gm, '  '), ['INDENTED 1', 'INDENTED 1', C]],
    ['indented base64', certificate.replace(second, ` ${second}`), ['INDENTED 3', 'INDENTED 3', C]],
    ['everything on one line', certificate.replaceAll('\n', ' '), ['ONE_LINE 1', 'ONE_LINE 1', C]],
    ['base64 on the BEGIN line', certificate.replace('\n', ''), ['ONE_LINE 1', 'ONE_LINE 1', C]],
    ['END on a base64 line', certificate.replace('\n-----END', '-----END'), ['ONE_LINE 4', 'ONE_LINE 4', C]],
    ['lines of 76', formatPem({ label: C, der: bytes(100) }, { lineLength: 76 }), ['LINE_LENGTH 2', C, C]],
    ['one line of base64', formatPem({ label: C, der: bytes(100) }, { lineLength: 999 }), ['LINE_LENGTH 2', C, C]],
    ['a byte order mark', `\ufeff${certificate}`, ['BOM 1', C, C]],
    ['files with marks joined', `${certificate}\ufeff${certificate}`, ['BOM 6', `${C},${C}`, `${C},${C}`]],
    [
      'labels that differ',
      certificate.replace('END CERTIFICATE', 'END X'),
      Array(2).fill('LABEL_MISMATCH 5').concat(C),
    ],
    ['files joined without newline', certificate.trimEnd() + key, ['ONE_LINE 5', 'ONE_LINE 5', `${C},PRIVATE KEY`]],
    ['a quoted value', `KEY="${certificate.trimEnd()}"`, ['BOUNDARY 1', 'BOUNDARY 1', C]],
    [
      'a value of YAML behind a block',
      `${certificate}# x\ncert: "${certificate}"`,
      ['BOUNDARY 7', 'BOUNDARY 7', `${C},${C}`],
    ],
    [
      'END without BEGIN behind prose that names BEGIN',
      `as -----BEGIN X----- says\n${certificate}-----END X-----\n`,
      ['STRAY_END 7', 'STRAY_END 7', 'TRUNCATED 1'],
    ],
    ['a download cut within END', certificate.slice(0, -9), Array(3).fill('TRUNCATED 1')],
    ['a download cut before END', certificate.slice(0, -26), Array(3).fill('TRUNCATED 1')],
    ['a damaged END', `${certificate.slice(0, -9)}\n`, Array(3).fill('BOUNDARY 5')],
    ['text after END', certificate.replace(/-\n$/, '-,\n'), ['ONE_LINE 5', 'ONE_LINE 5', C]],
    ['END without BEGIN', `${certificate}-----END X-----\n`, ['STRAY_END 6', 'STRAY_END 6', C]],
    ['spare bits that are not zero', wrap('AB==\n'), ['BASE64 3', 'X', 'X']],
    ['padding on two lines', wrap('AA=\n=\n'), ['LINE_LENGTH 2', 'X', 'X']],
    ['an empty block', wrap(''), ['BASE64 2', 'X', 'X']],
    ['an empty label', wrap('AAAA\n', ''), ['', '', '']],
    ['a label with hyphens and lower case', wrap('AAAA\n', 'a-B c'), ['a-B c', 'a-B c', 'a-B c']],
    ['headers', wrap('Proc-Type: 4,ENCRYPTED\n\nAAAA\n'), ['HEADER 2', 'X', 'X']],
    ['headers without the empty line', wrap('A: b\nAAAA\n'), ['HEADER 2', 'X', 'X']],
    ['a header twice', wrap('A: b\nA: c\n\nAAAA\n'), ['HEADER 2', 'HEADER 3', 'HEADER 3']],
    ['vertical tabs', wrap('AA\vAA\n'), ['WHITESPACE 2', 'WHITESPACE 2', 'X']],
  ])('%s', (_, text, expected) => {
    expect(outcomes(text)).toEqual(expected);
  });
});

describe('every mode names', () => {
  test.each<[string, string, string]>([
    ['a literal \\n', certificate.replaceAll('\n', '\\n'), 'LITERAL_NEWLINE 1'],
    ['a literal \\r\\n', certificate.replaceAll('\n', '\\r\\n'), 'LITERAL_NEWLINE 1'],
    ['a literal \\n behind a variable', `KEY=${certificate.replaceAll('\n', '\\n')}`, 'LITERAL_NEWLINE 1'],
    ['a truncated block', certificate.slice(0, 120), 'TRUNCATED 1'],
    ['a block cut by the next one', `${certificate.slice(0, 94)}${key}`, 'TRUNCATED 1'],
    ['base64url', wrap('AA-_\n'), 'BASE64URL 2'],
    ['missing padding', wrap('AAA\n'), 'MISSING_PADDING 3'],
    ['padding in the middle', wrap('AA==AAAA\n'), 'BASE64 2'],
    ['too much padding', wrap('A===\n'), 'BASE64 2'],
    ['a foreign character', wrap('AA*A\n'), 'BASE64 2'],
    ['an empty input', '', 'NO_BLOCK 1'],
    ['an input without PEM', 'hello\n', 'NO_BLOCK 1'],
    ['bare base64', `${first}\n${second}\n${third}\n`.replace(/^A/, 'M'), 'NO_BLOCK 1'],
    ['four hyphens', 'x\n----BEGIN X----\nAAAA\n----END X----\n', 'BOUNDARY 2'],
    ['a typographic dash', '\u2014BEGIN CERTIFICATE\u2014\nAAAA\n', 'BOUNDARY 1'],
    ['DER read as text', '0\ufffd\u0001', 'DER 1'],
  ])('%s', (_, text, expected) => {
    for (const got of outcomes(text)) expect(got).toBe(expected);
  });

  test('DER', () => {
    expect(outcome(Uint8Array.of(0x30, 0x82, 1, 0, 2))).toBe('DER 1');
  });

  test('DER of short keys, which has only ASCII at its beginning', () => {
    const ed25519 = generateKeyPairSync('ed25519');
    const ec = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    for (const { privateKey, publicKey } of [ed25519, ec]) {
      expect(outcome(privateKey.export({ type: 'pkcs8', format: 'der' }))).toBe('DER 1');
      expect(outcome(publicKey.export({ type: 'spki', format: 'der' }))).toBe('DER 1');
    }
    expect(outcome(ec.privateKey.export({ type: 'sec1', format: 'der' }))).toBe('DER 1');
    expect(outcome('00:00 is the time\n')).toBe('NO_BLOCK 1');
  });

  test('UTF-16', () => {
    for (const encoding of ['\ufeff', '']) {
      const utf16 = Uint8Array.from(
        [...`${encoding}${certificate}`].flatMap((c) => [c.charCodeAt(0) & 255, c.charCodeAt(0) >> 8]),
      );
      expect(outcome(utf16)).toBe('UTF16 1');
    }
  });
});

describe('six hyphens, a double blank, no space', () => {
  test.each(['------BEGIN X-----', '-----BEGIN  X-----', '-----BEGINX-----', '-----BEGIN X-', '-----BEGIN X ------'])(
    '%s is refused, not skipped',
    (line) => {
      expect(outcome(`${line}\nAAAA\n-----END X-----\n`)).toMatch(/^(BOUNDARY|STRAY_END) /);
    },
  );
});

test('an empty text is called empty, as a file that was never written is', () => {
  for (const text of ['', ' \r\n', new Uint8Array()]) expect(() => parsePem(text)).toThrow(/^line 1: empty$/);
});

test('the hint names repairPem where that may help, and only there', () => {
  const hint = (text: string, mode: PemMode) => {
    try {
      return parsePem(text, { mode }).length;
    } catch (error) {
      return (error as PemError).hint;
    }
  };
  const json = JSON.stringify({ certificate });
  for (const text of [json, `x='${certificate}'`, certificate.replace('\n', '\\n'), certificate.slice(0, -9)])
    expect(hint(text, 'standard'), text).toContain('repairPem');
  expect(hint(certificate.replace('END C', 'END c'), 'standard')).toBeUndefined();
  expect(hint(wrap('A: b\n\nAAAA\n'), 'strict')).toBeUndefined();
});

describe('a label that was asked for', () => {
  test('picks its blocks out of a bundle', () => {
    expect(outcome(key + certificate + key, { label: C })).toBe(C);
    expect(outcome(key + certificate, { label: [C, 'PRIVATE KEY'] })).toBe('PRIVATE KEY,CERTIFICATE');
  });

  test('and is not there names the one that is', () => {
    expect(() => parsePem(`# key\n${key}`, { label: C })).toThrow(
      expect.objectContaining({
        code: 'ERR_PEM_UNEXPECTED_LABEL',
        line: 2,
        offset: 6,
        message: expect.stringMatching(/this is a PRIVATE KEY, a CERTIFICATE was expected/),
      }),
    );
    expect(outcome('hello', { label: C })).toBe('NO_BLOCK 1');
  });

  test('no part of a private key is shown as a label', () => {
    const lines = key.split('\n');
    const secret = lines[1]!;
    // Hyphens within the base64 begin a block whose label is the key's text.
    for (const label of [secret, secret.slice(24), `CERTIFICATE${secret}`, `PRIVATE ${secret}`, 'CERTIFICATEQIDAQAB']) {
      const text = [`-----BEGIN ${label}-----`, ...lines.slice(2, -2), `-----END ${label}-----\n`].join('\n');
      expect(() => parsePem(text, { label: C })).toThrow(
        expect.objectContaining({
          code: 'ERR_PEM_UNEXPECTED_LABEL',
          message: 'line 1: this is a block, a CERTIFICATE was expected',
        }),
      );
    }
  });

  test('the labels of requests, lists, parameters and keys are shown, and no more than 40 letters', () => {
    for (const label of ['CERTIFICATE REQUEST', 'X509 CRL', 'DH PARAMETERS', 'RSA PRIVATE KEY'])
      expect(() => parsePem(wrap('AAAA\n', label), { label: C })).toThrow(`this is a ${label}, a CERTIFICATE`);
    expect(() => parsePem(wrap('AAAA\n', 'A B'.padEnd(99, 'B')), { label: C })).toThrow(/this is a A B{38}, a C/);
  });

  test('an encrypted key where a key was expected is called encrypted', () => {
    const encrypted = formatPem({ label: 'ENCRYPTED PRIVATE KEY', der: bytes(60) });
    expect(outcome(encrypted, { label: 'PRIVATE KEY' })).toBe('ENCRYPTED 1');
    expect(outcome(encrypted, { label: C })).toBe('UNEXPECTED_LABEL 1');
  });

  test('old labels stand for new ones in lax mode only', () => {
    const old = formatPem({ label: 'X509 CERTIFICATE', der: bytes(60) });
    expect(outcome(old, { label: C, mode: 'lax' })).toBe('X509 CERTIFICATE');
    expect(outcome(old, { label: C })).toBe('UNEXPECTED_LABEL 1');
  });
});

describe('limits and secrets', () => {
  test('a block up to maxBlockBytes is read, one byte more is refused', () => {
    expect(outcome(certificate, { maxBlockBytes: certificate.length })).toBe(C);
    expect(outcome(certificate, { maxBlockBytes: certificate.length - 1 })).toBe('TOO_LARGE 1');
    expect(outcome(`-----BEGIN X-----\n${'A'.repeat(100)}`, { maxBlockBytes: 100 })).toBe('TOO_LARGE 1');
  });

  test('a label of millions of words is a damaged line, not the end of the engine', () => {
    expect(outcome(`-----BEGIN ${'A '.repeat(4e6)}`, { maxBlockBytes: Infinity })).toBe('BOUNDARY 1');
  });

  test('the place of a fault counts CR and CRLF as they are', () => {
    for (const eol of ['\r\n', '\r', '\n']) {
      const at = (text: string, mode: PemMode) => {
        try {
          return parsePem(text, { mode }).length;
        } catch (error) {
          return (error as PemError).offset;
        }
      };
      const broken = certificate.replaceAll('\n', eol);
      expect(at(broken.replace(second, `${second.slice(0, 9)}=${second.slice(10)}`), 'lax')).toBe(
        broken.indexOf(second) + 9,
      );
      expect(at(broken.replace(second, ` ${second}`), 'standard')).toBe(broken.indexOf(second));
    }
  });

  test('of a long text before a block the end is kept', () => {
    const [block] = parsePem(`${'x'.repeat(1000)}\n${certificate}`, { maxBlockBytes: 300 });
    expect(block?.preamble).toBe(`${'x'.repeat(299)}\n`);
  });

  test('no error repeats a part of a private key', () => {
    const secret = key.split('\n')[1]!;
    const broken = [
      key.replace('\n', ''),
      key.replaceAll('\n', '\\n'),
      key.replace(secret, `${secret}*`),
      key.replace(secret, ` ${secret}`),
      key.replace(secret, `${secret}\n\n`),
      key.replace(secret, `${secret}A`),
      key.slice(0, 100),
      `${secret}\n`,
    ];
    for (const text of broken) {
      let shown = 'no error';
      try {
        parsePem(text, { mode: 'strict' });
      } catch (error) {
        shown = JSON.stringify([error, (error as Error).message, (error as Error).stack]);
      }
      expect(shown).toMatch(/ERR_PEM/);
      for (let i = 0; i + 8 <= secret.length; i++) expect(shown).not.toContain(secret.slice(i, i + 8));
    }
  });

  test('a misspelt option is refused with a suggestion', () => {
    expect(() => parsePem(certificate, { maxBlockByte: 5 } as PemParseOptions)).toThrow(
      expect.objectContaining({ name: 'TypeError', message: expect.stringContaining('maxBlockBytes') }),
    );
    expect(() => parsePem(certificate, { mode: 'loose' as PemMode })).toThrow(RangeError);
    expect(() => parsePem(certificate, { maxBlockBytes: -1 })).toThrow(RangeError);
    expect(() => parsePem(certificate, { label: 5 as unknown as string })).toThrow(TypeError);
    expect(() => parsePem(5 as unknown as string)).toThrow(TypeError);
  });
});
