/** The entropy gathering daemon: an old way to seed the generator, gone from OpenSSL since 1.1.0 and spoken here. */
import { Buffer } from 'node:buffer';
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import { requireString } from './arguments.ts';
import { SSLError } from './errors.ts';
import { native } from './native.ts';

const WANTED = 256;
/** One request may ask for at most 255 bytes: its length is one byte. */
const MAX_PER_REQUEST = 255;
const COMMAND_READ_BLOCKING = 0x02;

/** A daemon that answers at all answers at once; this only bounds one that never does. */
const TIMEOUT_MS = 30_000;

/**
 * Reads 256 bytes from an EGD socket into the generator; resolves with their count.
 * @param path of the daemon's Unix-domain socket.
 * @throws SSLError when there is no daemon, or it gives too little.
 */
export async function randEgd(path: string): Promise<number> {
  const socket = createConnection({ path: requireString('path', path) });
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
  try {
    const bytes = await readEntropy(socket);
    native.randAdd(bytes, bytes.length);
    return bytes.length;
  } catch (cause) {
    throw new SSLError('EGD connection failed or EGD did not return enough data to seed the PRNG', {
      hint: `${path}: ${cause instanceof Error ? cause.message : 'failed'}`,
      cause,
    });
  } finally {
    socket.destroy();
  }
}

/** Asks in two steps, the second one once the first is answered in full; more than was asked for is an error. */
async function readEntropy(socket: Socket): Promise<Buffer> {
  let received = Buffer.alloc(0);
  let asked = ask(socket, MAX_PER_REQUEST);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    received = Buffer.concat([received, chunk]);
    if (received.length > asked) throw new Error('the daemon sent more than it was asked for');
    if (received.length === WANTED) return received;
    if (received.length === asked) asked += ask(socket, WANTED - asked);
  }
  throw new Error(`the daemon gave ${received.length} of ${WANTED} bytes`);
}

function ask(socket: Socket, count: number): number {
  socket.write(Uint8Array.of(COMMAND_READ_BLOCKING, count));
  return count;
}
