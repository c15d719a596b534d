import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { pemPath, runCommand, startPeer } from './process.ts';

const node = (script: string) => startPeer(process.execPath, ['-e', script]);

test('output is waited for in order, in open lines too', async () => {
  await using peer = node('process.stdout.write("one\\ntwo\\nthree? "); setInterval(() => {}, 1000)');
  expect(await peer.output.line()).toBe('one');
  await peer.output.waitFor(/three\? /);
  expect(peer.output.text()).toBe('one\ntwo\nthree? ');
});

test('a milestone neither takes what others wait for nor misses what they took', async () => {
  await using peer = node('console.log("ready\\nsaid\\nready\\nlast")');
  await peer.output.waitFor(/said\n/);
  await peer.output.milestone(/ready\n/);
  expect(await peer.output.line()).toBe('ready');
  expect(await peer.output.line()).toBe('last');
});

test('what comes behind a milestone is waited for behind it', async () => {
  await using peer = node('console.log("noise\\nready\\nlast")');
  await peer.output.milestone(/ready\n/);
  expect(await peer.output.line()).toBe('last');
});

test('neither stream cuts a line of the other, or hides what it printed before', async () => {
  const script = `
    const told = () => new Promise((go) => process.stdin.once('data', go));
    process.stderr.write('warning\\nfirst ');
    told().then(() => (process.stdout.write('one\\ntwo\\n'), told())).then(() => process.stderr.write('half\\n'));`;
  await using peer = node(script);
  await peer.output.waitFor(/(?=warning\nfirst )/);
  peer.write('go');
  await peer.output.waitFor(/two\n/);
  await peer.output.waitFor(/warning\n/);
  peer.write('go');
  expect(await peer.output.line()).toBe('first half');
  expect(peer.output.text()).toBe('one\ntwo\nwarning\nfirst half\n');
});

test('a wait ends with the process, and shows what it printed', async () => {
  await using peer = node('console.error("the cause")');
  await expect(peer.output.waitFor(/never/)).rejects.toThrow('the cause');
  expect(await peer.exited).toEqual({ code: 0, signal: null });
});

test('a wait ends when patience does', async () => {
  await using peer = node('setInterval(() => {}, 1000)');
  await expect(peer.output.waitFor(/never/, 20)).rejects.toThrow('20 ms went by');
});

test('closing ends the process for certain', async () => {
  const peer = node('process.on("SIGTERM", () => {}); console.log("up"); setInterval(() => {}, 1000)');
  await peer.output.line();
  await peer.close();
  expect(await peer.exited).toEqual({ code: null, signal: 'SIGKILL' });
  await peer.close();
});

test('a command that does not exist is an error with its name', async () => {
  await using peer = startPeer('/nonexistent/command', []);
  await expect(peer.output.line()).rejects.toThrow('/nonexistent/command');
  await expect(runCommand('/nonexistent/command', [])).rejects.toThrow('ENOENT');
});

test('a command that hangs is ended', async () => {
  const run = runCommand(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { timeout: 50 });
  await expect(run).rejects.toThrow('in vain');
});

test('PEM text becomes a file, a path stays a path', () => {
  expect(pemPath('/some/path.pem')).toBe('/some/path.pem');
  const path = pemPath('-----BEGIN X-----\n');
  expect(existsSync(path)).toBe(true);
  expect(readFileSync(path, 'utf8')).toBe('-----BEGIN X-----\n');
});
