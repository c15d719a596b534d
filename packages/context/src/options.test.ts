import { expect, test } from 'vitest';
import { checkOptions } from './options.ts';

const known = ['serverSide', 'serverHostname', 'session'] as const;
type Options = Partial<Record<(typeof known)[number], unknown>>;
const check = (options: unknown): Options => checkOptions<Options>('wrapBio', options as Options, [...known]);

test('no options at all are an empty object', () => {
  expect(check(undefined)).toEqual({});
});

test('known keys pass unchanged', () => {
  const options = { serverHostname: 'example.org' };
  expect(check(options)).toBe(options);
});

test.each([
  ['serverHostName', 'serverHostname'],
  ['server_hostname', 'serverHostname'],
  ['sesion', 'session'],
  ['serverside', 'serverSide'],
])('the misspelt key %s is refused and %s is suggested', (key, suggestion) => {
  expect(() => check({ [key]: 1 })).toThrow(
    expect.objectContaining({
      code: 'ERR_UNKNOWN_OPTION',
      message: expect.stringContaining(`did you mean ${suggestion}?`),
    }),
  );
});

test('a key like none is refused with the list of known ones', () => {
  expect(() => check({ rejectUnauthorized: false })).toThrow(/known: serverSide, serverHostname, session/);
});

test.each([null, 1, 'text', true])('%s is no options object', (value) => {
  expect(() => check(value)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }));
});
