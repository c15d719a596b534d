/**
 * Why a client of TLS 1.3 listens a moment before it closes.
 *
 * Its server sends session tickets after the handshake (RFC 8446 section 4.6.1), about one round trip behind the client's
 * first data. A TCP connection that has been closed answers what still comes with a reset, and is one that is closed
 * with unread bytes in it; a reset discards what was written and has not left yet (RFC 1122 section 4.2.2.13). So a
 * client that connects, writes and closes would lose the end of what it wrote, by bytes that its caller knows nothing of.
 */
import type { Engine } from '@sslkit/context/engine';
import { Limits } from './limits.ts';
import { WaitLine } from './wait_line.ts';

/** A server may send no tickets at all; then nothing is lost but this time, in milliseconds. */
const PATIENCE_MS = 500;

export class LateTickets {
  #wrote = false;
  #heard = false;
  #line: WaitLine<null, void> | null = null;

  /** Application data was written. */
  wrote(): void {
    this.#wrote = true;
  }

  /** Something came after the handshake, or nothing will come any more. */
  heard(): void {
    this.#heard = true;
    this.#line?.doneAll();
  }

  /** Whether tickets may be on their way that would meet a closed connection. */
  due(engine: Engine): boolean {
    if (this.#heard || !this.#wrote) return false;
    return !engine.serverSide && engine.failure === null && engine.version() === 'TLSv1.3';
  }

  /** Resolves when the tickets have come, at once where there can be none to wait for. Never rejects. */
  async wait(engine: Engine, limits: Limits | null): Promise<void> {
    if (!this.due(engine)) return;
    const milliseconds = Math.min(PATIENCE_MS, limits?.remaining() ?? PATIENCE_MS);
    this.#line ??= new WaitLine();
    await this.#line.wait(null, new Limits(milliseconds, limits?.signal), 'close operation').catch(() => {});
  }
}
