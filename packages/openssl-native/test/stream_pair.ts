/** Two native streams over loopback, driven by a few lines of their own. */
import {
  type Ssl,
  Ssl as SslClass,
  type SslCtx,
  StreamEvent,
  type StreamOwner,
  TlsListener,
  TlsStream,
  Want,
} from '@sslkit/openssl-native';

/** A stream whose events can be awaited. */
export class Party implements StreamOwner {
  readonly stream = new TlsStream();
  readonly ssl: Ssl;
  readonly #waiting = new Map<StreamEvent, ((value: number) => void)[]>();
  readonly #arrived = new Map<StreamEvent, number[]>();

  constructor(ctx: SslCtx, server: boolean) {
    this.ssl = new SslClass(ctx, server);
    this.stream.attach(this.ssl);
    this.stream.owner = this;
  }

  onStreamEvent(event: StreamEvent, value: number): void {
    const next = this.#waiting.get(event)?.shift();
    if (next) next(value);
    else this.#arrived.set(event, [...(this.#arrived.get(event) ?? []), value]);
  }

  /** The next event of this kind, also one that has come already. */
  event(event: StreamEvent): Promise<number> {
    const value = this.#arrived.get(event)?.shift();
    if (value !== undefined) return Promise.resolve(value);
    return new Promise((resolve) => this.#waiting.set(event, [...(this.#waiting.get(event) ?? []), resolve]));
  }

  async handshake(onPool: boolean): Promise<void> {
    while (this.stream.handshake(onPool) !== 1) await this.event(StreamEvent.HANDSHAKE);
  }

  /** Up to `size` bytes, or the outcome that is not a wait. */
  async read(size = 65_536): Promise<Buffer | number> {
    const buffer = Buffer.alloc(size);
    for (;;) {
      const count = this.stream.read(buffer, 0, size);
      if (count > 0) return buffer.subarray(0, count);
      if (count !== Want.READ) return count;
      await this.event(StreamEvent.READABLE);
    }
  }

  async write(data: Uint8Array): Promise<void> {
    for (let sent = 0; ; await this.event(StreamEvent.DRAIN)) {
      sent += this.stream.write(data, sent, data.length - sent);
      if (sent === data.length) return;
    }
  }

  async close(): Promise<void> {
    this.stream.close();
    await this.event(StreamEvent.CLOSE);
  }
}

/** A connected pair, no byte sent. */
export async function streamPair(clientCtx: SslCtx, serverCtx: SslCtx): Promise<{ client: Party; server: Party }> {
  const listener = new TlsListener();
  const client = new Party(clientCtx, false);
  const server = new Party(serverCtx, true);
  const accepted = new Promise<number>((resolve) => {
    listener.owner = {
      onStreamEvent: (event) => event === StreamEvent.CONNECTION && resolve(listener.accept(server.stream)),
    };
  });
  if (listener.listenTcp('127.0.0.1', 0, 1, false) !== 0) throw new Error('cannot listen');
  const name = listener.getsockname();
  if (typeof name === 'number') throw new Error('no name');
  client.stream.connectTcp('127.0.0.1', name[1]);
  if ((await client.event(StreamEvent.CONNECT)) !== 0 || (await accepted) !== 0) throw new Error('cannot connect');
  listener.close();
  return { client, server };
}

/** The same with the handshake done. */
export async function securePair(
  clientCtx: SslCtx,
  serverCtx: SslCtx,
  onPool = false,
): Promise<{ client: Party; server: Party }> {
  const pair = await streamPair(clientCtx, serverCtx);
  await Promise.all([pair.client.handshake(false), pair.server.handshake(onPool)]);
  return pair;
}
