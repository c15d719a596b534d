/** Which thread answers a resumed handshake: the loop, which is cheaper, as long as offers of sessions turn out to be good. */
import type { SslCtx, SslSession } from '@sslkit/openssl-native';
import { describe, expect, test } from 'vitest';
import { clientContext, serverContext, VERSIONS } from './pair.ts';
import { type Party, securePair, streamPair } from './stream_pair.ts';

const HANDSHAKES = 40;

describe.each(VERSIONS)('a handshake that may run on a pool thread, %s', (_name, version) => {
  describe.each(['client', 'server'] as const)('of a %s', (who) => {
    test('runs there when it is a full one', async () => {
      const [clientCtx, serverCtx] = [await clientContext(version), await serverContext(version)];
      const { pooled, resumed } = await handshakes(clientCtx, serverCtx, null, who);
      expect(resumed).toBe(0);
      expect(pooled).toBeGreaterThan(0);
    });

    test('stays on the loop when it resumes a session', async () => {
      const [clientCtx, serverCtx] = [await clientContext(version), await serverContext(version)];
      const session = await sessionOf(clientCtx, serverCtx);
      // Uses up the doubts of what was before.
      await handshakes(clientCtx, serverCtx, session, who);
      const { pooled, resumed } = await handshakes(clientCtx, serverCtx, session, who);
      expect(resumed).toBe(HANDSHAKES);
      expect(pooled).toBe(0);
    });

    test('is not believed to resume while offers of sessions turn out to be void', async () => {
      const [clientCtx, serverCtx] = [await clientContext(version), await serverContext(version)];
      const session = await sessionOf(clientCtx, serverCtx);
      // Another context has other keys for its tickets.
      const { pooled, resumed } = await handshakes(clientCtx, await serverContext(version), session, who);
      expect(resumed).toBe(0);
      expect(pooled).toBeGreaterThan(HANDSHAKES / 2);
      // Those that were pooled on no ground have used up the doubts.
      await handshakes(clientCtx, serverCtx, session, who);
      expect((await handshakes(clientCtx, serverCtx, session, who)).pooled).toBe(0);
    });
  });
});

test('a client that was spoken to first has no session to look at', async () => {
  const pair = await streamPair(await clientContext(VERSIONS[0]![1]), await serverContext(VERSIONS[0]![1]));
  pair.client.stream.unshift(Buffer.from('220 mail.test ESMTP\r\n'));
  await expect(pair.client.handshake(true)).rejects.toMatchObject({ errors: [{ reason: 'WRONG_VERSION_NUMBER' }] });
  await Promise.all([pair.client.close(), pair.server.close()]);
});

async function sessionOf(clientCtx: SslCtx, serverCtx: SslCtx): Promise<SslSession> {
  const { client, server } = await securePair(clientCtx, serverCtx);
  // In TLS 1.3 tickets come before the first data.
  await server.write(Buffer.from('x'));
  await client.read();
  const session = client.ssl.getSession();
  await end(client, server);
  if (!session) throw new Error('no session');
  return session;
}

/** Without close_notify OpenSSL would forget the session. */
async function end(...parties: Party[]): Promise<void> {
  for (const { stream } of parties) stream.closeNotify();
  await Promise.all(parties.map((party) => party.close()));
}

/** How many of some handshakes, one after the other, had a pool thread at one end, and how many resumed a session. */
async function handshakes(
  clientCtx: SslCtx,
  serverCtx: SslCtx,
  session: SslSession | null,
  who: 'client' | 'server',
): Promise<{ pooled: number; resumed: number }> {
  let [pooled, resumed] = [0, 0];
  for (let i = 0; i < HANDSHAKES; i++) {
    const { client, server } = await streamPair(clientCtx, serverCtx);
    if (session) client.ssl.setSession(session);
    const done = Promise.all([client.handshake(who === 'client'), server.handshake(who === 'server')]);
    if (await wasBusy((who === 'client' ? client : server).stream, done)) pooled++;
    if (server.ssl.sessionReused()) resumed++;
    await end(client, server);
  }
  return { pooled, resumed };
}

/** A step that is under way is seen here: its end is told by the loop, which looks here between its polls. */
async function wasBusy(stream: { busy(): boolean }, done: Promise<unknown>): Promise<boolean> {
  let [seen, over] = [false, false];
  const finished = done.finally(() => {
    over = true;
  });
  while (!over) {
    seen ||= stream.busy();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await finished;
  return seen;
}
