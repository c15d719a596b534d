/** The descriptor below a `net.Socket`, and what the system knows of its connection and Node does not tell. */
import { takeArrived, wasReset } from '@sslkit/openssl-native';
import net from 'node:net';
import { constants } from 'node:os';
import { uvError } from './native_error.ts';

/** The part of a `net.Socket` that is not public and has not changed since Node 8. */
export interface Handle {
  readonly fd?: number;
  readonly constructor: { readonly name: string };
  reading?: boolean;
  hasRef?(): boolean;
  readStart(): number;
  readStop(): number;
}

export function handleOf(socket: net.Socket): Handle | null {
  return (socket as unknown as { _handle?: Handle | null })._handle ?? null;
}

/** The descriptor of a stream whose bytes are those of a TCP or Unix-domain connection; null: it is none, or is closed. */
export function descriptorOf(stream: unknown): number | null {
  if (!(stream instanceof net.Socket)) return null;
  const handle = handleOf(stream);
  const kind = handle?.constructor.name;
  if ((kind !== 'TCP' && kind !== 'Pipe') || typeof handle?.fd !== 'number' || handle.fd < 0) return null;
  return handle.fd;
}

/**
 * The reset that ended a stream, as Node would tell it; null: it was an end. libuv shows a reset that comes right behind
 * data as an end. Asking takes it out of the system.
 */
export function resetOf(stream: unknown): Error | null {
  const fd = descriptorOf(stream);
  return fd !== null && wasReset(fd) ? (uvError(-constants.errno.ECONNRESET, 'read').cause as Error) : null;
}

/** Takes what has arrived in the system for a stream that is about to be destroyed. */
export function arrivedFor(stream: unknown): Buffer | null {
  const fd = descriptorOf(stream);
  const arrived = fd === null ? null : takeArrived(fd);
  return arrived && arrived.length > 0 ? arrived : null;
}
