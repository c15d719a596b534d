/** Handshake messages of TLS 1.2 as bytes. @see RFC 5246 */

/** A Certificate message. Section 7.4.2 */
export function certificateMessage(ders: readonly Uint8Array[]): Buffer {
  return handshakeMessage(CERTIFICATE, vector(Buffer.concat(ders.map(vector))));
}

/** A message that is out of place wherever a certificate may follow or has come. Section 7.4.5 */
export function serverHelloDone(): Buffer {
  return handshakeMessage(SERVER_HELLO_DONE, Buffer.alloc(0));
}

/** Section 7.4.1.3, with renegotiation_info of RFC 5746, without which OpenSSL 3 goes no further. */
export function serverHello(cipher: number): Buffer {
  const random = Buffer.alloc(32, 'sslkit offline');
  const renegotiationInfo = [0xff, 0x01, 0, 1, 0];
  const noSession = 0;
  const noCompression = 0;
  const extensions = [0, renegotiationInfo.length, ...renegotiationInfo];
  const rest = [noSession, cipher >> 8, cipher & 0xff, noCompression, ...extensions];
  return handshakeMessage(SERVER_HELLO, Buffer.concat([Buffer.from(TLS_1_2), random, Buffer.from(rest)]));
}

/** Messages in records of at most 2^14 bytes; a message may run across them. Section 6.2.1 */
export function records(messages: readonly Uint8Array[]): Buffer {
  const bytes = Buffer.concat(messages);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += MAX_FRAGMENT) {
    const fragment = bytes.subarray(at, at + MAX_FRAGMENT);
    parts.push(Buffer.from([HANDSHAKE, ...TLS_1_2, fragment.length >> 8, fragment.length & 0xff]), fragment);
  }
  return Buffer.concat(parts);
}

function handshakeMessage(type: number, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([type]), vector(body)]);
}

/** A length of three bytes, then the bytes. */
function vector(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(3);
  length.writeUIntBE(bytes.length, 0, 3);
  return Buffer.concat([length, bytes]);
}

const TLS_1_2: readonly number[] = [3, 3];
const HANDSHAKE = 22;
const SERVER_HELLO = 2;
const CERTIFICATE = 11;
const SERVER_HELLO_DONE = 14;
const MAX_FRAGMENT = 2 ** 14;
