/**
 * Which streams and servers belong to a socket of this package. Two that read the same stream would each get a part of its
 * bytes, and two that write to it would mix their records; Python's `wrap_socket` detaches the original for that reason.
 */
import { stateMisuse } from './misuse.ts';

const TAKEN = new WeakSet<object>();

/** @throws Error `ERR_SOCKET_IN_USE` */
export function requireFree(existing: object): void {
  if (!TAKEN.has(existing)) return;
  throw stateMisuse('the stream belongs to another socket already; use that one', 'ERR_SOCKET_IN_USE');
}

export function markTaken(existing: object): void {
  TAKEN.add(existing);
}

export function markFree(existing: object): void {
  TAKEN.delete(existing);
}
