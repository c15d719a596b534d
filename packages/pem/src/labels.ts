/**
 * In lax mode the label that `label` stands for. RFC 7468 section 5.1: parsers SHOULD NOT treat `X509 CERTIFICATE` as
 * `CERTIFICATE`, save for backwards compatibility; section 7 on the request; OpenSSL's check_pem() has all of them.
 */
export function canonicalLabel(label: string, lax: boolean): string {
  return lax
    ? label
        .replace(/^X\.?509 (?=CERTIFICATE$)|^NEW (?=CERTIFICATE REQUEST$)/, '')
        .replace(/^PKCS #7 SIGNED DATA$/, 'PKCS7')
    : label;
}

/** Whether the contents are secret: `PRIVATE KEY`, `RSA PRIVATE KEY`, `ENCRYPTED PRIVATE KEY`, … */
export function isPrivateLabel(label: string): boolean {
  return label.endsWith('PRIVATE KEY');
}

/**
 * RFC 7468 section 3: label = [ labelchar *( ["-" / SP] labelchar ) ], labelchar = %x21-2C / %x2E-7E; empty is fine.
 * Each separator must be followed by a labelchar, so a failed match takes time linear in its length; and there are no
 * more than 100 words, as engines run out of memory over millions.
 */
export const LABEL = '(?:[!-,.-~]+(?:[- ][!-,.-~]+){0,99})?';
