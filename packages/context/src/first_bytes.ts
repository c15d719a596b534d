/** What a peer that does not speak TLS speaks instead, guessed from the first bytes it sent. */

/** Enough of the first bytes to tell; channels need not keep more. */
export const FIRST_BYTES = 32;

/** A copy: `slice` of a Buffer would share its memory. */
export function firstBytesOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.subarray(0, FIRST_BYTES));
}

const GREETINGS: readonly (readonly [pattern: RegExp, meaning: string])[] = [
  [/^HTTP\/\d/u, 'it answers in plain HTTP. Use the https port (443), or plain HTTP.'],
  [/^<(?:!doctype|html|\?xml)/iu, 'it answers with plain HTML or XML.'],
  [/^SSH-/u, 'it is an SSH server.'],
  [/^220[ -].*(?:smtp|esmtp|mail)/iu, 'it is an SMTP server: send STARTTLS first, or use port 465.'],
  [/^220[ -].*ftp/iu, 'it is an FTP server: send AUTH TLS first.'],
  [/^220[ -]/u, 'it is an SMTP or FTP server: it needs STARTTLS (or AUTH TLS) first.'],
  [/^\* (?:OK|PREAUTH|BYE)/u, 'it is an IMAP server: send STARTTLS first, or use port 993.'],
  [/^\+OK/u, 'it is a POP3 server: send STLS first, or use port 995.'],
  [/^(?:GET|POST|PUT|HEAD|DELETE|OPTIONS|PATCH|CONNECT) /u, 'it sends a plain HTTP request.'],
  [/^PRI \* HTTP\/2/u, 'it sends HTTP/2 in clear.'],
  [/^-(?:ERR|DENIED|NOAUTH)/u, 'it is a Redis server without TLS.'],
  [/^RFB \d/u, 'it is a VNC server.'],
  [/^<stream|^<\?xml.*stream/u, 'it is an XMPP server: it needs STARTTLS first.'],
  [/^[\s\S]\0\0[\s\S]\n\d+\.\d+/u, 'it is a MySQL or MariaDB server: TLS starts inside its own protocol.'],
  [/^[NE]\0?$/u, 'it is a PostgreSQL server that refuses TLS.'],
];

/** One sentence about the peer, or null when the bytes could be anything. */
export function guessProtocol(bytes: Uint8Array): string | null {
  const text = latin1(bytes.subarray(0, FIRST_BYTES));
  for (const [pattern, meaning] of GREETINGS) if (pattern.test(text)) return meaning;
  if (/^[\x20-\x7e\r\n\t]{4,}$/u.test(text)) return 'it sends plain text.';
  return null;
}

/** An alert or handshake record of SSL 3.0 or any TLS. @see RFC 8446 section 5.1 */
export function looksLikeTls(bytes: Uint8Array): boolean {
  return (bytes[0] === 0x15 || bytes[0] === 0x16) && bytes[1] === 3;
}

function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}
