/** The command on a terminal: a pseudo-terminal of CPython stands in for one. */
import { files, nodeTlsServer, requires, type RunResult, runPython, type SceneFiles, scene } from '@sslkit/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { MAIN } from './command.ts';

let f: SceneFiles;
beforeAll(async () => {
  f = await files();
});

// Arguments: a JSON list of [text to wait for, keys to press then], then the command. Prints all output and the status.
const ON_A_TERMINAL = `
import json, os, pty, sys
steps, command = json.loads(sys.argv[1]), sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
seen = b''
while True:
    try:
        data = os.read(terminal, 4096)
    except OSError:
        break
    if not data:
        break
    seen += data
    while steps and steps[0][0].encode() in seen:
        os.write(terminal, steps.pop(0)[1].encode())
sys.stdout.write(seen.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

type Step = readonly [wait: string, keys: string];

function onATerminal(
  steps: readonly Step[],
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<RunResult> {
  const command = [process.execPath, MAIN, ...args];
  return runPython(ON_A_TERMINAL, { args: [JSON.stringify(steps), ...command], env: { TERM: 'xterm', ...env } });
}

const CTRL_C = '\x03';
const CTRL_D = '\x04';

describe.each(['1.2', '1.3'] as const)('TLS %s', (tls) => {
  requires(test, 'python3')('a line is typed, comes back, and Ctrl-D ends the session', async () => {
    await using server = await nodeTlsServer({ cert: f.certFile, key: f.keyFile, tls, echo: true });
    const args = ['connect', '--cafile', f.caFile, `localhost:${server.port}`];
    const run = await onATerminal(
      [
        ['ms\r\n\r\n', 'hello\n'],
        ['hello\r\nhello\r\n', CTRL_D],
      ],
      args,
    );
    expect(run.stdout).toContain('\x1b[32myes, for localhost\x1b[0m');
    expect(run.stdout).toContain('hello\r\nhello\r\n');
    expect(run.stdout).toContain('closed; 6 bytes sent, 6 received');
    expect(run.code).toBe(0);
  });

  requires(test, 'python3')('Ctrl-C ends it with status 130; NO_COLOR is plain', async () => {
    await using server = await nodeTlsServer({ cert: f.certFile, key: f.keyFile, tls, echo: true });
    const args = ['connect', '--cafile', f.caFile, `localhost:${server.port}`];
    const run = await onATerminal([['ms\r\n\r\n', CTRL_C]], args, { NO_COLOR: '1' });
    expect(run.stdout).toContain('yes, for localhost');
    expect(run.stdout).not.toContain('\x1b');
    expect(run.code).toBe(130);
  });

  requires(test, 'python3')('the session ends with the server, though the terminal could go on', async () => {
    await using server = await nodeTlsServer({ cert: f.certFile, key: f.keyFile, tls });
    void server.accept().then((socket) => socket.once('data', () => socket.end('bye\n')));
    const args = ['connect', '--cafile', f.caFile, `localhost:${server.port}`];
    const run = await onATerminal([['ms\r\n\r\n', 'quit\n']], args);
    expect(run.stdout).toContain('bye\r\n');
    expect(run.code).toBe(0);
  });
});

requires(test, 'python3')('DER is not written to a terminal', async () => {
  const convert = await onATerminal([], ['pem', 'convert', f.certFile, '--to', 'der']);
  expect(convert.stdout).toContain('DER would garble the terminal');
  expect(convert.code).toBe(1);
  const fetch = await onATerminal([], ['cert', 'fetch', '--der', '127.0.0.1:1']);
  expect(fetch.stdout).toContain('DER would garble the terminal');
  expect(fetch.code).toBe(1);
});

requires(test, 'python3')('an error is coloured', async () => {
  const { otherServer } = await scene();
  await using server = await nodeTlsServer({ cert: otherServer.certPem, key: otherServer.keyPem });
  const run = await onATerminal([], ['connect', '--cafile', f.caFile, `localhost:${server.port}`]);
  expect(run.stdout).toContain('sslkit: \x1b[31m');
  expect(run.code).toBe(4);
});
