/** From what the addon throws to Python's error classes. */
import type { SSLErrorDetails } from './errors.ts';
import { SSLCertVerificationError, SSLEOFError, SSLError, SSLSyscallError } from './errors.ts';
import { hintFor } from './hints.ts';
import type { OpenSSLErrorRecord, OpenSSLFailure, Ssl } from './native.ts';
import { native, numberConstant } from './native.ts';
import { alertName, type Refusal } from './sni.ts';

/** What is known about a connection when it fails. */
export interface ConnectionFacts {
  readonly ssl: Ssl;
  readonly serverSide: boolean;
  readonly serverHostname: string | null;
  /** The first bytes that the peer sent, if the channel noted them. */
  readonly firstBytes: Uint8Array | null;
  /** Why the SNI callback has refused the client. */
  readonly refusal?: Refusal | null;
}

export function isOpenSSLFailure(error: unknown): error is OpenSSLFailure {
  return error instanceof Error && (error as { code?: unknown }).code === 'ERR_OPENSSL';
}

/** A failure of a connection. Python's `PySSL_SetError`. Anything that is not a native failure comes back unchanged. */
export function connectionError(failure: unknown, facts: ConnectionFacts): unknown {
  if (!isOpenSSLFailure(failure)) return failure;
  const record = causeOf(failure.errors);
  if (record === undefined) return emptyQueueError(failure);
  if (record.library === 'SSL' && record.reason === 'CERTIFICATE_VERIFY_FAILED') {
    return verificationError(failure, record, facts);
  }
  const hint = hintFor(tellingRecord(failure.errors) ?? record, facts);
  if (record.library === 'SSL' && record.reason === 'UNEXPECTED_EOF_WHILE_READING') {
    return new SSLEOFError(messageOf(record, EOF_TEXT), details(failure, record, SSL_ERROR_EOF, hint, 'ERR_SSL_EOF'));
  }
  if (failure.sslError === SSL_ERROR_SYSCALL) {
    return new SSLSyscallError(messageOf(record), details(failure, record, SSL_ERROR_SYSCALL, hint, 'ERR_SSL_SYSCALL'));
  }
  if ('cause' in failure) return callbackError(failure, record);
  if (facts.refusal && record.reason === 'CALLBACK_FAILED') return refusedError(failure, record, facts.refusal);
  return new SSLError(messageOf(record), details(failure, record, SSL_ERROR_SSL, hint));
}

/**
 * The record that the error is about: the last. But for our own callbacks OpenSSL only knows that one has failed; what it put
 * there before says why.
 */
function causeOf(errors: readonly OpenSSLErrorRecord[]): OpenSSLErrorRecord | undefined {
  const last = errors.at(-1);
  const below = errors.at(-2);
  return last?.reason === 'CALLBACK_FAILED' && below?.library === 'SSL' ? below : last;
}

/** What the callback threw is the cause; it may be anything. */
function refusedError(failure: OpenSSLFailure, record: OpenSSLErrorRecord, refusal: Refusal): SSLError {
  const how = `with alert ${alertName(refusal.alert)}`;
  const hint =
    'error' in refusal
      ? `The SNI callback failed, so the client was refused ${how}: see cause.`
      : `The SNI callback refused the client ${how}.`;
  const known = details(failure, record, SSL_ERROR_SSL, hint);
  return new SSLError(messageOf(record), 'error' in refusal ? { ...known, cause: refusal.error } : known);
}

/** A callback that OpenSSL was waiting for has thrown; OpenSSL only knows that it got no answer. */
function callbackError(failure: OpenSSLFailure, record: OpenSSLErrorRecord): SSLError {
  const hint = 'The PSK callback failed, so the handshake was given up: see cause.';
  const known = details(failure, record, SSL_ERROR_SSL, hint);
  const reason = 'CALLBACK_FAILED';
  return new SSLError(`[SSL: ${reason}] callback failed`, { ...known, library: 'SSL', reason, cause: failure.cause });
}

/**
 * OpenSSL 3.2 and later put the first reason over the one that tells what was wrong with the record. Python shows it, and so
 * do we; the hint goes by what is below.
 */
const COVERING: ReadonlySet<string | null> = new Set(['RECORD_LAYER_FAILURE', 'CALLBACK_FAILED']);

function tellingRecord(errors: readonly OpenSSLErrorRecord[]): OpenSSLErrorRecord | undefined {
  return errors.filter(({ reason }) => !COVERING.has(reason)).at(-1);
}

interface ContextErrorInfo {
  readonly text?: string;
  readonly hint?: string | undefined;
  readonly path?: string | undefined;
}

/**
 * A failure outside a connection: `errno` is the number of OpenSSL's reason, as in Python's `_setSSLError`. `text` stands for
 * OpenSSL's own.
 */
export function contextError(failure: unknown, info: ContextErrorInfo = {}): unknown {
  if (!isOpenSSLFailure(failure)) return failure;
  const record = failure.errors.at(-1);
  if (record === undefined) return new SSLError(info.text ?? `${failure.operation} failed`, info);
  return new SSLError(messageOf(record, info.text), {
    ...details(failure, record, reasonNumber(record.code), info.hint),
    path: info.path,
  });
}

/** @see ERR_GET_REASON(3) */
function reasonNumber(code: number): number {
  return code & 0x7f_ffff;
}

/** Runs `call` and throws what it throws as this package's errors. */
export function inContext<T>(call: () => T, info?: ContextErrorInfo): T {
  try {
    return call();
  } catch (failure) {
    throw contextError(failure, info);
  }
}

const SSL_ERROR_SSL = 1;
const SSL_ERROR_SYSCALL = 5;
const SSL_ERROR_EOF = 8;
const EOF_TEXT = 'EOF occurred in violation of protocol';
const HOSTNAME_MISMATCH = numberConstant('X509_V_ERR_HOSTNAME_MISMATCH');
const IP_ADDRESS_MISMATCH = numberConstant('X509_V_ERR_IP_ADDRESS_MISMATCH');

/** OpenSSL left no record: the transport ended (5), or it failed without saying why. */
function emptyQueueError(failure: OpenSSLFailure): SSLError {
  if (failure.sslError === SSL_ERROR_SYSCALL) return new SSLEOFError();
  return new SSLError('A failure in the SSL library occurred', { errno: SSL_ERROR_SSL });
}

function verificationError(
  failure: OpenSSLFailure,
  record: OpenSSLErrorRecord,
  facts: ConnectionFacts,
): SSLCertVerificationError {
  const verifyCode = facts.ssl.getVerifyResult();
  const verifyMessage = verifyText(verifyCode, facts.serverHostname);
  const peerCertificates = facts.ssl.getPeerChain();
  const hint = hintFor(record, { ...facts, verifyCode, peerCertificates });
  return new SSLCertVerificationError(`${messageOf(record)}: ${verifyMessage}`, {
    ...details(failure, record, SSL_ERROR_SSL, hint, 'ERR_SSL_CERT_VERIFICATION'),
    verifyCode,
    verifyMessage,
    peerCertificates,
  });
}

function verifyText(verifyCode: number, serverHostname: string | null): string {
  if (verifyCode === HOSTNAME_MISMATCH) {
    return `Hostname mismatch, certificate is not valid for '${serverHostname}'.`;
  }
  if (verifyCode === IP_ADDRESS_MISMATCH) {
    return `IP address mismatch, certificate is not valid for '${serverHostname}'.`;
  }
  return native.x509VerifyCertErrorString(verifyCode);
}

/** Python's form, without its line number: `[SSL: REASON] text`. */
function messageOf(record: OpenSSLErrorRecord, text?: string): string {
  const said = text ?? record.reasonText ?? 'unknown error';
  if (record.library !== null && record.reason !== null) return `[${record.library}: ${record.reason}] ${said}`;
  return record.library === null ? said : `[${record.library}] ${said}`;
}

function details(
  failure: OpenSSLFailure,
  record: OpenSSLErrorRecord,
  errno: number,
  hint: string | undefined,
  code?: string,
): SSLErrorDetails {
  return {
    errno,
    library: record.library,
    reason: record.reason,
    errors: failure.errors,
    hint,
    ...(code === undefined ? {} : { code }),
  };
}
