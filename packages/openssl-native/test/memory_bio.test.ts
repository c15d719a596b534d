import { MemoryBio } from '@sslkit/openssl-native';
import { describe, expect, test } from 'vitest';

describe('a memory BIO', () => {
  test('gives bytes in order, whatever the sizes of reads and writes', () => {
    const bio = new MemoryBio();
    const expected = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 251));
    let written = 0;
    const parts: Buffer[] = [];
    for (let step = 1; written < expected.length; step++) {
      const chunk = expected.subarray(written, written + ((step * 37) % 911));
      expect(bio.write(chunk)).toBe(chunk.length);
      written += chunk.length;
      parts.push(bio.read((step * 53) % 701));
    }
    parts.push(bio.read());
    expect(Buffer.concat(parts).equals(expected)).toBe(true);
    expect(bio.pending).toBe(0);
  });

  test('reads all for a negative count, none for 0', () => {
    const bio = new MemoryBio();
    bio.write(Buffer.from('abc'));
    expect(bio.read(0)).toHaveLength(0);
    expect(bio.pending).toBe(3);
    expect(bio.read(-1)).toEqual(Buffer.from('abc'));
  });

  test('is at its end only when the end is written and everything is read', () => {
    const bio = new MemoryBio();
    bio.write(Buffer.from('x'));
    bio.writeEof();
    bio.writeEof();
    expect(bio.eof).toBe(false);
    expect(() => bio.write(Buffer.from('y'))).toThrow(expect.objectContaining({ code: 'ERR_BIO_EOF' }));
    bio.read();
    expect(bio.eof).toBe(true);
  });

  test('copies what it is given', () => {
    const bio = new MemoryBio();
    const data = Buffer.from('before');
    bio.write(data);
    data.fill(0);
    expect(bio.read()).toEqual(Buffer.from('before'));
  });

  test('drains 64 MiB in small reads in linear time', () => {
    const bio = new MemoryBio();
    bio.write(Buffer.alloc(64 * 1024 * 1024));
    let count = 0;
    while (bio.pending > 0) count += bio.read(16_384).length;
    expect(count).toBe(64 * 1024 * 1024);
  });
});
