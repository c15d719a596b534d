/** What the tests of waits that are given up share: how one is given up, and what must be true of each. */
import { getEventListeners } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import type { SSLSocket, WaitOptions } from '@sslkit/socket';
import { openDescriptors, PATIENCE_MS, withTimeout } from '@sslkit/testkit';
import { expect, test } from 'vitest';
import { failureOf, stoppedClock, type TlsVersion } from './support.ts';

/** A call that waits for what does not come. */
export interface Point {
  /** In the text of a time-out. */
  readonly operation: string;
  wait(options: WaitOptions): Promise<unknown>;
  /** Resolves when it has come to where it is to be given up; default: it is there at once. */
  reached?(): Promise<unknown>;
  /** What holds when it was given up; calls with these limits, which do not end them. */
  after(limits: WaitOptions): Promise<void>;
}

export type MakePoint = (tls: TlsVersion) => Promise<Point>;

/** A time limit that does not end the test. */
export const HOUR_MS = 3_600_000;
/** More than two kernels and this library take while nobody reads. */
export const TOO_MUCH = 64 << 20;
/** How it is given up. */
export const ENDS = ['an abort', 'a time limit', 'a signal that was aborted before'] as const;
export type End = (typeof ENDS)[number];

export function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}

/** Waits until it is given up; checks the error, and that the signal is let go of. */
export async function giveUp(point: Pick<Point, 'operation' | 'wait' | 'reached'>, end: End): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  const reason = new Error('enough');
  let failure: unknown;
  if (end === 'an abort') {
    const waiting = failureOf(point.wait({ signal, timeout: HOUR_MS }));
    await point.reached?.();
    expect(getEventListeners(signal, 'abort')).not.toHaveLength(0);
    controller.abort(reason);
    failure = await withTimeout(waiting, undefined, 'the abort');
  } else if (end === 'a time limit') {
    failure = await outOfTime(point, signal);
  } else {
    controller.abort(reason);
    failure = await withTimeout(failureOf(point.wait({ signal })), undefined, end);
  }
  expect(failure).toMatchObject(
    end === 'a time limit'
      ? { name: 'SocketError', code: 'ERR_SOCKET_TIMEOUT', message: `The ${point.operation} timed out` }
      : { name: 'AbortError', code: 'ABORT_ERR', cause: reason },
  );
  expect(getEventListeners(signal, 'abort')).toEqual([]);
}

/** Its time passes when it has come to where it is to be given up, and not before, however slow this machine is. */
async function outOfTime(point: Pick<Point, 'wait' | 'reached'>, signal: AbortSignal): Promise<unknown> {
  using clock = stoppedClock();
  let over = false;
  const waiting = failureOf(point.wait({ signal, timeout: 30 })).finally(() => {
    over = true;
  });
  await point.reached?.();
  for (let turns = 0; turns < 1000 && !over; turns++) {
    clock.pass(30);
    await turn();
  }
  expect(over, 'its time is over').toBe(true);
  return waiting;
}

/** Tests each point with each end; nothing may be left of any. */
export function atEach(points: Readonly<Record<string, MakePoint>>, tls: TlsVersion): void {
  const all = Object.entries(points).flatMap(([name, make]) => ENDS.map((end) => [name, end, make] as const));
  test.each(all)('%s, by %s', async (_name, end, make) => {
    const before = { descriptors: openDescriptors(), timers: timers() };
    const point = await make(tls);
    await giveUp(point, end);
    const lasting = new AbortController();
    await withTimeout(point.after({ signal: lasting.signal, timeout: HOUR_MS }), undefined, 'what comes after it');
    expect(getEventListeners(lasting.signal, 'abort')).toEqual([]);
    // An hour of a timer that was forgotten, and a descriptor, would still be there.
    const more = (): boolean => openDescriptors() > before.descriptors || timers() > before.timers;
    // Without a timer of its own, which would be counted.
    for (const deadline = Date.now() + PATIENCE_MS; more() && Date.now() < deadline; ) await turn();
    expect(openDescriptors()).toBeLessThanOrEqual(before.descriptors);
    expect(timers()).toBeLessThanOrEqual(before.timers);
  });
}

/** What an established connection can do. */
export async function says(from: SSLSocket, to: SSLSocket, limits: WaitOptions): Promise<void> {
  expect(await from.write('goes on', limits)).toBe(7);
  expect(String(await to.read(7, null, limits))).toBe('goes on');
}
