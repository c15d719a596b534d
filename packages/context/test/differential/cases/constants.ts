/** Every constant that Python has too, by its flat name. */
import * as ssl from '@sslkit/context';
import type { Case } from '../case.ts';

const PREFIXES = /^(?:CERT_|PROTOCOL_|OP_|VERIFY_|SSL_ERROR_|ALERT_DESCRIPTION_|HAS_|OPENSSL_VERSION)/u;

/** Not in CPython 3.11: it has constants only for what its OpenSSL has, and some came later. */
export const NOT_IN_PYTHON: readonly string[] = [
  'PROTOCOL_SSLv2',
  'PROTOCOL_SSLv3',
  'OP_ENABLE_KTLS',
  'OP_LEGACY_SERVER_CONNECT',
  'HAS_PSK',
  'HAS_PSK_TLS13',
  'HAS_PHA',
];

export function constantCases(): Case[] {
  const names = Object.keys(ssl).filter((name) => PREFIXES.test(name) && !NOT_IN_PYTHON.includes(name));
  return [
    ...names.map((name): Case => ({ name: `constant ${name}`, steps: [{ do: 'constant', name }] })),
    ...['SERVER_AUTH', 'CLIENT_AUTH'].map(
      (name): Case => ({ name: `Purpose.${name}`, steps: [{ do: 'purpose', name }] }),
    ),
  ];
}
