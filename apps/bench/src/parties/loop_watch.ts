import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { Sample } from './protocol.ts';

const RESOLUTION_MS = 1;
const IDLE_MS = 300;

/**
 * How late the event loop is. Runtimes count differently (Node includes the timer's period, Deno does not), so the idle
 * loop is measured first, in the same process, for the report to compare with.
 */
export class LoopWatch {
  readonly #histogram: IntervalHistogram;
  readonly #idleP50: number;

  private constructor(histogram: IntervalHistogram, idleP50: number) {
    this.#histogram = histogram;
    this.#idleP50 = idleP50;
  }

  /** @returns null where the runtime has no such histogram */
  static async start(): Promise<LoopWatch | null> {
    try {
      const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
      histogram.enable();
      await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
      const idle = histogram.percentile(50);
      histogram.reset();
      return new LoopWatch(histogram, idle / 1e6);
    } catch {
      return null;
    }
  }

  read(): NonNullable<Sample['loop']> {
    const { max } = this.#histogram;
    const at = (percentile: number): number => this.#histogram.percentile(percentile) / 1e6;
    return { idleP50: this.#idleP50, p50: at(50), p99: at(99), max: max / 1e6 };
  }
}
