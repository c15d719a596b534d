/** `node:tls`, in whatever runtime this is; over `net.Socket`, or over a Duplex in both parties. */
import process from 'node:process';
import type { Implementation } from './implementation.ts';
import { NodeTlsClient } from './node_tls_client.ts';
import type { NodeTlsChannel } from './node_tls_options.ts';
import { openNodeTlsServer } from './node_tls_server.ts';

export function nodeTls(channel: NodeTlsChannel): Implementation {
  return {
    runtime: runtimeName(),
    openServer: (order) => openNodeTlsServer(order, channel),
    openClient: async (order) => new NodeTlsClient(order, channel),
  };
}

function runtimeName(): string {
  const { bun, deno, node, openssl, boringssl } = process.versions;
  if (bun) return `Bun ${bun}, BoringSSL ${boringssl?.slice(0, 7) ?? '?'}`;
  if (deno) return `Deno ${deno}, rustls`;
  return `Node ${node}, OpenSSL ${openssl}`;
}
