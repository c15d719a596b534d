import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { certTimeToSeconds, derCertToPemCert, PEM_FOOTER, PEM_HEADER, PemError, pemCertToDerCert } from '@sslkit/pem';
import * as fc from 'fast-check';
import { expect } from 'vitest';
import { requires } from './require.ts';

type Case = ['der' | 'pem' | 'time', string];
interface Answer {
  ok?: string | number;
  error?: string;
  message?: string;
}

const script = fileURLToPath(new URL('./python.py', import.meta.url));
const present = spawnSync('python3', ['-c', 'import ssl']).status === 0;
const withPython = requires(present, 'python3');

/** One process for all cases: an interpreter takes longer to start than to answer thousands. */
function askPython(cases: readonly Case[]): Answer[] {
  const run = spawnSync('python3', [script], { input: JSON.stringify(cases), encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (run.status !== 0) throw new Error(run.stderr);
  return (JSON.parse(run.stdout) as { answers: Answer[] }).answers;
}

function answer([name, argument]: Case): Answer {
  try {
    if (name === 'der') return { ok: derCertToPemCert(Uint8Array.from(Buffer.from(argument, 'base64'))) };
    if (name === 'pem') return { ok: Buffer.from(pemCertToDerCert(argument)).toString('base64') };
    return { ok: certTimeToSeconds(argument) };
  } catch (error) {
    if (error instanceof PemError || error instanceof RangeError) return { error: error.message };
    throw error;
  }
}

function compare(cases: readonly Case[]): void {
  const expected = askPython(cases);
  let refused = 0;
  for (const [i, one] of cases.entries()) {
    const theirs = expected[i]!;
    const ours = answer(one);
    if (theirs.error === undefined) expect(ours, JSON.stringify(one)).toEqual(theirs);
    else expect(ours.error, `${JSON.stringify(one)}: ${theirs.message}`).toBeTypeOf('string');
    if (theirs.error !== undefined) refused++;
  }
  // A comparison in which all is refused, or nothing, shows little.
  expect(refused).toBeLessThan(cases.length);
}

const runs = Number(process.env.FUZZ_RUNS ?? 3000);
const sample = (text: fc.Arbitrary<string>, name: Case[0], seed: number): Case[] =>
  fc.sample(text, { numRuns: runs, seed }).map((argument): Case => [name, argument]);

withPython('DER_cert_to_PEM_cert, every length around a line and random bytes', () => {
  const lengths = Array.from({ length: 200 }, (_, i) => Buffer.alloc(i, i).toString('base64'));
  const random = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes).toString('base64'));
  compare([...lengths.map((text): Case => ['der', text]), ...sample(random, 'der', 1)]);
});

withPython('PEM_cert_to_DER_cert, good, damaged and foreign text', () => {
  const part = fc.oneof(
    fc.constantFrom(
      'AAAA',
      'AA',
      'A',
      '=',
      '==',
      '===',
      '\n',
      '\r\n',
      ' ',
      '\t',
      '-',
      '_',
      '!',
      '\\n',
      '\0',
      'é',
      '\x80',
      '\xff',
    ),
    fc.constantFrom('MIIB', '+/', 'Zm9v', 'YmE=', 'Yg==', '\u2003', '\ufeff', PEM_HEADER, PEM_FOOTER),
    fc.string({ maxLength: 6, unit: 'binary-ascii' }),
  );
  const body = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(''));
  const around = fc.constantFrom(
    '',
    '',
    '',
    '',
    '\n',
    ' ',
    '\x1c',
    '\x1f',
    '\x85',
    '\xa0',
    '\u2003',
    '\u200b',
    '\ufeff',
    '\0',
    'x',
  );
  const text = fc.tuple(around, body, around, around).map(([a, b, c, d]) => a + PEM_HEADER + b + PEM_FOOTER + c + d);
  const prefixes = Array.from({ length: 60 }, (_, i) => (PEM_HEADER + PEM_FOOTER.slice(5)).slice(0, i));
  compare([...prefixes.map((prefix): Case => ['pem', prefix]), ...sample(text, 'pem', 2), ...sample(body, 'pem', 3)]);
});

withPython('cert_time_to_seconds, every part right and wrong', () => {
  const month = fc.constantFrom(
    'Jan',
    'feb',
    'MAR',
    'aPr',
    'May',
    'Jun',
    'Jul',
    'Aug',
    'Sep',
    '\u017fep',
    'Oct',
    'Nov',
    'Dec',
    'Foo',
    'Ja',
    '',
  );
  const space = fc.constantFrom(
    ' ',
    ' ',
    ' ',
    ' ',
    ' ',
    '  ',
    '\t',
    '\xa0',
    '\x1c',
    '\x85',
    '\u3000',
    '\ufeff',
    '\u180e',
    '',
  );
  const day = fc.oneof(
    fc.integer({ min: 0, max: 33 }).map(String),
    fc.constantFrom('01', ' 1', '031', '\u0663', '1\u0663', '\uff11'),
  );
  const number = (max: number) =>
    fc.oneof(
      fc.integer({ min: 0, max }).map((n) => String(n).padStart(2, '0')),
      fc.integer({ min: 0, max: 9 }).map(String),
      fc.constantFrom('0\u0669', '099', ''),
    );
  const year = fc.oneof(
    fc.integer({ min: 0, max: 9999 }).map((n) => String(n).padStart(4, '0')),
    fc.constantFrom('99', '10000', '2O20', '\u0662\u0660\u0662\u0660'),
  );
  const zone = fc.constantFrom('GMT', 'GMT', 'GMT', 'GMT', 'gmt', 'Gmt', 'UTC', 'GMT ', 'GMT\n', '');
  const time = fc.tuple(number(26), number(62), number(64)).map((parts) => parts.join(':'));
  const text = fc.tuple(month, space, day, space, time, space, year, space, zone).map((parts) => parts.join(''));
  const good = fc
    .date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
    .map((date) => {
      const [, d, m, y, clock] = date.toUTCString().split(/[, ]+/);
      return `${m} ${String(Number(d)).padStart(2)} ${clock} ${y!.padStart(4, '0')} GMT`;
    });
  const rolls = [
    'Feb 29 00:00:00 2019 GMT',
    'Feb 30 12:00:00 2020 GMT',
    'Apr 31 00:00:00 1900 GMT',
    'Dec 31 23:59:61 9999 GMT',
  ];
  compare([...rolls.map((t): Case => ['time', t]), ...sample(text, 'time', 4), ...sample(good, 'time', 5)]);
});
