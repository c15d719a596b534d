/** One relative distinguished name: its parts, each a name and a value. */
export type Rdn = readonly (readonly [name: string, value: string])[];

/**
 * Python's `getpeercert()` dict. Keys are in Python's order; the optional ones are absent when the certificate has no such
 * extension. As in CPython, a name extension without names gives an empty `subjectAltName`; the lists of URIs are absent
 * when empty.
 */
export interface CertificateDict {
  readonly subject: readonly Rdn[];
  readonly issuer: readonly Rdn[];
  readonly version: number;
  readonly serialNumber: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly subjectAltName?: readonly (readonly [type: string, value: string | readonly Rdn[]])[];
  readonly OCSP?: readonly string[];
  readonly caIssuers?: readonly string[];
  readonly crlDistributionPoints?: readonly string[];
}

/** One certificate, parsed. @see d2i_X509(3) */
export interface X509 {
  toDer(): Buffer;
  /**
   * The full dict. Bytes of a value that are not UTF-8 come as U+DC80…U+DCFF (Python's `surrogateescape`): lossless, and
   * equal to no real name. A value that is no text at all (a bit string, a broken BMPString) has each byte, ASCII too, as
   * U+DC00 + byte.
   */
  toDict(): CertificateDict;
  /** X509_check_ca(3). */
  checkCa(): number;
}
