import { row } from '../row.mjs';
import { bothVersions, context, differential, socket } from '../tests.mjs';

const all = (...names) => differential(...names.map((name) => `constant ${name}`));
const wrap = (name) => socket('parity_wrap_socket', name);
const flat = (name) => context('parity_constants', `${name} has the members and the values of Python’s enum`);
const bigint = 'a bigint';
const bigints = 'options are 64 bits wide, and a number turns negative under |';

export const section = {
  title: 'Constants',
  intro:
    'Section 1.2, and the constants of section 2.g. Each is exported flat and in a `const` object of its enum’s name.',
  rows: [
    row('CERT_NONE: not required; if one arrives it is not validated', 'CERT_NONE', 'context:CERT_NONE', [
      ...all('CERT_NONE'),
      wrap('a server with CERT_NONE'),
      ...bothVersions(
        'verify',
        'CERT_NONE takes anything',
        'CERT_NONE and an expired certificate',
        'not asked for and loaded',
      ),
    ]),
    row('CERT_OPTIONAL: not required; validated when provided', 'CERT_OPTIONAL', 'context:CERT_OPTIONAL', [
      ...all('CERT_OPTIONAL'),
      ...bothVersions('verify', 'optional and not shown', 'optional, shown and good', 'optional and untrusted'),
    ]),
    row('CERT_OPTIONAL in client mode equals CERT_REQUIRED', '', 'context:CERT_OPTIONAL', [
      socket('wrap_socket', 'CERT_OPTIONAL verifies a server'),
      ...bothVersions('verify', 'CERT_OPTIONAL on a client verifies'),
    ]),
    row('CERT_REQUIRED: required; SSLError when missing or invalid', 'CERT_REQUIRED', 'context:CERT_REQUIRED', [
      ...all('CERT_REQUIRED'),
      wrap('a server with CERT_REQUIRED'),
      ...bothVersions(
        'verify',
        'required, shown and good',
        'required and not shown',
        'required and untrusted',
        'required and expired',
        'required and for servers only',
      ),
    ]),
    row(
      'VerifyMode',
      'VerifyMode',
      'context:VerifyMode',
      flat('VerifyMode'),
      'a const object and a union type',
      'the types stay erasable: no enum at run time',
    ),
    row(
      'PROTOCOL_SSLv2 (0), PROTOCOL_SSLv3 (1)',
      'PROTOCOL_SSLv2 PROTOCOL_SSLv3',
      'context:PROTOCOL_SSLv3',
      [
        context('parity_constants', 'the protocols have the numbers of the seed and of today'),
        context('errors', 'an absent protocol is an SSLError that names the version of OpenSSL'),
        context('protocols', 'SSLv2 is gone, in both roles and with a word about it'),
      ],
      'they exist in every build; using one that OpenSSL lacks is an SSLError that names its version',
      'the seed has both, and a missing name would say nothing',
    ),
    row(
      'PROTOCOL_SSLv3 where OpenSSL has it',
      '',
      'context:HAS_SSLv3',
      [
        context('errors', 'an absent protocol is an SSLError that names the version of OpenSSL'),
        socket('protocols', 'SSLv3 client, SSLv3 server'),
      ],
      'the same tests connect where HAS_SSLv3 is true, and assert the refusal where it is not',
      'the OpenSSL of Node and of Debian is built without SSLv3',
    ),
    row('PROTOCOL_SSLv23 (2), today’s PROTOCOL_TLS', 'PROTOCOL_SSLv23 PROTOCOL_TLS', 'context:PROTOCOL_SSLv23', [
      ...all('PROTOCOL_SSLv23', 'PROTOCOL_TLS'),
      ...differential('protocols: PROTOCOL_SSLv23 client, PROTOCOL_SSLv23 server', 'defaults: PROTOCOL_SSLv23'),
    ]),
    row(
      'PROTOCOL_TLSv1 (3), PROTOCOL_TLSv1_1, PROTOCOL_TLSv1_2',
      'PROTOCOL_TLSv1 PROTOCOL_TLSv1_1 PROTOCOL_TLSv1_2',
      'context:PROTOCOL_TLSv1',
      [
        ...all('PROTOCOL_TLSv1', 'PROTOCOL_TLSv1_1', 'PROTOCOL_TLSv1_2'),
        context('protocols', 'PROTOCOL_TLSv1'),
        socket('protocols', 'each version between SSLv23 and one that is pinned'),
      ],
    ),
    row(
      'TLS 1.0 and 1.1 need security level 0',
      '',
      'context:PROTOCOL_TLSv1',
      [
        socket(
          'protocols',
          'an old version at the default security level fails, and the hint says which setting does it',
        ),
        context('errors', 'TLS 1.0 at the default security level says what it would take'),
        ...differential('old: PROTOCOL_TLSv1', 'old: PROTOCOL_TLSv1_1'),
      ],
      'the error’s hint names the setting',
      'the reason that OpenSSL gives does not',
    ),
    row(
      'PROTOCOL_TLS_CLIENT, PROTOCOL_TLS_SERVER',
      'PROTOCOL_TLS_CLIENT PROTOCOL_TLS_SERVER',
      'context:PROTOCOL_TLS_CLIENT',
      [
        ...all('PROTOCOL_TLS_CLIENT', 'PROTOCOL_TLS_SERVER'),
        ...differential('defaults: PROTOCOL_TLS_CLIENT', 'defaults: PROTOCOL_TLS_SERVER'),
      ],
    ),
    row(
      'OP_ALL: set by default, without DONT_INSERT_EMPTY_FRAGMENTS',
      'OP_ALL',
      'context:OP_ALL',
      [
        ...all('OP_ALL'),
        context('parity_constants', 'OP_ALL is set by default, SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS is not in it'),
      ],
      bigint,
      bigints,
    ),
    row(
      'OP_NO_SSLv2, OP_NO_SSLv3, OP_NO_TLSv1: forbid a version under PROTOCOL_SSLv23',
      'OP_NO_SSLv2 OP_NO_SSLv3 OP_NO_TLSv1',
      'context:OP_NO_TLSv1',
      [
        ...all('OP_NO_SSLv2', 'OP_NO_SSLv3', 'OP_NO_TLSv1'),
        socket('protocols', 'OP_NO_* take versions away, one by one, and give them back'),
        context('context', 'options are joined, set and cleared as 64-bit numbers'),
      ],
      bigint,
      bigints,
    ),
    row(
      'OP_NO_TLSv1_1, OP_NO_TLSv1_2, OP_NO_TLSv1_3',
      'OP_NO_TLSv1_1 OP_NO_TLSv1_2 OP_NO_TLSv1_3',
      'context:OP_NO_TLSv1_3',
      [
        ...all('OP_NO_TLSv1_1', 'OP_NO_TLSv1_2', 'OP_NO_TLSv1_3'),
        socket('protocols', 'OP_NO_* take versions away, one by one, and give them back'),
        context('context', 'switching a version off by an option has its effect'),
      ],
      bigint,
      bigints,
    ),
    row(
      'OP_CIPHER_SERVER_PREFERENCE, OP_NO_COMPRESSION, OP_NO_RENEGOTIATION, OP_NO_TICKET, …',
      'OP_CIPHER_SERVER_PREFERENCE OP_ENABLE_MIDDLEBOX_COMPAT OP_IGNORE_UNEXPECTED_EOF OP_NO_COMPRESSION OP_NO_RENEGOTIATION OP_NO_TICKET OP_SINGLE_DH_USE OP_SINGLE_ECDH_USE',
      'context:OP_NO_TICKET',
      all(
        'OP_CIPHER_SERVER_PREFERENCE',
        'OP_ENABLE_MIDDLEBOX_COMPAT',
        'OP_IGNORE_UNEXPECTED_EOF',
        'OP_NO_COMPRESSION',
        'OP_NO_RENEGOTIATION',
        'OP_NO_TICKET',
        'OP_SINGLE_DH_USE',
        'OP_SINGLE_ECDH_USE',
      ),
      bigint,
      bigints,
    ),
    row(
      'OP_ENABLE_KTLS, OP_LEGACY_SERVER_CONNECT (3.12)',
      'OP_ENABLE_KTLS OP_LEGACY_SERVER_CONNECT',
      'context:OP_ENABLE_KTLS',
      context('parity_constants', 'OP_LEGACY_SERVER_CONNECT and OP_ENABLE_KTLS are OpenSSL’s bits'),
      bigint,
      bigints,
    ),
    row('Options', 'Options', 'context:Options', flat('Options'), 'values are bigint', bigints),
    row(
      'OPENSSL_VERSION, _INFO, _NUMBER',
      'OPENSSL_VERSION OPENSSL_VERSION_INFO OPENSSL_VERSION_NUMBER',
      'context:OPENSSL_VERSION_INFO',
      [
        context('context', 'the version is that of the OpenSSL in use'),
        ...all('OPENSSL_VERSION', 'OPENSSL_VERSION_INFO', 'OPENSSL_VERSION_NUMBER'),
      ],
    ),
    row(
      'SSL_ERROR_WANT_READ (2), SSL_ERROR_WANT_WRITE (3) in err.args[0]',
      'SSL_ERROR_WANT_READ SSL_ERROR_WANT_WRITE',
      'context:SSL_ERROR_WANT_READ',
      [
        ...all('SSL_ERROR_WANT_READ', 'SSL_ERROR_WANT_WRITE'),
        socket('waiting', 'non-blocking the seed’s handshake loop'),
      ],
      'err.errno holds args[0]',
      'JavaScript’s errors have no args',
    ),
    row(
      'SSL_ERROR_SSL 1, X509_LOOKUP 4, SYSCALL 5, ZERO_RETURN 6, WANT_CONNECT 7, EOF 8, INVALID_ERROR_CODE 10',
      'SSL_ERROR_SSL SSL_ERROR_WANT_X509_LOOKUP SSL_ERROR_SYSCALL SSL_ERROR_ZERO_RETURN SSL_ERROR_WANT_CONNECT SSL_ERROR_EOF SSL_ERROR_INVALID_ERROR_CODE SSLErrorNumber',
      'context:SSLErrorNumber',
      [
        flat('SSLErrorNumber'),
        ...all(
          'SSL_ERROR_SSL',
          'SSL_ERROR_WANT_X509_LOOKUP',
          'SSL_ERROR_SYSCALL',
          'SSL_ERROR_ZERO_RETURN',
          'SSL_ERROR_WANT_CONNECT',
          'SSL_ERROR_EOF',
          'SSL_ERROR_INVALID_ERROR_CODE',
        ),
      ],
    ),
    row(
      'VERIFY_DEFAULT, VERIFY_CRL_CHECK_LEAF, VERIFY_CRL_CHECK_CHAIN, VERIFY_X509_STRICT, …',
      'VerifyFlags VERIFY_DEFAULT VERIFY_CRL_CHECK_LEAF VERIFY_CRL_CHECK_CHAIN VERIFY_X509_STRICT VERIFY_ALLOW_PROXY_CERTS VERIFY_X509_TRUSTED_FIRST VERIFY_X509_PARTIAL_CHAIN',
      'context:VerifyFlags',
      [flat('VerifyFlags'), ...all('VERIFY_CRL_CHECK_CHAIN', 'VERIFY_X509_STRICT', 'VERIFY_X509_PARTIAL_CHAIN')],
    ),
    row('TLSVersion', 'TLSVersion', 'context:TLSVersion', flat('TLSVersion')),
    row('AlertDescription: 27 members, flat as ALERT_DESCRIPTION_*', 'AlertDescription', 'context:AlertDescription', [
      flat('AlertDescription'),
      context('parity_constants', 'AlertDescription has a flat name for each member'),
    ]),
    row('Purpose.SERVER_AUTH, Purpose.CLIENT_AUTH', 'Purpose', 'context:Purpose', [
      ...differential('Purpose.SERVER_AUTH', 'Purpose.CLIENT_AUTH'),
      context('parity_constants', 'a Purpose has name and OID, and there are two'),
    ]),
    row(
      'CHANNEL_BINDING_TYPES',
      'CHANNEL_BINDING_TYPES',
      'context:CHANNEL_BINDING_TYPES',
      context('parity_constants', 'CHANNEL_BINDING_TYPES are those that getChannelBinding() knows'),
      'three instead of one',
      'Better than Python 8: tls-unique does not exist on TLS 1.3',
    ),
    row(
      'HAS_SNI, HAS_ECDH, HAS_ALPN, HAS_NPN, HAS_SSLv2, HAS_SSLv3, HAS_TLSv1 …, HAS_NEVER_CHECK_COMMON_NAME; HAS_PHA of 3.14',
      'HAS_SNI HAS_ECDH HAS_ALPN HAS_NPN HAS_SSLv2 HAS_SSLv3 HAS_TLSv1 HAS_TLSv1_1 HAS_TLSv1_2 HAS_TLSv1_3 HAS_NEVER_CHECK_COMMON_NAME',
      'context:HAS_SSLv3',
      all(
        'HAS_SNI',
        'HAS_ECDH',
        'HAS_ALPN',
        'HAS_NPN',
        'HAS_SSLv2',
        'HAS_SSLv3',
        'HAS_TLSv1',
        'HAS_TLSv1_1',
        'HAS_TLSv1_2',
        'HAS_TLSv1_3',
        'HAS_NEVER_CHECK_COMMON_NAME',
      ).concat(context('post_handshake_auth', 'is there')),
    ),
  ],
};
