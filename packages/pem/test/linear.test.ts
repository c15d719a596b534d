import {
  certTimeToSeconds,
  formatPem,
  identifyDer,
  PEM_FOOTER,
  PEM_HEADER,
  parsePem,
  parsePemStream,
  pemCertToDerCert,
  repairPem,
} from '@sslkit/pem';
import { describe, expect, test } from 'vitest';

/**
 * What a text costs in processor time, as the least of a few runs: what else the machine does lengthens the wall clock,
 * not this, and a collection does not come every time.
 */
async function cost(run: () => unknown): Promise<number> {
  let least = Infinity;
  for (let i = 0; i < 3; i++) {
    const start = process.cpuUsage();
    try {
      await run();
    } catch {
      // Refusing must be linear, too.
    }
    const { user, system } = process.cpuUsage(start);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

/**
 * Linear work grows 8-fold with the input, quadratic work 64-fold. A floor keeps noise out of the ratio, and what
 * looks quadratic is looked at again: a collection or a busy machine does not come three times.
 */
async function expectLinear(run: (length: number) => () => unknown, length = 80_000): Promise<void> {
  const [short, long] = [run(length / 8), run(length)];
  let ratio = Infinity;
  for (let attempt = 0; attempt < 3 && ratio > 32; attempt++) {
    ratio = Math.min(ratio, (await cost(long)) / Math.max(await cost(short), 0.3));
  }
  expect(ratio).toBeLessThan(32);
}

/** Texts that make a careless parser walk the same ground again and again; each piece is repeated. */
const pieces: [name: string, piece: string, before?: string, after?: string][] = [
  ['hyphens', '-'],
  ['BEGINs on one line', '-----BEGIN '],
  ['BEGIN lines', '-----BEGIN X-----\n'],
  ['BEGIN boundaries on one line', '-----BEGIN X-----'],
  ['ENDs in prose', 'x-----END X-----\n'],
  ['blocks', '-----BEGIN X-----\nAAAA\n-----END X-----\n'],
  ['blocks on one line', '-----BEGIN X-----AAAA-----END X-----'],
  ['indented blocks', '  -----BEGIN X-----\n  AAAA\n  -----END X-----\n'],
  ['literal newlines', '\\n', '-----BEGIN X-----'],
  ['backslashes', '\\', '-----BEGIN X-----'],
  ['blanks', ' ', '-----BEGIN X-----\n', '\n-----END X-----\n'],
  ['blanks before BEGIN', ' ', '', '-----BEGIN X-----\n'],
  ['blanks after END', ' ', '-----BEGIN X-----\nAAAA\n-----END X-----'],
  ['blank runs in a line', 'A    ', '-----BEGIN X-----\n', '\n-----END X-----\n'],
  ['padding', '=', '-----BEGIN X-----\n', '\n-----END X-----\n'],
  ['padding and blanks', '= ', '-----BEGIN X-----\n', '\n-----END X-----\n'],
  ['empty lines', '\n', '-----BEGIN X-----\n', 'A-----END X-----\n'],
  ['carriage returns', '\r', '-----BEGIN X-----\n', 'A-----END X-----\n'],
  ['headers', 'A: b\n', '-----BEGIN X-----\n'],
  ['folded headers', ' b\n', '-----BEGIN X-----\nA: b\n', '\nAAAA\n-----END X-----\n'],
  ['a long label', 'A', '-----BEGIN ', '-----\n'],
  ['a label of words', 'A ', '-----BEGIN ', '-----\n'],
  ['byte order marks', '\ufeff'],
  ['byte order marks before BEGIN', '\ufeff', 'x\n', '-----BEGIN X-----\n'],
  ['short private lines', 'AA\n', '-----BEGIN PRIVATE KEY-----\n', '-----END PRIVATE KEY-----\n'],
  ['base64url', '-_', '-----BEGIN X-----\n', '\n-----END X-----\n'],
  ['typographic dashes', '\u2014'],
  ['bare base64', 'MIIB'],
];

describe.each(pieces)('%s', (_, piece, before = '', after = '') => {
  const build = (length: number) => before + piece.repeat(length / piece.length) + after;

  test.each(['strict', 'standard', 'lax'] as const)('are parsed in linear time in %s mode', async (mode) => {
    await expectLinear((length) => {
      const text = build(length);
      return () => parsePem(text, { mode });
    });
  });

  test('are mended in linear time', async () => {
    await expectLinear((length) => {
      const text = build(length);
      return () => repairPem(text);
    });
  });

  test('are streamed in linear time, byte by byte', async () => {
    await expectLinear((length) => {
      const input = new TextEncoder().encode(build(length));
      return async () => {
        for await (const _ of parsePemStream(bytewise(input), { mode: 'lax' }));
      };
    }, 24_000);
  });
});

test.each(['----- ', `${' '.repeat(50)}-----`, ' x-----END X-----'])(
  'a line without end, of many times %j, is streamed in linear time',
  async (piece) => {
    await expectLinear((length) => {
      const input = new TextEncoder().encode(piece.repeat(length / piece.length));
      return async () => {
        for await (const _ of parsePemStream(pieces500(input)));
      };
    }, 800_000);
  },
);

async function* pieces500(input: Uint8Array) {
  for (let i = 0; i < input.length; i += 500) yield input.subarray(i, i + 500);
}

async function* bytewise(input: Uint8Array) {
  for (let i = 0; i < input.length; i++) yield input.subarray(i, i + 1);
}

describe('the rest', () => {
  test("Python's helpers are linear", async () => {
    for (const piece of ['=', 'A=', ' ', '\n', 'A']) {
      const decoded = (pem: string) => () => pemCertToDerCert(pem);
      await expectLinear((length) =>
        decoded(`${PEM_HEADER}${piece.repeat(length)}${PEM_FOOTER}${piece.repeat(length)}`),
      );
      await expectLinear((length) => decoded(`${PEM_HEADER}${piece.repeat(length)}${PEM_FOOTER}`));
    }
    for (const piece of [' ', '0', ' 1'])
      await expectLinear((length) => () => certTimeToSeconds(`Jan${piece.repeat(length)}GMT`));
  });

  test('identifyDer and formatPem are linear', async () => {
    const identified = (der: Uint8Array) => () => identifyDer(der);
    await expectLinear((length) => identified(new Uint8Array(length).fill(0x30)));
    await expectLinear((length) => {
      const nulls = Buffer.alloc(length, Uint8Array.of(0x05, 0x00));
      return identified(
        Buffer.concat([Uint8Array.of(0x30, 0x83, length >> 16, (length >> 8) & 255, length & 255), nulls]),
      );
    });
    for (const label of ['X', 'PRIVATE KEY'])
      await expectLinear((length) => {
        const der = new Uint8Array(length);
        return () => formatPem({ label, der });
      });
  });
});
