/** Where a listener's connections come from: the addon's own listening socket, or a `net.Server`. */
import { StreamEvent, TlsListener, TlsStream } from '@sslkit/openssl-native';
import dns from 'node:dns';
import net from 'node:net';
import { createServer, startListening } from './acceptor.ts';
import { type Endpoint, localAddress, rememberWhere } from './address.ts';
import { listenError, uvError } from './native_error.ts';
import { socketError } from './system_error.ts';

export interface Incoming {
  /** Where it listens: host and port, or path and 0. */
  readonly name: [host: string, port: number];
  onConnection: (connection: net.Socket | TlsStream) => void;
  /** One connection could not be taken; the next may be. */
  onError: (error: Error) => void;
  /** Frees the port; connections that were taken go on. */
  close(): void;
}

/** With `net.Server`: in a cluster's worker, and where the addon has no descriptors. */
export async function listenWithNode(endpoint: Endpoint, backlog: number): Promise<Incoming> {
  const server = createServer();
  await startListening(server, endpoint, backlog);
  const name = localAddress(server);
  const incoming: Incoming = {
    name: Array.isArray(name) ? [name[0], name[1]] : [(name as { path: string }).path, 0],
    onConnection: () => {},
    onError: () => {},
    close: () => server.close(),
  };
  server.on('connection', (socket) => {
    rememberWhere(server, socket);
    incoming.onConnection(socket);
  });
  server.on('error', (error) => incoming.onError(error));
  return incoming;
}

/** With a listening socket of the addon. */
export async function listenNatively(endpoint: Endpoint, backlog: number): Promise<Incoming> {
  if ('path' in endpoint) {
    return new NativeIncoming(endpoint.path, -1, (listener) => listener.listenPipe(endpoint.path, backlog));
  }
  const { host, port } = endpoint;
  const tcp = (address: string): NativeIncoming =>
    new NativeIncoming(address, port, (listener) => listener.listenTcp(address, port, backlog, false));
  return host === '' ? everywhere(tcp) : tcp(await addressOf(host));
}

/** As Node: `::` takes IPv4 as well; where there is no IPv6, `0.0.0.0`. */
function everywhere(tcp: (address: string) => NativeIncoming): NativeIncoming {
  try {
    return tcp('::');
  } catch {
    return tcp('0.0.0.0');
  }
}

async function addressOf(host: string): Promise<string> {
  if (net.isIP(host) !== 0) return host;
  try {
    return (await dns.promises.lookup(host)).address;
  } catch (error) {
    throw socketError(error, 'getaddrinfo');
  }
}

class NativeIncoming implements Incoming {
  readonly name: [host: string, port: number];
  onConnection: Incoming['onConnection'] = () => {};
  onError: (error: Error) => void = () => {};
  readonly #listener = new TlsListener();

  constructor(address: string, port: number, start: (listener: TlsListener) => number) {
    const status = start(this.#listener);
    const name = status < 0 ? status : this.#listener.getsockname();
    if (typeof name === 'number') {
      this.#listener.close();
      throw listenError(name, address, port);
    }
    this.name = [name[0], name[1]];
    this.#listener.owner = { onStreamEvent: (event, value) => this.#onEvent(event, value) };
  }

  close(): void {
    this.#listener.close();
  }

  #onEvent(event: StreamEvent, status: number): void {
    if (event !== StreamEvent.CONNECTION) return;
    const stream = new TlsStream();
    const accepted = status < 0 ? status : this.#listener.accept(stream);
    if (accepted < 0) {
      stream.close();
      this.onError(uvError(accepted, 'accept'));
    } else {
      this.onConnection(stream);
    }
  }
}
