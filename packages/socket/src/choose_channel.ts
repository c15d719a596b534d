import type { Engine } from '@sslkit/context/engine';
import { handshakeThreads, TlsStream } from '@sslkit/openssl-native';
import cluster from 'node:cluster';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import type { Channel, ChannelOptions, Transport } from './channel.ts';
import { borrow, canLend, type Lender } from './lender.ts';
import { NativeChannel } from './native_channel.ts';
import { StreamChannel } from './stream_channel.ts';

/** What can drive TLS: the addon over a connection that it owns, or TypeScript over any `stream.Duplex`. */
export type ChannelKind = 'native' | 'stream';

/** libuv's streams are descriptors only on POSIX; elsewhere the stream channel does everything. */
const HAS_DESCRIPTORS = process.platform !== 'win32';

/** The kinds that this process can use; the test suite runs over each. */
export const CHANNEL_KINDS: readonly ChannelKind[] = HAS_DESCRIPTORS ? ['stream', 'native'] : ['stream'];

/** `SSLKIT_CHANNEL=stream` turns the native channel off for the process. */
const CONFIGURED: ChannelKind | null = process.env.SSLKIT_CHANNEL === 'stream' ? 'stream' : null;

let preferred: ChannelKind | null = null;

/** For tests: uses this kind wherever it can be used; null goes back to the fastest. */
export function preferChannel(kind: ChannelKind | null): void {
  preferred = kind;
}

/** Whether connections may belong to the addon from their beginning, with no `net.Socket` at all. */
export function connectsNatively(): boolean {
  return HAS_DESCRIPTORS && (preferred ?? CONFIGURED) !== 'stream';
}

/** In a cluster's worker the primary owns the port; connections are then taken over one by one. */
export function listensNatively(): boolean {
  return connectsNatively() && !cluster.isWorker;
}

/** The fastest channel that can drive TLS over this transport. Sockets never learn which one it is. */
export function openChannel(engine: Engine, transport: Transport, options: ChannelOptions): Channel {
  if (transport instanceof TlsStream) return native(engine, transport, null, options);
  // Writes are gathered; Nagle's algorithm would only hold them back. By the socket itself, which goes by what it remembers.
  if (transport instanceof net.Socket) transport.setNoDelay(true);
  if (connectsNatively() && canLend(transport)) {
    const loan = borrow(transport);
    if (loan) return native(engine, loan.stream, loan.lender, options);
  }
  return new StreamChannel(engine, transport as Duplex, options);
}

function native(engine: Engine, stream: TlsStream, lender: Lender | null, options: ChannelOptions): NativeChannel {
  const threads = options.handshakeThreads !== false && handshakeThreads() > 0;
  const { suppressRaggedEofs } = options;
  return new NativeChannel(engine, stream, lender, { suppressRaggedEofs, handshakeThreads: threads });
}
