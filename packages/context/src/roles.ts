/** What goes together on one connection: its role, its name, its session and the context that it is made with. */
import { valueMisuse } from './arguments.ts';
import { PROTOCOL_TLS_CLIENT, PROTOCOL_TLS_SERVER } from './constants.ts';
import type { ContextState } from './context_state.ts';
import { SSLError } from './errors.ts';
import type { SSLSession } from './session.ts';

export interface EngineOptions {
  readonly serverSide: boolean;
  readonly serverHostname?: string | null | undefined;
  readonly session?: SSLSession | null | undefined;
}

/**
 * Refuses what must not be together. Python checks the same in wrap_socket, less in wrap_bio.
 * @throws SSLError when the context's protocol is for the other role.
 * @throws TypeError for a name or session on a server, and for a context that checks names without a name.
 */
export function checkRole(state: ContextState, { serverSide, serverHostname, session }: EngineOptions): void {
  if (serverSide && state.protocol === PROTOCOL_TLS_CLIENT) {
    throw new SSLError('Cannot create a server socket with a PROTOCOL_TLS_CLIENT context', WRONG_ROLE);
  }
  if (!serverSide && state.protocol === PROTOCOL_TLS_SERVER) {
    throw new SSLError('Cannot create a client socket with a PROTOCOL_TLS_SERVER context', WRONG_ROLE);
  }
  if (serverSide && serverHostname) {
    throw valueMisuse('server_hostname can only be specified in client mode', WRONG_ROLE.code);
  }
  if (serverSide && session != null) {
    throw valueMisuse('session can only be specified in client mode', WRONG_ROLE.code);
  }
  if (state.checkHostname && !serverHostname) {
    throw valueMisuse('check_hostname requires server_hostname', 'ERR_SSL_CHECK_HOSTNAME_REQUIRES_SERVER_HOSTNAME');
  }
}

const WRONG_ROLE = { code: 'ERR_SSL_WRONG_ROLE' } as const;
