/** The contexts that tests of pre-shared keys begin with, and what their connections do. */
import {
  PROTOCOL_TLS_CLIENT,
  PROTOCOL_TLS_SERVER,
  type PskClientCallback,
  type PskServerCallback,
  SSLContext,
  type SSLError,
  type SSLObject,
  TLSVersion,
} from '@sslkit/context';
import { type Minted, mintLeaf } from '@sslkit/testkit';
import { cast } from './contexts.ts';
import { handshake, pairOf } from './pair.ts';

export const KEY: Buffer = Buffer.from('0123456789abcdef');
/** As an answer: there is no key. */
export const NONE: Buffer = Buffer.alloc(0);

export const NAME = { serverHostname: 'good.example' } as const;
/** A certificate for that name. */
export const leaf: Minted = await mintLeaf(cast.ca, { dns: [NAME.serverHostname] });

export function pskContext(
  protocol: typeof PROTOCOL_TLS_CLIENT | typeof PROTOCOL_TLS_SERVER,
  version: TLSVersion,
): SSLContext {
  const context = new SSLContext(protocol);
  context.minimumVersion = context.maximumVersion = version;
  if (version === TLSVersion.TLSv1_2) context.setCiphers('PSK:ECDHE+AESGCM');
  return context;
}

/** Verifies as ever: a pre-shared key is all that can take the place of the certificate that the server does not have. */
export function pskClient(version: TLSVersion, callback: PskClientCallback | null = () => ['me', KEY]): SSLContext {
  const context = pskContext(PROTOCOL_TLS_CLIENT, version);
  context.setPskClientCallback(callback);
  return context;
}

export function pskServer(version: TLSVersion, callback: PskServerCallback | null = () => KEY): SSLContext {
  const context = pskContext(PROTOCOL_TLS_SERVER, version);
  context.setPskServerCallback(callback);
  return context;
}

/** How a handshake ends on each side; null: well. */
export function failures(client: SSLContext, server: SSLContext): { client: SSLError | null; server: SSLError | null } {
  return handshake(pairOf(client, server, NAME)) as { client: SSLError | null; server: SSLError | null };
}

/** What the other side reads of a word. */
export function exchange(from: SSLObject, to: SSLObject): string {
  from.write(Buffer.from('over the key'));
  return to.read().toString();
}
