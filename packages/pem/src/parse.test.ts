import { describe, expect, test, vi } from 'vitest';
import { formatPem, iteratePem, PemError, type PemParseOptions, parsePem, splitBundle } from './index.ts';

const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 37) & 255);
const certificate = formatPem({ label: 'CERTIFICATE', der: bytes(100) });
const key = formatPem({ label: 'PRIVATE KEY', der: bytes(50) });

/** The error, as far as the README promises it. */
function failure(text: string | Uint8Array, options?: PemParseOptions) {
  try {
    parsePem(text, options);
  } catch (error) {
    if (error instanceof PemError) return `${error.code} ${error.line}:${error.offset}`;
    throw error;
  }
  return 'no error';
}

describe('blocks', () => {
  test('come in order, with offsets, and the text before each', () => {
    const text = `# root\n${certificate}# its key\n${key}# end\n`;
    const blocks = parsePem(text);
    expect(blocks.map(({ label, preamble }) => [label, preamble])).toEqual([
      ['CERTIFICATE', '# root\n'],
      ['PRIVATE KEY', '# its key\n'],
    ]);
    expect(blocks.map(({ start, end }) => text.slice(start, end))).toEqual([certificate.trimEnd(), key.trimEnd()]);
    expect(blocks.map(({ der }) => der)).toEqual([bytes(100), bytes(50)]);
  });

  test('of bytes have byte offsets and a UTF-8 preamble', () => {
    const text = `# Ünïcödé 証明書\n${certificate}`;
    const input = new TextEncoder().encode(text);
    const [block] = parsePem(input);
    expect(block).toMatchObject({ preamble: '# Ünïcödé 証明書\n', start: input.length - certificate.length });
  });

  test('a view into a larger buffer is read as itself', () => {
    const all = new TextEncoder().encode(`xx${certificate}yy`);
    expect(parsePem(all.subarray(2, all.length - 2))[0]?.der).toEqual(bytes(100));
  });

  test('the headers of one block cannot become those of another', () => {
    const [one, two] = parsePem(certificate.repeat(2)).map(({ headers }) => headers as Map<string, string>);
    expect(one).toEqual(new Map());
    expect(() => one!.set('Proc-Type', '4,ENCRYPTED')).toThrow(TypeError);
    expect(two!.size).toBe(0);
  });

  test('a private key is in memory of its own; public contents survive the next parse', () => {
    const { der } = parsePem(key)[0]!;
    expect(der.constructor).toBe(Uint8Array);
    expect(der.buffer.byteLength).toBe(50);
    const [first, second] = [parsePem(certificate)[0]!.der, parsePem(certificate)[0]!.der];
    second.fill(0);
    expect(first.constructor).toBe(Uint8Array);
    expect(first).toEqual(bytes(100));
  });

  test('transferring one block away does not break the next parse', () => {
    const { der } = parsePem(certificate)[0]!;
    structuredClone(der.buffer, { transfer: [der.buffer as ArrayBuffer] });
    expect(parsePem(certificate)[0]?.der).toEqual(bytes(100));
  });

  test.each(['strict', 'standard', 'lax'] as const)('%s: CRLF, CR and LF all end lines', (mode) => {
    for (const eol of ['\r\n', '\r', '\n']) {
      expect(parsePem(certificate.replaceAll('\n', eol), { mode })[0]?.der).toEqual(bytes(100));
    }
  });

  test('mixed line ends, trailing blanks, a BOM and no final newline are all standard', () => {
    const text = `\ufeff${certificate
      .replace('\n', ' \t\r\n')
      .replace(/\n(?=-----END)/, ' \n')
      .trimEnd()}`;
    expect(parsePem(text)[0]).toMatchObject({ der: bytes(100), start: 1, preamble: '' });
    expect(parsePem(new TextEncoder().encode(text))[0]).toMatchObject({ der: bytes(100), start: 3, preamble: '' });
  });

  test('an empty block is standard, as Python writes it, but not strict', () => {
    const empty = formatPem({ label: 'X', der: new Uint8Array() });
    expect(parsePem(empty)[0]?.der).toEqual(new Uint8Array());
    expect(failure(empty, { mode: 'strict' })).toBe('ERR_PEM_BASE64 2:18');
  });
});

describe('splitBundle', () => {
  test('sorts a mixed bundle', () => {
    const request = formatPem({ label: 'CERTIFICATE REQUEST', der: bytes(9) });
    const rsa = formatPem({ label: 'RSA PRIVATE KEY', der: bytes(8) });
    const bundle = splitBundle(certificate + key + request + rsa + certificate);
    expect(bundle.certificates.map(({ start }) => start)).toEqual([0, expect.any(Number)]);
    expect(bundle.privateKeys.map(({ label }) => label)).toEqual(['PRIVATE KEY', 'RSA PRIVATE KEY']);
    expect(bundle.others.map(({ label }) => label)).toEqual(['CERTIFICATE REQUEST']);
  });
});

test('no letter of a private key becomes a string, which engines would look up in a table', () => {
  const iterator = vi.spyOn(String.prototype as unknown as Record<symbol, () => unknown>, Symbol.iterator);
  const letters = vi.spyOn(String.prototype, 'charAt');
  try {
    const [block] = parsePem(key);
    expect(formatPem(block!)).toBe(key);
    expect(iterator.mock.contexts.map(String)).toEqual([]);
    expect(letters).not.toHaveBeenCalled();
  } finally {
    iterator.mockRestore();
    letters.mockRestore();
  }
});

describe('iteratePem', () => {
  test('gives the blocks before a broken one', () => {
    const blocks = iteratePem(`${certificate}-----BEGIN X-----\n`);
    expect(blocks.next().value).toMatchObject({ label: 'CERTIFICATE' });
    expect(() => blocks.next()).toThrow(expect.objectContaining({ code: 'ERR_PEM_TRUNCATED', line: 6 }));
  });
});
