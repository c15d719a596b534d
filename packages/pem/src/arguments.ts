import { failure, quote } from './errors.ts';

/** Refusals of a wrong call. They are the caller's mistakes, so they are no PemError. */
export const checkType = (name: string, value: unknown, expected: string): void => {
  // The tag is the same for arrays of bytes of another realm, and for Buffers.
  if ({}.toString.call(value) !== `[object ${expected}]`) {
    throw failure(TypeError, 'INVALID_ARG_TYPE', `${name} must be of type ${expected}`);
  }
};

export const checkValue = (
  right: unknown,
  message: string,
  kind: new (message: string) => Error = RangeError,
): void => {
  if (!right) throw failure(kind, 'INVALID_ARG_VALUE', message);
};

/** A whole number from `least` on; Infinity lifts the limit. */
export const checkCount = (name: string, value: number, least: number): void => {
  checkType(name, value, 'Number');
  checkValue(value >= least && !(value % 1), `${name} must be an integer from ${least}`);
};

export const checkOneOf = (name: string, value: string, known: readonly string[], kind?: typeof TypeError): void => {
  checkValue(known.includes(value), `${name} must be ${known.map(quote).join(' or ')}`, kind);
};

/** Refuses keys that no one would read: a misspelt limit must not be a missing limit. */
export const checkOptions = (options: object, known: readonly string[]): void => {
  for (const key in options) checkOneOf(`option ${quote(key)}`, key, known, TypeError);
};
