/**
 * GnuTLS, the peer here that shares no code with OpenSSL. Only its client: `gnutls-serv` has no option to listen on
 * loopback alone, and no test may open a port to the network.
 */
import { requiredCommand } from './presence.ts';
import { type PeerProcess, pemPath, startPeer, type TlsVersion } from './process.ts';

export interface GnutlsClientOptions {
  port: number;
  /** Trusted authorities: path or PEM text; without it the server's certificate is not checked. */
  ca?: string;
  /** Sent as SNI and checked. Default `localhost`. */
  servername?: string;
  cert?: string;
  key?: string;
  tls?: TlsVersion;
  /** Further arguments of gnutls-cli(1). */
  args?: readonly string[];
}

export interface GnutlsClient extends PeerProcess {
  /** Settles once the handshake is done; rejects with all that was printed when the process ends before. */
  readonly connected: Promise<void>;
}

/** Starts `gnutls-cli`, which sends the lines that are written to it and prints what comes. */
export function gnutlsCli(options: GnutlsClientOptions): GnutlsClient {
  const { port, ca, servername = 'localhost', cert, key, tls, args = [] } = options;
  const all = ['--port', String(port), '--sni-hostname', servername, '--verify-hostname', servername];
  all.push(...(ca === undefined ? ['--insecure'] : ['--x509cafile', pemPath(ca)]));
  if (cert !== undefined) all.push('--x509certfile', pemPath(cert));
  if (key !== undefined) all.push('--x509keyfile', pemPath(key));
  if (tls !== undefined) all.push('--priority', `NORMAL:-VERS-ALL:+VERS-TLS${tls}`);
  const peer = startPeer(requiredCommand('gnutls'), [...all, ...args, '127.0.0.1']);
  const connected = peer.output.milestone(/- Handshake was completed\n/).then(() => {});
  // A test that does not care for the handshake must not fail on a rejection that nobody awaits.
  connected.catch(() => {});
  return { ...peer, connected };
}
