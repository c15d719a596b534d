/**
 * What the command's exit status says. The numbers are part of the interface: scripts branch on them, so one is never
 * given another meaning.
 */
export const ExitCode = {
  OK: 0,
  /** A wrong option or argument. */
  USAGE: 1,
  /** No connection: name not found, refused, unreachable, time-out. */
  CONNECT: 2,
  /** The peer does not speak TLS, or no handshake came about. */
  HANDSHAKE: 3,
  /** The peer's certificate is not trusted, or is for another name. */
  VERIFICATION: 4,
  /** The peer's certificate (or one above it) has expired or is not valid yet. */
  EXPIRED: 5,
  /** A certificate expires soon. */
  EXPIRES_SOON: 6,
  /** The session broke after the handshake. */
  TRANSFER: 7,
  /** A file cannot be read or does not hold what it should. */
  INPUT: 8,
  /** A check was made and its answer is no: not in order, not a pair. */
  CHECK: 9,
  /** A fault of the command itself (EX_SOFTWARE of sysexits.h). */
  INTERNAL: 70,
  /** Ended by Ctrl-C: 128 + SIGINT, as shells say. */
  INTERRUPTED: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** Where a command was when it failed: the same reset means different things before and after the handshake. */
export type Phase = 'usage' | 'input' | 'connect' | 'transfer';

/** X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED. @see X509_STORE_CTX_get_error(3) */
const OUT_OF_DATE: ReadonlySet<number> = new Set([9, 10]);

/** The exit status for a failure of `phase`. */
export function exitCodeOf(error: unknown, phase: Phase): ExitCode {
  if (phase === 'usage') return ExitCode.USAGE;
  if (phase === 'input') return ExitCode.INPUT;
  const verifyCode = verifyCodeOf(error);
  if (verifyCode !== null) return OUT_OF_DATE.has(verifyCode) ? ExitCode.EXPIRED : ExitCode.VERIFICATION;
  if (phase === 'transfer') return ExitCode.TRANSFER;
  if (error instanceof Error && (isTlsError(error) || isDropped(error))) return ExitCode.HANDSHAKE;
  return isSystemError(error) ? ExitCode.CONNECT : ExitCode.INTERNAL;
}

/** Of the statuses of several things the one that counts most; what is broken for everyone comes first. */
export function worstOf(statuses: readonly ExitCode[]): ExitCode {
  return SEVERITY.find((status) => statuses.includes(status)) ?? ExitCode.OK;
}

const SEVERITY: readonly ExitCode[] = [
  ExitCode.EXPIRED,
  ExitCode.VERIFICATION,
  ExitCode.HANDSHAKE,
  ExitCode.CONNECT,
  ExitCode.INPUT,
  ExitCode.CHECK,
  ExitCode.EXPIRES_SOON,
];

/** OpenSSL's verdict on the certificate (`X509_V_ERR_*`); null for any other failure. */
export function verifyCodeOf(error: unknown): number | null {
  const code = (error as { verifyCode?: unknown } | null)?.verifyCode;
  return typeof code === 'number' && code !== 0 ? code : null;
}

// By shape and not by class: the classes live in the addon's package, which loads only when a command needs it.
function isTlsError(error: Error): boolean {
  return 'library' in error && 'reason' in error;
}

/** A connection that was there and went away, which before the session can only have been in the handshake. */
function isDropped(error: Error): boolean {
  const { code, syscall } = error as { code?: unknown; syscall?: unknown };
  return (code === 'ECONNRESET' || code === 'EPIPE') && (syscall === 'read' || syscall === 'write');
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && typeof (error as { code?: unknown }).code === 'string' && !isMisuse(error);
}

function isMisuse(error: Error): boolean {
  return error instanceof TypeError || error instanceof RangeError;
}
