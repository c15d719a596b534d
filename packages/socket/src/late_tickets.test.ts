import { tcpPair } from '@sslkit/testkit';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { descriptorOf } from './descriptor.ts';
import { LateTickets } from './late_tickets.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

test('a transport that was closed is not waited for', async () => {
  await new LateTickets().settled(() => -1, null);
  expect(vi.getTimerCount()).toBe(0);
});

test('one that is closed meanwhile is waited for no longer, and its number not asked about again', async () => {
  const [near, far] = await tcpPair();
  // More than both systems hold.
  near.write(Buffer.alloc(32 * 2 ** 20));
  let fd = descriptorOf(near);
  const settled = vi.fn();
  const waiting = new LateTickets().settled(() => fd, null).then(settled);
  await vi.advanceTimersByTimeAsync(100);
  expect(settled).not.toHaveBeenCalled();
  fd = -1;
  await vi.advanceTimersByTimeAsync(50);
  expect(settled).toHaveBeenCalled();
  await waiting;
  near.destroy();
  far.destroy();
});

test('a transport that cannot tell is waited for half a second, or until something comes', async () => {
  const settled = vi.fn();
  const waiting = new LateTickets().settled(() => null, null).then(settled);
  await vi.advanceTimersByTimeAsync(499);
  expect(settled).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  await waiting;
  const tickets = new LateTickets();
  const heard = tickets.settled(() => null, null);
  tickets.heard();
  await heard;
  expect(vi.getTimerCount()).toBe(0);
});
