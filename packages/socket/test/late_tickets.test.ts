/** Closing right behind the last write: all of it arrives, whatever the server still sends. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type net from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { listen, MemoryBIO, SSLWantReadError } from '@sslkit/socket';
import { files, openDescriptors, PATIENCE_MS, tcpPair, withTimeout } from '@sslkit/testkit';
import { expect, test, vi } from 'vitest';
import { clientContext, connected, overChannels, overVersions, serverContext } from './support.ts';

const ENTRY = fileURLToPath(import.meta.resolve('@sslkit/socket'));

const MEGABYTES = Buffer.alloc(3_000_000, 'late');

overVersions('close() right behind a write', (tls) => {
  test.each(['client', 'server'] as const)('loses nothing of what the %s wrote', async (writer) => {
    const pair = await connected(tls);
    const reader = writer === 'client' ? pair.server : pair.client;
    const written = pair[writer].write(MEGABYTES);
    const closed = pair[writer].close();
    let received = 0;
    for await (const chunk of reader) received += chunk.length;
    expect([received, reader.truncated]).toEqual([MEGABYTES.length, false]);
    await Promise.all([written, closed, reader.close()]);
  });

  test('loses nothing while the peer is still sending', async () => {
    const { client, server } = await connected(tls);
    const upload = client.write(MEGABYTES).catch(() => {});
    await server.read();
    const answered = server.write('enough').then(() => server.close());
    expect(String(await client.read())).toBe('enough');
    await Promise.all([answered, client.close(), upload]);
  });
});

overChannels('a TLS 1.3 server that is slow to send its tickets', () => {
  test('still reads all that a client wrote before it closed', async () => {
    const [near, far] = await tcpPair();
    const client = (await clientContext('1.3')).wrapSocket(near, { serverHostname: 'localhost' });
    const server = await slowServer(far);
    await client.doHandshake();
    const written = client.write(MEGABYTES);
    const closed = client.close();
    // Time enough for a client that does not wait to be gone.
    for (let turns = 0; turns < 20; turns++) await turn();
    expect(await server.goOn()).toBe(MEGABYTES.length);
    await Promise.all([written, closed]);
  });
});

overChannels('close() of a TLS 1.3 client that has written and read nothing', (channel) => {
  test('waits for no tickets, which then meet no reset', async () => {
    const [near, far] = await tcpPair();
    const client = (await clientContext('1.3')).wrapSocket(near, { serverHostname: 'localhost' });
    const server = await slowServer(far);
    await client.doHandshake();
    await client.write('the last word');
    // The clock stands still, so no patience ends: only what the system knows ends the wait.
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      await withTimeout(client.close(), undefined, 'close()');
    } finally {
      vi.useRealTimers();
    }
    // Sends two tickets, and reads all that was said.
    expect(await server.goOn()).toBe(13);
  });

  test('leaves nothing behind when its peer has ended as well', async () => {
    const before = openDescriptors();
    const [near, far] = await tcpPair();
    const client = (await clientContext('1.3')).wrapSocket(near, { serverHostname: 'localhost' });
    const server = await slowServer(far);
    await client.doHandshake();
    await client.write('the last word');
    // The time that it is kept at most does not end, so it is its peer that ends it.
    const timer = globalThis.setTimeout;
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(((call: () => void, ms = 0) =>
      timer(call, ms >= 1_000 ? 2 ** 31 - 1 : ms)) as typeof setTimeout);
    await client.close().finally(() => vi.restoreAllMocks());
    expect(near.destroyed).toBe(false);
    await server.goOn();
    const left = (): boolean => !near.destroyed || openDescriptors() > before;
    for (const deadline = Date.now() + PATIENCE_MS; left() && Date.now() < deadline; ) await turn();
    expect(near.destroyed).toBe(true);
    expect(openDescriptors()).toBeLessThanOrEqual(before);
  });

  test('holds up no process', async () => {
    const { caFile } = await files();
    const context = await serverContext('1.3');
    context.numTickets = 0;
    await using listener = await listen(['127.0.0.1', 0], { context });
    // Its long timers end in three weeks, so that one which holds up the process, or guards what does, is seen.
    const script = `
      const { setTimeout: timer } = globalThis;
      globalThis.setTimeout = (call, ms, ...rest) => timer(call, ms >= 1_000 ? 2 ** 31 - 1 : ms, ...rest);
      const { connect, createDefaultContext } = await import(process.argv[1]);
      const context = createDefaultContext(undefined, { cafile: ${JSON.stringify(caFile)} });
      const socket = await connect(['localhost', ${listener.getSockName()[1]}], { context });
      await socket.write('x');
      await socket.close();`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, ENTRY], {
      env: { ...process.env, SSLKIT_CHANNEL: channel },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const exit = once(child, 'exit');
    const server = await listener.accept();
    // Open until the client has gone.
    try {
      expect(await withTimeout(exit, undefined, 'the process to end')).toEqual([0, null]);
    } finally {
      child.kill();
    }
    expect(String(await server.read())).toBe('x');
    await server.close();
  });
});

/** Answers the hello and then looks away; `goOn` completes the handshake, sends the tickets and counts what it can read. */
async function slowServer(transport: net.Socket): Promise<{ goOn: () => Promise<number> }> {
  const [incoming, outgoing] = [new MemoryBIO(), new MemoryBIO()];
  const tls = (await serverContext('1.3')).wrapBio(incoming, outgoing, { serverSide: true });
  let received = 0;
  let step: () => void = () => tls.doHandshake();
  const read = (): void => {
    for (let count = tls.read(65_536).length; count > 0; count = tls.read(65_536).length) received += count;
  };
  const advance = (): void => {
    try {
      step();
      step = read;
      transport.write(outgoing.read());
      step();
    } catch (error) {
      if (!(error instanceof SSLWantReadError)) throw error;
      transport.write(outgoing.read());
    }
  };
  const ended = new Promise<void>((resolve, reject) => {
    transport.once('close', () => resolve()).once('end', () => transport.end());
    transport.once('error', reject);
  });
  ended.catch(() => {});
  transport.once('data', () => transport.pause());
  transport.on('data', (chunk: Buffer) => {
    incoming.write(chunk);
    advance();
  });
  transport.resume();
  return {
    goOn: async () => {
      transport.resume();
      await ended;
      return received;
    },
  };
}
