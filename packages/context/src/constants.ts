/**
 * Python's constants: one `const` object per enum, and each member by its flat name. Values are OpenSSL's; the options are
 * `bigint`, because they are 64 bits wide and a number turns negative under `|`.
 */
import { bigintConstant, native } from './native.ts';

/** The peer needs no certificate, and the one that it shows is not verified. */
export const CERT_NONE = 0;
/** Of a server: clients need none, and one that is shown must verify. Of a client the same as {@link CERT_REQUIRED}. */
export const CERT_OPTIONAL = 1;
/** The peer must show a certificate that verifies. */
export const CERT_REQUIRED = 2;

/** Whether the peer must show a certificate, and whether it is checked. */
export const VerifyMode = { CERT_NONE: 0, CERT_OPTIONAL: 1, CERT_REQUIRED: 2 } as const;
export type VerifyMode = (typeof VerifyMode)[keyof typeof VerifyMode];

/** Gone from OpenSSL: contexts with it are refused. */
export const PROTOCOL_SSLv2 = 0;
/** SSL 3.0 alone, where this OpenSSL was built with it: {@link HAS_SSLv3}. */
export const PROTOCOL_SSLv3 = 1;
/** The old name of {@link PROTOCOL_TLS}: the best version that both sides have. */
export const PROTOCOL_SSLv23 = 2;
/** Both roles, the best version that both sides have; nothing is verified by default. */
export const PROTOCOL_TLS = 2;
/** TLS 1.0 alone. Deprecated, see RFC 8996. */
export const PROTOCOL_TLSv1 = 3;
/** TLS 1.1 alone. Deprecated, see RFC 8996. */
export const PROTOCOL_TLSv1_1 = 4;
/** TLS 1.2 alone. `minimumVersion` and `maximumVersion` of the other protocols say the same without a fixed role. */
export const PROTOCOL_TLSv1_2 = 5;
/** Client side, verified and checked against the host name by default. */
export const PROTOCOL_TLS_CLIENT = 16;
/** Server side; clients are not asked for certificates by default. */
export const PROTOCOL_TLS_SERVER = 17;

/** What an `SSLContext` is made for. @see TLS_method(3) */
export const Protocol = {
  PROTOCOL_SSLv2: 0,
  PROTOCOL_SSLv3: 1,
  PROTOCOL_SSLv23: 2,
  PROTOCOL_TLS: 2,
  PROTOCOL_TLSv1: 3,
  PROTOCOL_TLSv1_1: 4,
  PROTOCOL_TLSv1_2: 5,
  PROTOCOL_TLS_CLIENT: 16,
  PROTOCOL_TLS_SERVER: 17,
} as const;
export type Protocol = (typeof Protocol)[keyof typeof Protocol];

/** OpenSSL's work-arounds for bugs of others, without the one that weakens CBC ciphers, as Python defines it. */
export const OP_ALL: bigint = bigintConstant('SSL_OP_ALL') & ~bigintConstant('SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS');
/** 0: SSLv2 is gone from OpenSSL. */
export const OP_NO_SSLv2: bigint = bigintConstant('SSL_OP_NO_SSLv2');
/** No SSL 3.0; set by default. */
export const OP_NO_SSLv3: bigint = bigintConstant('SSL_OP_NO_SSLv3');
/** No TLS 1.0. `minimumVersion` is the better way. */
export const OP_NO_TLSv1: bigint = bigintConstant('SSL_OP_NO_TLSv1');
/** No TLS 1.1. */
export const OP_NO_TLSv1_1: bigint = bigintConstant('SSL_OP_NO_TLSv1_1');
/** No TLS 1.2. */
export const OP_NO_TLSv1_2: bigint = bigintConstant('SSL_OP_NO_TLSv1_2');
/** No TLS 1.3. */
export const OP_NO_TLSv1_3: bigint = bigintConstant('SSL_OP_NO_TLSv1_3');
/** No stateless session tickets in TLS 1.2; those of TLS 1.3 hold a reference only. */
export const OP_NO_TICKET: bigint = bigintConstant('SSL_OP_NO_TICKET');
/** No compression of records, which leaks secrets (CRIME); set by default. */
export const OP_NO_COMPRESSION: bigint = bigintConstant('SSL_OP_NO_COMPRESSION');
/** No renegotiation in TLS 1.2 and before. */
export const OP_NO_RENEGOTIATION: bigint = bigintConstant('SSL_OP_NO_RENEGOTIATION');
/** The server's order of ciphers decides, not the client's; set by default. */
export const OP_CIPHER_SERVER_PREFERENCE: bigint = bigintConstant('SSL_OP_CIPHER_SERVER_PREFERENCE');
/** Treats an end without close_notify as a clean one. Dangerous: truncation goes unnoticed. */
export const OP_IGNORE_UNEXPECTED_EOF: bigint = bigintConstant('SSL_OP_IGNORE_UNEXPECTED_EOF');
/** TLS 1.3 that looks like TLS 1.2 to boxes on the way (RFC 8446 appendix D.4); set by default. */
export const OP_ENABLE_MIDDLEBOX_COMPAT: bigint = bigintConstant('SSL_OP_ENABLE_MIDDLEBOX_COMPAT');
/** Clients take servers that do not know secure renegotiation (RFC 5746). Dangerous. */
export const OP_LEGACY_SERVER_CONNECT: bigint = bigintConstant('SSL_OP_LEGACY_SERVER_CONNECT');
/** Kernel TLS, where OpenSSL reads and writes the socket itself; here it does not, so this has no effect. */
export const OP_ENABLE_KTLS: bigint = bigintConstant('SSL_OP_ENABLE_KTLS');
/** 0: always on. */
export const OP_SINGLE_DH_USE: bigint = bigintConstant('SSL_OP_SINGLE_DH_USE');
/** 0: always on. */
export const OP_SINGLE_ECDH_USE: bigint = bigintConstant('SSL_OP_SINGLE_ECDH_USE');

type OptionName =
  | 'OP_ALL'
  | 'OP_NO_SSLv2'
  | 'OP_NO_SSLv3'
  | 'OP_NO_TLSv1'
  | 'OP_NO_TLSv1_1'
  | 'OP_NO_TLSv1_2'
  | 'OP_NO_TLSv1_3'
  | 'OP_NO_TICKET'
  | 'OP_NO_COMPRESSION'
  | 'OP_NO_RENEGOTIATION'
  | 'OP_CIPHER_SERVER_PREFERENCE'
  | 'OP_IGNORE_UNEXPECTED_EOF'
  | 'OP_ENABLE_MIDDLEBOX_COMPAT'
  | 'OP_LEGACY_SERVER_CONNECT'
  | 'OP_ENABLE_KTLS'
  | 'OP_SINGLE_DH_USE'
  | 'OP_SINGLE_ECDH_USE';

/** Bits of `context.options`, to be joined with `|`. @see SSL_CTX_set_options(3) */
export const Options: Readonly<Record<OptionName, bigint>> = {
  OP_ALL,
  OP_NO_SSLv2,
  OP_NO_SSLv3,
  OP_NO_TLSv1,
  OP_NO_TLSv1_1,
  OP_NO_TLSv1_2,
  OP_NO_TLSv1_3,
  OP_NO_TICKET,
  OP_NO_COMPRESSION,
  OP_NO_RENEGOTIATION,
  OP_CIPHER_SERVER_PREFERENCE,
  OP_IGNORE_UNEXPECTED_EOF,
  OP_ENABLE_MIDDLEBOX_COMPAT,
  OP_LEGACY_SERVER_CONNECT,
  OP_ENABLE_KTLS,
  OP_SINGLE_DH_USE,
  OP_SINGLE_ECDH_USE,
};
export type Options = bigint;

/** No flag. */
export const VERIFY_DEFAULT = 0;
/** The peer's own certificate must have a CRL, which is loaded by `loadVerifyLocations`, and not be on it. */
export const VERIFY_CRL_CHECK_LEAF = 0x4;
/** Every certificate of the chain must have a CRL; includes {@link VERIFY_CRL_CHECK_LEAF}. */
export const VERIFY_CRL_CHECK_CHAIN = 0xc;
/** No work-arounds for certificates that break RFC 5280; set by `createDefaultContext`. */
export const VERIFY_X509_STRICT = 0x20;
/** Proxy certificates (RFC 3820) are taken. */
export const VERIFY_ALLOW_PROXY_CERTS = 0x40;
/** Chains are built from what is trusted before what the peer sent; set by default. */
export const VERIFY_X509_TRUSTED_FIRST = 0x8000;
/** A chain may end in any certificate that is trusted, self-signed or not; set by `createDefaultContext`. */
export const VERIFY_X509_PARTIAL_CHAIN = 0x80000;

/** Bits of `context.verifyFlags`. @see X509_VERIFY_PARAM_set_flags(3) */
export const VerifyFlags = {
  VERIFY_DEFAULT: 0,
  VERIFY_CRL_CHECK_LEAF: 0x4,
  VERIFY_CRL_CHECK_CHAIN: 0xc,
  VERIFY_X509_STRICT: 0x20,
  VERIFY_ALLOW_PROXY_CERTS: 0x40,
  VERIFY_X509_TRUSTED_FIRST: 0x8000,
  VERIFY_X509_PARTIAL_CHAIN: 0x80000,
} as const;
export type VerifyFlags = number;

/** Protocol versions as they stand on the wire, and two markers for "whatever this OpenSSL has". */
export const TLSVersion = {
  MINIMUM_SUPPORTED: -2,
  SSLv3: 0x300,
  TLSv1: 0x301,
  TLSv1_1: 0x302,
  TLSv1_2: 0x303,
  TLSv1_3: 0x304,
  MAXIMUM_SUPPORTED: -1,
} as const;
export type TLSVersion = (typeof TLSVersion)[keyof typeof TLSVersion];

/** Alerts of TLS. @see RFC 8446 section 6 */
export const AlertDescription = {
  ALERT_DESCRIPTION_CLOSE_NOTIFY: 0,
  ALERT_DESCRIPTION_UNEXPECTED_MESSAGE: 10,
  ALERT_DESCRIPTION_BAD_RECORD_MAC: 20,
  ALERT_DESCRIPTION_RECORD_OVERFLOW: 22,
  ALERT_DESCRIPTION_DECOMPRESSION_FAILURE: 30,
  ALERT_DESCRIPTION_HANDSHAKE_FAILURE: 40,
  ALERT_DESCRIPTION_BAD_CERTIFICATE: 42,
  ALERT_DESCRIPTION_UNSUPPORTED_CERTIFICATE: 43,
  ALERT_DESCRIPTION_CERTIFICATE_REVOKED: 44,
  ALERT_DESCRIPTION_CERTIFICATE_EXPIRED: 45,
  ALERT_DESCRIPTION_CERTIFICATE_UNKNOWN: 46,
  ALERT_DESCRIPTION_ILLEGAL_PARAMETER: 47,
  ALERT_DESCRIPTION_UNKNOWN_CA: 48,
  ALERT_DESCRIPTION_ACCESS_DENIED: 49,
  ALERT_DESCRIPTION_DECODE_ERROR: 50,
  ALERT_DESCRIPTION_DECRYPT_ERROR: 51,
  ALERT_DESCRIPTION_PROTOCOL_VERSION: 70,
  ALERT_DESCRIPTION_INSUFFICIENT_SECURITY: 71,
  ALERT_DESCRIPTION_INTERNAL_ERROR: 80,
  ALERT_DESCRIPTION_USER_CANCELLED: 90,
  ALERT_DESCRIPTION_NO_RENEGOTIATION: 100,
  ALERT_DESCRIPTION_UNSUPPORTED_EXTENSION: 110,
  ALERT_DESCRIPTION_CERTIFICATE_UNOBTAINABLE: 111,
  ALERT_DESCRIPTION_UNRECOGNIZED_NAME: 112,
  ALERT_DESCRIPTION_BAD_CERTIFICATE_STATUS_RESPONSE: 113,
  ALERT_DESCRIPTION_BAD_CERTIFICATE_HASH_VALUE: 114,
  ALERT_DESCRIPTION_UNKNOWN_PSK_IDENTITY: 115,
} as const;
export type AlertDescription = (typeof AlertDescription)[keyof typeof AlertDescription];

/** A failure of the protocol or of OpenSSL: `reason` tells which. */
export const SSL_ERROR_SSL = 1;
/** `SSLWantReadError`: wait until the transport is readable. */
export const SSL_ERROR_WANT_READ = 2;
/** `SSLWantWriteError`: wait until the transport is writable. */
export const SSL_ERROR_WANT_WRITE = 3;
/** A callback for certificates is to be called again; nothing here sets one. */
export const SSL_ERROR_WANT_X509_LOOKUP = 4;
/** `SSLSyscallError`: the transport failed. */
export const SSL_ERROR_SYSCALL = 5;
/** `SSLZeroReturnError`: the peer has closed the connection. */
export const SSL_ERROR_ZERO_RETURN = 6;
/** OpenSSL has not connected its own socket; here it has none. */
export const SSL_ERROR_WANT_CONNECT = 7;
/** `SSLEOFError`: the transport ended without close_notify. Python's own number. */
export const SSL_ERROR_EOF = 8;
/** What Python says of a number that OpenSSL does not have. */
export const SSL_ERROR_INVALID_ERROR_CODE = 10;

/** What `errno` of an SSLError of a connection holds. */
export const SSLErrorNumber = {
  SSL_ERROR_SSL: 1,
  SSL_ERROR_WANT_READ: 2,
  SSL_ERROR_WANT_WRITE: 3,
  SSL_ERROR_WANT_X509_LOOKUP: 4,
  SSL_ERROR_SYSCALL: 5,
  SSL_ERROR_ZERO_RETURN: 6,
  SSL_ERROR_WANT_CONNECT: 7,
  SSL_ERROR_EOF: 8,
  SSL_ERROR_INVALID_ERROR_CODE: 10,
} as const;
export type SSLErrorNumber = (typeof SSLErrorNumber)[keyof typeof SSLErrorNumber];

/** Kinds of channel binding that `getChannelBinding` takes. `tls-unique` does not exist on TLS 1.3. */
export const CHANNEL_BINDING_TYPES = ['tls-unique', 'tls-exporter', 'tls-server-end-point'] as const;
/** One of {@link CHANNEL_BINDING_TYPES}. */
export type ChannelBindingType = (typeof CHANNEL_BINDING_TYPES)[number];

/** Text of the OpenSSL that is really in use, for example `OpenSSL 3.0.19 27 Jan 2026`. */
export const OPENSSL_VERSION: string = native.opensslVersion.text;
/** `[major, minor, fix, patch, status]`, decoded from the number as Python does. */
export const OPENSSL_VERSION_INFO: readonly [number, number, number, number, number] = versionInfo(
  native.opensslVersion.number,
);
/** `OpenSSL_version_num()`: 0xMNN00PP0 since OpenSSL 3. */
export const OPENSSL_VERSION_NUMBER: number = native.opensslVersion.number;

/** Server names are sent and seen (RFC 6066): always. */
export const HAS_SNI = true;
/** Key agreement on elliptic curves: always. */
export const HAS_ECDH = true;
/** `setAlpnProtocols()` works (RFC 7301): always. */
export const HAS_ALPN = true;
/** NPN is gone; ALPN took its place. */
export const HAS_NPN = false;
/** SSLv2 is gone from every OpenSSL since 1.1.0. */
export const HAS_SSLv2 = false;
/** This OpenSSL was built with SSL 3.0. Versions may still be ruled out by the security level or the system's policy. */
export const HAS_SSLv3: boolean = native.hasProtocol(0x300);
/** Built with TLS 1.0, which takes security level 0. */
export const HAS_TLSv1: boolean = native.hasProtocol(0x301);
/** Built with TLS 1.1, which takes security level 0. */
export const HAS_TLSv1_1: boolean = native.hasProtocol(0x302);
/** Built with TLS 1.2. */
export const HAS_TLSv1_2: boolean = native.hasProtocol(0x303);
/** Built with TLS 1.3. */
export const HAS_TLSv1_3: boolean = native.hasProtocol(0x304);
/** `SSLContext.postHandshakeAuth` works. */
export const HAS_PHA: boolean = native.has.pha;
/** `SSLContext.setPskClientCallback()` and `setPskServerCallback()` work. */
export const HAS_PSK: boolean = native.has.psk;
/** They work for TLS 1.3, too. */
export const HAS_PSK_TLS13: boolean = HAS_PSK && HAS_TLSv1_3;
/** `hostnameChecksCommonName` can be set: always. */
export const HAS_NEVER_CHECK_COMMON_NAME = true;

/** `PROTOCOL_TLS` for 2 and so on; Python's `get_protocol_name`. `<unknown>` for anything else. */
export function getProtocolName(protocol: number): string {
  const names = Object.entries(Protocol).filter(([name, value]) => value === protocol && name !== 'PROTOCOL_SSLv23');
  return names[0]?.[0] ?? '<unknown>';
}

function versionInfo(number: number): [number, number, number, number, number] {
  const status = number & 0xf;
  const patch = (number >>> 4) & 0xff;
  const fix = (number >>> 12) & 0xff;
  const minor = (number >>> 20) & 0xff;
  const major = (number >>> 28) & 0xf;
  return [major, minor, fix, patch, status];
}
