import { type StreamName, TlsStream } from '@sslkit/openssl-native';
import net from 'node:net';
import { describe, rangeMisuse, typeMisuse, valueMisuse } from './misuse.ts';

/** Where to connect or listen: Python's pair, the same as an object, or the path of a Unix-domain socket. */
export type Address =
  | readonly [host: string, port: number]
  | { readonly host: string; readonly port: number }
  | { readonly path: string };

/** An address in the one form that `node:net` takes. */
export type Endpoint = { readonly host: string; readonly port: number } | { readonly path: string };

export function parseAddress(where: string, address: unknown): Endpoint {
  if (Array.isArray(address)) {
    if (address.length !== 2)
      throw typeMisuse(`${where}: the address must be [host, port], not ${address.length} items`);
    return tcp(where, address[0], address[1]);
  }
  if (typeof address !== 'object' || address === null) {
    throw typeMisuse(
      `${where}: the address must be [host, port], { host, port } or { path }, not ${describe(address)}`,
    );
  }
  const { host, port, path } = address as { host?: unknown; port?: unknown; path?: unknown };
  if (path === undefined) return tcp(where, host, port);
  if (typeof path !== 'string') throw typeMisuse(`${where}: path must be a string, not ${describe(path)}`);
  if (host !== undefined || port !== undefined)
    throw typeMisuse(`${where}: give either path or host and port, not both`);
  return { path: unixPath(where, path) };
}

/** The far end, as Python's getpeername gives it; null when there is none. */
export function peerAddress(socket: net.Socket | TlsStream): Address | null {
  if (socket instanceof TlsStream) return fromName(socket.getpeername());
  if (socket.remoteAddress !== undefined && socket.remotePort !== undefined) {
    return [socket.remoteAddress, socket.remotePort];
  }
  // A Unix-domain client has no name of its own.
  return isUnix(socket) && !socket.pending ? { path: PATHS.get(socket)?.peer ?? '' } : null;
}

export function localAddress(socket: net.Socket | net.Server | TlsStream): Address | null {
  if (socket instanceof TlsStream) return fromName(socket.getsockname());
  const address = socket.address();
  if (typeof address === 'string') return { path: address };
  if (address && 'port' in address && 'address' in address) {
    return [address.address as string, address.port as number];
  }
  if (!(socket instanceof net.Socket) || !isUnix(socket) || socket.pending) return null;
  return { path: PATHS.get(socket)?.local ?? '' };
}

/** Node does not keep the path that a Unix-domain socket has connected to, or was accepted at. */
export function rememberPaths(socket: net.Socket, paths: { readonly peer?: string; readonly local?: string }): void {
  PATHS.set(socket, paths);
}

const PATHS = new WeakMap<net.Socket, { readonly peer?: string; readonly local?: string }>();

/** For a connection that `server` has accepted. */
export function rememberWhere(server: net.Server, accepted: net.Socket): void {
  const name = server.address();
  if (typeof name === 'string') rememberPaths(accepted, { local: name });
}

/** The addon gives host, port, family; family 0 stands for a path. */
function fromName(name: StreamName | number): Address | null {
  if (typeof name === 'number') return null;
  return name[2] === 0 ? { path: name[0] } : [name[0], name[1]];
}

/** A pipe has a handle but no IP family. */
function isUnix(socket: net.Socket): boolean {
  return !socket.destroyed && socket.remoteFamily === undefined && socket.localPort === undefined;
}

/** Bytes of `sun_path`, its final NUL included. @see unix(7) */
const SUN_PATH = process.platform === 'linux' ? 108 : 104;

/** libuv cuts a path at a NUL and at the length of `sun_path`: the connection would go to another socket. */
function unixPath(where: string, path: string): string {
  if (path === '') throw valueMisuse(`${where}: path is empty`);
  if (path.includes('\0')) throw valueMisuse(`${where}: path contains a null character`);
  if (process.platform !== 'win32' && Buffer.byteLength(path) >= SUN_PATH) {
    throw rangeMisuse(`${where}: the path of a Unix-domain socket must be shorter than ${SUN_PATH} bytes`);
  }
  return path;
}

function tcp(where: string, host: unknown, port: unknown): Endpoint {
  if (typeof host !== 'string') throw typeMisuse(`${where}: host must be a string, not ${describe(host)}`);
  // The resolver would stop reading at it, and find another host.
  if (host.includes('\0')) throw valueMisuse(`${where}: host contains a null character`);
  if (typeof port !== 'number') throw typeMisuse(`${where}: port must be a number, not ${describe(port)}`);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw rangeMisuse(`${where}: port must be 0-65535, not ${port}`);
  return { host, port };
}
