import type { Duplex } from 'node:stream';
import type { Engine } from '@sslkit/context/engine';
import type { Channel, ChannelOptions } from './channel.ts';
import { StreamChannel } from './stream_channel.ts';

/** What can drive TLS: TypeScript over any `stream.Duplex`. */
export type ChannelKind = 'stream';

/** The kinds that this process can use; the test suite runs over each. */
export const CHANNEL_KINDS: readonly ChannelKind[] = ['stream'];

let preferred: ChannelKind | null = null;

/** For tests: uses this kind wherever it can be used; null goes back to the fastest. */
export function preferChannel(kind: ChannelKind | null): void {
  preferred = kind;
}

/** The kind that was asked for by {@link preferChannel}. */
export function preferredChannel(): ChannelKind | null {
  return preferred;
}

/** The fastest channel that can drive TLS over this stream. Sockets never learn which one it is. */
export function openChannel(engine: Engine, stream: Duplex, options: ChannelOptions): Channel {
  return new StreamChannel(engine, stream, options);
}
