/** Expires handshakes that take too long, with one timer for all of them: they all have the same limit, so the oldest is next. */
export class HandshakeWatch {
  readonly #limitMs: number;
  readonly #running = new Map<symbol, { readonly end: number; readonly expire: () => void }>();
  #timer: NodeJS.Timeout | null = null;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** How many are under way. */
  get size(): number {
    return this.#running.size;
  }

  /** Begins to count; returns what ends it. */
  add(expire: () => void): () => void {
    const key = Symbol();
    this.#running.set(key, { end: performance.now() + this.#limitMs, expire });
    this.#arm();
    return () => {
      this.#running.delete(key);
      if (this.#running.size === 0) this.#disarm();
    };
  }

  #arm(): void {
    if (this.#timer) return;
    const [oldest] = this.#running.values();
    if (!oldest) return;
    this.#timer = setTimeout(() => this.#sweep(), Math.max(1, oldest.end - performance.now()));
    // A handshake keeps the process alive by its socket, not by this timer.
    this.#timer.unref();
  }

  #disarm(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #sweep(): void {
    this.#timer = null;
    const now = performance.now();
    for (const [key, { end, expire }] of this.#running) {
      if (end > now) break;
      this.#running.delete(key);
      expire();
    }
    this.#arm();
  }
}
