/**
 * Connecting without a `net.Socket`, as `net.connect` does it: name lookup, then the addresses one after another, families
 * alternating, each with 250 ms (`net.getDefaultAutoSelectFamilyAttemptTimeout()`) while there is another one to try. That
 * is Node's reading of RFC 8305 (happy eyeballs): the next attempt begins when the one before was given up.
 */
import { StreamEvent, TlsStream } from '@sslkit/openssl-native';
import dns from 'node:dns';
import net from 'node:net';
import { getSystemErrorMap } from 'node:util';
import type { Endpoint } from './address.ts';
import type { DialOptions } from './dial.ts';
import type { Limits } from './limits.ts';
import { uvError } from './native_error.ts';
import { socketError } from './system_error.ts';
import { WaitLine } from './wait_line.ts';

interface Target {
  readonly address: string;
  readonly family: number;
}

/** A connected stream. Whatever goes wrong, nothing stays open. */
export async function dialNative(endpoint: Endpoint, limits: Limits | null, options: DialOptions): Promise<TlsStream> {
  const attempts = new Attempts(endpoint, options);
  const line = new WaitLine<null, TlsStream>();
  const connected = line.wait(null, limits, 'connect operation');
  // A wait that was refused at once (an aborted signal) must not start a connection.
  if (line.length > 0) {
    attempts.run().then(
      (stream) => (line.first ? line.doneAll(stream) : stream.close()),
      (error) => line.failAll(error),
    );
  }
  try {
    return await connected;
  } catch (error) {
    attempts.abandon();
    throw error;
  }
}

class Attempts {
  readonly #endpoint: Endpoint;
  readonly #options: DialOptions;
  #current: { readonly stream: TlsStream; readonly stop: (status: number) => void } | null = null;
  #abandoned = false;

  constructor(endpoint: Endpoint, options: DialOptions) {
    this.#endpoint = endpoint;
    this.#options = options;
  }

  async run(): Promise<TlsStream> {
    const endpoint = this.#endpoint;
    if ('path' in endpoint) return this.#attempt((stream) => stream.connectPipe(endpoint.path), endpoint.path, null);
    const targets = await addressesOf(endpoint.host);
    const patience = targets.length > 1 ? net.getDefaultAutoSelectFamilyAttemptTimeout() : null;
    const errors: Error[] = [];
    for (const [at, { address }] of targets.entries()) {
      try {
        return await this.#tcp(address, endpoint.port, at + 1 < targets.length ? patience : null);
      } catch (error) {
        if (this.#abandoned) throw error;
        errors.push(error as Error);
      }
    }
    throw errors.length === 1 ? errors[0] : socketError(new AggregateError(errors), 'connect');
  }

  /** Nobody waits any more. */
  abandon(): void {
    this.#abandoned = true;
    this.#current?.stop(UV_ECANCELED);
  }

  async #tcp(address: string, port: number, patience: number | null): Promise<TlsStream> {
    const { localAddress, localPort } = this.#options;
    const begin = (stream: TlsStream): number => stream.connectTcp(address, port, localAddress, localPort ?? 0);
    const stream = await this.#attempt(begin, `${address}:${port}`, patience);
    stream.setNoDelay(true);
    return stream;
  }

  #attempt(begin: (stream: TlsStream) => number, place: string, patience: number | null): Promise<TlsStream> {
    return new Promise((resolve, reject) => {
      const stream = new TlsStream();
      let timer: NodeJS.Timeout | undefined;
      const settle = (status: number): void => {
        if (this.#current?.stream !== stream) return;
        this.#current = null;
        clearTimeout(timer);
        if (status === 0) {
          resolve(stream);
        } else {
          stream.close();
          reject(uvError(status, 'connect', place));
        }
      };
      this.#current = { stream, stop: settle };
      stream.owner = {
        onStreamEvent: (event, value) => {
          if (event === StreamEvent.CONNECT) settle(value);
        },
      };
      const status = this.#abandoned ? UV_ECANCELED : begin(stream);
      if (status < 0) settle(status);
      else if (patience !== null) timer = setTimeout(settle, patience, UV_ETIMEDOUT);
    });
  }
}

/** libuv's numbers; they are those of the system (see `util.getSystemErrorMap`). */
const UV_ETIMEDOUT: number = errnoOf('ETIMEDOUT');
const UV_ECANCELED: number = errnoOf('ECANCELED');

/** Addresses to try, in order. IP literals need no lookup; an unspecified host is the local one, as in Node. */
async function addressesOf(host: string): Promise<readonly Target[]> {
  const family = net.isIP(host);
  if (family !== 0) return [{ address: host, family }];
  let found: Target[];
  try {
    found = await new Promise((resolve, reject) => {
      dns.lookup(host || 'localhost', { all: true }, (error, all) => (error ? reject(error) : resolve(all)));
    });
  } catch (error) {
    throw socketError(error, 'getaddrinfo');
  }
  return alternate(found.filter(({ address }) => net.isIP(address) !== 0));
}

/** The family of the first address leads. */
function alternate(found: readonly Target[]): readonly Target[] {
  const leading = found.filter(({ family }) => family === found[0]?.family);
  const others = found.filter(({ family }) => family !== found[0]?.family);
  const order: Target[] = [];
  for (let at = 0; at < Math.max(leading.length, others.length); at++) {
    for (const target of [leading[at], others[at]]) if (target) order.push(target);
  }
  return order;
}

function errnoOf(name: string): number {
  for (const [errno, [code]] of getSystemErrorMap()) if (code === name) return errno;
  throw new Error(`libuv has no ${name}`);
}
