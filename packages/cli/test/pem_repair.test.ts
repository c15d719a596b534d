import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Scene, scene, temporaryDirectory } from '@sslkit/testkit';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { envelopeOf, sslkit } from './command.ts';

let cast: Scene;
let file: string;
beforeAll(async () => {
  cast = await scene();
});
beforeEach(() => {
  file = join(temporaryDirectory(), 'file.pem');
});

const indented = (text: string): string => text.replace(/^(?=.)/gm, '    ');

test.each([
  ['a literal \\n', (text: string) => text.replaceAll('\n', '\\n'), 'literal-newline'],
  ['YAML indentation', indented, 'indented'],
  ['everything on one line', (text: string) => text.trim().replaceAll('\n', ' '), 'one-line'],
  ['a byte order mark', (text: string) => `\ufeff${text}`, 'bom'],
  ['CR LF', (text: string) => text.replaceAll('\n', '\r\n'), 'line-ends'],
])('%s is mended and listed', async (_, spoil, kind) => {
  const run = await sslkit(['pem', 'repair'], { input: spoil(cast.server.certPem) });
  expect(run.code).toBe(0);
  expect(run.stdout.toString()).toBe(cast.server.certPem);
  expect(run.stderr).toMatch(
    /^sslkit: standard input to standard output: \d faults? mended, 1 block\n( {2}line \d+: .*\n)+$/,
  );
  expect(run.stderr).toContain(`(${kind})\n`);
});

test('what is in order comes out as it was', async () => {
  const input = `Ünïcode before\n${cast.chained.chainPem}after\n`;
  const run = await sslkit(['pem', 'repair', '-'], { input });
  expect(run.stdout.toString()).toBe(input);
  expect(run.stderr).toBe('sslkit: standard input to standard output: nothing to mend, 2 blocks\n');
});

describe('--check', () => {
  test('status 9 and the list when there is something to mend; nothing is written', async () => {
    writeFileSync(file, indented(cast.server.keyPem));
    const run = await sslkit(['pem', 'repair', '--check', file]);
    expect(run).toMatchObject({ code: 9, stderr: '' });
    expect(run.stdout.toString()).toMatch(/1 fault to mend, 1 block\n {2}line 1: .*\(indented\)\n$/);
    expect(readFileSync(file, 'utf8')).toBe(indented(cast.server.keyPem));
    const json = await sslkit(['pem', 'repair', '--check', '--json', file]);
    expect(json).toMatchObject({ code: 9, stderr: '' });
    expect(envelopeOf(json)).toEqual({
      schema: 1,
      command: 'pem repair',
      ok: true,
      result: {
        input: file,
        out: null,
        repairs: [{ kind: 'indented', line: 1, description: expect.any(String) }],
        blocks: 1,
      },
    });
  });

  test('status 0 when all is in order', async () => {
    const run = await sslkit(['pem', 'repair', '--check'], { input: cast.server.certPem });
    expect(run.code).toBe(0);
    expect(run.stdout.toString()).toContain('nothing to mend');
  });
});

describe('--in-place', () => {
  test('mends the file itself; a key is its owner’s alone afterwards', async () => {
    writeFileSync(file, indented(cast.server.keyPem));
    chmodSync(file, 0o644);
    const run = await sslkit(['pem', 'repair', '--in-place', '--json', file]);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(envelopeOf(run)).toMatchObject({ result: { out: file, repairs: [{ kind: 'indented' }] } });
    expect(readFileSync(file, 'utf8')).toBe(cast.server.keyPem);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('leaves a file alone that is in order', async () => {
    writeFileSync(file, cast.server.certPem);
    const { ino, mtimeMs } = statSync(file);
    const run = await sslkit(['pem', 'repair', '-i', file, '--json']);
    expect(envelopeOf(run)).toMatchObject({ ok: true, result: { out: null, repairs: [] } });
    expect(statSync(file)).toMatchObject({ ino, mtimeMs });
  });

  test('needs a file', async () => {
    const run = await sslkit(['pem', 'repair', '-i'], { input: cast.server.certPem });
    expect(run.stderr).toContain('--in-place needs a file');
    expect(run.code).toBe(1);
  });
});

describe('a private key', () => {
  test('goes to standard output only when that is said by name', async () => {
    const input = indented(cast.server.keyPem);
    const unasked = await sslkit(['pem', 'repair'], { input });
    expect(unasked.stderr).toContain('a private key is not written to standard output unasked');
    expect(unasked.stdout.length).toBe(0);
    expect(unasked.code).toBe(1);
    const asked = await sslkit(['pem', 'repair', '--out', '-', '-q'], { input });
    expect(asked).toMatchObject({ code: 0, stderr: '' });
    expect(asked.stdout.toString()).toBe(cast.server.keyPem);
  });

  test('is written to a file of its owner; not over another file', async () => {
    const input = indented(cast.server.keyPem);
    const run = await sslkit(['pem', 'repair', '--out', file], { input });
    expect(run.code).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const again = await sslkit(['pem', 'repair', '--out', file], { input });
    expect(again.stderr).toContain('is there already');
    expect(again.code).toBe(8);
  });
});

test.each([
  ['a block that is cut off', () => cast.server.certPem.slice(0, 200), /cannot be mended with certainty/],
  ['no PEM at all', () => 'hello\n', /cannot be mended with certainty/],
  ['bytes that are no UTF-8', () => Buffer.concat([Buffer.from([0xff]), Buffer.from(cast.ca.certPem)]), /not UTF-8/],
])('%s is refused, and nothing is written', async (_, input, message) => {
  const run = await sslkit(['pem', 'repair'], { input: input() });
  expect(run.stderr).toMatch(message);
  expect(run.stdout.length).toBe(0);
  expect(run.code).toBe(8);
});
