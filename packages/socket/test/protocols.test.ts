/**
 * The seed's table of protocols: each client with each server, really connected, at security level 0. What this OpenSSL
 * cannot do must fail in exactly the way that is written here.
 */
import {
  CERT_NONE,
  HAS_SSLv3,
  HAS_TLSv1,
  HAS_TLSv1_1,
  OP_NO_SSLv3,
  OP_NO_TLSv1,
  OP_NO_TLSv1_1,
  OP_NO_TLSv1_2,
  OP_NO_TLSv1_3,
  OPENSSL_VERSION,
  PROTOCOL_SSLv2,
  PROTOCOL_SSLv3,
  PROTOCOL_SSLv23,
  PROTOCOL_TLSv1,
  PROTOCOL_TLSv1_1,
  PROTOCOL_TLSv1_2,
  type Protocol,
  SSLContext,
  SSLError,
  TLSVersion,
} from '@sslkit/socket';
import { files, tcpPair } from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import { closeAll, overChannels } from './support.ts';

type Name = 'SSLv2' | 'SSLv3' | 'SSLv23' | 'TLSv1';

const PROTOCOLS: Readonly<Record<Name, Protocol>> = {
  SSLv2: PROTOCOL_SSLv2,
  SSLv3: PROTOCOL_SSLv3,
  SSLv23: PROTOCOL_SSLv23,
  TLSv1: PROTOCOL_TLSv1,
};
const NAMES = Object.keys(PROTOCOLS) as Name[];
const BUILT: Readonly<Record<Name, boolean>> = { SSLv2: false, SSLv3: HAS_SSLv3, SSLv23: true, TLSv1: HAS_TLSv1 };

/** What a living OpenSSL makes of the pair; the seed's own table has two slips and rows that no version can do any more. */
const SPEAKS: Readonly<Record<Name, Partial<Record<Name, string>>>> = {
  SSLv2: {},
  SSLv3: { SSLv3: 'SSLv3', SSLv23: 'SSLv3' },
  SSLv23: { SSLv3: 'SSLv3', SSLv23: 'TLSv1.3', TLSv1: 'TLSv1' },
  TLSv1: { SSLv23: 'TLSv1', TLSv1: 'TLSv1' },
};

/** A context as the seed has it: any version that the protocol can, any cipher. */
async function open(protocol: Protocol, level = 0): Promise<SSLContext> {
  const { combinedRsaFile } = await files();
  const context = new SSLContext(protocol);
  context.checkHostname = false;
  context.verifyMode = CERT_NONE;
  context.setCiphers(`ALL:@SECLEVEL=${level}`);
  if (protocol === PROTOCOL_SSLv23) {
    context.minimumVersion = TLSVersion.MINIMUM_SUPPORTED;
    context.options &= ~OP_NO_SSLv3;
  }
  context.loadCertChain(combinedRsaFile);
  return context;
}

interface Attempt {
  version: string | null;
  client: unknown;
  server: unknown;
}

async function attempt(clientSide: SSLContext, serverSide: SSLContext): Promise<Attempt> {
  const [near, far] = await tcpPair();
  const server = serverSide.wrapSocket(far, { serverSide: true });
  const client = clientSide.wrapSocket(near);
  const outcomes = await Promise.all([client, server].map((end) => end.doHandshake().catch((error: unknown) => error)));
  const version = client.version();
  await closeAll(client, server);
  return { version, client: outcomes[0], server: outcomes[1] };
}

overChannels('the seed’s table', () => {
  const pairs = NAMES.flatMap((client) => NAMES.map((server) => [client, server] as const));
  test.each(pairs)('%s client, %s server', async (client, server) => {
    const absent = [client, server].find((name) => !BUILT[name]);
    if (absent) {
      await expect(open(PROTOCOLS[absent])).rejects.toMatchObject({
        name: 'SSLError',
        reason: 'UNSUPPORTED_PROTOCOL',
        message: expect.stringContaining(OPENSSL_VERSION),
      });
      return;
    }
    const outcome = await attempt(await open(PROTOCOLS[client]), await open(PROTOCOLS[server]));
    const expected = SPEAKS[client][server];
    if (expected) {
      expect(outcome).toEqual({ version: expected, client: undefined, server: undefined });
    } else {
      // A server that can do more refuses what it is offered; one that can only do less answers, and the client refuses.
      const refuser = server === 'SSLv3' ? 'client' : 'server';
      const refused = refuser === 'client' ? 'server' : 'client';
      expect(outcome[refuser]).toMatchObject({ name: 'SSLError', reason: 'UNSUPPORTED_PROTOCOL' });
      expect(outcome[refused]).toMatchObject({
        name: 'SSLError',
        reason: expect.stringMatching(/VERSION|HANDSHAKE_FAILURE/),
      });
    }
  });

  test('each version between SSLv23 and one that is pinned', async () => {
    for (const [protocol, name, built] of [
      [PROTOCOL_TLSv1, 'TLSv1', HAS_TLSv1],
      [PROTOCOL_TLSv1_1, 'TLSv1.1', HAS_TLSv1_1],
      [PROTOCOL_TLSv1_2, 'TLSv1.2', true],
    ] as const) {
      if (!built) continue;
      expect(await attempt(await open(protocol), await open(PROTOCOL_SSLv23))).toMatchObject({ version: name });
      expect(await attempt(await open(PROTOCOL_SSLv23), await open(protocol))).toMatchObject({ version: name });
    }
  });

  test('OP_NO_* take versions away, one by one, and give them back', async () => {
    const server = await open(PROTOCOL_SSLv23);
    const client = await open(PROTOCOL_SSLv23);
    const seen: (string | null)[] = [];
    for (const option of [0n, OP_NO_TLSv1_3, OP_NO_TLSv1_2, OP_NO_TLSv1_1]) {
      client.options |= option;
      seen.push((await attempt(client, server)).version);
    }
    expect(seen).toEqual(['TLSv1.3', 'TLSv1.2', 'TLSv1.1', 'TLSv1']);
    client.options |= OP_NO_TLSv1 | OP_NO_SSLv3;
    const none = await attempt(client, server);
    expect(none.client).toMatchObject({ reason: expect.stringMatching(/NO_PROTOCOLS_AVAILABLE|NO_CIPHERS_AVAILABLE/) });
    client.options &= ~(OP_NO_TLSv1_3 | OP_NO_TLSv1_2);
    expect((await attempt(client, server)).version).toBe('TLSv1.3');
  });
});

describe('an old version at the default security level', () => {
  test('fails, and the hint says which setting does it', async () => {
    const client = new SSLContext(PROTOCOL_TLSv1);
    const outcome = await attempt(client, await open(PROTOCOL_SSLv23)).catch((error: unknown) => error);
    const error = outcome instanceof Error ? outcome : (outcome as Attempt).client;
    expect(error).toBeInstanceOf(SSLError);
    expect((error as SSLError).hint).toMatch(/SECLEVEL/);
  });
});
