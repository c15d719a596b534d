/** Waits on an established connection that are given up, by a signal or a time limit: the error, what is left of the connection, and of the wait. */
import { getEventListeners } from 'node:events';
import type net from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { openDescriptors, PATIENCE_MS, withTimeout } from '@sslkit/testkit';
import { expect, test, vi } from 'vitest';
import { atEach, deferred, HOUR_MS, type MakePoint, says, TOO_MUCH } from './give_up.ts';
import { closeAll, connected, failureOf, overVersions, readExactly } from './support.ts';

const POINTS: Readonly<Record<string, MakePoint>> = {
  async 'a read'(tls) {
    const { client, server } = await connected(tls);
    return {
      operation: 'read operation',
      wait: (options) => client.read(10, null, options),
      async after(limits) {
        await says(server, client, limits);
        await closeAll(client, server);
      },
    };
  },
  async 'a read into memory, which is the caller’s again'(tls) {
    const { client, server } = await connected(tls);
    const memory = Buffer.alloc(7);
    return {
      operation: 'read operation',
      wait: (options) => client.read(7, memory, options),
      async after(limits) {
        await says(server, client, limits);
        expect(memory.equals(Buffer.alloc(7))).toBe(true);
        await closeAll(client, server);
      },
    };
  },
  async 'the second of two reads'(tls) {
    const { client, server } = await connected(tls);
    const first = client.read(7);
    return {
      operation: 'read operation',
      wait: (options) => client.read(7, null, options),
      async after(limits) {
        await server.write('goes ongoes on');
        expect([String(await first), String(await client.read(7, null, limits))]).toEqual(['goes on', 'goes on']);
        await closeAll(client, server);
      },
    };
  },
  async 'a write that nobody reads'(tls) {
    const { client, server } = await connected(tls);
    return {
      operation: 'write operation',
      wait: (options) => client.write(Buffer.alloc(TOO_MUCH), options),
      async after() {
        await client.close({ timeout: 30 });
        await server.close();
      },
    };
  },
  async 'closeWrite() behind such a write'(tls) {
    const { client, server } = await connected(tls);
    const writing = client.write(Buffer.alloc(TOO_MUCH, 'w'));
    return {
      operation: 'shutdown operation',
      wait: (options) => client.closeWrite(options),
      async after(limits) {
        const received = readExactly(server, TOO_MUCH);
        await client.closeWrite(limits);
        expect([await writing, (await received).length, (await server.read()).length]).toEqual([TOO_MUCH, TOO_MUCH, 0]);
        expect(server.truncated).toBe(false);
        await says(server, client, limits);
        await closeAll(client, server);
      },
    };
  },
  async 'unwrap() that the peer does not answer'(tls) {
    const { client, server } = await connected(tls);
    return {
      operation: 'shutdown operation',
      wait: (options) => client.unwrap(options),
      async after(limits) {
        const both = await Promise.all([client.unwrap(limits), server.unwrap(limits)]);
        for (const plain of both) (plain as net.Socket).destroy();
      },
    };
  },
  async 'sendFile(), with what it sends'(tls) {
    const { client, server } = await connected(tls);
    const asked = deferred<void>();
    const left = deferred<void>();
    let begun = false;
    async function* source(): AsyncGenerator<Buffer> {
      try {
        begun = true;
        asked.resolve();
        yield Buffer.alloc(TOO_MUCH);
      } finally {
        left.resolve();
      }
    }
    return {
      operation: 'write operation',
      wait: (options) => client.sendFile(source(), options),
      reached: () => asked.promise.then(() => turn()),
      async after() {
        if (begun) await left.promise;
        await client.close({ timeout: 30 });
        await server.close();
      },
    };
  },
};

overVersions('on a connection', (tls) => {
  atEach(POINTS, tls);

  test.each(['an abort', 'a signal that was aborted before'])(
    'close() that cannot send what was written, by %s: it resolves, and all is gone',
    async (end) => {
      const before = openDescriptors();
      const { client, server } = await connected(tls);
      const writing = failureOf(client.write(Buffer.alloc(TOO_MUCH)));
      const controller = new AbortController();
      if (end !== 'an abort') controller.abort();
      const closing = client.close({ signal: controller.signal, timeout: HOUR_MS });
      await turn();
      controller.abort();
      await withTimeout(closing, undefined, 'close()');
      expect(await writing).toMatchObject({ code: 'ERR_SOCKET_CLOSED' });
      expect([client.fileno(), getEventListeners(controller.signal, 'abort').length]).toEqual([-1, 0]);
      await server.close();
      await vi.waitFor(() => expect(openDescriptors()).toBeLessThanOrEqual(before), PATIENCE_MS);
    },
  );
});
