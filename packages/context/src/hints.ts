/**
 * The likely cause of a failure, and what to do about it: one sentence or two, put on the error as `hint`. A hint is
 * advice, never part of the message, so that messages stay those of Python and OpenSSL.
 */
import { guessProtocol, looksLikeTls } from './first_bytes.ts';
import { verificationHint } from './hints_verification.ts';
import type { OpenSSLErrorRecord, Ssl } from './native.ts';

/** What is known when a hint is looked for. */
export interface HintFacts {
  readonly ssl: Ssl;
  readonly serverSide: boolean;
  readonly serverHostname: string | null;
  readonly firstBytes: Uint8Array | null;
  readonly verifyCode?: number;
  readonly peerCertificates?: readonly Uint8Array[];
}

/** The hint for the most telling record of a failed connection; undefined when nothing useful can be said. */
export function hintFor(record: OpenSSLErrorRecord, facts: HintFacts): string | undefined {
  if (facts.verifyCode !== undefined) return verificationHint(facts.verifyCode, facts);
  if (record.reason === null) return undefined;
  const reason = record.reason.replace(ALERT_PREFIX, 'ALERT_');
  const hint = HINTS[reason];
  return typeof hint === 'function' ? hint(facts) : hint;
}

/** The hint for a reason by itself, outside a connection. */
export function reasonHint(reason: string | null): string | undefined {
  const hint = reason === null ? undefined : HINTS[reason];
  return typeof hint === 'string' ? hint : undefined;
}

// 3.0 says SSLV3_ALERT_X, TLSV1_ALERT_X or TLSV13_ALERT_X; 3.2 and later SSL/TLS_ALERT_X.
const ALERT_PREFIX = /^(?:SSLV3|TLSV1|TLSV13|SSL\/TLS|SSL_TLS|TLS)_ALERT_/u;

type Hint = string | ((facts: HintFacts) => string | undefined);

const OLD_VERSION =
  'TLS 1.0 and 1.1 are off by default. To talk to such an old peer lower minimumVersion and call ' +
  "setCiphers('DEFAULT:@SECLEVEL=0'), and know that the connection is weak.";

const NO_CERTIFICATE =
  'A server that has no certificate (loadCertChain), or none that its signature algorithms (setServerSigalgs) fit, cannot ' +
  'speak TLS 1.3 either. ';

const NO_CIPHER =
  'Either this server has no certificate that the client accepts (loadCertChain was not called; its key type or signature ' +
  'algorithms do not fit; or, in TLS 1.2, its curve is not among the groups of the client), or the two sides have no ' +
  'cipher, or no group for it, in common.';

const NO_GROUP =
  'The two sides have no group for the key agreement in common that the version and the security level allow: look at ' +
  'setGroups and setEcdhCurve here, and their like at the peer.';

const NO_SIGNATURE_ALGORITHM =
  'No signature algorithm is common to both sides (setServerSigalgs, setClientSigalgs), or none fits the key of the certificate.';

const NOT_TLS = 'The peer does not speak TLS on this port: a plain-text service, or one that needs STARTTLS first.';

const DAMAGED = 'A record was damaged or forged on its way, or is no TLS at all.';

const OTHER_VERSION = `The two sides have no protocol version in common. ${OLD_VERSION}`;

const HINTS: Readonly<Record<string, Hint>> = {
  WRONG_VERSION_NUMBER: ({ firstBytes }) => notTlsHint(firstBytes),
  PACKET_LENGTH_TOO_LONG: ({ firstBytes }) => badLengthHint(firstBytes),
  RECORD_LENGTH_MISMATCH: ({ firstBytes }) => badLengthHint(firstBytes),
  ENCRYPTED_LENGTH_TOO_LONG: ({ firstBytes }) => badLengthHint(firstBytes),
  DATA_LENGTH_TOO_LONG: ({ firstBytes }) => badLengthHint(firstBytes),
  UNKNOWN_PROTOCOL: ({ firstBytes }) => notTlsHint(firstBytes),
  HTTP_REQUEST: 'The client sent a plain HTTP request to a TLS port: it should use https://.',
  HTTPS_PROXY_REQUEST: 'The client sent an HTTP CONNECT request to a TLS port: this is no proxy.',
  UNEXPECTED_EOF_WHILE_READING: ({ ssl, firstBytes }) => eofHint(ssl, firstBytes),
  BAD_EXTENSION:
    'The peer sent an extension that breaks the rules of TLS. A server name (SNI), for example, is one host name, in ASCII, ' +
    'of at most 255 bytes, and the same one in each hello of a connection.',
  NO_SHARED_CIPHER: ({ ssl }) => (sharesNoGroup(ssl) ? NO_GROUP : NO_CIPHER),
  NO_SUITABLE_KEY_SHARE: NO_GROUP,
  NO_SHARED_GROUPS: NO_GROUP,
  NO_SUITABLE_GROUPS:
    'None of the groups that are set (setGroups, setEcdhCurve) can be used with the enabled protocol versions at this ' +
    'security level.',
  WRONG_CURVE: 'The server chose a group for the key agreement that was not offered to it.',
  UNSUPPORTED_PROTOCOL: ({ serverSide }) =>
    `The peer speaks only a protocol version that is not enabled here. ${serverSide ? NO_CERTIFICATE : ''}${OLD_VERSION}`,
  VERSION_TOO_LOW: `The peer chose a protocol version below what is enabled here. ${OLD_VERSION}`,
  NO_PROTOCOLS_AVAILABLE:
    'No protocol version is left: minimumVersion is above maximumVersion, options switch every version off, or the ' +
    `security level forbids the one that was chosen. ${OLD_VERSION}`,
  INTERNAL_ERROR: ({ ssl }) => (ssl.isInitFinished() ? undefined : OLD_VERSION_MAYBE),
  NO_CIPHERS_AVAILABLE: `No cipher is left for the enabled protocol versions at this security level. ${OLD_VERSION}`,
  EE_KEY_TOO_SMALL:
    'The security level refuses a key this short. Use a certificate with a longer key (RSA 2048 or EC 256 bits).',
  CA_KEY_TOO_SMALL: 'The security level refuses a CA key this short. Use a chain with longer keys.',
  CA_MD_TOO_WEAK:
    'The security level refuses the hash of a certificate signature (SHA-1 or MD5). Renew the certificate.',
  DH_KEY_TOO_SMALL: ({ serverSide }) =>
    serverSide
      ? 'The parameters given to loadDhParams are shorter than the security level wants: "openssl dhparam 2048" makes new ones.'
      : 'The peer offers a Diffie-Hellman group that the security level refuses; it should use 2048 bits or ECDHE.',
  NO_SUITABLE_SIGNATURE_ALGORITHM: `${NO_SIGNATURE_ALGORITHM} ${OLD_VERSION}`,
  NO_SHARED_SIGNATURE_ALGORITHMS: NO_SIGNATURE_ALGORITHM,
  LEGACY_SIGALG_DISALLOWED_OR_UNSUPPORTED: OLD_VERSION,
  WRONG_SIGNATURE_TYPE:
    'The peer signed with an algorithm that this security level does not accept, or that was not asked for ' +
    '(setServerSigalgs, setClientSigalgs).',
  UNSAFE_LEGACY_RENEGOTIATION_DISABLED:
    'The peer does not know secure renegotiation (RFC 5746). Set options |= OP_LEGACY_SERVER_CONNECT only if it must be.',
  PEER_DID_NOT_RETURN_A_CERTIFICATE:
    'This server requires a client certificate (verifyMode is CERT_REQUIRED) and the client sent none: it has none, or ' +
    'its key fits none of the signature algorithms that either side allows (setClientSigalgs).',
  CERTIFICATE_VERIFY_FAILED: 'The certificate of the peer was refused.',
  APPLICATION_DATA_AFTER_CLOSE_NOTIFY:
    'Data was still under way when the connection was unwrapped: read to the end first.',
  PROTOCOL_IS_SHUTDOWN: 'Nothing can be written any more: close_notify was sent.',
  SHUTDOWN_WHILE_IN_INIT: 'The handshake is not complete, so there is nothing to unwrap.',
  NO_APPLICATION_PROTOCOL: 'The two sides have no ALPN protocol in common, and one of them requires agreement.',
  DECRYPTION_FAILED_OR_BAD_RECORD_MAC: DAMAGED,
  ALERT_UNKNOWN_CA:
    'The peer does not trust the CA of the certificate shown to it: it needs that CA, or the intermediate certificates ' +
    'are missing from the file given to loadCertChain.',
  ALERT_CERTIFICATE_REQUIRED: 'The server requires a client certificate: load one with loadCertChain.',
  ALERT_BAD_CERTIFICATE:
    'The peer refused the certificate shown to it: it is not valid for the name or purpose it expects.',
  ALERT_CERTIFICATE_EXPIRED:
    'The peer says that the certificate shown to it has expired; look at the clocks of both sides.',
  ALERT_CERTIFICATE_UNKNOWN: 'The peer refused the certificate shown to it and does not say why.',
  ALERT_UNSUPPORTED_CERTIFICATE: 'The peer cannot use the certificate shown to it: wrong key type or purpose.',
  ALERT_HANDSHAKE_FAILURE:
    'The peer found nothing acceptable: no cipher, group or signature algorithm in common, the server has no ' +
    'certificate, or it requires one from the client.',
  ALERT_PROTOCOL_VERSION: `The peer does not accept any protocol version offered to it. ${OLD_VERSION}`,
  ALERT_INSUFFICIENT_SECURITY: 'The peer wants stronger ciphers than those offered.',
  ALERT_UNRECOGNIZED_NAME: 'The server does not know this host name: look at serverHostname.',
  ALERT_NO_APPLICATION_PROTOCOL: 'The server supports none of the ALPN protocols offered to it.',
  ALERT_BAD_RECORD_MAC: 'The peer could not decrypt what it got: damaged data, or a wrong pre-shared key.',
  PSK_IDENTITY_NOT_FOUND:
    'No pre-shared key was found: the PSK callback has returned an empty one, for this identity (a server) or this hint (a ' +
    'client), or there is no callback any more.',
  ALERT_UNKNOWN_PSK_IDENTITY: 'The server knows no pre-shared key for the identity that the PSK callback has returned.',
  ALERT_DECRYPT_ERROR: 'The peer found a signature or a proof wrong: damaged data, or another pre-shared key.',
  ALERT_ACCESS_DENIED: 'The server refuses to serve this name or this client.',
};

const OLD_VERSION_MAYBE = `If only TLS 1.0 or 1.1 is enabled: ${OLD_VERSION}`;

/** Of a server. A client without elliptic curves offers no groups at all. */
function sharesNoGroup(ssl: Ssl): boolean {
  return ssl.getGroups() > 0 && ssl.getSharedGroup(-1) === 0;
}

function notTlsHint(firstBytes: Uint8Array | null): string {
  const guess = firstBytes === null ? null : guessProtocol(firstBytes);
  if (guess !== null) return `The peer does not speak TLS on this port: ${guess}`;
  return firstBytes !== null && looksLikeTls(firstBytes) ? OTHER_VERSION : NOT_TLS;
}

/** A record of TLS that is longer than TLS allows: not another version, but damage, or something that only begins alike. */
function badLengthHint(firstBytes: Uint8Array | null): string {
  return firstBytes !== null && looksLikeTls(firstBytes) ? DAMAGED : notTlsHint(firstBytes);
}

function eofHint(ssl: Ssl, firstBytes: Uint8Array | null): string | undefined {
  if (ssl.isInitFinished()) return 'The peer ended the connection without saying so in TLS: data may be missing.';
  if (firstBytes !== null && firstBytes.length > 0) {
    return 'The peer ended the connection in the middle of the handshake: its log should say why.';
  }
  return 'The peer closed the connection without a word: it may not speak TLS on this port, or refuse this client.';
}
