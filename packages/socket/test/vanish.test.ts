/** A peer may go away at any byte and any record of a conversation. Nothing may hang, leak, crash or lie. */
import { connect, listen, SSLEOFError, SSLError, SocketError } from '@sslkit/socket';
import { type Cut, cuttingProxy, withTimeout } from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import { clientContext, overVersions, serverContext } from './support.ts';

const HOW: readonly Cut['how'][] = ['end', 'reset', 'garbage'];

interface Outcome {
  /** How the client's connect and first read ended. */
  client: unknown;
  passed: number;
}

overVersions('a line that breaks', (tls) => {
  /** One conversation through a proxy that cuts: the server sends ten bytes and closes. */
  async function converse(cut: Cut, suppressRaggedEofs = false): Promise<Outcome> {
    const listener = await listen(['127.0.0.1', 0], { context: await serverContext(tls) });
    const serving = (async () => {
      // A cut before anything: the proxy never reaches the server, and close() ends the wait.
      const socket = await listener.accept().catch(() => null);
      if (!socket) return;
      await socket.write('0123456789').catch(() => {});
      await socket.read().catch(() => {});
      await socket.close();
    })();
    await using proxy = await cuttingProxy(listener.getSockName()[1], cut);
    const client = await talk(proxy.port, suppressRaggedEofs);
    const passed = proxy.passed();
    await proxy.close();
    await listener.close();
    await withTimeout(serving, undefined, 'the server to be rid of its client');
    return { client, passed };
  }

  async function talk(port: number, suppressRaggedEofs: boolean): Promise<unknown> {
    const context = await clientContext(tls);
    try {
      const socket = await connect(['127.0.0.1', port], { context, suppressRaggedEofs });
      try {
        const data = await socket.read();
        if (data.length === 0) return socket.truncated ? 'truncated' : 'clean end';
        await socket.write('thanks');
        return data.toString();
      } finally {
        await socket.close();
      }
    } catch (error) {
      return error;
    }
  }

  function expectHonest(outcome: unknown, how: Cut['how']): void {
    if (outcome === '0123456789') return;
    expect(outcome).toBeInstanceOf(SocketError);
    if (how === 'end') expect(outcome).toBeInstanceOf(SSLEOFError);
    if (how === 'garbage') expect(outcome).toBeInstanceOf(SSLError);
    if (how === 'reset') expect((outcome as SocketError).code).toMatch(/^(ECONNRESET|EPIPE|ERR_SSL_EOF)$/);
  }

  describe.each(['server', 'client'] as const)('behind each record of the %s', (from) => {
    test.each(HOW)('by %s', async (how) => {
      for (let records = 0; records < 7; records++) {
        const { client } = await converse({ from, after: { records }, how });
        if (from === 'server') expectHonest(client, how);
        else expect(client === '0123456789' || client instanceof SocketError).toBe(true);
      }
    });
  });

  test('behind every byte of the server’s first flight and beyond, by FIN', async () => {
    const whole = await converse({ from: 'server', after: { bytes: 1e6 }, how: 'end' });
    expect(whole.client).toBe('0123456789');
    const length = whole.passed;
    expect(length).toBeGreaterThan(500);
    for (let bytes = 0; bytes < length; bytes += 37) {
      const { client } = await converse({ from: 'server', after: { bytes }, how: 'end' });
      expectHonest(client, 'end');
    }
  });

  test('suppressed: after the handshake each of these ends is an end, and says that it is truncated', async () => {
    const seen = new Set<string>();
    for (let records = 0; records < 10; records++) {
      const { client } = await converse({ from: 'server', after: { records }, how: 'end' }, true);
      seen.add(client instanceof SSLEOFError ? 'SSLEOFError' : String(client));
    }
    expect(seen).toContain('SSLEOFError');
    expect(seen).toContain('truncated');
    for (const outcome of seen) expect(['SSLEOFError', 'truncated', '0123456789']).toContain(outcome);
  });

  test('nothing is left open afterwards', async () => {
    const before = openSockets();
    for (let records = 0; records < 5; records++) {
      await converse({ from: 'server', after: { records }, how: 'reset' });
      await converse({ from: 'client', after: { records }, how: 'end' });
    }
    await withTimeout(closed(before), undefined, 'the sockets to be closed');
  });
});

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => /TCP|Pipe(?!Wrap)|Tls/.test(name)).length;
}

/** Handles close a turn after they are told to, those of the proxy's other side another one later. */
async function closed(before: number): Promise<void> {
  while (openSockets() > before) await new Promise((resolve) => setImmediate(resolve));
}
