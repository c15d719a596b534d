/**
 * Labels that name the same contents, so that `lax` takes one for the other. RFC 7468 section 5.1: parsers SHOULD NOT
 * treat `X509 CERTIFICATE` as `CERTIFICATE`, save for backwards compatibility; section 7 on the request; OpenSSL's
 * check_pem() has all of them.
 */
const OLD_LABELS: ReadonlyMap<string, string> = /* @__PURE__ */ new Map([
  ['X509 CERTIFICATE', 'CERTIFICATE'],
  ['X.509 CERTIFICATE', 'CERTIFICATE'],
  ['NEW CERTIFICATE REQUEST', 'CERTIFICATE REQUEST'],
  ['PKCS #7 SIGNED DATA', 'PKCS7'],
]);

/** `label`, or in lax mode the label it stands for. */
export function canonicalLabel(label: string, mode: string): string {
  return (mode === 'lax' && OLD_LABELS.get(label)) || label;
}

/** Whether the contents are secret: `PRIVATE KEY`, `RSA PRIVATE KEY`, `ENCRYPTED PRIVATE KEY`, … */
export function isPrivateLabel(label: string): boolean {
  return label.endsWith('PRIVATE KEY');
}

/**
 * RFC 7468 section 3: label = [ labelchar *( ["-" / SP] labelchar ) ], labelchar = %x21-2C / %x2E-7E; empty is fine.
 * Each separator must be followed by a labelchar, so a failed match takes time linear in its length.
 */
export const LABEL = '(?:[!-,.-~]+(?:[- ][!-,.-~]+)*)?';
