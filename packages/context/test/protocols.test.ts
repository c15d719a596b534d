/** The client × server table of the seed: each pair that this OpenSSL can do connects, each other fails as it should. */
import type { Protocol } from '@sslkit/context';
import {
  getProtocolName,
  HAS_SSLv3,
  OPENSSL_VERSION,
  PROTOCOL_SSLv2,
  PROTOCOL_SSLv3,
  PROTOCOL_SSLv23,
  PROTOCOL_TLSv1,
  PROTOCOL_TLSv1_1,
  PROTOCOL_TLSv1_2,
  SSLContext,
  TLSVersion,
} from '@sslkit/context';
import { scene } from '@sslkit/testkit';
import { beforeAll, expect, test } from 'vitest';
import { handshake, pairOf, thrownBy } from './pair.ts';

let certificate: { pem: string };
beforeAll(async () => {
  certificate = { pem: (await scene()).serverRsa.combinedPem };
});

/** TLS 1.0 and 1.1 exist at security level 0 only. */
function weak(protocol: Protocol): SSLContext {
  const context = new SSLContext(protocol);
  context.setCiphers('ALL:@SECLEVEL=0');
  if (protocol === PROTOCOL_SSLv23) context.minimumVersion = TLSVersion.MINIMUM_SUPPORTED;
  return context;
}

type Outcome = string | { client: RegExp; server: RegExp };

/** The client offers less than the server takes: the server refuses, and tells. */
const tooOld: Outcome = { client: /ALERT_PROTOCOL_VERSION$/, server: /^UNSUPPORTED_PROTOCOL$/ };
/** The server answers with less than the client takes: the client refuses, in words that the server cannot read any more. */
const tooNew: Outcome = { client: /^UNSUPPORTED_PROTOCOL$/, server: /^WRONG_VERSION_NUMBER$/ };

const TABLE: readonly (readonly [client: Protocol, server: Protocol, outcome: Outcome])[] = [
  [PROTOCOL_SSLv23, PROTOCOL_SSLv23, 'TLSv1.3'],
  [PROTOCOL_SSLv23, PROTOCOL_TLSv1, 'TLSv1'],
  [PROTOCOL_SSLv23, PROTOCOL_TLSv1_1, 'TLSv1.1'],
  [PROTOCOL_SSLv23, PROTOCOL_TLSv1_2, 'TLSv1.2'],
  [PROTOCOL_TLSv1, PROTOCOL_SSLv23, 'TLSv1'],
  [PROTOCOL_TLSv1, PROTOCOL_TLSv1, 'TLSv1'],
  [PROTOCOL_TLSv1, PROTOCOL_TLSv1_1, tooOld],
  [PROTOCOL_TLSv1, PROTOCOL_TLSv1_2, tooOld],
  [PROTOCOL_TLSv1_1, PROTOCOL_SSLv23, 'TLSv1.1'],
  [PROTOCOL_TLSv1_1, PROTOCOL_TLSv1, tooNew],
  [PROTOCOL_TLSv1_1, PROTOCOL_TLSv1_1, 'TLSv1.1'],
  [PROTOCOL_TLSv1_1, PROTOCOL_TLSv1_2, tooOld],
  [PROTOCOL_TLSv1_2, PROTOCOL_SSLv23, 'TLSv1.2'],
  [PROTOCOL_TLSv1_2, PROTOCOL_TLSv1, tooNew],
  [PROTOCOL_TLSv1_2, PROTOCOL_TLSv1_1, tooNew],
  [PROTOCOL_TLSv1_2, PROTOCOL_TLSv1_2, 'TLSv1.2'],
];

test.each(
  TABLE.map(([client, server, outcome]) => ({
    names: [client, server].map(getProtocolName).join(' to '),
    client,
    server,
    outcome,
  })),
)('$names', ({ client, server, outcome }) => {
  const serverContext = weak(server);
  serverContext.loadCertChain(certificate);
  const pair = pairOf(weak(client), serverContext);
  const result = handshake(pair);
  if (typeof outcome === 'string') {
    expect(result).toEqual({ client: null, server: null });
    expect([pair.client.version(), pair.server.version()]).toEqual([outcome, outcome]);
    return;
  }
  expect(result.client).toMatchObject({ reason: expect.stringMatching(outcome.client), hint: expect.any(String) });
  expect(result.server).toMatchObject({ reason: expect.stringMatching(outcome.server), hint: expect.any(String) });
});

test('SSLv2 is gone, in both roles and with a word about it', () => {
  expect(thrownBy(() => weak(PROTOCOL_SSLv2))).toMatchObject({
    name: 'SSLError',
    message: expect.stringContaining(OPENSSL_VERSION),
  });
});

test.skipIf(HAS_SSLv3)('SSLv3 was left out of this OpenSSL', () => {
  expect(thrownBy(() => weak(PROTOCOL_SSLv3))).toMatchObject({
    name: 'SSLError',
    message: expect.stringContaining(OPENSSL_VERSION),
  });
});

test.skipIf(!HAS_SSLv3)('SSLv3 talks to SSLv3, and to SSLv23 when that allows it', () => {
  for (const server of [weak(PROTOCOL_SSLv3), weak(PROTOCOL_SSLv23)]) {
    if (server.protocol === PROTOCOL_SSLv23) server.minimumVersion = TLSVersion.SSLv3;
    server.loadCertChain(certificate);
    const pair = pairOf(weak(PROTOCOL_SSLv3), server);
    expect(handshake(pair)).toEqual({ client: null, server: null });
    expect(pair.client.version()).toBe('SSLv3');
  }
});
