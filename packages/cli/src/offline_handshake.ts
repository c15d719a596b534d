/**
 * Verifies a server's certificates that no server shows, by the very code that verifies them in a session: host name,
 * purpose, security level, flags and time count as they do there.
 *
 * In TLS 1.2 a server sends its certificates in clear before anything that takes its private key (RFC 5246 section
 * 7.3). So its first two messages can be written by anyone: ServerHello, then Certificate with whatever is to be looked
 * at. The client verifies them before it looks at the next message. That one is a ServerHelloDone where a
 * ServerKeyExchange is due: that the client complains about *it* is the proof that it has verified the certificates and
 * gone on. Waiting for more would prove nothing, and any other complaint is a failure. Nobody could be fooled into a
 * session in this way: there is neither a key nor a network.
 */
import { X509Certificate } from 'node:crypto';
import type { SSLContext } from '@sslkit/context';

/**
 * @param ders leaf first, then what a server would send with it
 * @param context trusts, verifies and has the time that is wanted; it is changed and must not be used for sessions
 * @param host the name that the leaf must carry; null: any
 * @throws SSLCertVerificationError when they are refused; SSLError when they cannot be shown in TLS at all
 */
export async function verifyOffline(
  ders: readonly Uint8Array[],
  context: SSLContext,
  host: string | null,
): Promise<void> {
  const sslkit = await import('@sslkit/context');
  if (context.verifyMode !== sslkit.CERT_REQUIRED) throw new TypeError('the context does not verify');
  context.minimumVersion = sslkit.TLSVersion.TLSv1_2;
  context.maximumVersion = sslkit.TLSVersion.TLSv1_2;
  context.setCiphers(CIPHERS);
  context.checkHostname = host !== null;
  const incoming = new sslkit.MemoryBIO();
  const client = context.wrapBio(incoming, new sslkit.MemoryBIO(), host === null ? {} : { serverHostname: host });
  const step = (): unknown => {
    try {
      client.doHandshake();
      return null;
    } catch (error) {
      return error;
    }
  };
  const hello = step();
  if (!(hello instanceof sslkit.SSLWantReadError)) throw hello;
  incoming.write(flight(ders));
  const outcome = step();
  if (outcome instanceof sslkit.SSLCertVerificationError) throw outcome;
  if (outcome instanceof sslkit.SSLError && outcome.reason === 'UNEXPECTED_MESSAGE') return;
  throw outcome ?? new Error('a handshake without a key came to its end');
}

function flight(ders: readonly Uint8Array[]): Buffer {
  const certificates = vector(Buffer.concat(ders.map(vector)));
  const messages = [
    message(SERVER_HELLO, serverHello(cipherFor(ders[0]!))),
    message(CERTIFICATE, certificates),
    message(SERVER_HELLO_DONE, Buffer.alloc(0)),
  ];
  return records(Buffer.concat(messages));
}

/** RFC 5246 section 7.4.1.3, with renegotiation_info of RFC 5746, without which OpenSSL 3 goes no further. */
function serverHello(cipher: number): Buffer {
  const random = Buffer.alloc(32, 'sslkit offline');
  const renegotiationInfo = [0xff, 0x01, 0, 1, 0];
  const noSession = 0;
  const noCompression = 0;
  const extensions = [0, renegotiationInfo.length, ...renegotiationInfo];
  return Buffer.concat([
    Buffer.from(TLS_1_2),
    random,
    Buffer.from([noSession, cipher >> 8, cipher & 0xff, noCompression, ...extensions]),
  ]);
}

/** The client wants a certificate that can do what the cipher needs. */
function cipherFor(leaf: Uint8Array): number {
  try {
    const kind = new X509Certificate(leaf).publicKey.asymmetricKeyType;
    return kind === 'rsa' || kind === 'rsa-pss' ? ECDHE_RSA_AES_128_GCM : ECDHE_ECDSA_AES_128_GCM;
  } catch {
    return ECDHE_ECDSA_AES_128_GCM;
  }
}

function message(type: number, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([type]), vector(body)]);
}

/** A length of three bytes, then the bytes. */
function vector(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(3);
  length.writeUIntBE(bytes.length, 0, 3);
  return Buffer.concat([length, bytes]);
}

/** RFC 5246 section 6.2.1: records of at most 2^14 bytes; messages may run across them. */
function records(bytes: Buffer): Buffer {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += MAX_FRAGMENT) {
    const fragment = bytes.subarray(at, at + MAX_FRAGMENT);
    parts.push(Buffer.from([HANDSHAKE, ...TLS_1_2, fragment.length >> 8, fragment.length & 0xff]), fragment);
  }
  return Buffer.concat(parts);
}

const CIPHERS = 'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256';
const ECDHE_ECDSA_AES_128_GCM = 0xc02b;
const ECDHE_RSA_AES_128_GCM = 0xc02f;
const TLS_1_2: readonly number[] = [3, 3];
const HANDSHAKE = 22;
const SERVER_HELLO = 2;
const CERTIFICATE = 11;
const SERVER_HELLO_DONE = 14;
const MAX_FRAGMENT = 2 ** 14;
