import { describe, expect, test } from 'vitest';
import { CliError } from './failure.ts';
import { formatTarget, parseTarget } from './target.ts';

describe('a target', () => {
  const cases: readonly [text: string, host: string, port: number][] = [
    ['example.org', 'example.org', 443],
    ['example.org:8443', 'example.org', 8443],
    ['example.org.:1', 'example.org.', 1],
    ['127.0.0.1:65535', '127.0.0.1', 65535],
    ['[::1]', '::1', 443],
    ['[::1]:8443', '::1', 8443],
    ['[fe80::1%lo]:443', 'fe80::1%lo', 443],
    ['::1', '::1', 443],
    ['2001:db8::443', '2001:db8::443', 443],
    ['münchen.example', 'münchen.example', 443],
  ];
  for (const [text, host, port] of cases) {
    test(`${text} is ${host} and ${port}`, () => expect(parseTarget(text)).toEqual({ host, port }));
  }

  const refused = [
    '',
    ':443',
    'host:',
    'host:0',
    'host:65536',
    'host:http',
    'host:1e3',
    'host: 443',
    '[::1',
    '[example.org]:443',
    'a:b:443',
    'https://example.org',
    'user@host',
    'host/path',
    'ho st',
    'host\n',
  ];
  for (const text of refused) {
    test(`${JSON.stringify(text)} is refused`, () => expect(() => parseTarget(text)).toThrow(CliError));
  }
});

test('an IPv6 address is shown in brackets', () => {
  expect(formatTarget({ host: '::1', port: 443 })).toBe('[::1]:443');
  expect(formatTarget({ host: 'example.org', port: 8443 })).toBe('example.org:8443');
});
