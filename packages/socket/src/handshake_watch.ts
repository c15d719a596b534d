export interface Entry {
  /** `performance.now()` at which it is too late. */
  readonly end: number;
  readonly expire: () => void;
}

/** Expires handshakes that take too long, with one timer for all of them: they all have the same limit, so the oldest is next. */
export class HandshakeWatch {
  readonly #limitMs: number;
  readonly #running = new Set<Entry>();
  #timer: NodeJS.Timeout | null = null;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** How many are under way. */
  get size(): number {
    return this.#running.size;
  }

  /** Begins to count; what it returns ends it by {@link remove}. */
  add(expire: () => void): Entry {
    const entry = { end: performance.now() + this.#limitMs, expire };
    this.#running.add(entry);
    this.#arm();
    return entry;
  }

  /** The timer goes on, or there would be a new one for nearly every connection; it ends when it finds nothing to do. */
  remove(entry: Entry): void {
    this.#running.delete(entry);
  }

  #arm(): void {
    if (this.#timer) return;
    const [oldest] = this.#running;
    if (!oldest) return;
    this.#timer = setTimeout(() => this.#sweep(), Math.max(1, oldest.end - performance.now()));
    // A handshake keeps the process alive by its socket, not by this timer.
    this.#timer.unref();
  }

  #sweep(): void {
    this.#timer = null;
    const now = performance.now();
    for (const entry of this.#running) {
      if (entry.end > now) break;
      this.#running.delete(entry);
      entry.expire();
    }
    this.#arm();
  }
}
