/** What a certificate is for: Python's `Purpose`, objects with the four fields of its `_ASN1Object`. */

/** An extended key usage. @see RFC 5280 section 4.2.1.12 */
export class Purpose {
  /** OpenSSL's number of the object. */
  readonly nid: number;
  /** OpenSSL's short name, as `serverAuth`. */
  readonly shortname: string;
  /** OpenSSL's long name. */
  readonly longname: string;
  /** In dotted decimal. */
  readonly oid: string;

  /** Certificates of servers: what a client asks for. */
  static readonly SERVER_AUTH: Purpose = new Purpose(
    129,
    'serverAuth',
    'TLS Web Server Authentication',
    '1.3.6.1.5.5.7.3.1',
  );
  /** Certificates of clients: what a server asks for. */
  static readonly CLIENT_AUTH: Purpose = new Purpose(
    130,
    'clientAuth',
    'TLS Web Client Authentication',
    '1.3.6.1.5.5.7.3.2',
  );

  private constructor(nid: number, shortname: string, longname: string, oid: string) {
    this.nid = nid;
    this.shortname = shortname;
    this.longname = longname;
    this.oid = oid;
    Object.freeze(this);
  }
}
