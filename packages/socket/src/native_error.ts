import { SocketError, SSLError } from '@sslkit/context';
import { STREAM_ERROR } from '@sslkit/openssl-native';
import { getSystemErrorMap, getSystemErrorName } from 'node:util';
import { socketError } from './system_error.ts';

/** libuv's negative error number as the SocketError that `node:net` would have led to; `peer` as Node names it in the cause. */
export function uvError(
  errno: number,
  syscall: string,
  place = '',
  peer: { readonly address?: string; readonly port?: number } = {},
): SocketError {
  const code = getSystemErrorName(errno);
  const text = `${syscall} ${code}${place && ` ${place}`}`;
  return socketError(Object.assign(new Error(text), { errno, code, syscall, ...peer }));
}

/** The same for what kept a server from listening, in the words of `net.Server`. */
export function listenError(errno: number, address: string, port: number): SocketError {
  const [code, text] = getSystemErrorMap().get(errno) ?? [getSystemErrorName(errno), ''];
  const place = port > 0 ? `${address}:${port}` : address;
  return socketError(
    Object.assign(new Error(`listen ${code}: ${text} ${place}`), { errno, code, syscall: 'listen', address, port }),
  );
}

/** Whether it is a failure of the operating system, and not of TLS. */
export function isTransportFailure(failure: unknown): failure is SocketError {
  return failure instanceof SocketError && !(failure instanceof SSLError);
}

/** Whether a result of the addon's stream is a failure of the transport. */
export function isStreamError(result: number): boolean {
  return result <= STREAM_ERROR;
}

/** As {@link uvError}, from such a result. */
export function streamError(result: number, syscall: string): SocketError {
  return uvError(result - STREAM_ERROR, syscall);
}
