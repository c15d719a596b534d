import { PemError } from './errors.ts';
import { countLineEnds } from './text.ts';

export const LAX = "mode 'lax' reads it";
export const STANDARD = "mode 'standard' reads it";
export const REPAIR = 'repairPem() mends it';
/** Causes and hints that occur more than once. */
export const INDENTED = 'the line is indented';
export const DAMAGED = 'a damaged line';
export const HYPHENS = 'five hyphens on both sides, one space, capitals';

/** Throws a PemError about what is at `at`. */
export type Fail = (code: string, at: number, what: string, hint?: string) => never;

/** The `Fail` of a text that begins at `offset` of the input, on its line `first`. */
export function failIn(text: string, offset = 0, first = 1): Fail {
  return (code, at, what, hint) => {
    const line = first + countLineEnds(text, at);
    // Whatever else it may be, this is the cause.
    const literal = /^(\\r)?\\n/.test(text.slice(at, at + 4));
    throw new PemError(
      `ERR_PEM_${literal ? 'LITERAL_NEWLINE' : code}`,
      `line ${line}: ${literal ? 'a literal \\n, not a line end' : what}`,
      { offset: offset + at, line },
      literal ? `an environment variable kept it so; ${REPAIR}` : hint,
    );
  };
}

/** A label for a message: anyone may have written it, at any length. */
export function shown(label: string): string {
  return label.length > 40 ? `${label.slice(0, 40)}…` : label;
}
