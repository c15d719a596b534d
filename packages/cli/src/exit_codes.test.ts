import { expect, test } from 'vitest';
import { ExitCode, exitCodeOf, type Phase } from './exit_codes.ts';

const system = (code: string) => Object.assign(new Error(code), { code });
const dropped = Object.assign(system('ECONNRESET'), { syscall: 'read' });
const tls = (more: object) =>
  Object.assign(new Error('tls'), { library: 'SSL', reason: 'X', code: 'ERR_SSL_X', ...more });
const misuse = Object.assign(new TypeError('bad'), { code: 'ERR_INVALID_ARG_TYPE' });

test.each<[name: string, error: unknown, phase: Phase, expected: number]>([
  ['a refused connection', system('ECONNREFUSED'), 'connect', ExitCode.CONNECT],
  ['a handshake failure', tls({}), 'connect', ExitCode.HANDSHAKE],
  ['a reset within the handshake', dropped, 'connect', ExitCode.HANDSHAKE],
  ['a wrong name', tls({ verifyCode: 62 }), 'connect', ExitCode.VERIFICATION],
  ['an expired certificate', tls({ verifyCode: 10 }), 'connect', ExitCode.EXPIRED],
  ['a certificate that is not valid yet', tls({ verifyCode: 9 }), 'connect', ExitCode.EXPIRED],
  ['a refused resumption after the handshake', tls({}), 'transfer', ExitCode.TRANSFER],
  ['a reset after the handshake', system('ECONNRESET'), 'transfer', ExitCode.TRANSFER],
  ['a TLS error about a file', tls({}), 'input', ExitCode.INPUT],
  ['a wrong argument', system('ERR_CLI_USAGE'), 'usage', ExitCode.USAGE],
  ['a misuse of the library by the command', misuse, 'connect', ExitCode.INTERNAL],
  ['an error of no known kind', new Error('bug'), 'connect', ExitCode.INTERNAL],
  ['something that is no error', undefined, 'connect', ExitCode.INTERNAL],
])('%s', (_, error, phase, expected) => expect(exitCodeOf(error, phase)).toBe(expected));
