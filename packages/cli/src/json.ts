/**
 * What `--json` prints: one object on one line of standard output, for success and failure alike. `schema` grows when a
 * key changes its meaning or goes away; new keys may come within one schema.
 */
import { adviceFor } from './advice.ts';
import { networkHint } from './network_hints.ts';
import { printable, printableJson } from './terminal.ts';

export const SCHEMA = 1;

export interface SuccessEnvelope<Result> {
  readonly schema: typeof SCHEMA;
  /** The words of the command, for example `cert fetch`. */
  readonly command: string;
  readonly ok: true;
  readonly result: Result;
}

export interface FailureEnvelope {
  readonly schema: typeof SCHEMA;
  readonly command: string;
  readonly ok: false;
  readonly error: ErrorReport;
}

/** An error as data; all keys are always there. */
export interface ErrorReport {
  /** For example `SSLCertVerificationError`, `SocketError`, `CliError`. */
  readonly class: string;
  /** The stable code, for example `ERR_SSL_CERTIFICATE_VERIFY_FAILED`, `ECONNREFUSED`; null when there is none. */
  readonly code: string | null;
  /** OpenSSL's reason, for example `CERTIFICATE_VERIFY_FAILED`. */
  readonly reason: string | null;
  /** OpenSSL's verdict on the certificate, `X509_V_ERR_*`. */
  readonly verifyCode: number | null;
  readonly message: string;
  /** The likely cause, or what to do. */
  readonly hint: string | null;
}

/** The line for a command that succeeded. */
export function successLine(command: string, result: unknown): string {
  return `${printableJson({ schema: SCHEMA, command, ok: true, result } satisfies SuccessEnvelope<unknown>)}\n`;
}

/** The line for a command that failed. */
export function failureLine(command: string, error: ErrorReport): string {
  return `${printableJson({ schema: SCHEMA, command, ok: false, error } satisfies FailureEnvelope)}\n`;
}

/** Any thrown value as data. Nothing else of it is kept: an error may hold a socket or a context. */
export function reportError(error: unknown): ErrorReport {
  if (!(error instanceof Error)) return { ...NOTHING, class: 'Error', message: String(error) };
  const fields = error as Error & Record<string, unknown>;
  const code = textOrNull(fields.code);
  return {
    class: error.name !== 'Error' ? error.name : error.constructor.name,
    code,
    reason: textOrNull(fields.reason),
    verifyCode: typeof fields.verifyCode === 'number' ? fields.verifyCode : null,
    message: error.message,
    hint: textOrNull(fields.hint) ?? networkHint(code),
  };
}

/** The report as lines for a person. */
export function errorRows(report: ErrorReport, exitCode: number): (readonly [string, string])[] {
  const rows: (readonly [string, string | null])[] = [
    ['class', report.class],
    ['code', report.code],
    ['reason', report.reason],
    ['verify code', report.verifyCode === null ? null : String(report.verifyCode)],
    ['hint', report.hint],
    ['try', adviceFor(report)],
    ['exit status', String(exitCode)],
  ];
  return rows.flatMap(([name, value]) => (value === null ? [] : [[name, printable(value)] as const]));
}

const NOTHING: Omit<ErrorReport, 'class' | 'message'> = { code: null, reason: null, verifyCode: null, hint: null };

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
