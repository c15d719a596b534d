/** What an SSLSocket is made of, and how it opens the channel that carries its bytes. */
import { SSLWantReadError, SSLWantWriteError } from '@sslkit/context';
import type { SSLSession } from '@sslkit/context';
import { Engine } from '@sslkit/context/engine';
import type net from 'node:net';
import type { Duplex } from 'node:stream';
import { Blocked, type Channel, type Transport } from './channel.ts';
import { connectsNatively, openChannel } from './choose_channel.ts';
import type { Carrier, Source } from './core.ts';
import { dialNative } from './native_dial.ts';
import type { Socket } from './socket.ts';
import type { SSLContext } from './ssl_context.ts';
import type { SSLSocket } from './ssl_socket.ts';

/** What a connection is unwrapped into: the object that was wrapped, or one of its kind. */
export type Unwrapped = Socket | net.Socket | Duplex;

/** Internal: everything an SSLSocket is made from. */
export interface SSLSocketParts {
  readonly context: SSLContext;
  readonly serverSide: boolean;
  readonly serverHostname: string | null;
  readonly session: SSLSession | null;
  readonly doHandshakeOnConnect: boolean;
  readonly suppressRaggedEofs: boolean;
  readonly handshakeThreads?: boolean | undefined;
  /** Makes what {@link SSLSocket.unwrap} returns out of the transport. */
  readonly giveBack: (stream: Duplex) => Unwrapped;
  /** The same for a connection that a listening socket has accepted, and what it is to be taken over as. */
  readonly wrapAccepted: (socket: net.Socket) => Pick<SSLSocketParts, 'giveBack'> & { readonly source: Source };
}

/** Opens channels with the settings of one socket, or of all that a listener has accepted. */
export class TlsCarrier implements Carrier<Channel> {
  readonly #parts: SSLSocketParts;
  /** To be resumed. */
  session: SSLSession | null;
  /** Whose connection it is, for the SNI callback. */
  owner: SSLSocket | null = null;

  constructor(parts: SSLSocketParts) {
    this.#parts = parts;
    this.session = parts.session;
  }

  get dial(): typeof dialNative | null {
    return connectsNatively() ? dialNative : null;
  }

  open(stream: Transport): Channel {
    const { context, serverSide, serverHostname } = this.#parts;
    const engine = new Engine(context, { serverSide, serverHostname, session: this.session });
    if (this.owner !== null) engine.connection = this.owner;
    return openChannel(engine, stream, this.#parts);
  }

  blocked(outcome: Blocked): Error {
    return wouldBlock(outcome);
  }
}

/** The error of a call that would have to wait, in non-blocking mode. */
export function wouldBlock(outcome: Blocked): SSLWantReadError | SSLWantWriteError {
  return outcome === Blocked.READ ? new SSLWantReadError() : new SSLWantWriteError();
}
