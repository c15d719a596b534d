/** Signature algorithms: restricted on either side, told by both, and what is said when none is left. */
import {
  CERT_NONE,
  CERT_OPTIONAL,
  CERT_REQUIRED,
  PROTOCOL_TLS,
  PROTOCOL_TLS_SERVER,
  SSLContext,
  type SSLError,
  type SSLObject,
  TLSVersion,
} from '@sslkit/context';
import { commandOf, mintLeaf, requires, runCommand } from '@sslkit/testkit';
import { beforeEach, describe, expect, test } from 'vitest';
import { cast, clientOf, serverOf } from './contexts.ts';
import { connectedPair, handshake, pairOf, thrownBy, VERSIONS } from './pair.ts';

const clientRsa = await mintLeaf(cast.ca, { purpose: 'client', alg: 'rsa' });
const hostname = { serverHostname: 'localhost' };
const rsaServer = (): SSLContext => serverOf({ own: cast.serverRsa, trusts: cast.ca });

/** What each side says about the client's signature, and about the server's. */
const told = ({ client, server }: { client: SSLObject; server: SSLObject }): (string | null)[][] => [
  [client.clientSigalg(), server.clientSigalg()],
  [client.serverSigalg(), server.serverSigalg()],
];
const both = (name: string | null): (string | null)[] => [name, name];

describe.each(VERSIONS)('signature algorithms, %s', (_name, version) => {
  const isOld = version === TLSVersion.TLSv1_2;
  let client: SSLContext;
  let server: SSLContext;
  beforeEach(() => {
    client = clientOf({ version });
    server = rsaServer();
  });

  test.each([
    ['rsa_pss_rsae_sha512', 'rsa_pss_rsae_sha512'],
    ['ECDSA+SHA256:RSA-PSS+SHA384', 'rsa_pss_rsae_sha384'],
  ])('a client that allows %s gets %s', (list, used) => {
    client.setServerSigalgs(list);
    expect(told(connectedPair(client, server, hostname))).toEqual([both(null), both(used)]);
  });

  test('a server that allows one signs with it', () => {
    server.setServerSigalgs('rsa_pss_rsae_sha384');
    expect(told(connectedPair(client, server, hostname))).toEqual([both(null), both('rsa_pss_rsae_sha384')]);
  });

  test('the server’s order decides', () => {
    client.setServerSigalgs('RSA-PSS+SHA256:RSA-PSS+SHA384');
    server.setServerSigalgs('RSA-PSS+SHA384:RSA-PSS+SHA256');
    expect(told(connectedPair(client, server, hostname))).toEqual([both(null), both('rsa_pss_rsae_sha384')]);
  });

  test('an ECDSA key has its own', () => {
    const pair = connectedPair(client, serverOf({ trusts: cast.ca }), hostname);
    expect(told(pair)).toEqual([both(null), both('ecdsa_secp256r1_sha256')]);
  });

  test.each([
    ['the server asks for one', (_client: SSLContext, other: SSLContext) => other.setClientSigalgs('RSA-PSS+SHA512')],
    ['the client chooses one', (own: SSLContext) => own.setClientSigalgs('rsa_pss_rsae_sha512')],
    [
      'both do',
      (own: SSLContext, other: SSLContext) => {
        own.setClientSigalgs('rsa_pss_rsae_sha512:rsa_pss_rsae_sha256');
        other.setClientSigalgs('rsa_pss_rsae_sha384:rsa_pss_rsae_sha512');
      },
    ],
  ])('of a client certificate: %s', (_case, restrict) => {
    client.loadCertChain({ pem: clientRsa.combinedPem });
    server.verifyMode = CERT_REQUIRED;
    restrict(client, server);
    const pair = connectedPair(client, server, hostname);
    expect(told(pair)).toEqual([both('rsa_pss_rsae_sha512'), both('rsa_pss_rsae_sha256')]);
  });

  test('those of servers are those of clients, until clients have their own', () => {
    client.loadCertChain({ pem: clientRsa.combinedPem });
    server.verifyMode = CERT_REQUIRED;
    server.setServerSigalgs('rsa_pss_rsae_sha384');
    expect(told(connectedPair(client, server, hostname))).toEqual([
      both('rsa_pss_rsae_sha384'),
      both('rsa_pss_rsae_sha384'),
    ]);
    server.setClientSigalgs('rsa_pss_rsae_sha512');
    expect(told(connectedPair(client, server, hostname))).toEqual([
      both('rsa_pss_rsae_sha512'),
      both('rsa_pss_rsae_sha384'),
    ]);
  });

  test('a client whose key fits none sends no certificate: optional goes on, required says why it may be', () => {
    client.loadCertChain({ pem: clientRsa.combinedPem });
    server.setClientSigalgs('ecdsa_secp256r1_sha256');
    server.verifyMode = CERT_OPTIONAL;
    const pair = connectedPair(client, server, hostname);
    expect([pair.server.getPeerCert(), pair.server.clientSigalg(), pair.client.clientSigalg()]).toEqual([
      null,
      null,
      null,
    ]);
    server.verifyMode = CERT_REQUIRED;
    const refused = handshake(pairOf(client, server, hostname)).server as SSLError;
    expect(refused).toMatchObject({ reason: 'PEER_DID_NOT_RETURN_A_CERTIFICATE' });
    expect(refused.hint).toContain('setClientSigalgs');
  });

  test('none in common: the server says so', () => {
    client.setServerSigalgs('rsa_pss_rsae_sha256');
    server.setServerSigalgs('rsa_pss_rsae_sha512');
    const result = handshake(pairOf(client, server, hostname));
    expect(result.server).toMatchObject({ reason: 'NO_SHARED_SIGNATURE_ALGORITHMS' });
    expect((result.server as SSLError).hint).toContain('setServerSigalgs');
    expect((result.client as SSLError).hint).toContain('signature algorithm');
  });

  test('none that fits the server’s key', () => {
    client.setServerSigalgs('ecdsa_secp256r1_sha256');
    const { server: error } = handshake(pairOf(client, server, hostname));
    expect(error).toMatchObject({ reason: isOld ? 'NO_SHARED_CIPHER' : 'NO_SUITABLE_SIGNATURE_ALGORITHM' });
    expect((error as SSLError).hint).toMatch(/signature algorithm/iu);
  });

  test('before the handshake, and of a resumed session, there is none', () => {
    const fresh = pairOf(client, server, hostname);
    expect(told(fresh)).toEqual([both(null), both(null)]);
    const first = connectedPair(client, server, hostname);
    first.server.write(Buffer.from('x'));
    first.client.read();
    const second = connectedPair(client, server, { ...hostname, session: first.client.session });
    expect(second.client.sessionReused).toBe(true);
    expect(told(second)).toEqual([both(null), both(null)]);
  });

  test('a session that was proven under others is not resumed', () => {
    const session = (): ReturnType<typeof connectedPair>['client']['session'] => {
      const first = connectedPair(client, server, hostname);
      first.server.write(Buffer.from('x'));
      first.client.read();
      return first.client.session;
    };
    const old = session();
    client.setServerSigalgs('rsa_pss_rsae_sha384:rsa_pss_rsae_sha512');
    const stricter = connectedPair(client, server, { ...hostname, session: old });
    expect([stricter.client.sessionReused, stricter.client.serverSigalg()]).toEqual([false, 'rsa_pss_rsae_sha384']);
    const newer = session();
    server.setClientSigalgs('rsa_pss_rsae_sha384');
    expect(connectedPair(client, server, { ...hostname, session: newer }).client.sessionReused).toBe(false);
  });

  test('a context that an SNI callback assigns brings its own', () => {
    const other = rsaServer();
    other.setServerSigalgs('rsa_pss_rsae_sha512');
    server.setServerSigalgs('rsa_pss_rsae_sha384');
    server.sniCallback = (connection) => {
      connection.context = other;
    };
    expect(told(connectedPair(client, server, hostname))).toEqual([both(null), both('rsa_pss_rsae_sha512')]);
  });

  test('a list that is refused leaves what was set', () => {
    client.setServerSigalgs('rsa_pss_rsae_sha512');
    thrownBy(() => client.setServerSigalgs('rsa_pss_rsae_sha256:nonsense'));
    expect(connectedPair(client, server, hostname).client.serverSigalg()).toBe('rsa_pss_rsae_sha512');
  });
});

test('a client that is asked after the handshake signs then', () => {
  const [client, server] = [clientOf({ version: TLSVersion.TLSv1_3 }), rsaServer()];
  client.loadCertChain({ pem: clientRsa.combinedPem });
  client.postHandshakeAuth = server.postHandshakeAuth = true;
  server.verifyMode = CERT_REQUIRED;
  server.setClientSigalgs('rsa_pss_rsae_sha512');
  const pair = connectedPair(client, server, hostname);
  expect(told(pair)[0]).toEqual(both(null));
  pair.server.verifyClientPostHandshake();
  pair.server.write(Buffer.from('who are you?'));
  pair.client.read();
  pair.client.write(Buffer.from('me'));
  pair.server.read();
  expect(told(pair)).toEqual([both('rsa_pss_rsae_sha512'), both('rsa_pss_rsae_sha256')]);
});

describe('keys of other kinds', () => {
  /** A certificate of its own authority, by the command `openssl`. */
  async function selfSigned(...kind: string[]): Promise<SSLContext> {
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', '-'];
    const { stdout } = await runCommand(String(commandOf('openssl')), ['req', '-x509', '-nodes', ...kind, ...subject]);
    const context = new SSLContext(PROTOCOL_TLS_SERVER);
    context.loadCertChain({ pem: stdout });
    return context;
  }

  requires(test, 'openssl').each([
    ['Ed25519', ['-newkey', 'ed25519'], 'ed25519'],
    ['Ed448', ['-newkey', 'ed448'], 'ed448'],
    ['RSA for PSS only', ['-newkey', 'rsa-pss', '-pkeyopt', 'rsa_keygen_bits:2048'], 'rsa_pss_pss_sha256'],
    ['P-384', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384'], 'ecdsa_secp384r1_sha384'],
  ])('%s', async (_kind, kind, name) => {
    const server = await selfSigned(...kind);
    const client = clientOf({ version: TLSVersion.TLSv1_3 });
    client.checkHostname = false;
    client.verifyMode = CERT_NONE;
    expect(told(connectedPair(client, server))).toEqual([both(null), both(name)]);
  });
});

test('TLS 1.2: PKCS #1, and no signature where the server only decrypts', () => {
  const client = clientOf({ version: TLSVersion.TLSv1_2 });
  const server = rsaServer();
  client.setServerSigalgs('RSA+SHA256');
  expect(told(connectedPair(client, server, hostname))[1]).toEqual(both('rsa_pkcs1_sha256'));
  client.setCiphers('AES128-GCM-SHA256');
  server.setCiphers('AES128-GCM-SHA256');
  expect(told(connectedPair(client, server, hostname))).toEqual([both(null), both(null)]);
});

test('TLS 1.2: the name tells the hash, not the curve', () => {
  const client = clientOf({ version: TLSVersion.TLSv1_2 });
  client.setServerSigalgs('ECDSA+SHA512');
  const pair = connectedPair(client, serverOf({ trusts: cast.ca }), hostname);
  expect(told(pair)[1]).toEqual(both('ecdsa_secp521r1_sha512'));
});

describe('what is no list of signature algorithms', () => {
  const context = new SSLContext(PROTOCOL_TLS);

  test.each(['setClientSigalgs', 'setServerSigalgs'] as const)('%s', (method) => {
    const refused = (list: unknown): SSLError => thrownBy(() => context[method](list as string)) as unknown as SSLError;
    expect(refused('foo')).toMatchObject({ name: 'SSLError', message: 'unrecognized signature algorithm' });
    expect(refused('ed25519:foo:rsa_pss_rsae_sha256').hint).toMatch(/knows no signature algorithm 'foo'\. Names are/u);
    expect(refused('').hint).toContain('The list is empty');
    for (const wrong of [null, undefined, 5, ['ed25519']]) {
      expect(refused(wrong)).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
    }
    expect(refused('ed25519\0')).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' });
  });
});
