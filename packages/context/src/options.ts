/** Options objects refuse keys they do not know: a misspelt security option must not be silently without effect. */
import { describe, typeMisuse, valueMisuse } from './arguments.ts';

/**
 * Returns the options object, `{}` for undefined. A key that is not in `known` throws `ERR_UNKNOWN_OPTION` and suggests
 * the nearest known one; Python's spelling (`server_hostname`) is recognised as well.
 */
export function checkOptions<T extends object>(
  where: string,
  options: T | undefined,
  known: readonly (keyof T & string)[],
): T {
  if (options === undefined) return {} as T;
  if (typeof options !== 'object' || options === null) {
    throw typeMisuse(`${where}: options must be an object, not ${describe(options)}`);
  }
  for (const key of Object.keys(options)) {
    if (!(known as readonly string[]).includes(key)) throw unknownOption(where, key, known);
  }
  return options;
}

function unknownOption(where: string, key: string, known: readonly string[]): TypeError {
  const near = suggestion(key, known);
  const advice = near === null ? `known: ${known.join(', ')}` : `did you mean ${near}?`;
  return valueMisuse(`${where}: unknown option ${JSON.stringify(key)}; ${advice}`, 'ERR_UNKNOWN_OPTION');
}

function suggestion(key: string, known: readonly string[]): string | null {
  const wanted = plain(key);
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(wanted, plain(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function plain(name: string): string {
  return name.slice(0, 40).replaceAll('_', '').toLowerCase();
}

/** Levenshtein's distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substitution = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(substitution, previous[column]! + 1, current[column - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}
