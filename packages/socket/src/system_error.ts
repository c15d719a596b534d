import { SocketError } from '@sslkit/context';

/** A failure of the operating system or of a stream, as the SocketError that callers see; `cause` is the original. */
export function socketError(error: unknown, syscall?: string): SocketError {
  if (error instanceof SocketError) return error;
  const failure = telling(error);
  const code = typeof failure.code === 'string' ? failure.code : 'ERR_SOCKET';
  const errno = typeof failure.errno === 'number' ? failure.errno : undefined;
  return new SocketError(failure.message || code, { code, errno, syscall: failure.syscall ?? syscall, cause: error });
}

/** An error that the operating system would give, for a call that never reached it. */
export function systemError(code: keyof typeof TEXTS, syscall: string): SocketError {
  return new SocketError(`${syscall} ${code}: ${TEXTS[code]}`, { code, syscall });
}

const TEXTS = {
  EAGAIN: 'resource temporarily unavailable',
  EBADF: 'the socket is closed',
  EINVAL: 'invalid argument',
  EISCONN: 'the socket is connected already',
  ENOTCONN: 'the socket is not connected',
  EPIPE: 'the other side does not take any more',
  EOPNOTSUPP: 'this transport cannot do that',
} as const;

/** Happy eyeballs fail with one error per address; the first names what went wrong with the preferred one. */
function telling(error: unknown): Partial<NodeJS.ErrnoException> & { message: string } {
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return error.errors[0];
  if (error instanceof Error) return error;
  return { message: String(error) };
}
