import type { Socket } from '@sslkit/socket';

/** More than a line of these examples ever has: a peer cannot make us collect without end. */
const MAX_LINE_BYTES = 4096;

/**
 * Reads one line, without its end. Byte by byte, so that nothing behind the line is taken from a socket that is about
 * to change between clear text and TLS.
 */
export async function readLine(from: Socket): Promise<string> {
  const bytes: number[] = [];
  while (bytes.length < MAX_LINE_BYTES) {
    const [byte] = await from.recv(1);
    if (byte === undefined) throw new Error('the peer ended within a line');
    if (byte === 0x0a) return Buffer.from(bytes).toString();
    bytes.push(byte);
  }
  throw new Error(`a line of more than ${MAX_LINE_BYTES} bytes`);
}
