import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import process from 'node:process';
import { Worker } from 'node:worker_threads';
import type { Sample } from './protocol.ts';

const RESOLUTION_MS = 1;
const IDLE_MS = 300;
const MAX_SAMPLES = 100_000;

/**
 * How late the event loop is: a thread of its own posts the time every millisecond, and the loop looks how old it is when
 * it comes. The thread does not wait for the loop, so that a loop that is blocked is found blocked as often as it is.
 *
 * `perf_hooks` measures with libuv's timers, which count whole milliseconds: any socket event between two of its ticks
 * moves the next one by up to one. A server that does nothing but read single bytes has a p99 of 0.9 ms above idle by it
 * (measured, Node 20), as much as a handshake takes. It is reported beside.
 */
export class LoopWatch {
  readonly #pings: Pings;
  readonly #timer: IntervalHistogram | null;
  readonly #idleP50: number;
  readonly #timerIdleP50: number;

  private constructor(pings: Pings, timer: IntervalHistogram | null) {
    this.#pings = pings;
    this.#timer = timer;
    this.#idleP50 = pings.at(50);
    this.#timerIdleP50 = (timer?.percentile(50) ?? 0) / 1e6;
    pings.reset();
    timer?.reset();
  }

  /** The idle loop is measured first, in the same process, to compare with. @returns null where threads cannot be had. */
  static async start(): Promise<LoopWatch | null> {
    try {
      const pings = await Pings.start();
      const timer = startTimer();
      await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
      return new LoopWatch(pings, timer);
    } catch {
      return null;
    }
  }

  read(): NonNullable<Sample['loop']> {
    const timer = this.#timer;
    const above = (value: number, idle: number): number => Math.max(0, value - idle);
    return {
      p50: above(this.#pings.at(50), this.#idleP50),
      p99: above(this.#pings.at(99), this.#idleP50),
      max: above(this.#pings.at(100), this.#idleP50),
      timerP99: timer ? above(timer.percentile(99) / 1e6, this.#timerIdleP50) : null,
    };
  }
}

/** Ages of messages at their arrival, in milliseconds. */
class Pings {
  readonly #ages = new Float64Array(MAX_SAMPLES);
  #count = 0;

  static async start(): Promise<Pings> {
    const pings = new Pings();
    const worker = new Worker(new URL('./loop_pinger.js', import.meta.url));
    await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    worker.on('message', (sent: bigint) => pings.#add(Number(process.hrtime.bigint() - sent) / 1e6));
    worker.unref();
    return pings;
  }

  reset(): void {
    this.#count = 0;
  }

  at(percentile: number): number {
    const sorted = this.#ages.slice(0, this.#count).sort();
    return sorted[Math.min(this.#count - 1, Math.floor((this.#count * percentile) / 100))] ?? 0;
  }

  #add(age: number): void {
    if (this.#count < MAX_SAMPLES) this.#ages[this.#count++] = age;
  }
}

/** Not every runtime has it. */
function startTimer(): IntervalHistogram | null {
  try {
    const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    histogram.enable();
    return histogram;
  } catch {
    return null;
  }
}
