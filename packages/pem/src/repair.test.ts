import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { formatPem, parsePem, repairPem } from './index.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
// A P-256 key whose base64 has + and / and padding; the point need not be on the curve.
const header = '3059301306072a8648ce3d020106082a8648ce3d03010703420004';
const spki = Uint8Array.from(Buffer.from(header + 'fbefbefffffe0011'.repeat(8), 'hex'));
const pem = formatPem({ label: 'PUBLIC KEY', der: spki });
const key = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
const legacy = formatPem({
  label: 'RSA PRIVATE KEY',
  der: spki,
  headers: [
    ['Proc-Type', '4,ENCRYPTED'],
    ['DEK-Info', 'AES-256-CBC,00FF'],
  ],
});

const kinds = (text: string) => repairPem(text).repairs.map(({ kind, line }) => `${kind} ${line}`);

describe('repairPem', () => {
  test('leaves a good text alone', () => {
    for (const text of [pem, legacy, `# comment\n${pem}\n\n${key}`, '', 'no PEM at all\n', '----- ruler -----\n']) {
      expect(repairPem(text)).toEqual({ text, repairs: [] });
    }
  });

  test.each<[string, string, string[]]>([
    ['a literal \\n', pem.replaceAll('\n', '\\n'), ['literal-newline 1']],
    ['a literal \\r\\n', pem.replaceAll('\n', '\\r\\n'), ['literal-newline 1']],
    ['a doubly escaped \\n', pem.replaceAll('\n', '\\\\n'), ['literal-newline 1']],
    ['indentation', pem.replace(/^/gm, '    '), ['indented 1']],
    ['indented base64', pem.replace(/\n(?!-)/g, '\n  '), ['indented 1']],
    ['everything on one line', pem.replaceAll('\n', ' '), ['one-line 1', 'whitespace 1']],
    ['nothing between the parts', pem.replaceAll('\n', ''), ['one-line 1']],
    ['a byte order mark', `\ufeff${pem}`, ['bom 1']],
    ['a byte order mark read as Latin-1', `\xef\xbb\xbf${pem}`, ['bom 1']],
    ['CRLF', pem.replaceAll('\n', '\r\n'), ['line-ends 1']],
    ['CR', pem.replaceAll('\n', '\r'), ['line-ends 1']],
    [
      'empty lines inside',
      pem
        .replace('\n', '\n\n')
        .replace(/\n(?=-----END)/, '\n\n')
        .replace(/(\n[^\n]{64})\n/, '$1\n\n'),
      ['whitespace 1'],
    ],
    [
      'base64url',
      pem.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''),
      ['base64url 1', 'missing-padding 1'],
    ],
    ['missing padding', pem.replaceAll('=', ''), ['missing-padding 1']],
    ['a lost END line', pem.slice(0, pem.indexOf('-----END')), ['truncated 1']],
  ])('mends %s', (_, broken, expected) => {
    const { text } = repairPem(broken);
    expect(kinds(broken).filter((kind) => expected.includes(kind) || !kind.startsWith('missing-padding'))).toEqual(
      expected.filter((kind) => kinds(broken).includes(kind) || !kind.startsWith('missing-padding')),
    );
    expect(parsePem(text).map(({ label, der }) => [label, der])).toEqual([['PUBLIC KEY', spki]]);
    expect(parsePem(text.replace(/^\s+/, ''), { mode: 'strict' })).toHaveLength(1);
    expect(repairPem(text)).toEqual({ text, repairs: [] });
  });

  test('mends an environment variable with all it came with', () => {
    const text = `# .env\nTLS_KEY="${pem.trimEnd().replaceAll('\n', '\\n')}"\nOTHER=1\n`;
    const mended = repairPem(text);
    expect(mended.repairs.map(({ kind, line }) => [kind, line])).toEqual([
      ['literal-newline', 2],
      ['one-line', 2],
    ]);
    expect(parsePem(mended.text)[0]?.der).toEqual(spki);
    expect(mended.text).toContain('# .env\nTLS_KEY="\n-----BEGIN');
    expect(mended.text).toContain('OTHER=1\n');
  });

  test('splits blocks that were joined without a newline', () => {
    const { text, repairs } = repairPem(pem.trimEnd() + key);
    expect(parsePem(text).map(({ label }) => label)).toEqual(['PUBLIC KEY', 'PRIVATE KEY']);
    expect(repairs.map(({ kind, line }) => [kind, line])).toEqual([['one-line', 4]]);
  });

  test('keeps the headers of an encrypted key', () => {
    for (const broken of [legacy.replace(/^/gm, '  '), legacy.replaceAll('\n', '\\n')]) {
      expect([...parsePem(repairPem(broken).text)[0]!.headers]).toEqual([...parsePem(legacy)[0]!.headers]);
    }
  });

  test('repairs of several blocks have the lines of the input', () => {
    const text = `${pem}  ${pem.trimEnd().replaceAll('\n', '\n  ')}\n\n${pem}${pem.replaceAll('=', '').replace(/\n(?=\S+\n-)/, ' \n')}`;
    const lines = repairPem(text).repairs.map(({ line }) => line);
    expect(lines[0]).toBe(5);
    expect(parsePem(repairPem(text).text)).toHaveLength(4);
  });

  test('mends the blocks beside what it cannot mend, and leaves the text outside as it is', () => {
    const other = '  note: "a\\nb"\n\t-----\n';
    const { text, repairs } = repairPem(
      `${pem.replace('A', '*')}${other}  ${pem.replaceAll('\n', '\n  ').trimEnd()}\n${other}`,
    );
    expect(text).toBe(`${pem.replace('A', '*')}${other}${pem}${other}`);
    expect(repairs.map(({ kind, line }) => [kind, line])).toEqual([['indented', 7]]);
  });

  test('does not touch what it cannot mend', () => {
    const cut = `${pem.slice(0, 90)}\n-----END PUBLIC KEY-----\n`;
    for (const text of [cut, pem.replace('A', '*'), pem.replace('END PUBLIC', 'END PRIVATE'), pem.slice(0, 100)]) {
      expect(repairPem(text).text.replace(/=+/g, '')).toBe(text.replace(/=+/g, ''));
    }
  });

  test('text before BEGIN that is base64 itself takes nothing from the lines that begin like it', () => {
    // Not DER, so that only the text tells what the contents are.
    const der = new Uint8Array(240).fill(0xff);
    const { text } = repairPem(`/${formatPem({ label: 'X', der })}`);
    expect(parsePem(text)[0]?.der).toEqual(der);
    const joined = formatPem({ label: 'X', der }).trimEnd() + formatPem({ label: 'X', der });
    expect(kinds(joined)).toEqual(['one-line 7']);
    expect(parsePem(repairPem(joined).text).map((block) => block.der)).toEqual([der, der]);
  });

  test('a form that made blanks of pluses has lost them, which is not mended', () => {
    const letters = `MIIB${'AA+A'.repeat(15)}`;
    const text = `-----BEGIN CERTIFICATE-----\n${letters}\n-----END CERTIFICATE-----\n`;
    // One quantum was lost with four pluses, so what is left still decodes.
    const form = text.replace('AA+AAA+AAA+AAA+A', 'AA AAA AAA AAA A');
    expect(parsePem(form, { mode: 'lax' })).toHaveLength(1);
    expect(repairPem(form)).toEqual({ text: form, repairs: [] });
  });

  test('a block that was cut within its END line is mended when nothing is missing', () => {
    for (let length = pem.indexOf('END'); length < pem.length - 1; length++) {
      const mended = repairPem(pem.slice(0, length));
      expect(mended.text, `${length}`).toBe(pem);
      expect(mended.repairs).toMatchObject([{ kind: 'truncated', line: 1 }]);
    }
  });

  test('prose that mentions BEGIN and END stays', () => {
    const text = 'Paste from -----BEGIN PUBLIC KEY----- to -----END PUBLIC KEY-----.\n';
    expect(repairPem(text).text).toBe(text);
  });

  test('anything but a string is misuse', () => {
    expect(() => repairPem(spki as unknown as string)).toThrow(TypeError);
  });
});

test('two marks before BEGIN make it a line of text, which a repair does not turn into a boundary', () => {
  const text = '\ufeff\xef\xbb\xbf-----BEGIN X-----\n-----BEGIN X-----\nAAAA\n-----END X-----\n';
  expect(parsePem(repairPem(text).text)).toEqual(parsePem(text));
});
