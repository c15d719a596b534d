/** Refusals of a wrong call. They are the caller's mistakes, so they are no PemError. */
type MisuseCode = 'ERR_INVALID_ARG_TYPE' | 'ERR_INVALID_ARG_VALUE' | 'ERR_OUT_OF_RANGE';

export function wrongType(name: string, expected: string, value: unknown): TypeError {
  const got = value === null ? 'null' : typeof value;
  return withCode(new TypeError(`${name} must be ${expected}, got ${got}`), 'ERR_INVALID_ARG_TYPE');
}

export function wrongValue(message: string): RangeError {
  return withCode(new RangeError(message), 'ERR_INVALID_ARG_VALUE');
}

export function checkBytes(name: string, value: unknown): asserts value is Uint8Array {
  if (!(value instanceof Uint8Array)) throw wrongType(name, 'a Uint8Array', value);
}

export function checkString(name: string, value: unknown): asserts value is string {
  if (typeof value !== 'string') throw wrongType(name, 'a string', value);
}

/** A whole number from `least` on; Infinity lifts the limit. */
export function checkCount(name: string, value: unknown, least: number): asserts value is number {
  if (typeof value !== 'number') throw wrongType(name, 'a number', value);
  if (value < least || (value !== Infinity && !Number.isSafeInteger(value))) {
    throw withCode(new RangeError(`${name} must be a whole number from ${least}, got ${value}`), 'ERR_OUT_OF_RANGE');
  }
}

/** Refuses keys that no one would read: a misspelt limit must not be a missing limit. */
export function checkOptions(options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) throw wrongType('options', 'an object', options);
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    const near = known.find((name) => distance(name.toLowerCase(), key.toLowerCase()) < 4);
    const advice = near === undefined ? `the options are ${known.join(', ')}` : `did you mean ${near}?`;
    throw withCode(
      new TypeError(`unknown option ${JSON.stringify(key.slice(0, 40))}: ${advice}`),
      'ERR_INVALID_ARG_VALUE',
    );
  }
}

/** Levenshtein's distance; `b` may be anything a caller wrote, so only its first 40 characters count. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: a.length + 1 }, (_, i) => i);
  for (const [j, char] of [...b.slice(0, 40)].entries()) {
    const next = [j + 1];
    for (let i = 0; i < a.length; i++) {
      next.push(Math.min(next[i]! + 1, row[i + 1]! + 1, row[i]! + (a[i] === char ? 0 : 1)));
    }
    row = next;
  }
  return row[a.length]!;
}

function withCode<E extends Error>(error: E, code: MisuseCode): E {
  return Object.assign(error, { code });
}
