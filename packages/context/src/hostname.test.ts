import { describe, expect, test } from 'vitest';
import { parseServerName } from './hostname.ts';

describe('a host name', () => {
  test.each(['localhost', 'WWW.Example.ORG', 'under_score.example', '*.example.org', '127.1', '[::1]', 'fe80::1%lo'])(
    '%s is sent and verified as it stands',
    (name) => {
      expect(parseServerName(name)).toEqual({ name, isAddress: false, sni: name });
    },
  );

  test.each([
    ['straße.de', 'xn--strae-oqa.de'],
    ['faß.de', 'xn--fa-hia.de'],
    ['BÜCHER.example', 'xn--bcher-kva.example'],
    ['königsgäßchen.de', 'xn--knigsgchen-b4a3dun.de'],
    ['例え。テスト', 'xn--r8jz45g.xn--zckzah'],
  ])('%s becomes an A-label by UTS #46', (name, ascii) => {
    expect(parseServerName(name)).toEqual({ name: ascii, isAddress: false, sni: ascii });
  });

  test('a trailing dot stays out of SNI, and in what is verified', () => {
    expect(parseServerName('example.org.')).toEqual({ name: 'example.org.', isAddress: false, sni: 'example.org' });
  });

  test('labels may have 63 characters', () => {
    const name = `${'a'.repeat(63)}.example`;
    expect(parseServerName(name).sni).toBe(name);
  });
});

test.each(['127.0.0.1', '::1', '2001:DB8::1', '::ffff:127.0.0.1'])('%s is an address: no SNI', (name) => {
  expect(parseServerName(name)).toEqual({ name, isAddress: true, sni: null });
});

test.each([
  ['the empty string', ''],
  ['a leading dot', '.example.org'],
  ['a dot alone', '.'],
  ['an embedded NUL', 'example.org\0.evil.example'],
  ['an empty label', 'a..b'],
  ['a label of 64 characters', `${'a'.repeat(64)}.example`],
  ['two trailing dots', 'example.org..'],
  ['URL syntax next to a non-ASCII letter', 'ü.example/path'],
  ['a port next to a non-ASCII letter', 'ü.example:443'],
  ['user information next to a non-ASCII letter', 'ü@example.org'],
  ['full-width digits that spell an address', '１２７.０.０.１'],
  ['a disallowed code point', 'a\u2028b.example'],
  ['a lone surrogate', '\ud800.example'],
])('%s is refused', (_what, name) => {
  expect(() => parseServerName(name)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' }));
});

test.each([1, {}, Buffer.from('example.org'), true])('%s is no host name', (name) => {
  expect(() => parseServerName(name)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }));
});
