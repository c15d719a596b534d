import { test } from 'vitest';

/** The part of `test` that this needs. */
type Case = (name: string, run: () => unknown, timeout?: number) => void;

/**
 * `test`, when what it needs is here. Otherwise a skip that the report shows, and under `CI=true`, where everything
 * must be here, a failure that says what is missing.
 */
export function requires(present: boolean, what: string): Case {
  if (present) return (name, run, timeout) => test(name, run as () => void, timeout);
  if (process.env.CI !== 'true') return (name) => test.skip(`${name} (${what} is absent)`);
  return (name) =>
    test(name, () => {
      throw new Error(`${what} is absent`);
    });
}
