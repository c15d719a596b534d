import {
  DerError,
  formatPem,
  identifyDer,
  iterateDer,
  PemError,
  parsePem,
  parsePemStream,
  pemCertToDerCert,
  readDer,
  repairPem,
} from '@sslkit/pem';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const der = fc.uint8Array({ maxLength: 300 });
const label = fc.stringMatching(/^([!-,.-~]{1,9}([- ][!-,.-~]{1,9}){0,3})?$/);
const mode = fc.constantFrom('strict' as const, 'standard' as const, 'lax' as const);
const eol = fc.constantFrom('\n' as const, '\r\n' as const);
const header = fc.tuple(fc.stringMatching(/^[!-9;-~]{1,12}$/), fc.stringMatching(/^([!-~]([ -~]{0,20}[!-~])?)?$/));
const headers = fc.uniqueArray(header, { selector: ([name]) => name, maxLength: 4 });

/** Text that is nearly PEM: its parts in the wrong order, cut, doubled, with what real files add. */
const fragment = fc.oneof(
  fc.constantFrom(
    '-----BEGIN ',
    '-----END ',
    'CERTIFICATE',
    'PRIVATE KEY',
    'X',
    '-----',
    '-----\n',
    '\n',
    '\r\n',
    '\r',
    ' ',
    '\t',
  ),
  fc.constantFrom(
    '\\n',
    '=',
    '==',
    'AAAA',
    'MIIB',
    'A'.repeat(64),
    '\ufeff',
    '\xef\xbb\xbf',
    'é',
    ':',
    'Proc-Type: 4,ENCRYPTED\n',
    '\v',
    '-',
  ),
  fc.constantFrom(
    '-----BEGIN X-----\n',
    '-----END X-----\n',
    '-----BEGIN X-----\nAAAA\n-----END X-----\n',
    '\n\n',
    '"',
  ),
  fc.string({ maxLength: 5, unit: 'binary' }),
);
const nearlyPem = fc.array(fragment, { maxLength: 30 }).map((parts) => parts.join(''));

const runs = { numRuns: Number(process.env.FUZZ_RUNS ?? 600) };

describe('round trips', () => {
  test('what formatPem writes is read back, in every mode that has such text', () => {
    fc.assert(
      fc.property(label, der, headers, mode, eol, (name, bytes, list, how, lineEnd) => {
        fc.pre(how !== 'strict' || (list.length === 0 && bytes.length > 0));
        const [block, ...more] = parsePem(formatPem({ label: name, der: bytes, headers: list }, { eol: lineEnd }), {
          mode: how,
        });
        expect(more).toEqual([]);
        expect(block?.label).toBe(name);
        expect(block?.der).toEqual(bytes);
        expect(new Map(block?.headers)).toEqual(new Map(list));
      }),
      runs,
    );
  });

  test('any line length is read back', () => {
    fc.assert(
      fc.property(der, fc.integer({ min: 1, max: 500 }), eol, (bytes, lineLength, lineEnd) => {
        const text = formatPem({ label: 'X', der: bytes }, { lineLength, eol: lineEnd });
        expect(parsePem(text)[0]?.der).toEqual(bytes);
      }),
      runs,
    );
  });

  test('public and private labels decode alike', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 90, unit: fc.constantFrom(...'ABab09+/=-_ \n*é') }), mode, (body, how) => {
        const read = (name: string) =>
          outcome(() => parsePem(`-----BEGIN ${name}-----\n${body}\n-----END ${name}-----\n`, { mode: how })[0]?.der);
        expect(read('A PRIVATE KEY')).toEqual(read('A PUBLIC!! KEY'));
      }),
      { numRuns: runs.numRuns * 4 },
    );
  });

  test('every byte is encoded and decoded, in constant time or not', () => {
    const all = Uint8Array.from({ length: 768 }, (_, i) => (i < 256 ? i : i * 7));
    for (const name of ['PRIVATE KEY', 'X']) {
      const text = formatPem({ label: name, der: all });
      expect(text.replace(/-----.*-----|\n/g, '')).toBe(Buffer.from(all).toString('base64'));
      expect(parsePem(text)[0]?.der).toEqual(all);
    }
  });
});

/** What happened, comparable. */
function outcome(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    if (error instanceof PemError) return [error.code, error.line, error.offset > 0];
    throw error;
  }
}

describe('any chunking', () => {
  test('of any text gives the same blocks and the same error', async () => {
    await fc.assert(
      fc.asyncProperty(
        nearlyPem,
        mode,
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 }),
        async (text, how, sizes) => {
          const input = new TextEncoder().encode(text);
          const whole = await gather(parseAll(input, how));
          expect(await gather(parsePemStream(cut(input, sizes), { mode: how }))).toEqual(whole);
        },
      ),
      { numRuns: runs.numRuns * 4 },
    );
  });
});

async function* parseAll(input: Uint8Array, how: 'strict' | 'standard' | 'lax') {
  const { iteratePem } = await import('@sslkit/pem');
  yield* iteratePem(input, { mode: how });
}

async function gather(blocks: AsyncIterable<unknown>): Promise<unknown[]> {
  const seen: unknown[] = [];
  try {
    for await (const block of blocks) seen.push(block);
  } catch (error) {
    if (!(error instanceof PemError)) throw error;
    seen.push([error.code, error.offset, error.line]);
  }
  return seen;
}

async function* cut(input: Uint8Array, sizes: readonly number[]) {
  for (let at = 0, i = 0; at < input.length; i++) {
    const size = sizes[i % sizes.length]!;
    yield input.subarray(at, at + size);
    at += size;
  }
}

describe('no input', () => {
  const own = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      if (!(error instanceof PemError) && !(error instanceof DerError)) throw error;
      expect(error.message).not.toBe('');
      expect(error.offset).toBeGreaterThanOrEqual(0);
    }
  };

  test('makes a function throw anything but its own errors', () => {
    fc.assert(
      fc.property(
        fc.oneof(nearlyPem, fc.string({ unit: 'binary' })),
        mode,
        fc.integer({ min: 1, max: 90 }),
        (text, how, limit) => {
          own(() => parsePem(text, { mode: how }));
          own(() => parsePem(text, { mode: how, maxBlockBytes: limit }));
          own(() => parsePem(new TextEncoder().encode(text), { mode: how, label: 'X' }));
          own(() => pemCertToDerCert(text));
          own(() => repairPem(text));
        },
      ),
      { numRuns: runs.numRuns * 4 },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          der,
          fc
            .array(fc.constantFrom(0x30, 0x02, 0x03, 0x06, 1, 2, 3, 0x80, 0x81, 0), { maxLength: 60 })
            .map((list) => Uint8Array.from(list)),
        ),
        (bytes) => {
          own(() => readDer(bytes));
          own(() => [...iterateDer(bytes)]);
          identifyDer(bytes);
          own(() => parsePem(bytes));
        },
      ),
      { numRuns: runs.numRuns * 4 },
    );
  });

  test('is made worse by repairPem, or mended twice', () => {
    fc.assert(
      fc.property(nearlyPem, (text) => {
        const { text: mended, repairs } = repairPem(text);
        const labels = (input: string) => outcome(() => parsePem(input).map((block) => [block.label, block.der]));
        const before = labels(text);
        // What could be read is read the same.
        if (Array.isArray(before) && before.every(Array.isArray)) expect(labels(mended)).toEqual(before);
        if (repairs.length === 0) expect(mended).toBe(text);
        if (Array.isArray(labels(mended)) && mended.trim() !== '') {
          const after = labels(mended) as unknown[];
          if (after.every(Array.isArray)) expect(repairPem(mended).text).toBe(mended);
        }
        const lines = text.split(/\r\n?|\n/).length;
        for (const { line } of repairs) expect(line).toBeLessThanOrEqual(lines);
      }),
      { numRuns: runs.numRuns * 4 },
    );
  });
});
