import { Limits } from './limits.ts';
import { describe, rangeMisuse, typeMisuse, valueMisuse } from './misuse.ts';
import { coreOf, Socket } from './socket.ts';

/**
 * Waits until a call on one of the sockets is worth trying, like Python's `select.select`.
 *
 * A reader is ready when bytes, the end, a failure, progress of a handshake or (listening) a connection is there; a writer
 * when the transport takes more. Nothing is ever exceptional. With `timeoutSeconds` the result may be three empty lists;
 * 0 only looks.
 */
export async function select<Reader extends Socket, Writer extends Socket, Other extends Socket = Socket>(
  readers: readonly Reader[],
  writers: readonly Writer[],
  exceptional: readonly Other[],
  timeoutSeconds?: number | null,
): Promise<[Reader[], Writer[], Other[]]> {
  const wait = checkTimeout(timeoutSeconds);
  for (const socket of [...readers, ...writers, ...exceptional]) checkSocket(socket);
  const ready = (): [Reader[], Writer[], Other[]] => [readers.filter(readableNow), writers.filter(writableNow), []];
  if (wait === 0) {
    // Events that have happened but were not delivered yet count: give the event loop one turn.
    await new Promise((resolve) => setImmediate(resolve));
    return ready();
  }
  if (wait === null && readers.length + writers.length === 0) {
    throw valueMisuse('select() without sockets and without a time-out would never return');
  }
  await firstOf(readers, writers, wait);
  return ready();
}

async function firstOf(readers: readonly Socket[], writers: readonly Socket[], wait: number | null): Promise<void> {
  const over = new AbortController();
  const limits = new Limits(undefined, over.signal);
  const timer = wait === null ? undefined : setTimeout(() => over.abort(), wait);
  const waits = [
    ...readers.map((socket) => waitReadable(socket, limits)),
    ...writers.map((socket) => waitWritable(socket, limits)),
  ];
  const expiry = new Promise<void>((resolve) => over.signal.addEventListener('abort', () => resolve(), { once: true }));
  try {
    await Promise.race([expiry, ...waits]);
  } finally {
    clearTimeout(timer);
    over.abort();
    await Promise.allSettled(waits);
  }
}

/** A socket that cannot carry anything is ready: the call will say why. */
function readableNow(socket: Socket): boolean {
  const { acceptor, channel, phase } = coreOf(socket);
  if (phase === 'listening') return acceptor?.readableNow ?? true;
  return channel?.readableNow ?? true;
}

function writableNow(socket: Socket): boolean {
  return coreOf(socket).channel?.writableNow ?? true;
}

/** Failures make a socket ready, so they end the wait like success. */
async function waitReadable(socket: Socket, limits: Limits): Promise<void> {
  const { acceptor, channel, phase } = coreOf(socket);
  await (phase === 'listening' ? acceptor : channel)?.waitReadable(limits).catch(() => {});
}

async function waitWritable(socket: Socket, limits: Limits): Promise<void> {
  await coreOf(socket)
    .channel?.waitWritable(limits)
    .catch(() => {});
}

function checkSocket(socket: unknown): void {
  if (!(socket instanceof Socket)) throw typeMisuse(`select: expected a Socket, not ${describe(socket)}`);
}

/** Milliseconds; null: without limit. */
function checkTimeout(seconds: unknown): number | null {
  if (seconds === undefined || seconds === null) return null;
  if (typeof seconds !== 'number') throw typeMisuse(`timeoutSeconds must be a number, not ${describe(seconds)}`);
  if (!(seconds >= 0)) throw rangeMisuse('timeoutSeconds must be 0 or more');
  return seconds * 1000;
}
