import { expect, test } from 'vitest';
import { alternativeNamesLine, nameLine } from './names.ts';

test('a name on one line, with the short forms that people know', () => {
  const name = [
    [['countryName', 'US']],
    [
      ['organizationalUnitName', 'a'],
      ['userId', 'b'],
    ],
    [['2.5.4.97', 'x']],
  ] as const;
  expect(nameLine(name)).toBe('C=US, OU=a + UID=b, 2.5.4.97=x');
  expect(nameLine([])).toBe('(empty)');
});

test('names of a certificate: DNS plain, others with their kind, the rest counted', () => {
  const dict = {
    subjectAltName: [
      ['DNS', 'example.org'],
      ['IP Address', '192.0.2.1'],
      ['DirName', [[['commonName', 'evil\x1b[2J']]]],
      ['DNS', 'hidden.example'],
    ],
  } as unknown as Parameters<typeof alternativeNamesLine>[0];
  expect(alternativeNamesLine(dict, 3)).toBe('example.org, IP Address 192.0.2.1, DirName CN=evil\\x1b[2J, and 1 more');
  expect(alternativeNamesLine({ ...dict, subjectAltName: [] }, 3)).toBe('(none)');
});
