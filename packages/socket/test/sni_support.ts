/** What the tests of the SNI callback share: a tenant to switch to, and a callback that answers when it is told to. */
import type { Duplex } from 'node:stream';
import { PROTOCOL_TLS_SERVER, type SniCallback, SSLContext } from '@sslkit/socket';
import { mintLeaf, scene, tcpPair, withTimeout } from '@sslkit/testkit';
import { clientContext, type Ends, serverContext, type TlsVersion } from './support.ts';

const { ca } = await scene();
const tenant = await mintLeaf(ca, { dns: ['tenant.example'] });

/** A server for `tenant.example`. */
export function tenantContext(): SSLContext {
  const context = new SSLContext(PROTOCOL_TLS_SERVER);
  context.loadCertChain({ pem: tenant.combinedPem });
  return context;
}

export interface HeldCallback {
  readonly callback: SniCallback;
  /** How many questions wait. */
  readonly asked: number;
  /** Resolves when one does. */
  question(): Promise<void>;
  /** Answers all. */
  answer(): void;
}

export function held(answer?: (name: string | null) => ReturnType<SniCallback>): HeldCallback {
  const questions: (() => void)[] = [];
  const watchers: (() => void)[] = [];
  return {
    callback: ((_connection, name) =>
      new Promise((resolve) => {
        questions.push(() => resolve(answer?.(name) as null));
        for (const watcher of watchers.splice(0)) watcher();
      })) as SniCallback,
    get asked(): number {
      return questions.length;
    },
    async question(): Promise<void> {
      if (questions.length > 0) return;
      await withTimeout(new Promise<void>((resolve) => watchers.push(resolve)), undefined, 'the callback to be asked');
    },
    answer(): void {
      for (const question of questions.splice(0)) question();
    },
  };
}

/** Both ends, and the context whose callback is asked; the handshake is started and not awaited. */
export async function wrapped(
  tls: TlsVersion,
  callback: SniCallback,
  serverHostname = 'localhost',
  transport: Promise<[Duplex, Duplex]> | [Duplex, Duplex] = tcpPair(),
): Promise<Ends & { context: SSLContext }> {
  const [near, far] = await transport;
  const context = await serverContext(tls);
  context.sniCallback = callback;
  const server = context.wrapSocket(far, { serverSide: true });
  const client = (await clientContext(tls)).wrapSocket(near, { serverHostname });
  return { client, server, context };
}
