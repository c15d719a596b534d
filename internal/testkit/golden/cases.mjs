/** The golden certificates: for each, what differs from an ordinary one. The key is the file name. */
import {
  bits,
  bmp,
  boolean,
  der,
  explicit,
  generalizedTime,
  ia5,
  implicit,
  integer,
  numeric,
  octets,
  oid,
  printable,
  sequence,
  setOf,
  teletex,
  universal,
  utcTime,
  utf8,
  visible,
} from './der.mjs';

const OIDS = {
  CN: '2.5.4.3',
  SN: '2.5.4.4',
  serialNumber: '2.5.4.5',
  C: '2.5.4.6',
  L: '2.5.4.7',
  ST: '2.5.4.8',
  street: '2.5.4.9',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  title: '2.5.4.12',
  businessCategory: '2.5.4.15',
  postalCode: '2.5.4.17',
  GN: '2.5.4.42',
  dnQualifier: '2.5.4.46',
  pseudonym: '2.5.4.65',
  organizationIdentifier: '2.5.4.97',
  UID: '0.9.2342.19200300.100.1.1',
  DC: '0.9.2342.19200300.100.1.25',
  emailAddress: '1.2.840.113549.1.9.1',
  unstructuredName: '1.2.840.113549.1.9.2',
  jurisdictionC: '1.3.6.1.4.1.311.60.2.1.3',
};
const SAN = '2.5.29.17';
const AIA = '1.3.6.1.5.5.7.1.1';
const CRL_DP = '2.5.29.31';
const OCSP = '1.3.6.1.5.5.7.48.1';
const CA_ISSUERS = '1.3.6.1.5.5.7.48.2';
const CA_REPOSITORY = '1.3.6.1.5.5.7.48.5';

const attribute = (type, value) => sequence(oid(OIDS[type] ?? type), typeof value === 'string' ? utf8(value) : value);
const rdn = (...pairs) => setOf(...pairs.map(([type, value]) => attribute(type, value)));
/** One single-valued RDN per pair. */
const name = (...pairs) => sequence(...pairs.map((pair) => rdn(pair)));
const extension = (type, value, critical = false) =>
  sequence(oid(type), ...(critical ? [boolean(true)] : []), octets(value));

const dns = (text) => implicit(2, Buffer.from(text, 'latin1'));
const email = (text) => implicit(1, Buffer.from(text, 'latin1'));
const uri = (text) => implicit(6, Buffer.from(text, 'latin1'));
const ip = (...bytes) => implicit(7, Buffer.from(bytes));
const rid = (dotted) => implicit(8, oid(dotted).subarray(2));
const dirName = (...pairs) => explicit(4, name(...pairs));
const otherName = (type, value) => explicit(0, oid(type), explicit(0, value));
const san = (...names) => extension(SAN, sequence(...names));

const access = (method, location) => sequence(oid(method), location);
const aia = (...descriptions) => extension(AIA, sequence(...descriptions));
const fullName = (...names) => explicit(0, explicit(0, ...names));
const crlDp = (...points) => extension(CRL_DP, sequence(...points.map((parts) => sequence(...parts))));

const IPV6 = [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
const CN = ['CN', 'golden.example'];

export const defaults = {
  version: 3,
  serial: '0102030405',
  issuer: name(['C', printable('XX')], ['O', 'sslkit golden'], ['CN', 'sslkit golden CA']),
  subject: name(CN),
  notBefore: utcTime('200101000000Z'),
  notAfter: utcTime('490101000000Z'),
  extensions: [],
};

export const cases = {
  typical: {
    subject: name(
      ['C', printable('XX')],
      ['ST', 'State'],
      ['L', 'Locality'],
      ['O', 'Organization'],
      ['OU', 'Unit one'],
      ['OU', 'Unit two'],
      CN,
    ),
    extensions: [
      san(dns('golden.example'), dns('*.golden.example')),
      aia(access(OCSP, uri('http://ocsp.example/')), access(CA_ISSUERS, uri('http://ca.example/ca.cer'))),
      crlDp([fullName(uri('http://crl.example/ca.crl'))]),
    ],
  },
  'rdn-multi-valued': {
    subject: sequence(
      rdn(['O', 'One'], ['OU', 'Two']),
      rdn(CN, ['UID', 'user'], ['emailAddress', ia5('user@example.com')]),
    ),
  },
  'rdn-empty-set': { subject: sequence(setOf(), rdn(CN)) },
  'subject-long-names': {
    subject: name(
      ...Object.keys(OIDS)
        .filter((type) => type !== 'CN')
        .map((type) => [type, `value of ${type}`]),
    ),
  },
  'subject-unknown-oids': {
    subject: name(
      ['1.2.3.4.5.6', 'unknown'],
      ['2.999.1', 'example arc'],
      ['1.3.6.1.4.1.99999.4294967295.1', 'large arc'],
      CN,
    ),
  },
  'subject-string-types': {
    subject: name(
      ['O', printable('Printable')],
      ['O', utf8('UTF-8 ÄÖ € 😀')],
      ['O', bmp('BMP ÄÖ €')],
      ['O', teletex('T61 caf\xe9')],
      ['O', universal('Universal Ä 😀')],
      ['O', ia5('IA5')],
      ['O', numeric('0123')],
      CN,
    ),
  },
  'subject-string-empty': { subject: name(['O', ''], CN) },
  'subject-string-nul': { subject: name(['CN', 'golden.example\0.evil.example']) },
  'subject-string-control': { subject: name(['O', 'line\nfeed\ttab "quote" \\ backslash'], CN) },
  'subject-utf8-invalid': { subject: name(['O', der(0x0c, Buffer.from('caf\xe9', 'latin1'))], CN) },
  'subject-bmp-odd-length': { subject: name(['O', der(0x1e, [0, 0x41, 0])], CN) },
  'subject-ia5-latin1': { subject: name(['emailAddress', ia5('caf\xe9@example.com')], CN) },
  // OpenSSL takes no VisibleString and no OCTET STRING in a name, but does take these two.
  'subject-visible': { subject: name(['O', visible('Visible')], CN) },
  'subject-bits': { subject: name(['O', bits([0xa5, 0x80], 7)], CN) },
  'subject-sequence': { subject: name(['O', sequence(utf8('inner'))], CN) },
  'subject-octets': { subject: name(['O', octets('raw')], CN) },
  'subject-empty': { subject: name(), extensions: [extension(SAN, sequence(dns('golden.example')), true)] },
  'subject-and-issuer-empty': { subject: name(), issuer: name() },

  'san-every-kind': {
    extensions: [
      san(
        otherName('1.3.6.1.4.1.311.20.2.3', utf8('user@ad.example')),
        email('user@example.com'),
        dns('golden.example'),
        // ORAddress with nothing but a country in its standard attributes.
        explicit(3, sequence(der(0x61, printable('XX')))),
        dirName(['C', printable('XX')], ['O', 'Directory'], ['CN', 'Käse']),
        explicit(5, explicit(1, utf8('party'))),
        uri('https://golden.example/path?query#fragment'),
        ip(192, 0, 2, 1),
        ip(...IPV6),
        rid('1.2.3.4.5'),
      ),
    ],
  },
  'san-ip-forms': {
    extensions: [
      san(
        ip(0, 0, 0, 0),
        ip(255, 255, 255, 255),
        ip(...Array(16).fill(0)),
        ip(...Array(16).fill(0xff)),
        ip(...Array(10).fill(0), 0xff, 0xff, 192, 0, 2, 1),
      ),
    ],
  },
  'san-ip-bad-length': { extensions: [san(ip(192, 0, 2, 1, 0), ip(), ip(1, 2, 3), dns('golden.example'))] },
  'san-ip-with-mask': { extensions: [san(ip(192, 0, 2, 0, 255, 255, 255, 0))] },
  'san-dns-nul': {
    extensions: [
      san(
        dns('golden.example\0.evil.example'),
        email('null@example.com\0user@example.org'),
        uri('http://golden.example\0http://evil.example'),
        ip(192, 0, 2, 1),
      ),
    ],
  },
  'san-dns-latin1': { extensions: [san(dns('caf\xe9.example'), dns('golden.example'))] },
  'san-email-latin1': { extensions: [san(email('caf\xe9@example.com'))] },
  'san-uri-latin1': { extensions: [san(uri('http://caf\xe9.example/'))] },
  'san-dns-odd': {
    extensions: [san(dns(''), dns(' '), dns('a,DNS:b.example'), dns('trailing.example.'), dns('xn--nxasmq6b.example'))],
  },
  'san-dirname-multi': {
    extensions: [san(explicit(4, sequence(rdn(['O', 'One'], ['OU', 'Two']), rdn(['CN', 'three']))), dirName())],
  },
  'san-othername-kinds': {
    extensions: [
      san(
        otherName('1.3.6.1.5.5.7.8.5', utf8('user@xmpp.example')),
        otherName('1.3.6.1.5.5.7.8.7', ia5('_service.example')),
        otherName('1.3.6.1.5.5.7.8.9', utf8('smtp-utf8@example.com')),
        otherName('1.2.3.4', sequence(integer('01'))),
      ),
    ],
  },
  'san-rid-forms': { extensions: [san(rid('2.5.4.3'), rid('1.2.3.4.5'), rid('2.999.4294967295'))] },
  'san-empty': { extensions: [san()] },
  'san-malformed': { extensions: [extension(SAN, [0x30, 0x05, 0x82, 0x10, 0x61])] },
  'san-twice': { extensions: [san(dns('first.example')), san(dns('second.example'))] },
  'san-many': { extensions: [san(...Array.from({ length: 300 }, (_, i) => dns(`host-${i}.golden.example`)))] },

  'aia-every-kind': {
    extensions: [
      aia(
        access(OCSP, uri('http://ocsp-1.example/')),
        access(CA_ISSUERS, uri('http://ca-1.example/ca.cer')),
        access(CA_REPOSITORY, uri('http://repository.example/')),
        access(OCSP, uri('http://ocsp-2.example/')),
        access(CA_ISSUERS, uri('ldap://ca-2.example/cn=CA?cACertificate')),
        access(OCSP, dirName(['CN', 'responder'])),
        access(CA_ISSUERS, email('ca@example.com')),
      ),
    ],
  },
  'aia-empty': { extensions: [aia()] },
  'aia-only-other': { extensions: [aia(access(CA_REPOSITORY, uri('http://repository.example/')))] },
  'aia-latin1': { extensions: [aia(access(OCSP, uri('http://caf\xe9.example/')))] },
  'aia-malformed': { extensions: [extension(AIA, [0x30, 0x05, 0x30, 0x10, 0x06])] },

  'crl-dp-every-kind': {
    extensions: [
      crlDp(
        [fullName(uri('http://crl-1.example/ca.crl'), uri('ldap://crl-1.example/cn=CA'))],
        // No distribution point: only who issues the list.
        [explicit(2, dirName(['CN', 'CRL issuer']))],
        // A name relative to the issuer's.
        [explicit(0, explicit(1, attribute('CN', 'relative')))],
        [fullName(dirName(['CN', 'directory'])), implicit(1, [1, 0x06])],
        [fullName(uri('http://crl-2.example/ca.crl'))],
      ),
    ],
  },
  'crl-dp-no-point': { extensions: [crlDp([explicit(2, dirName(['CN', 'CRL issuer']))])] },
  'crl-dp-empty': { extensions: [crlDp()] },
  'crl-dp-latin1': { extensions: [crlDp([fullName(uri('http://caf\xe9.example/'))])] },
  'crl-dp-malformed': { extensions: [extension(CRL_DP, [0x30, 0x05, 0x30, 0x10, 0xa0])] },

  'serial-zero': { serial: '00' },
  'serial-one-digit': { serial: '05' },
  'serial-negative': { serial: 'fe' },
  'serial-negative-long': { serial: '80112233445566778899' },
  'serial-high-bit': { serial: '00ffeeddccbbaa99887766554433221100ffeeddcc' },
  'serial-very-long': { serial: `7f${'ab'.repeat(63)}` },

  'dates-generalized': { notBefore: generalizedTime('20500101000000Z'), notAfter: generalizedTime('20540615123456Z') },
  'dates-century': { notBefore: utcTime('500101000000Z'), notAfter: utcTime('491231235959Z') },
  'dates-end-of-time': { notBefore: generalizedTime('00000101000000Z'), notAfter: generalizedTime('99991231235959Z') },
  'dates-one-digit-day': { notBefore: utcTime('240209010203Z'), notAfter: utcTime('481105235959Z') },
  'dates-without-seconds': { notBefore: utcTime('2401010000Z'), notAfter: utcTime('4801010000Z') },
  'dates-fraction': { notBefore: utcTime('240101000000Z'), notAfter: generalizedTime('20480101000000.5Z') },
  'dates-offset': { notBefore: utcTime('240101000000+0100'), notAfter: utcTime('480101000000-0500') },
  'dates-malformed': { notBefore: utcTime('not a time'), notAfter: utcTime('480101000000Z') },

  'version-1': { version: 1, extensions: null },
  'version-2': { version: 2, extensions: null },
  'version-3-without-extensions': { extensions: null },
  'extension-unknown-critical': {
    extensions: [extension('1.2.3.4.5.6.7', utf8('?'), true), san(dns('golden.example'))],
  },
  'extension-key-usage-odd': {
    extensions: [extension('2.5.29.15', bits([0xff], 0), true), san(dns('golden.example'))],
  },
};
