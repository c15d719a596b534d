import { describe, expect, test } from 'vitest';
import { Inbox } from './inbox.ts';

const bytes = (text: string): Buffer => Buffer.from(text);

describe('an inbox', () => {
  test('gives chunks in order, cut to size, and tells its owner what was taken', async () => {
    let taken = 0;
    const inbox = new Inbox(() => {
      taken += 1;
    });
    inbox.push(bytes('abcdef'));
    inbox.push(bytes('gh'));
    expect(inbox.size).toBe(8);
    expect((await inbox.read(4, null)).toString()).toBe('abcd');
    expect((await inbox.read(4, null)).toString()).toBe('ef');
    expect((await inbox.read(4, null)).toString()).toBe('gh');
    expect([inbox.size, taken]).toEqual([0, 3]);
  });

  test('fills a buffer across chunks', async () => {
    const inbox = new Inbox(() => {});
    for (const part of ['ab', 'cd', 'ef']) inbox.push(bytes(part));
    const target = Buffer.alloc(5);
    expect(await inbox.readInto(target, null)).toBe(5);
    expect(target.toString()).toBe('abcde');
    expect(inbox.tryRead(9)?.toString()).toBe('f');
    expect(inbox.tryRead(9)).toBeNull();
  });

  test('serves readers in the order of their calls, each as soon as there is anything', async () => {
    const inbox = new Inbox(() => {});
    const target = Buffer.alloc(2);
    const reads = [inbox.read(2, null), inbox.readInto(target, null), inbox.read(9, null)];
    inbox.push(bytes('abcde'));
    expect((await Promise.all(reads)).map(String)).toEqual(['ab', '2', 'e']);
    expect(target.toString()).toBe('cd');
  });

  test('delivers what arrived before an error, then the error for ever, and the first one only', async () => {
    const inbox = new Inbox(() => {});
    const error = new Error('first');
    inbox.push(bytes('ab'));
    inbox.finish(error);
    inbox.finish(new Error('second'));
    inbox.finish(null);
    inbox.push(bytes('too late'));
    expect((await inbox.read(9, null)).toString()).toBe('ab');
    await expect(inbox.read(9, null)).rejects.toBe(error);
    await expect(inbox.readInto(Buffer.alloc(1), null)).rejects.toBe(error);
    expect(() => inbox.tryRead(1)).toThrow(error);
  });

  test('the end is empty for those who wait and for those who come', async () => {
    const inbox = new Inbox(() => {});
    const waiting = inbox.read(1, null);
    inbox.finish(null);
    expect((await waiting).length).toBe(0);
    expect(await inbox.readInto(Buffer.alloc(3), null)).toBe(0);
    expect(inbox.ready).toBe(true);
  });

  test('bytes that are put back come first, also before the end', async () => {
    const inbox = new Inbox(() => {});
    inbox.push(bytes('c'));
    inbox.finish(null);
    inbox.unshift(bytes('ab'));
    expect((await inbox.read(9, null)).toString()).toBe('ab');
    expect((await inbox.read(9, null)).toString()).toBe('c');
    expect((await inbox.read(9, null)).length).toBe(0);
  });
});
