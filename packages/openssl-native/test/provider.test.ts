/** The system provider: the same addon bound to the system's OpenSSL, inside a Node that brings its own. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const EXERCISE = fileURLToPath(new URL('./scripts/exercise.mjs', import.meta.url));
const BOUND = "import('@sslkit/openssl-native').then(({ boundLibrary }) => console.log(boundLibrary))";
const built = existsSync(new URL('../build-system/build/Release/sslkit.node', import.meta.url));
// Built by `SSLKIT_OPENSSL=system node scripts/build.mjs`, which needs libssl-dev: CI has it, a user's machine may not.
// AddressSanitizer refuses the RTLD_DEEPBIND by which it is loaded.
const withSystem = test.skipIf(Boolean(process.env.SSLKIT_SANITIZED) || (!built && process.env.CI !== 'true'));

function node(provider: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, SSLKIT_OPENSSL: provider };
  return spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env,
    cwd: fileURLToPath(new URL('..', import.meta.url)),
  });
}

withSystem('SSLKIT_OPENSSL=system binds the library of the system, not the copy inside Node', () => {
  expect(node('system', '-e', BOUND)).toMatchObject({
    stderr: '',
    stdout: expect.stringMatching(/\/libssl\.so\.3\n$/),
  });
  expect(node('node', '-e', BOUND).stdout).not.toContain('libssl');
});

withSystem('a handshake, data and an orderly end over the library of the system', () => {
  expect(node('system', EXERCISE, '--print')).toMatchObject({
    stderr: '',
    status: 0,
    stdout: expect.stringMatching(/ ok\n$/),
  });
});

test('a provider that does not exist is refused by name, never replaced', () => {
  const { status, stderr } = node('boring', '-e', BOUND);
  expect(status).toBe(1);
  expect(stderr).toContain('SSLKIT_OPENSSL=boring: the providers are "node" and "system".');
});
