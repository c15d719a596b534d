/** What a call of ours came to, in the words of Python. */
import { SocketError, SSLCertVerificationError, SSLError } from '@sslkit/context';
import type { Json, Outcome } from './case.ts';

export function outcomeOf(call: () => unknown): Outcome {
  try {
    return { value: encode(call()) };
  } catch (error) {
    return failureOf(error);
  }
}

function failureOf(error: unknown): Outcome {
  if (!(error instanceof Error)) return { error: String(error) };
  const base = { error: pythonClass(error), message: error.message };
  if (!(error instanceof SSLError)) return base;
  const described = {
    ...base,
    reason: error.reason,
    library: error.library,
    number: error.errno,
  };
  if (!(error instanceof SSLCertVerificationError)) return described;
  return { ...described, verify_code: error.verifyCode, verify_message: error.verifyMessage };
}

const SYSTEM_ERRORS: Record<string, string> = {
  ENOENT: 'FileNotFoundError',
  EISDIR: 'IsADirectoryError',
  ENOTDIR: 'NotADirectoryError',
  EACCES: 'PermissionError',
};

/** Our classes and codes have one counterpart each in Python. */
function pythonClass(error: Error): string {
  if (error instanceof SSLError) return error.name;
  const code = (error as { code?: string }).code ?? '';
  if (error instanceof SocketError) return SYSTEM_ERRORS[code] ?? 'OSError';
  if (code === 'ERR_INVALID_ARG_TYPE') return 'TypeError';
  if (code.startsWith('ERR_')) return 'ValueError';
  if (error.message.endsWith('has only a getter')) return 'AttributeError';
  return error.name;
}

function encode(value: unknown): Json {
  if (value === undefined || value === null) return null;
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('hex') };
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(encode);
  if (typeof value !== 'object') return value as Json;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return { $type: value.constructor.name };
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [snakeCase(key), encode(item)]));
}

/** Keys of objects that are named tuples or dicts with underscores in Python; those of certificates are not. */
const CERTIFICATE_KEYS = new Set([
  'serialNumber',
  'notBefore',
  'notAfter',
  'subjectAltName',
  'caIssuers',
  'crlDistributionPoints',
]);

function snakeCase(key: string): string {
  if (CERTIFICATE_KEYS.has(key)) return key;
  if (key === 'x509Ca') return 'x509_ca';
  return key.replace(/[a-z][A-Z]/gu, ([before, after]: string) => `${before}_${after!.toLowerCase()}`);
}
