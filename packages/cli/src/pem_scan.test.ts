import { describe, expect, test } from 'vitest';
import { MAX_DIAGNOSES, scanDer, scanPem } from './pem_scan.ts';

/** SEQUENCE { INTEGER n }: DER, of no kind. */
const der = (n: number): Buffer => Buffer.from([0x30, 3, 2, 1, n]);
const block = (n: number, label = 'X', contents = der(n)): string =>
  `-----BEGIN ${label}-----\n${contents.toString('base64')}\n-----END ${label}-----\n`;
const scan = (text: string) => {
  const { blocks, diagnoses } = scanPem(Buffer.from(text));
  return {
    blocks: blocks.map(({ label, line, start, end }) => [label, line, text.slice(start, end).trim()]),
    diagnoses: diagnoses.map(({ code, line }) => [code, line]),
  };
};

describe('after a fault it goes on at the next block', () => {
  const cases: readonly (readonly [name: string, fault: string, code: string])[] = [
    ['a block without END', '-----BEGIN X-----\nAAAA\n', 'ERR_PEM_TRUNCATED'],
    ['wrong base64', '-----BEGIN X-----\nAA!A\n-----END X-----\n', 'ERR_PEM_BASE64'],
    ['END without BEGIN', 'A\n-----END X-----\n', 'ERR_PEM_STRAY_END'],
    ['an indented block', block(9).replace(/^(?=.)/gm, '  '), 'ERR_PEM_INDENTED'],
    ['another label at the END', '-----BEGIN X-----\nAAAA\n-----END Y-----\n', 'ERR_PEM_LABEL_MISMATCH'],
  ];
  test.each(cases)('%s', (_, fault, code) => {
    const found = scan(`${block(1)}${fault}${block(2, 'Y')}`);
    const last = 4 + fault.split('\n').length - 1;
    expect(found.blocks).toEqual([
      ['X', 1, block(1).trim()],
      ['Y', last, block(2, 'Y').trim()],
    ]);
    expect(found.diagnoses).toEqual([[code, expect.any(Number)]]);
    expect(found.diagnoses[0]![1]).toBeGreaterThan(3);
    expect(found.diagnoses[0]![1]).toBeLessThan(last);
  });

  test('two faults are told, in the order of their lines', () => {
    const wrong = '-----BEGIN X-----\nAA!A\n-----END X-----\n';
    const indented = block(1).replace(/^(?=.)/gm, '\t');
    expect(scan(`${indented}${wrong}`).diagnoses).toEqual([
      ['ERR_PEM_INDENTED', 1],
      ['ERR_PEM_BASE64', 5],
    ]);
  });

  test('blocks on one line are told one by one, and the next line is read', () => {
    const line = `${block(1)}${block(2)}`.replaceAll('\n', ' ');
    const found = scan(`${line}\n${block(3, 'Y')}`);
    expect(found.diagnoses).toEqual([
      ['ERR_PEM_ONE_LINE', 1],
      ['ERR_PEM_ONE_LINE', 1],
    ]);
    expect(found.blocks).toEqual([['Y', 2, block(3, 'Y').trim()]]);
  });

  test('text before BEGIN on its line counts after a fault as it does before', () => {
    const fault = `foo ${block(1)}`;
    const codes = scan(`${fault}${fault}`).diagnoses.map(([code]) => code);
    expect(codes[1]).toBe(codes[0]);
    expect(scan(`${fault}${fault}`).blocks).toEqual([]);
  });

  test('a text that is wrong everywhere is given up on', () => {
    const { diagnoses } = scan('-----BEGIN X-----\n'.repeat(MAX_DIAGNOSES + 50));
    expect(diagnoses).toHaveLength(MAX_DIAGNOSES);
  });
});

test('lines are counted at CR LF, CR and LF', () => {
  const text = `a\rb\r\nc\n${block(1)}`;
  expect(scan(text).blocks[0]!.slice(0, 2)).toEqual(['X', 4]);
});

test('a text without a block is told once, text after the last block not at all', () => {
  expect(scan('hello\n').diagnoses).toEqual([['ERR_PEM_NO_BLOCK', 1]]);
  expect(scan(`${block(1)}hello\n`).diagnoses).toEqual([]);
});

describe('what a parser of PEM does not look at', () => {
  test('contents of another kind than the label says', () => {
    const spki = Buffer.from('300a300506032b657003010000', 'hex').subarray(0, 12);
    const { diagnoses } = scanPem(Buffer.from(block(0, 'CERTIFICATE', spki)));
    expect(diagnoses).toEqual([
      {
        code: 'ERR_CLI_LABEL',
        line: 1,
        message: 'the label is CERTIFICATE, the contents are spki',
        hint: 'the label should be PUBLIC KEY',
      },
    ]);
  });

  test('contents that are not DER, and bytes after them', () => {
    expect(scan(block(0, 'X', Buffer.from('hello'))).diagnoses).toEqual([['ERR_CLI_DER', 1]]);
    const more = Buffer.concat([der(1), der(2)]);
    expect(scan(block(0, 'X', more)).diagnoses).toEqual([['ERR_CLI_TRAILING_BYTES', 1]]);
    expect(scan(block(0, 'TRUSTED CERTIFICATE', more)).diagnoses).toEqual([]);
  });

  test('a block that is there twice', () => {
    expect(scan(block(1) + block(2) + block(1, 'Y')).diagnoses).toEqual([['ERR_CLI_DUPLICATE', 7]]);
  });

  test('an encrypted key in the old form is ciphertext, not DER', () => {
    const text = '-----BEGIN X-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: A,00\n\nAAAA\n-----END X-----\n';
    expect(scan(text)).toEqual({ blocks: [['X', 1, text.trim()]], diagnoses: [] });
  });
});

test('DER structures back to back', () => {
  const { blocks } = scanDer(Buffer.concat([der(1), der(2)]));
  expect(blocks.map(({ start, end, label, line }) => [start, end, label, line])).toEqual([
    [0, 5, null, null],
    [5, 10, null, null],
  ]);
});
