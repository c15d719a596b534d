import { describe, expect, test } from 'vitest';
import { parseTarget } from './target.ts';

describe('the argument', () => {
  test.each([
    ['example.org', 'example.org', 443],
    ['example.org:8443', 'example.org', 8443],
    ['[::1]', '::1', 443],
    ['[::1]:8443', '::1', 8443],
    ['::1', '::1', 443],
  ])('%s', (text, host, port) => expect(parseTarget(text)).toEqual({ host, port }));

  test.each(['', ':1', 'a:', 'a:0', 'a:65536', 'a:b', '[a]:1', 'a:b:1', 'https://a', 'a/b', 'u@a'])(
    '%j is refused',
    (text) => expect(() => parseTarget(text)).toThrow(TypeError),
  );
});
