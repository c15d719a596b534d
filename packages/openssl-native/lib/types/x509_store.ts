/** X509_STORE: trusted certificates and CRLs. May be shared by contexts. */
export interface X509Store {
  /** A store with the same objects and its own life. Lookup directories are not copied. */
  clone(): X509Store;
  /** All certificates and CRLs of a PEM bundle; returns how many were found. Duplicates are no error. As X509_load_cert_crl_file(3). */
  addPem(pem: Uint8Array): number;
  /** All certificates of PEM text (CRLs skipped), as CPython's `cadata` str; returns the count; 0 is the caller's to refuse. */
  addPemCerts(pem: Uint8Array): number;
  /** Concatenated DER certificates; returns the count. */
  addDer(der: Uint8Array): number;
  /** A folder in OpenSSL's hashed layout. @see X509_LOOKUP_hash_dir(3) */
  addDir(path: string): void;
  stats(): { x509: number; crl: number; x509Ca: number };
  /** DER of the certificates for which X509_check_ca(3) holds. */
  caCerts(): Buffer[];
}
