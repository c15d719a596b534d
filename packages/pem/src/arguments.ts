/** Refusals of a wrong call. They are the caller's mistakes, so they are no PemError. */
export function misuse(
  kind: ErrorConstructor,
  code: 'INVALID_ARG_TYPE' | 'INVALID_ARG_VALUE' | 'OUT_OF_RANGE',
  message: string,
): Error {
  return Object.assign(new kind(message), { code: `ERR_${code}` });
}

export function wrongValue(message: string): Error {
  return misuse(RangeError, 'INVALID_ARG_VALUE', message);
}

export function checkType(right: boolean, name: string, expected: string): asserts right {
  if (!right) throw misuse(TypeError, 'INVALID_ARG_TYPE', `${name} must be ${expected}`);
}

export function checkBytes(name: string, value: unknown): asserts value is Uint8Array {
  checkType(value instanceof Uint8Array, name, 'a Uint8Array');
}

export function checkString(name: string, value: unknown): asserts value is string {
  checkType(typeof value === 'string', name, 'a string');
}

/** A whole number from `least` on; Infinity lifts the limit. */
export function checkCount(name: string, value: unknown, least: number): asserts value is number {
  checkType(typeof value === 'number', name, 'a number');
  if (!(value >= least) || value % 1 > 0) {
    throw misuse(RangeError, 'OUT_OF_RANGE', `${name} must be a whole number from ${least}`);
  }
}

/** Refuses keys that no one would read: a misspelt limit must not be a missing limit. */
export function checkOptions(options: unknown, ...known: string[]): void {
  checkType(typeof options === 'object' && options !== null, 'options', 'an object');
  for (const key in options) {
    if (!known.includes(key)) {
      throw misuse(TypeError, 'INVALID_ARG_VALUE', `unknown option ${quote(key)}; did you mean ${known.join(' or ')}?`);
    }
  }
}

/** What anyone may have written, for a message. */
export function quote(text: string): string {
  return JSON.stringify(text.slice(0, 40));
}
