/** Small waits that every test needs, each bounded in time. */
import type { EventEmitter } from 'node:events';
import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { Readable } from 'node:stream';

/** How long a wait may take before the test is told what it waited for, in milliseconds. */
export const PATIENCE_MS: number = 15_000;
/** Under a sanitizer or valgrind the same work takes that many times as long. */
export const SLOWNESS: number = process.env.SSLKIT_SANITIZED ? 20 : 1;

/** Listens on 127.0.0.1 and a port that the system picks; returns the port. */
export async function listenLoopback(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Stops listening and waits until the server is closed. Connections are the caller's to close. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

/** Everything that the stream still gives, until its end; a Duplex stays writable. */
export async function collect(stream: AsyncIterable<Uint8Array | string>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  // Plain iteration would destroy a half-open Duplex with an AbortError once its readable side has ended.
  const source = stream instanceof Readable ? stream.iterator({ destroyOnReturn: false }) : stream;
  for await (const chunk of source) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
}

/**
 * The next chunk of at least one byte, or an empty Buffer when the stream has ended; leaves the stream open. Rejects when it
 * fails, or has failed, or was destroyed.
 */
export async function readSome(stream: NodeJS.ReadableStream): Promise<Buffer> {
  const state = stream as Partial<Readable>;
  for (;;) {
    const chunk = stream.read() as Buffer | null;
    if (chunk !== null) return chunk;
    if (state.readableEnded) return Buffer.alloc(0);
    // Its events are over; there is nothing to wait for.
    if (state.closed) throw state.errored ?? new Error('the stream was destroyed before it ended');
    await nextOf(stream, ['readable', 'end', 'close']);
  }
}

/** Exactly `length` bytes, or fewer when the stream ends first; what came behind them stays in the stream. */
export async function readExactly(stream: NodeJS.ReadableStream, length: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let got = 0;
  while (got < length) {
    const chunk = await readSome(stream);
    if (chunk.length === 0) break;
    const wanted = chunk.subarray(0, length - got);
    if (wanted.length < chunk.length) stream.unshift(chunk.subarray(wanted.length));
    chunks.push(wanted);
    got += wanted.length;
  }
  return Buffer.concat(chunks);
}

/** The arguments of the next `event`; rejects on `error`, and after `timeout` milliseconds. */
export async function nextEvent(
  emitter: EventEmitter,
  event: string,
  timeout: number = PATIENCE_MS,
): Promise<unknown[]> {
  return withTimeout(once(emitter, event), timeout, `event '${event}'`);
}

/** The promise, or a rejection that names `what` after `timeout` milliseconds (more under a sanitizer). */
export async function withTimeout<T>(
  promise: Promise<T>,
  timeout: number = PATIENCE_MS,
  what: string = 'a promise',
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = timeout * SLOWNESS;
  const expiry = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${limit} ms in vain for ${what}`)), limit);
  });
  try {
    return await Promise.race([promise, expiry]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for whichever of the events comes first; rejects on `error`. */
async function nextOf(emitter: NodeJS.EventEmitter, events: readonly string[]): Promise<void> {
  const stop = new AbortController();
  try {
    await Promise.race(events.map((event) => once(emitter, event, { signal: stop.signal })));
  } finally {
    stop.abort();
  }
}
