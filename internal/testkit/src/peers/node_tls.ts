/** Peers on `node:tls`, in this process. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { closeServer, listenLoopback, nextEvent, withTimeout } from '../net.ts';
import type { TlsVersion } from './process.ts';

export interface NodeTlsServerOptions {
  /** Path or PEM text. */
  cert: string;
  /** Path or PEM text. */
  key: string;
  /** Authorities for client certificates: path or PEM text. */
  ca?: string;
  tls?: TlsVersion;
  clientCert?: 'optional' | 'required';
  /** Sends back what it reads, and ends when the client does. */
  echo?: boolean;
  options?: tls.TlsOptions;
}

export interface NodeTlsClientOptions {
  port: number;
  ca?: string;
  servername?: string;
  cert?: string;
  key?: string;
  tls?: TlsVersion;
  options?: tls.ConnectionOptions;
}

export interface NodeTlsServer extends AsyncDisposable {
  readonly port: number;
  readonly server: tls.Server;
  /** The next connection whose handshake is done, in order of arrival. */
  accept(): Promise<tls.TLSSocket>;
  /** The next handshake that failed. */
  clientError(): Promise<Error>;
  close(): Promise<void>;
}

/** Serves on a free loopback port. */
export async function nodeTlsServer(options: NodeTlsServerOptions): Promise<NodeTlsServer> {
  const server = tls.createServer({
    ...identity(options),
    ...versions(options.tls),
    requestCert: options.clientCert !== undefined,
    rejectUnauthorized: options.clientCert === 'required',
    ...options.options,
  });
  const accepted = new Arrivals<tls.TLSSocket>();
  const failed = new Arrivals<Error>();
  const open = new Set<tls.TLSSocket>();
  server.on('tlsClientError', (error) => failed.add(error));
  server.on('secureConnection', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => {});
    if (options.echo) socket.pipe(socket);
    accepted.add(socket);
  });
  const port = await listenLoopback(server);
  const close = (): Promise<void> => {
    for (const socket of open) socket.destroy();
    return closeServer(server);
  };
  return {
    port,
    server,
    accept: () => accepted.next('a connection'),
    clientError: () => failed.next('a failed handshake'),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Connects to loopback; settles after the handshake, rejects when it fails. */
export async function nodeTlsClient(options: NodeTlsClientOptions): Promise<tls.TLSSocket> {
  const socket = tls.connect({
    host: '127.0.0.1',
    port: options.port,
    servername: options.servername ?? 'localhost',
    ...identity(options),
    ...versions(options.tls),
    ...options.options,
  });
  await nextEvent(socket, 'secureConnect');
  // A peer that closes before it has read all resets the connection. Who reads or waits hears of it; it is no uncaught error.
  socket.on('error', () => {});
  return socket;
}

/** Waits until the socket is closed, whatever the reason. */
export async function closed(socket: tls.TLSSocket): Promise<void> {
  if (!socket.closed) await once(socket, 'close').catch(() => {});
}

function identity(options: { cert?: string; key?: string; ca?: string }): tls.SecureContextOptions {
  const entries = (['cert', 'key', 'ca'] as const).map((name) => [name, options[name]] as const);
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, pemText(value)]])));
}

function pemText(pathOrPem: string): string {
  return pathOrPem.includes('-----BEGIN ') ? pathOrPem : readFileSync(pathOrPem, 'utf8');
}

function versions(version: TlsVersion | undefined): tls.SecureContextOptions {
  if (version === undefined) return {};
  const name = version === '1.0' ? 'TLSv1' : (`TLSv${version}` as const);
  const old = version === '1.0' || version === '1.1';
  return { minVersion: name, maxVersion: name, ...(old ? { ciphers: 'DEFAULT@SECLEVEL=0' } : {}) };
}

/** A queue of what has come, each taken once. */
class Arrivals<T> {
  readonly #come: T[] = [];
  readonly #waiting: ((value: T) => void)[] = [];

  add(value: T): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(value);
    else this.#come.push(value);
  }

  next(what: string): Promise<T> {
    const come = this.#come.shift();
    if (come !== undefined) return Promise.resolve(come);
    return withTimeout(new Promise<T>((resolve) => this.#waiting.push(resolve)), undefined, what);
  }
}
