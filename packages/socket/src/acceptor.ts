/** Accepting: the queue between a `net.Server`, which pushes, and `accept()`, which asks. */
import net from 'node:net';
import { rememberWhere } from './address.ts';
import type { Limits } from './limits.ts';
import { socketError, systemError } from './system_error.ts';
import { markFree, markTaken } from './taken.ts';
import { WaitLine } from './wait_line.ts';

/** How many connections may wait for accept(); Node's own backlog. */
export const DEFAULT_BACKLOG = 511;

export class Acceptor {
  readonly server: net.Server;
  readonly #line = new WaitLine<null, net.Socket>();
  readonly #watchers = new WaitLine<null, void>();
  readonly #queue: net.Socket[] = [];
  #limit = DEFAULT_BACKLOG;
  #open: boolean;
  #closed = false;

  /** `open`: take connections from the start; else they are refused until {@link open}. */
  constructor(server: net.Server, open: boolean) {
    this.server = server;
    markTaken(server);
    this.#open = open;
    server.on('connection', this.#onConnection);
    server.on('error', this.#onError);
  }

  /** Connections that wait. */
  get pending(): number {
    return this.#queue.length;
  }

  get readableNow(): boolean {
    return this.#queue.length > 0 || this.#closed;
  }

  /** Begins to keep connections, at most `backlog` of them. */
  open(backlog: number): void {
    this.#open = true;
    this.#limit = Math.max(1, backlog);
  }

  accept(limits: Limits | null): Promise<net.Socket> {
    if (this.#closed) return Promise.reject(systemError('EBADF', 'accept'));
    const socket = this.tryAccept();
    return socket ? Promise.resolve(socket) : this.#line.wait(null, limits, 'accept operation');
  }

  tryAccept(): net.Socket | null {
    const socket = this.#queue.shift();
    if (!socket) return null;
    socket.off('error', ignore);
    return socket;
  }

  waitReadable(limits: Limits | null): Promise<void> {
    return this.readableNow ? Promise.resolve() : this.#watchers.wait(null, limits, 'wait');
  }

  /** Stops listening and drops who was not accepted yet. */
  close(): Promise<void> {
    this.#detach();
    for (const socket of this.#queue.splice(0)) socket.destroy();
    // Its callback would wait for every accepted connection; the port is free a turn after the call.
    if (this.server.listening) this.server.close();
    return new Promise((resolve) => setImmediate(resolve));
  }

  /** Gives the server back; connections that wait are handed to its own listeners again. */
  release(): net.Server {
    this.#detach();
    for (const socket of this.#queue.splice(0)) {
      socket.off('error', ignore);
      this.server.emit('connection', socket);
    }
    return this.server;
  }

  #detach(): void {
    this.#closed = true;
    markFree(this.server);
    this.server.off('connection', this.#onConnection);
    this.server.off('error', this.#onError);
    this.#line.failAll(systemError('EBADF', 'accept'));
    this.#watchers.doneAll();
  }

  readonly #onConnection = (socket: net.Socket): void => {
    rememberWhere(this.server, socket);
    const waiting = this.#open ? this.#line.first : undefined;
    if (waiting) {
      waiting.done(socket);
      return;
    }
    if (!this.#open || this.#queue.length >= this.#limit) {
      socket.resetAndDestroy();
      return;
    }
    // Nobody else listens for its failure while it waits.
    socket.on('error', ignore);
    this.#queue.push(socket);
    this.#watchers.doneAll();
  };

  /** For example EMFILE: the caller that waits is told, and the server goes on. */
  readonly #onError = (error: Error): void => this.#line.first?.fail(socketError(error, 'accept'));
}

/** Starts `server`; rejects with what kept it from listening. */
export function startListening(
  server: net.Server,
  endpoint: { host?: string; port?: number; path?: string },
  backlog: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => reject(socketError(error, 'listen'));
    server.once('error', onError);
    server.listen({ ...endpoint, backlog, exclusive: false }, () => {
      server.off('error', onError);
      resolve();
    });
  });
}

/** A server for sockets of this package: nothing is read before somebody asks, and each direction ends on its own. */
export function createServer(): net.Server {
  return net.createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true });
}

function ignore(): void {}
