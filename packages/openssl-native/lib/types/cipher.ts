/** What `ctx.getCiphers()` gives of one cipher. @see SSL_CIPHER_get_name(3) */
export interface CipherInfo {
  readonly id: number;
  readonly name: string;
  /** SSL_CIPHER_get_version: the protocol that defined it, for example `TLSv1.2`. */
  readonly protocol: string;
  readonly description: string;
  readonly strengthBits: number;
  readonly algBits: number;
  readonly aead: boolean;
  readonly symmetric: string | null;
  readonly digest: string | null;
  readonly kea: string | null;
  readonly auth: string | null;
}

/** The cipher of a connection. @see SSL_CIPHER_get_name(3), SSL_CIPHER_get_bits(3) */
export interface CurrentCipher {
  readonly name: string;
  /** SSL_CIPHER_get_version */
  readonly protocol: string;
  readonly secretBits: number;
}
