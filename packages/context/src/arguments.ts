/** Checks of what callers pass in. Misuse is a `TypeError` or `RangeError` with Node's codes, never an SSLError. */
import { Buffer } from 'node:buffer';

/** Codes of misuse that this package throws. */
export type MisuseCode =
  | 'ERR_INVALID_ARG_TYPE'
  | 'ERR_INVALID_ARG_VALUE'
  | 'ERR_INVALID_RETURN_VALUE'
  | 'ERR_OUT_OF_RANGE'
  | 'ERR_UNKNOWN_OPTION'
  | 'ERR_ILLEGAL_CONSTRUCTOR'
  | 'ERR_SSL_CHECK_HOSTNAME_REQUIRES_SERVER_HOSTNAME'
  | 'ERR_SSL_HANDSHAKE_NOT_DONE'
  | 'ERR_SSL_HANDSHAKE_DONE'
  | 'ERR_SSL_NOT_IN_SNI_CALLBACK'
  | 'ERR_SSL_WRONG_CONTEXT'
  | 'ERR_SSL_WRONG_ROLE'
  | 'ERR_SSL_UNSUPPORTED';

/** A value of the wrong type: Python's TypeError. */
export function typeMisuse(message: string): TypeError & { code: 'ERR_INVALID_ARG_TYPE' } {
  return Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_TYPE' as const });
}

/** A value of the right type that is not allowed: Python's ValueError. */
export function valueMisuse<Code extends MisuseCode = 'ERR_INVALID_ARG_VALUE'>(
  message: string,
  code?: Code,
): TypeError & { code: Code } {
  return Object.assign(new TypeError(message), { code: (code ?? 'ERR_INVALID_ARG_VALUE') as Code });
}

/** A number outside what is possible: Python's ValueError or OverflowError. */
export function rangeMisuse(message: string): RangeError & { code: 'ERR_OUT_OF_RANGE' } {
  return Object.assign(new RangeError(message), { code: 'ERR_OUT_OF_RANGE' as const });
}

/** A call that the state of the object does not allow. A package above names its own codes. */
export function stateMisuse<Code extends string = MisuseCode>(
  message: string,
  code: NoInfer<Code>,
): Error & { code: Code } {
  return Object.assign(new Error(message), { code });
}

export function requireBoolean(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw typeMisuse(`${name} must be a boolean, not ${describe(value)}`);
  return value;
}

export function requireString(name: string, value: unknown): string {
  if (typeof value !== 'string') throw typeMisuse(`${name} must be a string, not ${describe(value)}`);
  return value;
}

export function requireInteger(name: string, value: unknown): number {
  if (typeof value !== 'number') throw typeMisuse(`${name} must be an integer, not ${describe(value)}`);
  if (!Number.isInteger(value)) throw typeMisuse(`${name} must be an integer, not ${value}`);
  return value;
}

export function requireBytes(name: string, value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw typeMisuse(`${name} must be a Uint8Array, not ${describe(value)}`);
  return value;
}

export function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}

/** What a value is, in a message; never its contents, which may be secret. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'object') return `an instance of ${value.constructor?.name ?? 'Object'}`;
  return `a ${typeof value}`;
}
