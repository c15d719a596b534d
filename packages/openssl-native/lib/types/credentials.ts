/** Encoding of certificates and keys handed over as bytes. */
export type Encoding = 'pem' | 'der';

/**
 * Supplies the password of an encrypted key, synchronously. What it throws is rethrown unchanged by the call that needed
 * the password. Longer than 1024 bytes: `RangeError`, code `ERR_PASSWORD_TOO_LONG`. Other types: `TypeError`, code
 * `ERR_PASSWORD_TYPE`. Not called for a key that is not encrypted.
 */
export type PasswordSource = () => string | Uint8Array;

/** What a certificate is loaded from, as bytes. @see SslCtx.useCertAndKey */
export interface CertificateAndKey {
  /** PEM: leaf first, then its chain. DER: the leaf alone. */
  readonly cert: Uint8Array;
  readonly certEncoding: Encoding;
  readonly key: Uint8Array;
  readonly keyEncoding: Encoding;
  readonly password?: PasswordSource | null;
}
