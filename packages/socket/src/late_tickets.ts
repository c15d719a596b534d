/**
 * What becomes of the session tickets that a client of TLS 1.3 has not waited for.
 *
 * Its server sends them after the handshake (RFC 8446 section 4.6.1), about one round trip behind the client's first data. A
 * TCP connection that has been closed answers what still comes with a reset, and is one that is closed with unread bytes in
 * it; a reset discards what was written and has not left yet (RFC 1122 section 4.2.2.13). So a client that connects, writes
 * and closes would lose the end of what it wrote, by bytes that its caller knows nothing of.
 *
 * Two things prevent it. close() waits until the peer's system has acknowledged everything, which no reset can take back;
 * on a transport that cannot tell, until something has come. And the connection, ended by us, is kept for a while after
 * close(), reading what comes and dropping it, until the peer ends it as well: nobody waits for that, nor does the process.
 */
import type { Engine } from '@sslkit/context/engine';
import { unacknowledged } from '@sslkit/openssl-native';
import { Limits } from './limits.ts';
import { WaitLine } from './wait_line.ts';

/** The most that close() waits, in milliseconds: a server may send no tickets at all, or not acknowledge. */
const PATIENCE_MS = 500;
/** The most that the connection is kept after that. */
const LINGER_MS = 2_000;
/** How often the system is asked, at the least. */
const MAX_PAUSE_MS = 50;

export class LateTickets {
  #wrote = false;
  #heard = false;
  #over = false;
  #line: WaitLine<null, void> | null = null;
  #onOver: (() => void) | null = null;

  /** Application data was written. */
  wrote(): void {
    this.#wrote = true;
  }

  /** Something came after the handshake. */
  heard(): void {
    this.#heard = true;
    this.#line?.doneAll();
  }

  /** Nothing will come any more. */
  over(): void {
    this.heard();
    this.#over = true;
    this.#onOver?.();
  }

  /** Whether tickets may be on their way that would meet a closed connection. */
  due(engine: Engine): boolean {
    if (this.#heard || !this.#wrote) return false;
    return !engine.serverSide && engine.failure === null && engine.version() === 'TLSv1.3';
  }

  /**
   * Resolves when nothing of what was written can be lost, as far as it can be known in time. Never rejects.
   * `descriptor`: the one of the transport, asked for each time, as others may close it meanwhile and its number is given to
   * the next connection; below 0: it was closed; null: the transport has none.
   */
  async settled(descriptor: () => number | null, limits: Limits | null): Promise<void> {
    const patience = new Limits(Math.min(PATIENCE_MS, limits?.remaining() ?? PATIENCE_MS), limits?.signal);
    this.#line ??= new WaitLine();
    for (let pause = 1; !this.#heard && patience.exceeded('') === null; pause *= 2) {
      const fd = descriptor();
      if (fd !== null && (fd < 0 || unacknowledged(fd) === 0)) return;
      const left = patience.remaining() as number;
      const wait = fd === null ? left : Math.min(left, pause, MAX_PAUSE_MS);
      await this.#line.wait(null, new Limits(wait, limits?.signal), 'close operation').catch(() => {});
    }
  }

  /** Calls `done` once, when nothing will come any more or enough time has passed. */
  linger(done: () => void): void {
    if (this.#over) {
      done();
      return;
    }
    const finish = (): void => {
      clearTimeout(timer);
      this.#onOver = null;
      done();
    };
    const timer = setTimeout(finish, LINGER_MS);
    timer.unref();
    this.#onOver = finish;
  }
}
