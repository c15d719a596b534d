import { connect, createDefaultContext, OPENSSL_VERSION, type SSLSocket } from '@sslkit/socket';
import { printable } from '../support/failure_text.ts';
import { pformat } from '../support/pformat.ts';
import { detail, milliseconds, step, summary } from './screen.ts';
import type { Target } from './target.ts';

const TIMEOUT_MS = 15_000;
const HTTPS_PORT = 443;
/** A server's headers beyond this are not read. */
const MAX_REPLY_BYTES = 16_384;
const HEADER_LINES_SHOWN = 12;

/**
 * Connects to a real server, verified against the system's trusted certificates (or `SSL_CERT_FILE`) and by name,
 * prints the session, and on port 443 asks for the headers of `/`.
 */
export async function converseRemotely({ host, port }: Target): Promise<void> {
  const started = performance.now();
  const conn = await connect([host, port], { context: createDefaultContext(), timeout: TIMEOUT_MS });
  const handshake = milliseconds(started);
  try {
    const [cipher, , bits] = conn.cipher()!;
    step(`connected to ${host} port ${port}, verified: ${conn.version()}, ${cipher}`);
    step('the peer certificate, as Python shows it:');
    detail(pformat(conn.getPeerCert()));
    const facts: [string, string][] = [
      ['library', OPENSSL_VERSION],
      ['protocol', conn.version()!],
      ['cipher', `${cipher}, ${bits} bits`],
      ['key exchange', conn.group() ?? 'not told by this OpenSSL'],
      ['verified', `chain of ${conn.getVerifiedChain().length}, host name ${host}`],
      ['connected in', handshake],
    ];
    if (port === HTTPS_PORT) facts.push(['HTTP', await askForHeaders(conn, host)]);
    summary(`${host} port ${port}`, [...facts, ['took', milliseconds(started)]]);
  } finally {
    await conn.close();
  }
}

/** Sends `HEAD /` and shows the first header lines; returns the status line. */
async function askForHeaders(conn: SSLSocket, host: string): Promise<string> {
  await conn.write(`HEAD / HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: sslkit\r\nConnection: close\r\n\r\n`);
  let reply = '';
  const deadline = AbortSignal.timeout(TIMEOUT_MS);
  while (!reply.includes('\r\n\r\n') && reply.length < MAX_REPLY_BYTES) {
    const data = await conn.read(4096, null, { signal: deadline });
    if (data.length === 0) break;
    reply += data.toString('latin1');
  }
  const lines = reply.split('\r\n\r\n')[0]!.split('\r\n').map(printable);
  step('the server says:');
  detail(lines.slice(0, HEADER_LINES_SHOWN).join('\n'));
  return lines[0] || 'no answer';
}
