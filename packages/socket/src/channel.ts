/** The two contracts below the sockets: bytes in order over something, and TLS over something. */
import type { Engine } from '@sslkit/context/engine';
import type { TlsStream } from '@sslkit/openssl-native';
import type { Duplex } from 'node:stream';
import type { Limits } from './limits.ts';
import type { NetFace } from './native_net.ts';

/** What carries bytes: any stream, or a connection that the addon owns. */
export type Transport = Duplex | TlsStream;

/** Outcomes of a call that would have had to wait; the numbers are the engine's. */
export const Blocked = { READ: -2, WRITE: -3 } as const;
export type Blocked = (typeof Blocked)[keyof typeof Blocked];

/**
 * An ordered, reliable stream of bytes with two independent directions. Reads are queued among themselves, and so are
 * writes. Every failure is a SocketError; the first one stays.
 */
export interface ByteChannel {
  /** What tells of the connection and tunes it, when the addon owns it. */
  readonly net?: NetFace;
  /** Bytes that a read would return without waiting. */
  readonly pending: number;
  /** A read would not wait: there are bytes, or the end, or a failure. */
  readonly readableNow: boolean;
  readonly writableNow: boolean;

  /** Up to `max` (1 or more) bytes as soon as there are any; empty at the end. */
  read(max: number, limits: Limits | null): Promise<Buffer>;
  readInto(target: Uint8Array, limits: Limits | null): Promise<number>;
  /** Resolves with the count when everything has been taken and more would be taken. */
  write(data: Uint8Array, limits: Limits | null): Promise<number>;
  /** Ends the sending direction only. */
  closeWrite(limits: Limits | null): Promise<void>;
  /** Sends what was written and the end, within the limits, then frees the transport. Never rejects. */
  close(limits: Limits | null): Promise<void>;
  /** Frees the transport at once. Whoever waits is refused with `error`. */
  destroy(error: Error): void;

  tryRead(max: number): Buffer | Blocked;
  /** Writes a part, or says that it would have to wait. */
  tryWrite(data: Uint8Array): number | Blocked;
  /** Resolves when a try is worth while: bytes, the end, a failure, or progress of a handshake. */
  waitReadable(limits: Limits | null): Promise<void>;
  waitWritable(limits: Limits | null): Promise<void>;

  /** The socket is closed: gives back what only the inspectors of an open one need. */
  free?(): void;

  /** Puts bytes that were read back in front. */
  unread(bytes: Buffer): void;
  /** Gives the transport up, nothing lost: what has not been read is in it. */
  release(): Duplex;
}

/** TLS over a transport. One drives a `stream.Duplex` from TypeScript, another a libuv stream from C++. */
export interface Channel extends ByteChannel {
  readonly engine: Engine;
  /** As {@link destroy}, and the peer meets a reset (RST) where the transport has one. */
  reset(): void;
  /** The transport ended without the peer's close_notify, and that was suppressed. */
  readonly truncated: boolean;

  /** A pool thread has the engine just now: its inspectors would refuse, and there is nothing to tell yet. */
  readonly busy?: boolean;

  /** Starts or joins the handshake. Reads and writes start it as well and wait for it. */
  handshake(limits: Limits | null): Promise<void>;
  /** Goes on with the handshake as far as the bytes that are there allow; null when it is done. */
  tryHandshake(): null | Blocked;
  /** Asks the client for a certificate, at once. The answer is taken as bytes are read. */
  verifyClientPostHandshake(): void;
  /** Ends TLS in both directions and gives the transport back. What came behind close_notify is in it, to be read. */
  unwrap(limits: Limits | null): Promise<Duplex>;
  tryUnwrap(): Duplex | Blocked;
}

export interface ChannelOptions {
  /** An end of the transport without close_notify reads as an end, not as an SSLEOFError. */
  readonly suppressRaggedEofs: boolean;
  /** False keeps the public-key work of the handshake on the event loop. */
  readonly handshakeThreads?: boolean | undefined;
}
