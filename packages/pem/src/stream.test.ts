import { describe, expect, test } from 'vitest';
import { formatPem, type PemBlock, type PemParseOptions, parsePem, parsePemStream } from './index.ts';

const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 37) & 255);
const encode = (text: string) => new TextEncoder().encode(text);
const certificate = formatPem({ label: 'CERTIFICATE', der: bytes(100) });

async function* cut(input: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < input.length; i += size) yield input.subarray(i, i + size);
}

async function collect(source: Parameters<typeof parsePemStream>[0], options?: PemParseOptions): Promise<PemBlock[]> {
  const blocks: PemBlock[] = [];
  for await (const block of parsePemStream(source, options)) blocks.push(block);
  return blocks;
}

describe('parsePemStream', () => {
  test('gives the same blocks as parsePem, in whatever pieces the input comes', async () => {
    const input = encode(
      `\ufeff# Ünï\r\n${certificate}\n--\r\n${certificate.replaceAll('\n', '\r\n')}é${'\n'}${certificate.trimEnd()}`,
    );
    for (let size = 1; size < 80; size++) expect(await collect(cut(input, size)), `${size}`).toEqual(parsePem(input));
  });

  test('an END whose hyphens are those of the next BEGIN ends its block once', async () => {
    const input = encode('-----BEGIN X-----\n-----END -----BEGIN X-----\n');
    for (let size = 1; size <= input.length; size++)
      expect(await collect(cut(input, size), { mode: 'lax' }), `${size}`).toEqual(parsePem(input, { mode: 'lax' }));
  });

  test('reads a web stream, and cancels it when the loop ends early', async () => {
    let cancelled = false;
    const stream = () =>
      new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(encode(certificate)),
        cancel: () => {
          cancelled = true;
        },
      });
    for await (const block of parsePemStream(stream())) {
      expect(block.der).toEqual(bytes(100));
      break;
    }
    expect(cancelled).toBe(true);
    const plain = stream();
    Object.defineProperty(plain, Symbol.asyncIterator, { value: undefined });
    cancelled = false;
    for await (const _ of parsePemStream(plain)) break;
    expect(cancelled).toBe(true);
  });

  test('gives a block as soon as its END line is complete', async () => {
    const given: number[] = [];
    let sent = 0;
    async function* source() {
      for (let i = 0; i < 3; i++) {
        sent++;
        yield encode(certificate);
      }
    }
    for await (const _ of parsePemStream(source())) given.push(sent);
    expect(given).toEqual([1, 2, 3]);
  });

  test('the line of an error counts all blocks before it, however long, and the text between them', async () => {
    let text = '\r\nBundle\r';
    for (let length = 0; length < 100; length++) {
      text += formatPem({ label: 'CERTIFICATE', der: bytes(length) });
      if (length % 7 === 0) text += '# a note\r\n\n';
    }
    const error = { code: 'ERR_PEM_TRUNCATED', offset: text.length, line: text.split(/\r\n|\r|\n/).length };
    text += `-----BEGIN CERTIFICATE-----\n${'A'.repeat(64)}\n`;
    expect(() => parsePem(text)).toThrow(expect.objectContaining(error));
    for (const size of [1, 7, 64, 1000, 1e6]) {
      await expect(collect(cut(encode(text), size)), `${size}`).rejects.toMatchObject(error);
    }
  });

  test('a BEGIN in a line is where its block was lost, also where the line was given up as too long', async () => {
    async function* source() {
      for (const piece of ['x'.repeat(300) + certificate.slice(0, 16), certificate.slice(16)]) yield encode(piece);
    }
    await expect(collect(source(), { maxBlockBytes: 200 })).rejects.toMatchObject({
      code: 'ERR_PEM_BOUNDARY',
      offset: 300,
      line: 1,
    });
  });

  test('errors have the offset and line of the whole input', async () => {
    const text = `${certificate}\r\n${certificate}-----BEGIN X-----\n!\n-----END X-----\n`;
    for (const size of [1, 7, 1000]) {
      await expect(collect(cut(encode(text), size))).rejects.toMatchObject({
        code: 'ERR_PEM_BASE64',
        line: 13,
        offset: text.indexOf('!'),
      });
    }
    await expect(collect(cut(encode('nothing here\n'), 3))).rejects.toMatchObject({ code: 'ERR_PEM_NO_BLOCK' });
    await expect(collect(cut(encode(certificate), 5), { label: 'X' })).rejects.toMatchObject({
      code: 'ERR_PEM_UNEXPECTED_LABEL',
    });
  });

  test('a block or blanks without end are refused at the limit', async () => {
    async function* endless(start: string, more: string) {
      yield encode(start);
      for (let sent = 0; sent < 100; sent++) yield encode(more.repeat(1000));
      throw new Error('the limit did not hold');
    }
    for (const [start, more] of [
      ['-----BEGIN X-----\n', 'A'],
      ['-----BEGIN X-----', ' '],
      [certificate.trimEnd(), ' '],
    ] as const) {
      for (const mode of ['standard', 'lax'] as const) {
        const reading = collect(endless(start, more), { maxBlockBytes: 10_000, mode });
        await expect(reading, start + more).rejects.toMatchObject({ code: 'ERR_PEM_TOO_LARGE' });
      }
    }
  });

  test('so is a label without end, as a damaged line', async () => {
    async function* source() {
      yield encode('-----BEGIN X');
      for (let sent = 0; sent < 100; sent++) yield encode('A'.repeat(1000));
      throw new Error('the limit did not hold');
    }
    await expect(collect(source(), { maxBlockBytes: 10_000 })).rejects.toMatchObject({ code: 'ERR_PEM_BOUNDARY' });
  });

  test('what goes wrong in closing the source does not hide what went wrong before', async () => {
    let returned = 0;
    const source = (next: () => Promise<IteratorResult<Uint8Array>>) => ({
      [Symbol.asyncIterator]: () => ({
        next,
        async return(): Promise<never> {
          returned++;
          throw new Error('while closing');
        },
      }),
    });
    const stray = encode('-----END X-----\n');
    const malformed = collect(source(async () => ({ value: stray })));
    await expect(malformed).rejects.toMatchObject({ code: 'ERR_PEM_STRAY_END' });
    expect(returned).toBe(1);
    const broken = collect(source(() => Promise.reject(new Error('while reading'))));
    await expect(broken).rejects.toThrow('while reading');
    // As in any loop, a source that failed by itself is not closed.
    expect(returned).toBe(1);
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(stray),
      cancel: () => Promise.reject(new Error('while closing')),
    });
    await expect(collect(stream)).rejects.toMatchObject({ code: 'ERR_PEM_STRAY_END' });
  });

  test('a limit that is shorter than BEGIN is one, however the input is cut', async () => {
    for (const size of [1, 2, 5, 40, 1000]) {
      const reading = collect(cut(encode(`text\n${certificate}`), size), { maxBlockBytes: 1 });
      await expect(reading, `${size}`).rejects.toMatchObject({ code: 'ERR_PEM_TOO_LARGE', offset: 5 });
    }
  });

  test('of endless text only the end is kept', async () => {
    async function* source() {
      for (let sent = 0; sent < 1000; sent++) yield encode(`${'-'.repeat(999)}\n`);
      yield encode(certificate);
    }
    const [block] = await collect(source(), { maxBlockBytes: 5000 });
    expect(block).toMatchObject({ start: 1_000_000, label: 'CERTIFICATE' });
    expect(block?.preamble).toHaveLength(5000);
  });

  test('what is no stream of bytes is misuse', async () => {
    await expect(collect(5 as never)).rejects.toThrow(TypeError);
    await expect(collect([certificate] as never)).rejects.toThrow(TypeError);
    async function* strings() {
      yield certificate;
    }
    await expect(collect(strings() as never)).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
  });
});
