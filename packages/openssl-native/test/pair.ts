/** Two `Ssl` over memory, back to back. */
import {
  type CertificateAndKey,
  constants,
  MemoryBio,
  type OpenSSLFailure,
  Ssl,
  SslCtx,
  Want,
  X509Store,
} from '@sslkit/openssl-native';
import { type Minted, scene } from '@sslkit/testkit';

export const VERSIONS: readonly (readonly [name: string, version: number])[] = [
  ['TLSv1.2', 0x0303],
  ['TLSv1.3', 0x0304],
];

export interface End {
  ssl: Ssl;
  incoming: MemoryBio;
  outgoing: MemoryBio;
}

export interface Pair {
  client: End;
  server: End;
}

export function number(name: string): number {
  const value = constants[name];
  if (typeof value !== 'number') throw new Error(`no numeric constant ${name}`);
  return value;
}

export function pem(text: string): Uint8Array {
  return Buffer.from(text);
}

export function certAndKey(minted: Minted): CertificateAndKey {
  return { cert: pem(minted.chainPem), certEncoding: 'pem', key: pem(minted.keyPem), keyEncoding: 'pem' };
}

export async function serverContext(version: number, minted?: Minted): Promise<SslCtx> {
  const ctx = new SslCtx('TLS_server');
  ctx.setMinProtoVersion(version);
  ctx.setMaxProtoVersion(version);
  ctx.useCertAndKey(certAndKey(minted ?? (await scene()).server));
  return ctx;
}

/** A client that verifies against the scene's authority. */
export async function clientContext(version: number): Promise<SslCtx> {
  const ctx = new SslCtx('TLS_client');
  ctx.setMinProtoVersion(version);
  ctx.setMaxProtoVersion(version);
  ctx.setVerify(number('SSL_VERIFY_PEER'));
  const store = new X509Store();
  store.addPem(pem((await scene()).ca.certPem));
  ctx.setCertStore(store);
  return ctx;
}

export function makePair(clientCtx: SslCtx, serverCtx: SslCtx): Pair {
  const up = new MemoryBio();
  const down = new MemoryBio();
  const client = { ssl: new Ssl(clientCtx, false), incoming: down, outgoing: up };
  const server = { ssl: new Ssl(serverCtx, true), incoming: up, outgoing: down };
  for (const end of [client, server]) end.ssl.setBio(end.incoming, end.outgoing);
  return { client, server };
}

/** Drives both sides until both are done; what one side throws comes out. */
export function handshake({ client, server }: Pair): void {
  for (let round = 0; round < 10; round++) {
    const done = [client.ssl.doHandshake(), server.ssl.doHandshake()];
    if (done.every((result) => result === 1)) return;
    for (const result of done) {
      if (result !== 1 && result !== Want.READ) throw new Error(`unexpected ${result}`);
    }
  }
  throw new Error('the handshake does not end');
}

/** The same, but what each side threw comes back as a value. */
export function failingHandshake({ client, server }: Pair): { client: unknown; server: unknown } {
  const failed: { client: unknown; server: unknown } = { client: null, server: null };
  for (let round = 0; round < 10; round++) {
    for (const side of ['client', 'server'] as const) {
      try {
        if (failed[side] === null) (side === 'client' ? client : server).ssl.doHandshake();
      } catch (error) {
        failed[side] = error;
      }
    }
  }
  return failed;
}

export async function connected(version: number): Promise<Pair> {
  const pair = makePair(await clientContext(version), await serverContext(version));
  handshake(pair);
  return pair;
}

/** The reason of the most telling record of a failure. */
export function lastReason(error: unknown): string | null | undefined {
  return (error as OpenSSLFailure | null)?.errors.at(-1)?.reason;
}

/** The same, of what `call` throws; undefined when it throws nothing. */
/** All that OpenSSL said, oldest first: 3.2 and later put a general reason over the one that tells. */
export function reasonsOf(call: () => unknown): (string | null)[] {
  try {
    call();
  } catch (error) {
    return (error as OpenSSLFailure).errors.map(({ reason }) => reason);
  }
  return [];
}

export function reasonOf(call: () => unknown): string | null | undefined {
  try {
    call();
  } catch (error) {
    return lastReason(error);
  }
  return undefined;
}
