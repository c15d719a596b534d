import type { StreamName, TlsStream } from '@sslkit/openssl-native';
import net from 'node:net';

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

/** The options of a connection, as `net.Socket` takes them. */
interface Tuned {
  readonly noDelay: boolean;
  readonly keepAlive?: boolean;
  readonly keepAliveInitialDelay?: number;
}

/**
 * They are, of a connection that the addon owns. Of one that a `net.Socket` has lent, that socket sets the options, which are
 * the connection's: it asks the system for nothing that it believes to be so already, now or when it has the connection back.
 */
export class NativeNet implements NetFace {
  readonly #stream: TlsStream;
  readonly #lent: net.Socket | null;
  #tuned: Tuned = UNTOUCHED;
  #holds = true;

  constructor(stream: TlsStream, lent: net.Socket | null) {
    this.#stream = stream;
    this.#lent = lent;
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
    if (this.#lent) {
      this.#lent.setKeepAlive(enable, initialDelay);
      return;
    }
    this.#stream.setKeepAlive(enable, Math.min(MAX_SECONDS, Math.trunc(initialDelay / 1000)));
    this.#tuned = { ...this.#tuned, keepAlive: enable, keepAliveInitialDelay: initialDelay };
  }

  setNoDelay(noDelay = true): void {
    if (this.#lent) {
      this.#lent.setNoDelay(noDelay);
      return;
    }
    this.#stream.setNoDelay(noDelay);
    this.#tuned = { ...this.#tuned, noDelay };
  }

  ref(): void {
    this.#holds = true;
    this.#stream.ref();
    this.#lent?.ref();
  }

  unref(): void {
    this.#holds = false;
    this.#stream.unref();
    this.#lent?.unref();
  }

  /** The connection as a `net.Socket` of its own, which knows how it was tuned. */
  socketOf(fd: number): net.Socket {
    const socket = socketOf(fd, this.#tuned);
    return this.#holds ? socket : socket.unref();
  }
}

/** As the addon opens connections. */
const UNTOUCHED: Tuned = { noDelay: true };
const MAX_SECONDS = 32_767;

/** Half-open, as the sockets that this package opens by itself. */
export function socketOf(fd: number, tuned: Tuned = UNTOUCHED): net.Socket {
  return new net.Socket({ fd, allowHalfOpen: true, readable: true, writable: true, ...tuned });
}

/** Null for a path, and when the connection is gone. */
function tcp(name: StreamName | number): StreamName | null {
  return typeof name === 'number' || name[2] === 0 ? null : name;
}

function familyOf(name: StreamName | number): string | undefined {
  const found = tcp(name);
  return found ? `IPv${found[2]}` : undefined;
}
