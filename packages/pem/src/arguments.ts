import { failure } from './errors.ts';

/** Refusals of a wrong call. They are the caller's mistakes, so they are no PemError. */
export function checkType(name: string, value: unknown, expected: string): void {
  // The tag is the same for arrays of bytes of another realm, and for Buffers.
  if (!expected.split(' or ').includes({}.toString.call(value).slice(8, -1))) {
    throw failure(TypeError, 'INVALID_ARG_TYPE', `${name} must be of type ${expected}`);
  }
}

export function checkValue(right: unknown, message: string, code = 'INVALID_ARG_VALUE'): asserts right {
  if (!right) throw failure(RangeError, code, message);
}

/** A whole number from `least` on; Infinity lifts the limit. */
export function checkCount(name: string, value: number, least: number): void {
  checkType(name, value, 'Number');
  checkValue(value >= least && !(value % 1), `${name} must be a whole number from ${least}`, 'OUT_OF_RANGE');
}

/** Refuses keys that no one would read: a misspelt limit must not be a missing limit. */
export function checkOptions(options: object, known: string[]): void {
  checkType('options', options, 'Object');
  for (const key in options) {
    if (!known.includes(key)) {
      throw failure(TypeError, 'INVALID_ARG_VALUE', `unknown option ${quote(key)}, not ${known.join(' or ')}`);
    }
  }
}

/** What anyone may have written, for a message. */
export function quote(text: string): string {
  return JSON.stringify(shown(text));
}

export function shown(text: string): string {
  return text.slice(0, 40);
}
