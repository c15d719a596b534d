/** The `net.Socket` that was wrapped, in the hands of whoever still has it: what it does and what it tells. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { listen } from '@sslkit/socket';
import { files, tcpPair, withTimeout } from '@sslkit/testkit';
import { expect, test } from 'vitest';
import { closeAll, connected, overChannels, overVersions, serverContext } from './support.ts';

const ENTRY = fileURLToPath(import.meta.resolve('@sslkit/socket'));

const LIVES = 7;

/** Timers that keep no process alive: that the last one comes says that something else does. */
const WATCH = `
  let ticks = 0;
  setInterval(() => ++ticks === 100 && process.exit(${LIVES}), 1).unref();`;

overChannels('a net.Socket that was wrapped', (channel) => {
  test.each([
    ['unref()', 'end', 0],
    ['unref().ref()', 'live', LIVES],
  ])('after %s of it lets its process %s', async (call, outcome, status) => {
    const { caFile } = await files();
    await using listener = await listen(['127.0.0.1', 0], { context: await serverContext() });
    const script = `
      import net from 'node:net';
      const { createDefaultContext } = await import(process.argv[1]);
      const plain = net.connect(${listener.getSockName()[1]}, '127.0.0.1', async () => {
        const context = createDefaultContext(undefined, { cafile: ${JSON.stringify(caFile)} });
        const socket = context.wrapSocket(plain, { serverHostname: 'localhost' });
        await socket.doHandshake();
        plain.${call};
        await socket.write('x');
        socket.read().catch(() => {});
        ${outcome === 'live' ? WATCH : ''}
      });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, ENTRY], {
      env: { ...process.env, SSLKIT_CHANNEL: channel },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const exit = once(child, 'exit');
    const server = await listener.accept();
    expect(String(await server.read())).toBe('x');
    try {
      expect(await withTimeout(exit, undefined, 'the process to end')).toEqual([status, null]);
    } finally {
      child.kill();
    }
    await server.close();
  });
});

overVersions('a net.Socket that was wrapped', (tls) => {
  test('tells of a reset as it would by itself: the error, then that it is closed by one', async () => {
    const [near, far] = await tcpPair();
    const { client, server } = await connected(tls, [near, far]);
    const told: unknown[] = [];
    near.on('error', (error: NodeJS.ErrnoException) => told.push(error.code));
    const closed = new Promise((resolve) => near.once('close', resolve));
    const reading = client.read().catch((error: unknown) => error);
    server
      .toDuplex()
      .on('error', () => {})
      .resetAndDestroy();
    expect(await withTimeout(reading, undefined, 'the reset')).toMatchObject({ code: 'ECONNRESET' });
    expect(await closed).toBe(true);
    expect(told).toEqual(['ECONNRESET']);
    expect([near.destroyed, near.readyState, near.pending]).toEqual([true, 'closed', true]);
    await closeAll(client, server);
  });
});
