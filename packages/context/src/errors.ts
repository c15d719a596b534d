/**
 * Python's error family. Misuse of the API is not here: it throws `TypeError` or `RangeError` with a stable `code`, see
 * `arguments.ts`. An outcome that is expected (end of data, "call again") is a value inside the engine and becomes one of
 * these only at the Python-shaped surface.
 */
import { constants } from 'node:os';
import { systemHint } from './hints_system.ts';
import type { OpenSSLErrorRecord } from './native.ts';

const SYSTEM_NUMBERS: Readonly<Record<string, number>> = constants.errno;

/** What a {@link SocketError} carries besides its message. */
export interface SocketErrorDetails {
  /** Stable, for example `ENOENT` or `ECONNRESET`. */
  readonly code: string;
  /** The number, where the system has none for `code`. */
  readonly errno?: number | undefined;
  /** The system call that failed, for example `connect`. */
  readonly syscall?: string | undefined;
  /** The file that could not be read. */
  readonly path?: string | undefined;
  /** Default: what is usually wrong when the system gives this code. */
  readonly hint?: string | undefined;
  /** What this follows from. */
  readonly cause?: unknown;
}

/**
 * An operating-system failure, Python's `OSError`: a file that cannot be read, a connection that was reset.
 * Every {@link SSLError} is one too, as in Python.
 */
export class SocketError extends Error {
  static {
    SocketError.prototype.name = 'SocketError';
  }

  /** Stable name of the failure. */
  readonly code: string;
  /** Python's `args[0]`: the system's number as in `os.constants.errno`, positive. (Node's own errors negate it.) */
  declare readonly errno?: number;
  /** The system call that failed, for example `connect`. */
  declare readonly syscall?: string;
  /** The file that could not be read or used. */
  declare readonly path?: string;
  /** The likely cause and what to do about it, when it can be told. */
  declare readonly hint?: string;

  constructor(message: string, details: SocketErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = details.code;
    const errno = SYSTEM_NUMBERS[details.code] ?? details.errno;
    const hint = details.hint ?? systemHint(details.code, details.path);
    if (errno !== undefined) this.errno = errno;
    if (details.syscall !== undefined) this.syscall = details.syscall;
    if (details.path !== undefined) this.path = details.path;
    if (hint !== undefined) this.hint = hint;
  }
}

/** What an {@link SSLError} carries besides its message. */
export interface SSLErrorDetails {
  /** Python's `args[0]`; 0 where Python gives none. */
  readonly errno?: number;
  /** OpenSSL's library, as `SSL`. */
  readonly library?: string | null;
  /** OpenSSL's reason, as `CERTIFICATE_VERIFY_FAILED`. */
  readonly reason?: string | null;
  /** OpenSSL's error queue, oldest first. */
  readonly errors?: readonly OpenSSLErrorRecord[];
  /** The likely cause and what to do about it. */
  readonly hint?: string | undefined;
  /** Overrides the code that follows from class and reason. */
  readonly code?: string;
  /** The file that could not be used. */
  readonly path?: string | undefined;
  /** What this follows from, for example what a callback threw. */
  readonly cause?: unknown;
}

/**
 * A failure of TLS or of OpenSSL.
 *
 * `errno` is Python's `args[0]`: an `SSL_ERROR_*` number for a connection, the number of OpenSSL's reason for a context, 0
 * where Python has none. `code` is `ERR_SSL_<REASON>`, or `ERR_SSL` when OpenSSL named no reason.
 */
export class SSLError extends SocketError {
  static {
    SSLError.prototype.name = 'SSLError';
  }

  /** Python's `args[0]`, see above. */
  declare readonly errno: number;
  /** OpenSSL's library, for example `SSL`, `X509`, `PEM`. */
  readonly library: string | null;
  /** OpenSSL's reason, for example `CERTIFICATE_VERIFY_FAILED`. The spelling of alerts differs between 3.0 and 3.2. */
  readonly reason: string | null;
  /** OpenSSL's error queue at that moment, oldest first. */
  readonly errors: readonly OpenSSLErrorRecord[];

  constructor(message: string, details: SSLErrorDetails = {}) {
    const reason = details.reason ?? null;
    super(message, {
      code: details.code ?? (reason === null ? 'ERR_SSL' : `ERR_SSL_${reason.replace(/\W/gu, '_')}`),
      errno: details.errno ?? 0,
      path: details.path,
      hint: details.hint,
      cause: details.cause,
    });
    this.library = details.library ?? null;
    this.reason = reason;
    this.errors = details.errors ?? [];
    hide(this, 'errors');
  }
}

/** The connection was closed by both sides; Python's `SSLZeroReturnError`. */
export class SSLZeroReturnError extends SSLError {
  static {
    SSLZeroReturnError.prototype.name = 'SSLZeroReturnError';
  }

  constructor(message = 'TLS/SSL connection has been closed (EOF)', details: SSLErrorDetails = {}) {
    super(message, { errno: 6, code: 'ERR_SSL_ZERO_RETURN', ...details });
  }
}

/** More ciphertext from the peer is needed first; wait until the transport is readable and call again. */
export class SSLWantReadError extends SSLError {
  static {
    SSLWantReadError.prototype.name = 'SSLWantReadError';
  }

  constructor(message = 'The operation did not complete (read)', details: SSLErrorDetails = {}) {
    super(message, { errno: 2, code: 'ERR_SSL_WANT_READ', ...details });
  }
}

/** Ciphertext must be sent first; wait until the transport is writable and call again. */
export class SSLWantWriteError extends SSLError {
  static {
    SSLWantWriteError.prototype.name = 'SSLWantWriteError';
  }

  constructor(message = 'The operation did not complete (write)', details: SSLErrorDetails = {}) {
    super(message, { errno: 3, code: 'ERR_SSL_WANT_WRITE', ...details });
  }
}

/**
 * The handshake waits for an async callback, for example the SNI callback. Call again when `settled` has resolved; before,
 * the call would throw the same. Only an `SSLObject` throws this; sockets wait by themselves.
 */
export class SSLWantCallbackError extends SSLError {
  static {
    SSLWantCallbackError.prototype.name = 'SSLWantCallbackError';
  }

  /** Resolves when the callback has answered, also by a refusal. It never rejects. */
  readonly settled: Promise<void>;

  constructor(settled: Promise<void>, message = 'The operation did not complete (callback)') {
    super(message, { errno: 11, code: 'ERR_SSL_WANT_CALLBACK' });
    this.settled = settled;
    hide(this, 'settled');
  }
}

/** The transport failed below TLS. */
export class SSLSyscallError extends SSLError {
  static {
    SSLSyscallError.prototype.name = 'SSLSyscallError';
  }

  constructor(message = 'Some I/O error occurred', details: SSLErrorDetails = {}) {
    super(message, { errno: 5, code: 'ERR_SSL_SYSCALL', ...details });
  }
}

/** The transport ended without the peer's close_notify: what was read may be cut short. */
export class SSLEOFError extends SSLError {
  static {
    SSLEOFError.prototype.name = 'SSLEOFError';
  }

  constructor(message = 'EOF occurred in violation of protocol', details: SSLErrorDetails = {}) {
    super(message, { errno: 8, code: 'ERR_SSL_EOF', ...details });
  }
}

/** What a {@link SSLCertVerificationError} carries besides its message. */
export interface SSLCertVerificationErrorDetails extends SSLErrorDetails {
  /** `X509_V_ERR_*`. @see X509_STORE_CTX_get_error(3) */
  readonly verifyCode?: number;
  /** OpenSSL's text for it. */
  readonly verifyMessage?: string;
  /** DER of what the peer sent, leaf first. **Not verified.** */
  readonly peerCertificates?: readonly Buffer[];
}

/** The peer's certificate was refused. */
export class SSLCertVerificationError extends SSLError {
  static {
    SSLCertVerificationError.prototype.name = 'SSLCertVerificationError';
  }

  /** `X509_V_ERR_*`. @see X509_STORE_CTX_get_error(3) */
  readonly verifyCode: number;
  /** For example `unable to get local issuer certificate`. */
  readonly verifyMessage: string;
  /** DER of what the peer sent, leaf first. **Not verified.** Not enumerable, so that logs stay readable. */
  readonly peerCertificates: readonly Buffer[];

  constructor(message: string, details: SSLCertVerificationErrorDetails = {}) {
    super(message, { errno: 1, code: 'ERR_SSL_CERT_VERIFICATION', ...details });
    this.verifyCode = details.verifyCode ?? 0;
    this.verifyMessage = details.verifyMessage ?? '';
    this.peerCertificates = details.peerCertificates ?? [];
    hide(this, 'peerCertificates');
  }
}

/** Python's alias. */
export const CertificateError: typeof SSLCertVerificationError = SSLCertVerificationError;
export type CertificateError = SSLCertVerificationError;

/** Keeps long binary or technical detail out of `console.log(error)`; it stays reachable by name. */
function hide(error: Error, property: string): void {
  Object.defineProperty(error, property, { enumerable: false });
}
