/** Checks of what callers pass in: the same words and codes as `@sslkit/context` uses. */
import { stateMisuse as misuseOfState } from '@sslkit/context/engine';

export {
  checkOptions,
  describe,
  parseServerName,
  rangeMisuse,
  requireBoolean,
  requireBytes,
  requireInteger,
  requireString,
  typeMisuse,
  valueMisuse,
} from '@sslkit/context/engine';

/** A call that the state of the socket does not allow: Python's ValueError for a closed, unwrapped or connected socket. */
export const stateMisuse: (message: string, code: StateCode) => Error & { code: StateCode } = misuseOfState<StateCode>;

export type StateCode =
  /** The socket is closed, unwrapped or handed over. */
  | 'ERR_SOCKET_CLOSED'
  /** The socket is connected already. */
  | 'ERR_SOCKET_CONNECTED'
  /** The stream or server belongs to another socket. */
  | 'ERR_SOCKET_IN_USE'
  /** The role or the mode of the socket rules the call out. */
  | 'ERR_SOCKET_MODE'
  | 'ERR_NOT_SUPPORTED';

export function closedMisuse(): Error {
  return stateMisuse('The socket was closed.', 'ERR_SOCKET_CLOSED');
}
