import { getFips } from 'node:crypto';
import { ExitCode } from '../exit_codes.ts';
import { Finding } from '../finding.ts';
import { type Check, examine } from '../health.ts';
import { type Invocation, writeTo } from '../io.ts';
import { type Painter, painter, printable, wantsColour } from '../terminal.ts';

/** `result` of `doctor --json`. */
export interface DoctorReport {
  /** No check failed. */
  readonly healthy: boolean;
  readonly checks: readonly Check[];
}

/** `sslkit doctor`: status 9 when a check failed. Nothing leaves the machine. */
export async function doctorCommand(invocation: Invocation): Promise<DoctorReport | Finding<DoctorReport>> {
  const sslkit = await import('@sslkit/context');
  const { env } = invocation.io;
  // Node tells of its own OpenSSL, which is then not the one in use.
  const fips = env.SSLKIT_OPENSSL === 'system' ? null : getFips() !== 0;
  const checks = examine(sslkit, env, new Date(), fips);
  const report = { healthy: checks.every(({ status }) => status !== 'fail'), checks };
  if (!invocation.json) await print(report, invocation);
  return report.healthy ? report : new Finding(report, ExitCode.CHECK);
}

async function print({ checks }: DoctorReport, { io }: Invocation): Promise<void> {
  const paint = painter(wantsColour(io.stdout, io.env));
  const width = Math.max(...checks.map(({ name }) => name.length));
  await writeTo(io.stdout, checks.map((check) => checkText(check, width, paint)).join(''));
}

function checkText({ name, status, message, hint }: Check, width: number, paint: Painter): string {
  const word = status.padEnd(4);
  const more = hint === null ? '' : `\n${' '.repeat(width + 10)}${hint}`;
  return `  ${status === 'ok' ? paint.good(word) : paint.bad(word)}  ${name.padEnd(width)}  ${printable(message)}${more}\n`;
}
