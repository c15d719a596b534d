import { CliError, during } from '../failure.ts';
import { type Invocation, note } from '../io.ts';
import { pump } from '../pump.ts';
import { openSession, type OpenSession, type SessionReport } from '../session.ts';
import { sessionText } from '../session_text.ts';
import { parseTarget } from '../target.ts';
import { painter, wantsColour } from '../terminal.ts';
import type { TlsOptions } from '../tls_options.ts';

export interface ConnectOptions extends TlsOptions {
  readonly crlf?: boolean;
  /** False after `--no-half-close`. */
  readonly halfClose: boolean;
}

/** `sslkit connect`: with `--json` reports and closes, else copies both ways until the peer ends. */
export async function connectCommand(
  targetText: string,
  options: ConnectOptions,
  invocation: Invocation,
): Promise<SessionReport> {
  const session = await openSession(parseTarget(targetText), options, invocation);
  try {
    if (!invocation.json) await converse(session, options, invocation);
  } finally {
    // Failures of the session have been thrown by now; that our farewell did not get through changes nothing.
    await session.socket.close().catch(() => undefined);
  }
  return session.report;
}

async function converse(
  { socket, report }: OpenSession,
  options: ConnectOptions,
  invocation: Invocation,
): Promise<void> {
  const { io, quiet } = invocation;
  const paint = painter(wantsColour(io.stderr, io.env));
  if (!quiet) await note(io, `${sessionText(report, paint)}\n`);
  const outcome = await pump(socket, io, { crlf: options.crlf === true, halfClose: options.halfClose });
  await during('transfer', () => {
    if (socket.truncated) throw truncated(outcome.received);
  });
  if (quiet) return;
  if (outcome.inputLeft && io.stdin.isTTY !== true) {
    await note(io, 'sslkit: the server ended the session before the end of the input\n');
  }
  await note(io, `${paint.dim(`sslkit: closed; ${outcome.sent} bytes sent, ${outcome.received} received`)}\n`);
}

function truncated(received: number): CliError {
  return new CliError(
    'transfer',
    'ERR_CLI_TRUNCATED',
    `the connection ended without a TLS close after ${received} bytes`,
    {
      hint: 'data may be missing; some servers never send close_notify, and an attacker on the path can cut the end off',
    },
  );
}
