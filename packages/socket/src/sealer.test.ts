import type { Engine } from '@sslkit/context/engine';
import { describe, expect, test } from 'vitest';
import { Sealer } from './sealer.ts';

/** An engine that keeps what it was given, and refuses while told to. */
function recording(): { engine: Engine; written: string[]; refuse(yes: boolean): void } {
  const written: string[] = [];
  let refuses = false;
  const engine = {
    write(bytes: Uint8Array): number {
      if (refuses) return -2;
      written.push(Buffer.from(bytes).toString());
      return bytes.length;
    },
  };
  const refuse = (yes: boolean): void => {
    refuses = yes;
  };
  return { engine: engine as unknown as Engine, written, refuse };
}

const bytes = (text: string): Buffer => Buffer.from(text);

describe('a sealer', () => {
  test('makes one record of small writes, and copies them', () => {
    const { engine, written } = recording();
    const sealer = new Sealer(engine);
    const reused = bytes('a');
    sealer.add(reused);
    reused.fill('z');
    sealer.add(bytes('bc'));
    expect(written).toEqual([]);
    sealer.seal();
    sealer.seal();
    expect(written).toEqual(['abc']);
  });

  test('keeps the order when a large write follows small ones, and fills records', () => {
    const { engine, written } = recording();
    const sealer = new Sealer(engine);
    sealer.add(bytes('small'));
    sealer.add(Buffer.alloc(5_000, 'L'));
    expect(written.map((text) => text.length)).toEqual([5, 5_000]);
    for (let at = 0; at < 10; at++) sealer.add(Buffer.alloc(2_000, 'r'));
    sealer.seal();
    expect(written.slice(2).map((text) => text.length)).toEqual([16_000, 4_000]);
  });

  test('offers what was refused again, the same bytes in the same order', () => {
    const { engine, written, refuse } = recording();
    const sealer = new Sealer(engine);
    refuse(true);
    sealer.add(bytes('first'));
    sealer.seal();
    expect(sealer.stalled).toBe(true);
    sealer.add(Buffer.alloc(5_000, '2'));
    expect(sealer.retry()).toBe(false);
    refuse(false);
    expect(sealer.retry()).toBe(true);
    expect([sealer.stalled, written[0], written[1]?.length]).toEqual([false, 'first', 5_000]);
  });

  test('leaves no plaintext in the buffers that it keeps', () => {
    const kept: Uint8Array[] = [];
    const spy = {
      write: (data: Uint8Array) => {
        kept.push(data);
        return data.length;
      },
    } as unknown as Engine;
    const sealer = new Sealer(spy);
    sealer.add(bytes('secret'));
    sealer.seal();
    expect(kept.map((data) => [...data])).toEqual([[0, 0, 0, 0, 0, 0]]);
  });
});
