import { describe, expect, test } from 'vitest';
import { painter, printable, printableJson, table, wantsColour } from './terminal.ts';

describe('printable', () => {
  const cases: readonly [name: string, text: string, expected: string][] = [
    ['a CSI sequence', '\x1b[2J\x1b[31mgone', '\\x1b[2J\\x1b[31mgone'],
    ['an OSC title with BEL', '\x1b]0;title\x07', '\\x1b]0;title\\x07'],
    ['an eight-bit CSI', '\u009b2J', '\\x9b2J'],
    ['a newline that fakes a row', 'a\n  verified  yes', 'a\\x0a  verified  yes'],
    ['a right-to-left override', 'moc\u202elive', 'moc\\u{202e}live'],
    ['a zero-width joiner', 'pay\u200dpal', 'pay\\u{200d}pal'],
    ['a byte that was no UTF-8', 'caf\udce9', 'caf\\xe9'],
    ['a tag character outside the BMP', 'a\u{e0041}', 'a\\u{e0041}'],
    ['letters of any script', 'Müller 東京 😀', 'Müller 東京 😀'],
  ];
  for (const [name, text, expected] of cases) test(name, () => expect(printable(text)).toBe(expected));
});

test('JSON stays JSON, with nothing raw that a terminal would obey', () => {
  const value = { name: '\u009b2J\u202e\u{e0041}\x1b\x7f', lone: 'caf\udce9' };
  const text = printableJson(value);
  expect(text).toMatch(/^[\x20-\x7e]+$/);
  expect(JSON.parse(text)).toEqual(value);
});

test('colour only on a terminal, and never under NO_COLOR', () => {
  expect(wantsColour({ isTTY: true }, {})).toBe(true);
  expect(wantsColour({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
  expect(wantsColour({ isTTY: true }, { NO_COLOR: '' })).toBe(true);
  expect(wantsColour({ isTTY: true }, { TERM: 'dumb' })).toBe(false);
  expect(wantsColour({}, {})).toBe(false);
});

test('a table puts its values in one column', () => {
  const rows = [
    ['a', '1'],
    ['long name', '2'],
  ] as const;
  expect(table(rows, painter(false))).toBe('  a          1\n  long name  2\n');
});
