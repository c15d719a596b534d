/**
 * Connecting without a `net.Socket`, as `net.connect` does it: name lookup, then the addresses one after another, families
 * alternating, each with 250 ms (`net.getDefaultAutoSelectFamilyAttemptTimeout()`) while there is another one to try. That
 * is Node's reading of RFC 8305 (happy eyeballs): the next attempt begins when the one before was given up.
 */
import { StreamEvent, type StreamOwner, TlsStream } from '@sslkit/openssl-native';
import dns from 'node:dns';
import net from 'node:net';
import { getSystemErrorMap } from 'node:util';
import type { Endpoint } from './address.ts';
import type { DialOptions } from './dial.ts';
import type { HangUp } from './hang_up.ts';
import type { Limits } from './limits.ts';
import { uvError } from './native_error.ts';
import { socketError } from './system_error.ts';
import { WaitLine } from './wait_line.ts';

/** A connected stream. Whatever goes wrong, nothing stays open. */
export function dialNative(
  endpoint: Endpoint,
  limits: Limits | null,
  options: DialOptions,
  hangUp: HangUp,
): Promise<TlsStream> {
  const line = new WaitLine<null, TlsStream>();
  const connected = line.wait(null, limits, 'connect operation');
  // A wait that was refused at once (an aborted signal) must not start a connection.
  if (line.empty) return connected;
  const attempts = new Attempts(endpoint, options, line);
  hangUp.by((error) => {
    line.failAll(error);
    attempts.abandon();
  });
  if (limits) connected.catch(() => attempts.abandon());
  attempts.start();
  return connected;
}

class Attempts implements StreamOwner {
  readonly #endpoint: Endpoint;
  readonly #options: DialOptions;
  readonly #line: WaitLine<null, TlsStream>;
  #addresses: readonly string[] = [];
  #next = 0;
  #stream: TlsStream | null = null;
  #place = '';
  #timer: NodeJS.Timeout | undefined;
  #errors: Error[] | null = null;

  constructor(endpoint: Endpoint, options: DialOptions, line: WaitLine<null, TlsStream>) {
    this.#endpoint = endpoint;
    this.#options = options;
    this.#line = line;
  }

  start(): void {
    const endpoint = this.#endpoint;
    if ('path' in endpoint) {
      this.#try(endpoint.path, (stream) => stream.connectPipe(endpoint.path));
    } else if (net.isIP(endpoint.host) !== 0) {
      // A literal needs no lookup.
      this.#addresses = [endpoint.host];
      this.#tryNext();
    } else {
      this.#lookUp(endpoint.host || 'localhost');
    }
  }

  /** Nobody waits any more. */
  abandon(): void {
    clearTimeout(this.#timer);
    this.#stream?.close();
    this.#stream = null;
  }

  onStreamEvent(event: StreamEvent, status: number): void {
    if (event === StreamEvent.CONNECT) this.#settle(status);
  }

  #lookUp(hostname: string): void {
    // As net.connect: no addresses of a family that this host has none of.
    dns.lookup(hostname, { all: true, hints: dns.ADDRCONFIG }, (error, found) => {
      if (this.#line.empty) return;
      this.#addresses = error ? [] : alternate(found);
      if (this.#addresses.length > 0) this.#tryNext();
      else this.#line.failAll(socketError(error ?? nothingFound(hostname), 'getaddrinfo'));
    });
  }

  #tryNext(): void {
    const address = this.#addresses[this.#next];
    if (this.#line.empty) return;
    if (address === undefined) {
      this.#line.failAll(this.#failure());
      return;
    }
    this.#next++;
    const { port } = this.#endpoint as { port: number };
    const { localAddress, localPort = 0 } = this.#options;
    const begin = (stream: TlsStream): number => stream.connectTcp(address, port, localAddress, localPort);
    // The last one has all the time that the caller has.
    if (!this.#try(`${address}:${port}`, begin) || this.#next === this.#addresses.length) return;
    this.#timer = setTimeout(() => this.#settle(UV_ETIMEDOUT), net.getDefaultAutoSelectFamilyAttemptTimeout());
  }

  /** False when it was over at once. */
  #try(place: string, begin: (stream: TlsStream) => number): boolean {
    const stream = new TlsStream();
    stream.owner = this;
    this.#stream = stream;
    this.#place = place;
    const status = begin(stream);
    if (status < 0) this.#settle(status);
    return status >= 0;
  }

  #settle(status: number): void {
    const stream = this.#stream;
    if (stream === null) return;
    this.#stream = null;
    clearTimeout(this.#timer);
    if (status === 0) {
      this.#line.first?.done(stream);
      return;
    }
    stream.close();
    this.#errors ??= [];
    this.#errors.push(uvError(status, 'connect', this.#place, this.#peer()));
    this.#tryNext();
  }

  /** What Node's errors call the address that was tried. */
  #peer(): { address?: string; port?: number } {
    const address = this.#addresses[this.#next - 1];
    return address === undefined
      ? { address: this.#place }
      : { address, port: (this.#endpoint as { port: number }).port };
  }

  #failure(): Error {
    const errors = this.#errors ?? [];
    return errors.length === 1 ? (errors[0] as Error) : socketError(new AggregateError(errors), 'connect');
  }
}

function nothingFound(hostname: string): NodeJS.ErrnoException {
  const error = new Error(`getaddrinfo ENOTFOUND ${hostname}`);
  return Object.assign(error, { code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname });
}

/** libuv's number; it is that of the system (see `util.getSystemErrorMap`). */
const UV_ETIMEDOUT: number = errnoOf('ETIMEDOUT');

/** Addresses to try, in order: the family of the first one leads. */
function alternate(found: readonly dns.LookupAddress[]): readonly string[] {
  const addresses = found.filter(({ address }) => net.isIP(address) !== 0);
  const leading = addresses.filter(({ family }) => family === addresses[0]?.family);
  const others = addresses.filter(({ family }) => family !== addresses[0]?.family);
  const order: string[] = [];
  for (let at = 0; at < Math.max(leading.length, others.length); at++) {
    for (const target of [leading[at], others[at]]) if (target) order.push(target.address);
  }
  return order;
}

function errnoOf(name: string): number {
  for (const [errno, [code]] of getSystemErrorMap()) if (code === name) return errno;
  throw new Error(`libuv has no ${name}`);
}
