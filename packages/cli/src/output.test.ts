import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@sslkit/testkit';
import { beforeEach, describe, expect, test } from 'vitest';
import { writeOutputFile } from './output.ts';

let dir: string;
let path: string;
beforeEach(() => {
  dir = temporaryDirectory();
  path = join(dir, 'file');
});

const mode = (file: string): number => statSync(file).mode & 0o777;

test('a secret is written for its owner alone, all else as the umask says', async () => {
  await writeOutputFile(path, 'secret', { secret: true, force: false });
  expect(mode(path)).toBe(0o600);
  await writeOutputFile(`${path}2`, 'text', { secret: false, force: false });
  expect(mode(`${path}2`)).toBe(0o666 & ~process.umask());
});

describe('a file that is there', () => {
  beforeEach(() => {
    writeFileSync(path, 'old');
    chmodSync(path, 0o644);
  });

  test('is kept without force', async () => {
    await expect(writeOutputFile(path, 'new', { secret: false, force: false })).rejects.toMatchObject({
      code: 'ERR_CLI_INPUT',
      message: `${path} is there already`,
      hint: '--force replaces it',
    });
    expect(readFileSync(path, 'utf8')).toBe('old');
  });

  test('is replaced with force and keeps its mode; nothing else is left behind', async () => {
    chmodSync(path, 0o640);
    await writeOutputFile(path, 'new', { secret: false, force: true });
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(mode(path)).toBe(0o640);
    expect(readdirSync(dir)).toEqual(['file']);
  });

  test('loses what others may do with it when a secret takes its place', async () => {
    await writeOutputFile(path, 'secret', { secret: true, force: true });
    expect(mode(path)).toBe(0o600);
  });

  test('is another one afterwards: who had it open does not see the secret', async () => {
    const before = statSync(path).ino;
    await writeOutputFile(path, 'secret', { secret: true, force: true });
    expect(statSync(path).ino).not.toBe(before);
  });

  test('behind a link is replaced where it is', async () => {
    const link = join(dir, 'link');
    symlinkSync(path, link);
    await writeOutputFile(link, 'new', { secret: false, force: true });
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(path, 'utf8')).toBe('new');
  });
});

test('a link that leads nowhere is not followed: someone else may have laid it', async () => {
  symlinkSync(join(dir, 'target'), path);
  await expect(writeOutputFile(path, 'x', { secret: true, force: false })).rejects.toThrow('is there already');
  expect(readdirSync(dir)).toEqual(['file']);
});

test('a device is written to, not replaced', async () => {
  await writeOutputFile('/dev/null', 'x', { secret: true, force: false });
  expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  expect(mode('/dev/null')).toBe(0o666);
});

test('a folder and a place that is not there are errors, with the reason', async () => {
  mkdirSync(path);
  await expect(writeOutputFile(path, 'x', { secret: false, force: true })).rejects.toThrow(/cannot write .*EISDIR/);
  const nowhere = join(dir, 'no', 'file');
  await expect(writeOutputFile(nowhere, 'x', { secret: false, force: false })).rejects.toThrow(/cannot write .*ENOENT/);
});
