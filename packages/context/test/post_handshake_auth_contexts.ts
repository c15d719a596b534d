/** The contexts that tests of post-handshake authentication begin with, and how their connections talk. */
import { CERT_REQUIRED, type SSLContext, type SSLObject, type VerifyMode } from '@sslkit/context';
import type { Minted } from '@sslkit/testkit';
import { cast, clientOf, serverOf } from './contexts.ts';
import type { Pair } from './pair.ts';

/** A client that says that it can be asked, and what it answers with; null: nothing. */
export function askedClient(own: Pick<Minted, 'combinedPem'> | null = cast.client): SSLContext {
  const context = clientOf({ own });
  context.postHandshakeAuth = true;
  return context;
}

/** A server that asks after the handshake, not in it. */
export function askingServer(mode: VerifyMode = CERT_REQUIRED): SSLContext {
  const context = serverOf({ trusts: cast.ca });
  context.verifyMode = mode;
  context.postHandshakeAuth = true;
  return context;
}

/** What a read gives: a text, or the error. */
export function got(side: SSLObject): string | Error {
  try {
    return side.read().toString();
  } catch (error) {
    return error as Error;
  }
}

/** A word each way, which carries the request and the answer. */
export function talk({ client, server }: Pair): [atClient: string | Error, atServer: string | Error] {
  server.write(Buffer.from('ask'));
  const atClient = got(client);
  if (typeof atClient === 'string') client.write(Buffer.from('answer'));
  const atServer = got(server);
  return [atClient, atServer];
}

export const subjectOf = (side: SSLObject): string => JSON.stringify(side.getPeerCert()?.subject ?? null);
