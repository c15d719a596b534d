/** The entropy gathering daemon: an old way to seed the generator, gone from OpenSSL since 1.1.0 and spoken here. */
import { Buffer } from 'node:buffer';
import { addAbortListener } from 'node:events';
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import { requireInteger, requireString } from './arguments.ts';
import { SSLError } from './errors.ts';
import { native } from './native.ts';
import { checkOptions } from './options.ts';

const WANTED = 256;
/** One request may ask for at most 255 bytes: its length is one byte. */
const MAX_PER_REQUEST = 255;
/** Answered at once: a count, then as many bytes. */
const COMMAND_READ = 0x01;

/** A daemon that answers at all answers at once; this only bounds one that never does. */
const TIMEOUT_MS = 30_000;

/** Options of {@link randEgd}. */
export interface RandEgdOptions {
  /** Gives up; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Milliseconds for all 256 bytes; default 30000. */
  readonly timeout?: number;
}

/**
 * Reads 256 bytes from an EGD socket into the generator; resolves with their count.
 * @param path of the daemon's Unix-domain socket.
 * @throws SSLError when there is no daemon, or it gives too little, or it takes too long.
 */
export async function randEgd(path: string, options?: RandEgdOptions): Promise<number> {
  const { signal, timeout = TIMEOUT_MS } = checkOptions('randEgd', options, ['signal', 'timeout']);
  signal?.throwIfAborted();
  const limit = AbortSignal.timeout(requireInteger('timeout', timeout));
  const socket = createConnection({ path: requireString('path', path) });
  const stop = addAbortListener(signal ? AbortSignal.any([signal, limit]) : limit, () =>
    socket.destroy(new Error('the daemon does not answer')),
  );
  try {
    const bytes = await readEntropy(socket);
    native.randAdd(bytes, bytes.length);
    return bytes.length;
  } catch (cause) {
    signal?.throwIfAborted();
    throw new SSLError('EGD connection failed or EGD did not return enough data to seed the PRNG', {
      hint: `${path}: ${cause instanceof Error ? cause.message : 'failed'}`,
      cause,
    });
  } finally {
    stop[Symbol.dispose]();
    socket.destroy();
  }
}

/** As OpenSSL's RAND_egd_bytes did: "read what you have" until there is enough. An answer without a byte ends it. */
async function readEntropy(socket: Socket): Promise<Buffer> {
  const chunks = (socket as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  let unread = Buffer.alloc(0);
  const take = async (count: number): Promise<Buffer> => {
    while (unread.length < count) {
      const { done, value } = await chunks.next();
      if (done) throw new Error('the daemon hung up');
      unread = Buffer.concat([unread, value]);
    }
    const taken = unread.subarray(0, count);
    unread = unread.subarray(count);
    return taken;
  };
  let entropy = Buffer.alloc(0);
  while (entropy.length < WANTED) {
    const asked = Math.min(WANTED - entropy.length, MAX_PER_REQUEST);
    socket.write(Uint8Array.of(COMMAND_READ, asked));
    const count = (await take(1))[0]!;
    if (count === 0) throw new Error(`the daemon has only ${entropy.length} of ${WANTED} bytes`);
    if (count > asked) throw new Error('the daemon gives more than it was asked for');
    entropy = Buffer.concat([entropy, await take(count)]);
  }
  return entropy;
}
