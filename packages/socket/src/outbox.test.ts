import { describe, expect, test } from 'vitest';
import { Limits } from './limits.ts';
import { Outbox } from './outbox.ts';

interface Tap {
  outbox: Outbox;
  sent: string[];
  open(count: number): void;
}

/** An outbox with slices of four bytes over an outlet that takes as many slices as it is opened for. */
function tap(room: number): Tap {
  const sent: string[] = [];
  let left = room;
  const outlet = {
    ready: () => left > 0,
    settled: () => true,
    send: (slice: Uint8Array) => {
      left -= 1;
      sent.push(Buffer.from(slice).toString());
    },
  };
  const outbox = new Outbox(outlet, 4);
  const open = (count: number): void => {
    left = count;
    outbox.pump();
  };
  return { outbox, sent, open };
}

const bytes = (text: string): Buffer => Buffer.from(text);

describe('an outbox', () => {
  test('sends in slices while the outlet takes them; a write is over when more would be taken', async () => {
    const { outbox, sent, open } = tap(2);
    let over = false;
    const write = outbox.write(bytes('abcdefgh'), null).then(() => {
      over = true;
    });
    expect(sent).toEqual(['abcd', 'efgh']);
    await Promise.resolve();
    expect([over, outbox.busy]).toEqual([false, true]);
    open(1);
    await write;
    expect(outbox.busy).toBe(false);
  });

  test('never mixes two writes', async () => {
    const { outbox, sent, open } = tap(1);
    const writes = [outbox.write(bytes('aaaaaa'), null), outbox.write(bytes('bbbbbb'), null)];
    open(1);
    open(1);
    open(9);
    expect(await Promise.all(writes)).toEqual([6, 6]);
    expect(sent.join('')).toBe('aaaaaabbbbbb');
  });

  test('a failure refuses everyone, for ever, with the first error', async () => {
    const { outbox } = tap(0);
    const error = new Error('broken');
    const waiting = [outbox.write(bytes('a'), null), outbox.idle(null, 'x')].map((one) => one.catch((e: unknown) => e));
    outbox.fail(error);
    outbox.fail(new Error('later'));
    expect(await Promise.all(waiting)).toEqual([error, error]);
    await expect(outbox.write(bytes('b'), null)).rejects.toBe(error);
    await expect(outbox.idle(null, 'x')).rejects.toBe(error);
    expect(() => outbox.tryWrite(bytes('c'))).toThrow(error);
  });

  test('a write that gives up leaves the line, and the next one is sent', async () => {
    const { outbox, sent, open } = tap(0);
    await expect(outbox.write(bytes('lost'), new Limits(1, undefined))).rejects.toThrow(
      'The write operation timed out',
    );
    const next = outbox.write(bytes('sent'), null);
    open(2);
    expect(await next).toBe(4);
    expect(sent).toEqual(['sent']);
  });

  test('tryWrite takes one slice or nothing, and nothing while others wait', () => {
    const { outbox, sent } = tap(1);
    expect(outbox.tryWrite(bytes('abcdef'))).toBe(4);
    expect(outbox.tryWrite(bytes('ef'))).toBe(0);
    expect(sent).toEqual(['abcd']);
  });

  test('idle waits for what was written before', async () => {
    const { outbox, open } = tap(0);
    const write = outbox.write(bytes('abcd'), null);
    const idle = outbox.idle(null, 'close operation');
    open(3);
    await Promise.all([write, idle]);
    await outbox.idle(null, 'close operation');
  });
});
