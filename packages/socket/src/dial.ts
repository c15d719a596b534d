/** Opening a transport: TCP with happy eyeballs (as Node's own connect has them) and Unix-domain sockets. */
import net from 'node:net';
import { type Endpoint, rememberPaths } from './address.ts';
import type { HangUp } from './hang_up.ts';
import type { Limits } from './limits.ts';
import { socketError } from './system_error.ts';
import { WaitLine } from './wait_line.ts';

export interface DialOptions {
  /** Local address and port to connect from. */
  readonly localAddress?: string;
  readonly localPort?: number;
}

/** Connects `socket`, a new one by default. Whatever goes wrong, the socket does not stay open. */
export async function dial(
  endpoint: Endpoint,
  limits: Limits | null,
  options: DialOptions,
  hangUp: HangUp,
  socket: net.Socket = new net.Socket({ allowHalfOpen: true }),
): Promise<net.Socket> {
  const line = new WaitLine<null, void>();
  const connected = line.wait(null, limits, 'connect operation');
  hangUp.by((error) => line.failAll(error));
  const onConnect = (): void => line.doneAll();
  const onError = (error: Error): void => line.failAll(socketError(error, 'connect'));
  const onClose = (): void => line.failAll(socketError(new Error('the socket was closed while connecting'), 'connect'));
  socket.on('connect', onConnect).on('error', onError).on('close', onClose);
  try {
    // A wait that was refused at once (an aborted signal) must not start a connection.
    if (!line.empty && !socket.connecting) begin(socket, endpoint, options);
    await connected;
    return socket;
  } catch (error) {
    socket.on('error', () => {});
    socket.destroy();
    throw error;
  } finally {
    socket.off('connect', onConnect).off('error', onError).off('close', onClose);
  }
}

function begin(socket: net.Socket, endpoint: Endpoint, options: DialOptions): void {
  if ('path' in endpoint) {
    rememberPaths(socket, { peer: endpoint.path });
    socket.connect({ path: endpoint.path });
  } else {
    // As an option of connect() it would do nothing: net.Socket knows it in its constructor alone.
    socket.setNoDelay(true);
    socket.connect({ ...options, host: endpoint.host, port: endpoint.port, autoSelectFamily: true });
  }
}
