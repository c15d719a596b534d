import type { CertificateDict, Rdn } from '@sslkit/socket';
import { printable } from './terminal.ts';

/** Short forms of RFC 4519, for one line; everything else keeps the name that OpenSSL gives. */
const SHORT: Readonly<Record<string, string>> = {
  commonName: 'CN',
  countryName: 'C',
  stateOrProvinceName: 'ST',
  localityName: 'L',
  organizationName: 'O',
  organizationalUnitName: 'OU',
  streetAddress: 'street',
  domainComponent: 'DC',
  userId: 'UID',
};

/** A distinguished name on one line, safe on a terminal: `CN=example.org, O=Example`. For reading, not for comparing. */
export function nameLine(name: readonly Rdn[]): string {
  const rdns = name.map((rdn) => rdn.map(([type, value]) => `${SHORT[type] ?? type}=${value}`).join(' + '));
  return printable(rdns.join(', ')) || '(empty)';
}

/** The names a certificate is for, on one line, safe on a terminal; at most `limit` of them. */
export function alternativeNamesLine(dict: CertificateDict, limit: number): string {
  const names = dict.subjectAltName ?? [];
  const shown = names.slice(0, limit).map(([type, value]) => {
    const text = typeof value === 'string' ? printable(value) : nameLine(value);
    return type === 'DNS' ? text : `${printable(type)} ${text}`;
  });
  const more = names.length > limit ? `, and ${names.length - limit} more` : '';
  return (shown.join(', ') || '(none)') + more;
}
