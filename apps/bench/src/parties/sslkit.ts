/** sslkit on its own promise API: the native channel by `connect` and `listen`, the stream channel by `wrapSocket`. */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { AbsentError, type Implementation } from './implementation.ts';
import { type Negotiated, type Profile, SAME, type StartClient, type StartServer } from './protocol.ts';
import type { SslkitApi, SslkitContext, SslkitSocket } from './sslkit_api.ts';
import { SslkitClient } from './sslkit_client.ts';
import { openSslkitServer } from './sslkit_server.ts';

export type SslkitChannel = 'native' | 'stream';

export async function sslkit(channel: SslkitChannel): Promise<Implementation> {
  const api = await loadApi();
  return {
    runtime: `sslkit ${packageVersion()} on Node ${process.versions.node}, ${api.OPENSSL_VERSION}`,
    openServer: (order) => openSslkitServer(api, channel, order),
    openClient: async (order) => new SslkitClient(api, channel, order),
  };
}

export function clientContext(api: SslkitApi, order: Pick<StartClient, 'profile' | 'ca'>): SslkitContext {
  const context = new api.SSLContext(api.PROTOCOL_TLS_CLIENT);
  context.loadVerifyLocations({ cafile: order.ca });
  return withProfile(api, context, order.profile);
}

export function serverContext(api: SslkitApi, order: StartServer): SslkitContext {
  const context = new api.SSLContext(api.PROTOCOL_TLS_SERVER);
  context.loadCertChain(order.cert, order.key);
  return withProfile(api, context, order.profile);
}

export function negotiated(socket: SslkitSocket): Negotiated {
  const group = socket.group();
  return {
    protocol: socket.version() ?? '?',
    cipher: socket.cipher()?.[0] ?? '?',
    group: group?.toUpperCase() === 'X25519' ? 'X25519' : group,
  };
}

function withProfile(api: SslkitApi, context: SslkitContext, profile: Profile): SslkitContext {
  if (profile === 'defaults') return context;
  context.minimumVersion = api.TLSVersion.TLSv1_3;
  context.setCiphersuites(SAME.cipher);
  // Where it is missing the witness still sees to it that the default was the same.
  context.setGroups?.(SAME.group);
  return context;
}

/**
 * Where the native channel cannot run, sockets take the stream channel in silence, and the wrong thing would be measured.
 * It shows: the native channel has no `net.Socket` and so no handle of Node's own.
 */
export function requireNative(channel: SslkitChannel): void {
  if (channel === 'native' && process.getActiveResourcesInfo().includes('TCPSocketWrap')) {
    throw new AbsentError('connections do not take the native channel in this build');
  }
}

async function loadApi(): Promise<SslkitApi> {
  const api = await load<Partial<SslkitApi>>('@sslkit/socket');
  for (const name of ['connect', 'listen', 'SSLContext', 'createDefaultContext'] as const) {
    if (!(name in api)) throw new AbsentError(`this build of @sslkit/socket has no ${name}`);
  }
  return api as SslkitApi;
}

/** By a name that the compiler does not follow: the package may be missing or half built. */
async function load<Module>(specifier: string): Promise<Module> {
  try {
    return (await import(specifier)) as Module;
  } catch (error) {
    throw new AbsentError(`${specifier} does not load: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function packageVersion(): string {
  const manifest = new URL('../package.json', import.meta.resolve('@sslkit/socket'));
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
