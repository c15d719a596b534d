import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { PythonList, pformat, repr } from './pformat.ts';

const CERTIFICATE = {
  subject: [
    [['serialNumber', '2497886']],
    [['1.3.6.1.4.1.311.60.2.1.2', 'Delaware']],
    [['organizationalUnitName', 'Production Security Services']],
    [['organizationalUnitName', 'Terms of use at www.verisign.com/rpa (c)06']],
    [
      ['commonName', 'www.verisign.com'],
      ['userId', "it's"],
    ],
  ],
  version: 3,
  serialNumber: '0F',
  notAfter: 'May  8 23:59:59 2009 GMT',
  subjectAltName: [
    ['DNS', 'linuxfr.org'],
    ['othername', '<unsupported>'],
  ],
};

const CASES: readonly [name: string, value: unknown][] = [
  ['a certificate', CERTIFICATE],
  ['an empty dict', {}],
  ['an empty tuple', []],
  ['a short dict on one line', { a: 1, b: [1, 2] }],
  ['quotes and backslashes', ['it\'s "so"', 'a\\b', 'tab\there', "'"]],
  ['terminal escapes, C1 controls and right-to-left overrides', ['\x1b[31mred', '\x9b2J', '\u202egpj.exe', '\u2028']],
  ['characters outside the BMP', ['😀', '\u{e0001}']],
  ['a long string at the top', `${'word '.repeat(30)}end`],
  ['a long string in a tuple', [['organizationName', 'long '.repeat(30)]]],
  ['long keys', { ['k'.repeat(70)]: ['value', 'other'], z: 0 }],
];

describe('pformat prints what Python prints', () => {
  for (const [name, value] of CASES) {
    test(name, ({ skip }) => {
      const expected = python(value);
      if (expected === null && process.env.CI === 'true') throw new Error('python3 is missing');
      if (expected === null) skip('python3 is missing');
      expect(pformat(value)).toBe(expected);
    });
  }
});

test('a list has square brackets', () => {
  const long = ['a'.repeat(40), 'b'.repeat(40)];
  expect(pformat(new PythonList(long))).toBe(`['${long[0]}',\n '${long[1]}']`);
  expect(repr(new PythonList([1]))).toBe('[1]');
});

test('bytes and None have Python spelling', () => {
  expect(repr([Buffer.from("it's\x00\n"), null, true])).toBe(`(b"it's\\x00\\n", None, True)`);
});

const SCRIPT = `
import json, pprint, sys
def tuples(v):
    if isinstance(v, list): return tuple(tuples(i) for i in v)
    if isinstance(v, dict): return {k: tuples(i) for k, i in v.items()}
    return v
sys.stdout.reconfigure(encoding='utf-8')
sys.stdout.write(pprint.pformat(tuples(json.loads(sys.argv[1]))))
`;

function python(value: unknown): string | null {
  const { status, stdout, error } = spawnSync('python3', ['-c', SCRIPT, JSON.stringify(value)], { encoding: 'utf8' });
  return error || status !== 0 ? null : stdout;
}
