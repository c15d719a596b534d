/** Workers of one primary that share a port: each connection is handed to one of them, and TLS goes on there. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { connect, type SSLSocket } from '@sslkit/socket';
import { CHANNEL_KINDS } from '@sslkit/socket/internal';
import { files, withTimeout } from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import { clientContext, readExactly, TLS_VERSIONS, type TlsVersion } from './support.ts';

const CLUSTER = fileURLToPath(new URL('./fixtures/cluster.mjs', import.meta.url));
const CHANNELS = { native: 'NativeChannel', stream: 'StreamChannel' } as const;

interface Served {
  pid: number;
  channel: string;
}

async function heard(primary: ChildProcess): Promise<unknown> {
  const [message] = await withTimeout(once(primary, 'message'), 20_000, 'the primary');
  return message;
}

async function line(socket: SSLSocket): Promise<string> {
  let text = '';
  while (!text.endsWith('\n')) text += (await readExactly(socket, 1)).toString();
  return text;
}

/** One connection: who serves it, after an echo that takes many records. */
async function visit(port: number, tls: TlsVersion): Promise<Served> {
  await using client = await connect(['localhost', port], { context: await clientContext(tls) });
  const served = JSON.parse(await line(client)) as Served;
  const data = Buffer.alloc(100_000, `${served.pid} `);
  const [echo] = await Promise.all([readExactly(client, data.length), client.write(data)]);
  expect(echo.equals(data)).toBe(true);
  expect(client.version()).toBe(`TLSv${tls}`);
  return served;
}

async function visits(count: number, port: number, tls: TlsVersion): Promise<Served[]> {
  const served: Served[] = [];
  for (let visitor = 0; visitor < count; visitor++) served.push(await visit(port, tls));
  return served;
}

describe.each(CHANNEL_KINDS)('in a cluster, %s channel', (kind) => {
  describe.each(['rr', 'none'] as const)('scheduling %s', (policy) => {
    test.each([
      ['listen', 'listen() in two workers shares a port'],
      ['wrap', 'sockets that a net.Server of a worker accepts can be wrapped'],
    ])(`%s: %s; when a worker dies the other goes on`, async (way) => {
      const primary = fork(CLUSTER, [way, (await files()).combinedFile], {
        env: { ...process.env, SSLKIT_CHANNEL: kind, NODE_CLUSTER_SCHED_POLICY: policy },
      });
      try {
        const { ports, pids } = (await heard(primary)) as { ports: [number, number]; pids: [number, number] };
        expect(ports[0]).toBe(ports[1]);
        for (const tls of TLS_VERSIONS) {
          const served = await visits(4, ports[0], tls);
          for (const { pid, channel } of served) {
            expect(pids).toContain(pid);
            expect(channel).toBe(CHANNELS[kind]);
          }
          // Without round-robin whoever is quicker accepts.
          if (policy === 'rr') expect(new Set(served.map(({ pid }) => pid))).toEqual(new Set(pids));
        }
        primary.send(pids[0]);
        expect(await heard(primary)).toEqual({ ended: 'SIGKILL' });
        for (const tls of TLS_VERSIONS) {
          expect(new Set((await visits(2, ports[0], tls)).map(({ pid }) => pid))).toEqual(new Set([pids[1]]));
        }
      } finally {
        const ended = once(primary, 'exit');
        primary.disconnect();
        await ended;
      }
    });
  });
});
