/** The native channel of the addon: TLS over a libuv stream that C++ owns. */
import type { Ssl } from './ssl.ts';
import type { SslCtx } from './ssl_ctx.ts';

/** What happened to a stream or a listener. An event says "look again"; failures are thrown by the next call. */
export const StreamEvent = {
  /** The connection attempt is over; the value is 0 or libuv's negative error number. */
  CONNECT: 0,
  /** The handshake is complete, has failed, or waits for the caller: call `handshake()`. */
  HANDSHAKE: 1,
  /** Bytes, the end or a failure are there: call `read()`. Comes once for each `READ` that was answered. */
  READABLE: 2,
  /** `write()` or `drain()` may go on. */
  DRAIN: 3,
  /** Our side of the transport is ended; the value is 0 or libuv's negative error number. */
  SHUTDOWN: 4,
  /** The handle is closed and its descriptor free. */
  CLOSE: 5,
  /** Of a listener: a connection is there to be accepted. */
  CONNECTION: 6,
} as const;
export type StreamEvent = (typeof StreamEvent)[keyof typeof StreamEvent];

/**
 * Results up to here are failures of the transport: `STREAM_ERROR + n`, where `n` is libuv's negative error number.
 * Above are counts (>= 0) and `Want`.
 */
export const STREAM_ERROR = -1000;

/** Host or path, port, and 4 or 6 (0 for a path). */
export type StreamName = readonly [host: string, port: number, family: number];

/** Receives the events of a stream or a listener. */
export interface StreamOwner {
  onStreamEvent(event: StreamEvent, value: number): void;
}

/** What a stream and a listener have in common. Status numbers are 0 or libuv's negative error number. */
interface StreamHandle {
  /** Set by whoever wants the events. */
  owner?: StreamOwner;
  /** Frees the descriptor; what was not sent is given up. May be called at any time, more than once. */
  close(): void;
  ref(): void;
  unref(): void;
  /** The descriptor, or -1. */
  fileno(): number;
  getsockname(): StreamName | number;
}

/**
 * TLS over a TCP or Unix-domain connection. While its handle is open it is kept alive and, unless unref'd, keeps the
 * process running when it reads or writes, as a `net.Socket` does.
 */
export interface TlsStream extends StreamHandle {
  /** Takes a duplicate of a connected descriptor. */
  open(fd: number, pipe: boolean): number;
  /** To an IP address; `CONNECT` follows unless the status is negative. */
  connectTcp(host: string, port: number, localHost?: string | null, localPort?: number): number;
  connectPipe(path: string): number;
  /** Drives this Ssl from now on; its inspectors go on working, but are refused during a step on a pool thread. */
  attach(ssl: Ssl): void;
  /**
   * As `attach`, with a session of its own, which has no JavaScript object until {@link ssl} is called. `serverName` is sent
   * by a client (SNI); `host` is what the peer's certificate must prove, an IP address with `isAddress`.
   */
  start(ctx: SslCtx, server: boolean, serverName: string | null, host: string | null, isAddress: boolean): void;
  /** An object over the session, a new one at each call. The stream goes on to drive it. */
  ssl(): Ssl;
  /** Gives the session back: now, or as soon as the stream is closed and no pool thread has it. */
  free(): void;
  /**
   * Takes what has arrived and drops it, so that `close()` does not reset the connection. True when the peer seems to go on
   * sending: there was more than a last alert, and no end.
   */
  dropInput(): boolean;
  /** Takes all that has arrived, for `read()`: sending has failed, and what the peer said before comes first. */
  takeArrived(): void;
  /** Ciphertext that was read from the descriptor before it was handed over. */
  unshift(data: Uint8Array): void;

  /**
   * Starts the handshake, or tells how far it is: 1, a `Want` (`READ`: `HANDSHAKE` follows; `ZERO_RETURN`: the peer has left
   * while the answer to its ClientHello was awaited), or a `STREAM_ERROR`.
   */
  handshake(onPool: boolean): number;
  /**
   * Decrypts as many records as fit: a count, a `Want`, or a `STREAM_ERROR`. After fewer bytes than `length` and after
   * `READ`, `READABLE` follows; after all of `length` it does not: read again.
   */
  read(buffer: Uint8Array, offset: number, length: number): number;
  /**
   * The count that was taken, or a `STREAM_ERROR`; fewer than `length`: `DRAIN` follows. The first write of a turn of the
   * event loop leaves at once, further ones together at its end.
   */
  write(data: Uint8Array, offset: number, length: number): number;
  /** 1: the kernel has everything; 0: `DRAIN` follows; or a `STREAM_ERROR`. */
  drain(): number;
  /** Has `READABLE` sent when bytes or the end arrive. */
  await(): void;
  /** As SSL_shutdown(3): 0, 1 or a `Want`. */
  closeNotify(): number;
  /** Ends our side of the transport. `drain()` first; `SHUTDOWN` follows. */
  shutdown(): number;
  /** Bytes of ciphertext that have arrived and were not decrypted. */
  buffered(): number;
  /** A step of the handshake runs on a pool thread. */
  busy(): boolean;
  /** The first bytes that the peer sent, up to 32. */
  firstBytes(): Buffer;
  /** Closes with a reset. */
  reset(): void;
  /** Nothing more will be received or sent: whoever shares the connection has closed it. */
  endInput(): void;
  /**
   * Gives up the connection: a descriptor that is the caller's now, the bytes that TLS left unread, and the records that
   * are still to be sent; or a status.
   */
  detach(): [fd: number, rest: Buffer, unsent: Buffer] | number;

  getpeername(): StreamName | number;
  setNoDelay(on: boolean): number;
  setKeepAlive(on: boolean, delaySeconds: number): number;
}

/** A listening socket. While a connection is announced and not accepted, the next ones wait in the kernel. */
export interface TlsListener extends StreamHandle {
  listenTcp(host: string, port: number, backlog: number, ipv6Only: boolean): number;
  listenPipe(path: string, backlog: number): number;
  /** Moves the announced connection into a fresh stream. */
  accept(stream: TlsStream): number;
}

/** The part of the addon that is about streams. */
export interface StreamBinding {
  readonly TlsStream: new () => TlsStream;
  readonly TlsListener: new () => TlsListener;
  /** The one function that receives all events of this environment. */
  setStreamDispatch(dispatch: (this: StreamHandle, event: StreamEvent, value: number) => void): void;
  /** Sends at once what waits for the end of the turn. */
  flushStreams(): void;
  /** Whether a reset of a connection waits to be told; asking takes it away. Any open descriptor, here and below. */
  wasReset(fd: number): boolean;
  /** Takes what a connection has received, all of it. */
  takeArrived(fd: number): Buffer;
  /** Bytes that the peer's system has not acknowledged; the end counts as one. 0 where that cannot be known. */
  unacknowledged(fd: number): number;
  /** How many threads handshakes may use; 0: none. `SSLKIT_HANDSHAKE_THREADS` sets it for the process. */
  handshakeThreads(): number;
}
