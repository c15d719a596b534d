import type { StreamName, TlsStream } from '@sslkit/openssl-native';
import type net from 'node:net';

/** The members of a `net.Socket` that tell of a connection and tune it. */
export interface NetFace {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly remoteFamily?: string | undefined;
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  readonly localFamily?: string | undefined;
  address(): object;
  setKeepAlive(enable?: boolean, initialDelay?: number): unknown;
  setNoDelay(noDelay?: boolean): unknown;
  ref(): unknown;
  unref(): unknown;
}

/** They are, of a connection that the addon owns. */
export class NativeNet implements NetFace {
  readonly #stream: TlsStream;

  constructor(stream: TlsStream) {
    this.#stream = stream;
  }

  get remoteAddress(): string | undefined {
    return tcp(this.#stream.getpeername())?.[0];
  }

  get remotePort(): number | undefined {
    return tcp(this.#stream.getpeername())?.[1];
  }

  get remoteFamily(): string | undefined {
    return familyOf(this.#stream.getpeername());
  }

  get localAddress(): string | undefined {
    return tcp(this.#stream.getsockname())?.[0];
  }

  get localPort(): number | undefined {
    return tcp(this.#stream.getsockname())?.[1];
  }

  get localFamily(): string | undefined {
    return familyOf(this.#stream.getsockname());
  }

  address(): net.AddressInfo | Record<string, never> {
    const name = tcp(this.#stream.getsockname());
    return name ? { address: name[0], family: `IPv${name[2]}`, port: name[1] } : {};
  }

  /** `initialDelay` is in milliseconds, as Node has it; 0 or none leaves the system's. */
  setKeepAlive(enable = false, initialDelay = 0): void {
    this.#stream.setKeepAlive(enable, Math.min(MAX_SECONDS, Math.trunc(initialDelay / 1000)));
  }

  setNoDelay(noDelay = true): void {
    this.#stream.setNoDelay(noDelay);
  }

  ref(): void {
    this.#stream.ref();
  }

  unref(): void {
    this.#stream.unref();
  }
}

const MAX_SECONDS = 32_767;

/** Null for a path, and when the connection is gone. */
function tcp(name: StreamName | number): StreamName | null {
  return typeof name === 'number' || name[2] === 0 ? null : name;
}

function familyOf(name: StreamName | number): string | undefined {
  const found = tcp(name);
  return found ? `IPv${found[2]}` : undefined;
}
