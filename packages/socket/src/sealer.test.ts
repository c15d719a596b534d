import { type Engine, Piped, Want } from '@sslkit/context/engine';
import { describe, expect, test } from 'vitest';
import { Sealer } from './sealer.ts';

interface Recording {
  sealer: Sealer;
  /** What each call was given to encrypt. */
  written: string[];
  /** What was sent, piece by piece. */
  sent: string[];
  refuse(yes: boolean): void;
}

/** A sealer over an engine whose records are their plaintext and `overhead` bytes, and which refuses while told to. */
function recording(overhead = 22): Recording {
  const written: string[] = [];
  const sent: string[] = [];
  let refuses = false;
  let waiting = Buffer.alloc(0);
  const engine = {
    seal(bytes: Uint8Array, room: Uint8Array): number {
      if (refuses) return -Want.READ;
      written.push(Buffer.from(bytes).toString());
      const all = Buffer.concat([bytes, Buffer.alloc(Math.ceil(bytes.length / 16_384) * overhead, '#')]);
      room.set(all.subarray(0, room.length));
      waiting = all.subarray(room.length);
      return (Math.min(all.length, room.length) << Piped.COUNT) | (waiting.length > 0 ? Piped.OUTPUT : 0);
    },
    take: () => waiting,
  };
  const refuse = (yes: boolean): void => {
    refuses = yes;
  };
  const send = (ciphertext: Buffer): void => {
    sent.push(ciphertext.toString());
  };
  return { sealer: new Sealer(engine as unknown as Engine, send), written, sent, refuse };
}

const bytes = (text: string): Buffer => Buffer.from(text);
const lengths = (texts: string[]): number[] => texts.map((text) => text.length);

describe('a sealer', () => {
  test('makes one record of small writes, and copies them', () => {
    const { sealer, written, sent } = recording();
    const reused = bytes('a');
    sealer.add(reused);
    reused.fill('z');
    sealer.add(bytes('bc'));
    expect(written).toEqual([]);
    sealer.seal();
    sealer.seal();
    expect(written).toEqual(['abc']);
    expect(sent).toEqual([`abc${'#'.repeat(22)}`]);
  });

  test('keeps the order when a large write follows small ones, and gathers four records at most', () => {
    const { sealer, written, sent } = recording();
    sealer.add(bytes('small'));
    sealer.add(Buffer.alloc(50_000, 'L'));
    expect(lengths(written)).toEqual([5, 50_000]);
    for (let at = 0; at < 40; at++) sealer.add(Buffer.alloc(2_000, 'r'));
    sealer.seal();
    expect(lengths(written.slice(2))).toEqual([64_000, 16_000]);
    expect(lengths(sent)).toEqual([5 + 22, 50_000 + 4 * 22, 64_000 + 4 * 22, 16_000 + 22]);
  });

  test.each([29, 90])('sends in one piece once it has seen that a record adds %d bytes', (overhead) => {
    const { sealer, sent } = recording(overhead);
    sealer.add(Buffer.alloc(20_000, 'x'));
    expect(lengths(sent)).toEqual([20_044, 2 * (overhead - 22)]);
    sealer.add(Buffer.alloc(40_000, 'y'));
    expect(lengths(sent).slice(2)).toEqual([40_000 + 3 * overhead]);
  });

  test('offers what was refused again, the same bytes in the same order', () => {
    const { sealer, written, refuse } = recording();
    refuse(true);
    sealer.add(bytes('first'));
    sealer.seal();
    expect(sealer.stalled).toBe(true);
    sealer.add(Buffer.alloc(20_000, '2'));
    expect(sealer.retry()).toBe(false);
    refuse(false);
    expect(sealer.retry()).toBe(true);
    expect([sealer.stalled, written[0], written[1]?.length]).toEqual([false, 'first', 20_000]);
  });

  test('a failure behind records that were made is thrown when they are on their way', () => {
    const sent: number[] = [];
    const results = [(7 << Piped.COUNT) | Piped.FAILED];
    const engine = {
      seal: () => {
        const result = results.shift();
        if (result === undefined) throw new Error('broken');
        return result;
      },
    } as unknown as Engine;
    const sealer = new Sealer(engine, (ciphertext) => sent.push(ciphertext.length));
    sealer.add(bytes('x'));
    expect(() => sealer.seal()).toThrow('broken');
    expect(sent).toEqual([7]);
  });

  test('leaves no plaintext in the buffers that it keeps', () => {
    const kept: Uint8Array[] = [];
    const spy = {
      seal: (data: Uint8Array) => {
        kept.push(data);
        return 0;
      },
    } as unknown as Engine;
    const sealer = new Sealer(spy, () => {});
    sealer.add(bytes('secret'));
    sealer.seal();
    expect(kept.map((data) => [...data])).toEqual([[0, 0, 0, 0, 0, 0]]);
  });
});
