import { afterEach, expect, test, vi } from 'vitest';
import { has, requires } from './presence.ts';

const spawned = vi.hoisted(() => ({ status: 1 as number | null }));
vi.mock('node:child_process', () => ({ spawnSync: () => spawned }));
afterEach(() => vi.unstubAllEnvs());

/** Stands for vitest's `test`: keeps what is registered. */
function fakeTest() {
  const registered: [string, () => unknown][] = [];
  const register = Object.assign((name: string, run: () => unknown) => void registered.push([name, run]), {
    skip: () => 'skipped',
  });
  return { register, registered };
}

test('an absent peer skips the test', () => {
  vi.stubEnv('CI', '');
  const { register } = fakeTest();
  expect(has('gnutls')).toBe(false);
  expect(requires(register, 'gnutls')).toBe(register.skip);
});

test('an absent peer fails the test in CI, and says which', () => {
  vi.stubEnv('CI', 'true');
  const { register, registered } = fakeTest();
  requires(register, 'gnutls')('talks to gnutls', () => {});
  expect(registered).toHaveLength(1);
  expect(registered[0]![0]).toBe('talks to gnutls');
  expect(registered[0]![1]).toThrow('gnutls is absent');
});

test('a peer that is there runs the test', () => {
  spawned.status = 0;
  const { register } = fakeTest();
  expect(requires(register, 'openssl')).toBe(register);
});
