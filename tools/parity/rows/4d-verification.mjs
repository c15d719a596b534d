import { row } from '../row.mjs';
import { bothVersions, context, contextUnit, differential, limbo, socket, table } from '../tests.mjs';

const verify = (...names) => bothVersions('verify', ...names);
const named = (host, ...servers) => verify(...servers.map((server) => `name ${host} at ${server}`));
const decoded = (...names) => differential(...names.map((name) => `certificate: ${name}`));

export const section = {
  title: 'Verification, and certificates as dicts',
  intro:
    'Section 2.b. OpenSSL verifies inside the handshake, so the peer gets the alert. x509-limbo runs in all three modes.',
  rows: [
    row('x509-limbo: verdict and message, 185 cases with a verdict, three modes', '', 'context:SSLContext', [
      limbo('x509-limbo, default '),
      limbo('x509-limbo, partial-chain '),
      limbo('x509-limbo, strict-partial-chain '),
    ]),
    row(
      'host name: verify_code 62, “Hostname mismatch, …”; the peer gets bad_certificate',
      '',
      'context:SSLCertVerificationError',
      [
        socket('refused', 'a certificate that is refused, stream channel TLS 1.2 for another host'),
        socket('refused', 'a certificate that is refused, native channel TLS 1.3 for another host'),
        context('handshake', 'a refused certificate leaves the alert in the outgoing BIO, and the server learns why'),
        ...named('example.org', 'plain'),
      ],
    ),
    row('IP address: verify_code 64', '', 'context:SSLCertVerificationError', [
      socket('refused', 'for another address is code 64, and an address never matches a name'),
      ...named('127.0.0.2', 'address'),
    ]),
    row(
      'self-signed 18; self-signed in chain 19; unknown issuer 20; the peer gets unknown_ca',
      '',
      'context:SSLCertVerificationError',
      [
        socket('refused', 'that signs itself'),
        socket('refused', 'of an unknown authority'),
        ...verify(
          'self-signed',
          'self-signed root in the chain',
          'another CA',
          'no trust at all',
          'a chain without its intermediate',
        ),
      ],
    ),
    row('expired 10, not yet valid 9', '', 'context:SSLCertVerificationError', [
      socket('refused', 'that has expired'),
      socket('refused', 'that is not valid yet'),
      ...verify('expired', 'not yet valid'),
    ]),
    row('CRL: missing 3, revoked 23', '', 'context:SSLContext.verifyFlags', [
      ...verify(
        'a CRL is missing (leaf)',
        'a CRL is missing (chain)',
        'revoked',
        'not revoked',
        'revoked, and nobody asks',
      ),
      context('parity_context', 'a CRL from a file revokes, and only where it is asked for'),
    ]),
    row('VERIFY_X509_STRICT: missing authority key identifier 85', '', 'context:SSLContext.verifyFlags', [
      ...verify(
        'strict: no authority key identifier',
        'strict: a good certificate',
        'not strict: no authority key identifier',
      ),
      context('errors', 'a strict context names the flag and what is missing'),
    ]),
    row(
      'VERIFY_X509_PARTIAL_CHAIN',
      '',
      'context:SSLContext.verifyFlags',
      verify('a leaf as trust anchor, partial chain', 'a leaf as trust anchor, no partial chain'),
    ),
    row('a certificate for the wrong purpose', '', 'context:SSLContext', verify('a client certificate on a server')),
    row('names: case-insensitive', '', 'context:SSLContext.checkHostname', named('WWW.example.ORG', 'plain', 'upper')),
    row('names: a trailing dot does not match', '', 'context:SSLContext.checkHostname', [
      ...named('www.example.org.', 'plain'),
      contextUnit('hostname', 'a trailing dot stays out of SNI, and in what is verified'),
    ]),
    row(
      'names: wildcards as a whole left-most label, one label deep, two labels after it',
      '',
      'context:SSLContext.checkHostname',
      [
        ...named('www.example.org', 'wildcard', 'star', 'starTop', 'partial', 'twice'),
        ...named('a.b.example.org', 'wildcard'),
        ...named('example.org', 'wildcard'),
        ...named('a.x.org', 'inner'),
        ...named('xn--bcher-kva.example.org', 'idnPartial'),
      ],
    ),
    row(
      'names: common name only without a DNS name',
      '',
      'context:SSLContext.hostnameChecksCommonName',
      named(
        'www.example.org',
        'commonName',
        'commonNameAndSan',
        'commonNameAndAddress',
        'commonNameAndEmail',
        'commonNameWildcard',
      ),
    ),
    row('names: an address matches only IP names; 127.1 and [::1] are names', '', 'context:SSLContext.checkHostname', [
      ...named('127.0.0.1', 'address', 'addressAsName'),
      ...named('2001:DB8:0:0:0:0:0:1', 'address'),
      ...named('127.1', 'address'),
      contextUnit('hostname', 'a host name [::1] is sent and verified as it stands'),
    ]),
    row('names: underscore and * compare literally', '', 'context:SSLContext.checkHostname', [
      ...named('under_score.example.org', 'underscore'),
      ...named('*.example.org', 'plain'),
    ]),
    row(
      'names: server_hostname "", ".x", NUL, a label over 63, over 255',
      '',
      'context:SSLContext.wrapBio',
      [
        ...verify('bad name ""', 'bad name ".example.org"', 'bad name "a..b"'),
        contextUnit('hostname', 'the empty string is refused'),
        contextUnit('hostname', 'an embedded NUL is refused'),
        contextUnit('hostname', 'a label of 64 characters is refused'),
      ],
      'all are TypeErrors with ERR_INVALID_ARG_VALUE',
      'CPython has three classes for one mistake',
    ),
    row(
      'names: IDNA',
      '',
      'context:SSLContext.wrapBio',
      [contextUnit('hostname', 'becomes an A-label by UTS #46'), ...differential('an internationalized name')],
      'UTS #46',
      'Better than Python 10',
    ),
    row('mutual TLS without a client certificate', '', 'context:SSLContext.verifyMode', [
      socket('refused', 'a client without the certificate that the server insists on'),
      context('handshake', 'a client without a certificate is told that one is required'),
      ...verify('required and not shown'),
    ]),
    row('mutual TLS', '', 'socket:SSLSocket.getPeerCert', [
      socket('ssl_context_wrap_socket', 'mutual TLS: both see each other’s certificate, and both chains'),
      socket('peers', 'openssl s_client with a certificate is verified by us'),
      ...verify('required, shown and good', 'optional, shown and good'),
    ]),
    row('no certificate, no common cipher: NO_SHARED_CIPHER, HANDSHAKE_FAILURE', '', 'socket:SSLSocket.doHandshake', [
      socket('refused', 'a server without a certificate has NO_SHARED_CIPHER'),
      ...bothVersions('fail', 'a server without a certificate', 'no cipher in common'),
    ]),
    row(
      'versions apart: UNSUPPORTED_PROTOCOL, PROTOCOL_VERSION; none left: NO_PROTOCOLS_AVAILABLE',
      '',
      'socket:SSLSocket.doHandshake',
      [
        socket('refused', 'each side says so: UNSUPPORTED_PROTOCOL and the alert'),
        ...bothVersions('fail', 'versions apart', 'every version switched off'),
      ],
    ),
    row('the dict: keys in order, only what is there', '', 'context:decodeCertificate', [
      table('decoded certificates'),
      context('context', 'decodeCertificate reads PEM and DER, and says what else it was given'),
    ]),
    row(
      'subject, issuer: tuple of RDNs of (name, value); unknown types as dotted OID; several values in one RDN',
      '',
      'context:decodeCertificate',
      decoded('rdn-multi-valued', 'subject-unknown-oids', 'subject-empty', 'subject-string-types'),
      'arrays',
      'JavaScript has no tuples',
    ),
    row(
      'version, serialNumber',
      '',
      'context:decodeCertificate',
      decoded('serial-zero', 'serial-negative', 'serial-high-bit'),
    ),
    row(
      'notBefore, notAfter',
      '',
      'context:decodeCertificate',
      decoded('dates-generalized', 'dates-one-digit-day', 'dates-century'),
    ),
    row(
      'subjectAltName: DNS, email, URI, IP Address, DirName, Registered ID, othername',
      '',
      'context:decodeCertificate',
      decoded(
        'san-every-kind',
        'san-ip-forms',
        'san-othername-kinds',
        'san-rid-forms',
        'san-dirname-multi',
        'san-dns-nul',
      ),
    ),
    row(
      'OCSP, caIssuers, crlDistributionPoints',
      '',
      'context:decodeCertificate',
      decoded('aia-every-kind', 'aia-empty', 'crl-dp-every-kind', 'crl-dp-no-point'),
    ),
    row(
      'bytes that are not UTF-8: UnicodeDecodeError',
      '',
      'context:decodeCertificate',
      [
        context('parity_context', 'a name that is not UTF-8 is returned losslessly'),
        context('parity_context', 'a name that is not UTF-8 never matches'),
      ],
      'returned losslessly (U+DC80 + byte, as Python’s surrogateescape)',
      'Better than Python 7',
    ),
    row(
      'getpeercert asks the context as it is now',
      '',
      'context:SSLObject.getPeerCert',
      [
        context('handshake', 'a connection keeps the settings it was made under'),
        context('parity_context', 'changes of a context concern later connections only'),
      ],
      'answers from what was verified at the handshake',
      'Better than Python 3',
    ),
    row(
      'get_verified_chain: leaf first, root last; with CERT_NONE the unverified',
      '',
      'context:SSLObject.getVerifiedChain',
      [
        context('handshake', 'chains are there after a good handshake and empty after a bad one'),
        ...verify('a chain with an intermediate', 'CERT_NONE takes anything'),
      ],
    ),
    row(
      'after a failed verification the chain is still returned',
      '',
      'context:SSLObject.getVerifiedChain',
      [
        context('handshake', 'chains are there after a good handshake and empty after a bad one'),
        context('errors', 'the certificates of the peer are attached, and not printed'),
      ],
      'empty; the error has peerCertificates',
      'Better than Python 3: what failed must not look verified',
    ),
  ],
};
