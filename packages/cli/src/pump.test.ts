import { expect, test } from 'vitest';
import { crlfTranslator } from './pump.ts';

test.each([
  ['LF becomes CR LF', ['a\nb\n'], 'a\r\nb\r\n'],
  ['CR LF stays', ['a\r\nb'], 'a\r\nb'],
  ['CR LF that falls apart stays one', ['a\r', '\nb\n'], 'a\r\nb\r\n'],
  ['an empty chunk between the two changes nothing', ['a\r', '', '\nb'], 'a\r\nb'],
  ['LF at the beginning of a chunk', ['a', '\nb'], 'a\r\nb'],
  ['a lone CR stays', ['a\rb', 'c\r'], 'a\rbc\r'],
  ['CR CR LF keeps its first CR', ['\r\r\n'], '\r\r\n'],
  ['bytes that are no text stay', ['\xff\x00\n\xfe'], '\xff\x00\r\n\xfe'],
])('%s', (_, chunks, expected) => {
  const translate = crlfTranslator();
  const bytes = chunks.map((chunk) => translate(Buffer.from(chunk, 'latin1')));
  expect(Buffer.concat(bytes).toString('latin1')).toBe(expected);
});
