import { createReadStream } from 'node:fs';
import type net from 'node:net';
import type { Duplex } from 'node:stream';
import { inspect } from 'node:util';
import type { Address } from './address.ts';
import { DEFAULT_BACKLOG } from './acceptor.ts';
import { SocketCore, sourceOf } from './core.ts';
import { Limits, type WaitOptions } from './limits.ts';
import {
  checkOptions,
  describe,
  rangeMisuse,
  requireBoolean,
  requireBytes,
  requireInteger,
  typeMisuse,
} from './misuse.ts';
import { PlainChannel } from './plain_channel.ts';
import { systemError } from './system_error.ts';

/** Options of {@link Socket.sendFile}. */
export interface SendFileOptions extends WaitOptions {
  /** First byte to send; default 0. */
  readonly offset?: number;
  /** Bytes to send; default all. */
  readonly count?: number;
}

const READ_BYTES = 64 * 1024;

/** Internal: what a socket is made of, for the other files of this package. */
export let coreOf: (socket: Socket) => SocketCore;

/**
 * Python's `socket.socket` for streams (TCP and Unix-domain), with promises.
 *
 * Reads are answered in the order in which they were called, and so are writes; the two directions do not wait for each
 * other. Every call that may wait takes `{ timeout, signal }`; a time-out is a total deadline for that call.
 */
export class Socket implements AsyncIterable<Buffer>, AsyncDisposable {
  readonly #core: SocketCore;

  /**
   * @param existing Takes over a socket, a listening server or any Duplex. Bytes that it has buffered are read first.
   * Without it, a new socket that is not connected.
   */
  constructor(existing?: net.Socket | net.Server | Duplex | SocketCore) {
    // A subclass brings a core of its own, which carries bytes in another way.
    this.#core = existing instanceof SocketCore ? existing : plainCore();
    if (existing !== undefined && existing !== this.#core) this.#core.adopt(sourceOf(existing));
  }

  static {
    coreOf = (socket) => socket.#core;
    Object.defineProperty(Socket.prototype, inspect.custom, { value: summary });
  }

  /** Takes a local address, to listen on or to connect from; port 0 picks a free one. */
  bind(address: Address): Promise<void> {
    return this.#core.bind(address);
  }

  /** Begins to accept; at most `backlog` connections wait for {@link accept}, further ones are refused. */
  listen(backlog: number = DEFAULT_BACKLOG): Promise<void> {
    return this.#core.listen(backlog);
  }

  /** Connects; when it fails the socket may be used for another attempt. */
  async connect(address: Address, options?: WaitOptions): Promise<void> {
    await this.#core.connect(address, this.#core.limits('connect', options));
  }

  /** The next connection and where it comes from. Non-blocking: rejects with code `EAGAIN` when there is none. */
  async accept(options?: WaitOptions): Promise<[Socket, Address]> {
    const socket = await this.#core.accept(this.#core.limits('accept', options));
    const accepted = new Socket(socket);
    return [accepted, accepted.getPeerName()];
  }

  /** Up to `bufsize` bytes, as soon as there are any; an empty Buffer: the other side is finished. */
  async recv(bufsize: number, options?: WaitOptions): Promise<Buffer> {
    return this.#core.read('recv', size('bufsize', bufsize), options);
  }

  /** The same into `buffer`, at most `nbytes` (default, and 0: all of it); returns the count. */
  async recvInto(buffer: Uint8Array, nbytes = 0, options?: WaitOptions): Promise<number> {
    const room = requireBytes('buffer', buffer);
    const wanted = size('nbytes', nbytes) || room.length;
    if (wanted > room.length) throw rangeMisuse('nbytes is greater than the length of the buffer');
    return this.#core.readInto('recv', room.subarray(0, wanted), options);
  }

  /** Sends; resolves with the count, which is all of it unless the socket is non-blocking. */
  async send(data: Uint8Array | string, options?: WaitOptions): Promise<number> {
    return this.#core.write('send', data, options);
  }

  /** Sends all of it, in non-blocking mode too. */
  async sendAll(data: Uint8Array | string, options?: WaitOptions): Promise<void> {
    const limits = this.#core.limits('sendAll', options);
    const bytes = typeof data === 'string' ? Buffer.from(data) : requireBytes('data', data);
    if (bytes.length > 0) await this.#core.connected('send').write(bytes, limits);
  }

  /** Sends a file (a path, or anything that yields its bytes); resolves with the number of bytes sent. */
  async sendFile(file: string | URL | AsyncIterable<Uint8Array>, options: SendFileOptions = {}): Promise<number> {
    const { offset = 0, count, ...rest } = checkOptions('sendFile', options, ['offset', 'count', 'timeout', 'signal']);
    const limits = Limits.from('sendFile', rest, this.#core.nonBlocking ? null : this.#core.timeoutMs);
    const channel = this.#core.connected('sendfile');
    let sent = 0;
    for await (const chunk of part(source(file), size('offset', offset), count))
      sent += await channel.write(chunk, limits);
    return sent;
  }

  /** Ends one direction or both. After `'read'`, reads return the end. */
  shutdown(how: 'read' | 'write' | 'both'): Promise<void> {
    return this.#core.shutdown(how);
  }

  /**
   * Sends what was written, ends the connection and frees the socket; `timeout` (default 5000 ms) bounds how long the
   * sending may take. Calls that are waiting are refused. Never rejects for a connection that is gone already.
   */
  close(options?: WaitOptions): Promise<void> {
    return this.#core.close(options);
  }

  /** False: calls that would have to wait reject at once. True: they wait without limit. */
  setBlocking(flag: boolean): void {
    this.#core.setTimeout(requireBoolean('flag', flag) ? null : 0);
  }

  /** Seconds that each call may take; null: without limit; 0: non-blocking. */
  setTimeout(seconds: number | null): void {
    this.#core.setTimeout(seconds);
  }

  /** Seconds; null: without limit. */
  getTimeout(): number | null {
    const { timeoutMs } = this.#core;
    return timeoutMs === null ? null : timeoutMs / 1000;
  }

  /** The other side. @throws SocketError `ENOTCONN`, or `EOPNOTSUPP` over a stream that has no address. */
  getPeerName(): Address {
    return this.#core.peerName();
  }

  /** This side. */
  getSockName(): Address {
    return this.#core.sockName();
  }

  /** The operating system's descriptor; -1 when there is none. */
  fileno(): number {
    return this.#core.fileno();
  }

  /** Gives the transport up, unread bytes in it; this object is closed from then on. Null when there was none yet. */
  detach(): net.Socket | net.Server | Duplex | null {
    const source = this.#core.handOver();
    if (source.kind === 'stream') return source.stream;
    if (source.kind === 'server') return source.acceptor.release();
    return source.bound?.release() ?? source.socket;
  }

  /** What arrives, until the other side is finished. Leaving the loop early leaves the socket open. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    for (;;) {
      const chunk = await this.recv(READ_BYTES);
      if (chunk.length === 0) return;
      yield chunk;
    }
  }

  /** For `await using`: {@link close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** What console.log shows: the state only. */
function summary(this: Socket): string {
  return `${this.constructor.name} <${coreOf(this).phase}, fd=${this.fileno()}>`;
}

function plainCore(): SocketCore {
  return new SocketCore({
    // Only TLS dials natively.
    open: (stream) => new PlainChannel(stream as Duplex),
    blocked: (_, call) => systemError('EAGAIN', call),
  });
}

function size(name: string, value: number): number {
  if (requireInteger(name, value) < 0) throw rangeMisuse(`negative ${name}`);
  return value;
}

function source(file: unknown): AsyncIterable<Uint8Array> {
  if (typeof file === 'string' || file instanceof URL) return createReadStream(file);
  const iterable = file as Partial<AsyncIterable<Uint8Array>> | null;
  if (typeof iterable?.[Symbol.asyncIterator] === 'function') return iterable as AsyncIterable<Uint8Array>;
  throw typeMisuse(`sendFile: file must be a path or yield bytes, not ${describe(file)}`);
}

/** The bytes from `offset` on, `count` of them at most. */
async function* part(
  chunks: AsyncIterable<Uint8Array>,
  offset: number,
  count: number | undefined,
): AsyncGenerator<Uint8Array> {
  let skip = offset;
  let left = count ?? Number.POSITIVE_INFINITY;
  for await (const chunk of chunks) {
    const wanted = chunk.subarray(Math.min(skip, chunk.length)).subarray(0, left);
    skip = Math.max(0, skip - chunk.length);
    left -= wanted.length;
    if (wanted.length > 0) yield wanted;
    if (left <= 0) return;
  }
}
