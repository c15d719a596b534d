import { readFileSync } from 'node:fs';
import { requiredCommand } from './presence.ts';
import { type PeerProcess, type PeerServer, pemPath, startPeer, type TlsVersion, withPort } from './process.ts';

export interface OpensslServerOptions {
  /** Path or PEM text; a chain behind the certificate is sent. */
  cert: string;
  /** Path or PEM text. */
  key: string;
  /** Authorities for client certificates: path or PEM text. */
  ca?: string;
  /** Only this version; default what the command offers by itself. */
  tls?: TlsVersion;
  /** Asks for a client certificate, or insists on a verified one. */
  clientCert?: 'optional' | 'required';
  /** Ends after so many connections. */
  naccept?: number;
  /** Further arguments of s_server(1), such as `-rev` (sends each line back reversed), `-www`, `-alpn`. */
  args?: readonly string[];
}

export interface OpensslClientOptions {
  port: number;
  host?: string;
  /** Trusted authorities: path or PEM text. With it, a verification failure ends the handshake. */
  ca?: string;
  /** Sent as SNI; null sends none. Default `localhost`. */
  servername?: string | null;
  /** The host name that the certificate must be for. */
  verifyHostname?: string;
  cert?: string;
  key?: string;
  tls?: TlsVersion;
  /** Further arguments of s_client(1), such as `-sess_out`, `-reconnect`. */
  args?: readonly string[];
}

export interface OpensslClient extends PeerProcess {
  /** Settles once the handshake is done; rejects with all that was printed when the process ends before. */
  readonly connected: Promise<void>;
}

// s_client prints its summary after a handshake that failed too, so both Finished messages (`-state`) must be seen as well.
// The first summary, not the last: it prints another one for every ticket, behind what it has received by then.
const HANDSHAKE_DONE = [
  /read finished\n/,
  /write finished\n/,
  /Cipher is [\s\S]*?Verify return code: [^\n]*\n[\s\S]*?---\n/,
];

/** Starts `openssl s_server` on a free loopback port. What clients send is printed, what is written is sent. */
export async function opensslServer(options: OpensslServerOptions): Promise<PeerServer> {
  const args = ['s_server', '-accept', '127.0.0.1:0', '-cert', pemPath(options.cert), '-key', pemPath(options.key)];
  args.push(...chainArguments(options.cert));
  if (options.naccept !== undefined) args.push('-naccept', String(options.naccept));
  if (options.ca !== undefined) args.push('-CAfile', pemPath(options.ca));
  if (options.clientCert)
    args.push(options.clientCert === 'required' ? '-Verify' : '-verify', '5', '-verify_return_error');
  args.push(...versionArguments(options.tls), ...(options.args ?? []));
  return withPort(startPeer(requiredCommand('openssl'), args), /ACCEPT 127\.0\.0\.1:(\d+)\n/);
}

/** Starts `openssl s_client`. Returns at once: wait for `connected`, or for what it prints. */
export function opensslClient(options: OpensslClientOptions): OpensslClient {
  const args = ['s_client', '-state', '-connect', `${options.host ?? '127.0.0.1'}:${options.port}`];
  if (options.servername === null) args.push('-noservername');
  else args.push('-servername', options.servername ?? 'localhost');
  if (options.ca !== undefined) args.push('-CAfile', pemPath(options.ca), '-verify_return_error');
  if (options.verifyHostname !== undefined) args.push('-verify_hostname', options.verifyHostname);
  if (options.cert !== undefined) args.push('-cert', pemPath(options.cert), ...chainArguments(options.cert));
  if (options.key !== undefined) args.push('-key', pemPath(options.key));
  args.push(...versionArguments(options.tls), ...(options.args ?? []));
  const peer = startPeer(requiredCommand('openssl'), args);
  const connected = Promise.all(HANDSHAKE_DONE.map((pattern) => peer.output.milestone(pattern))).then(() => {});
  // A test that does not care for the handshake must not fail on a rejection that nobody awaits.
  connected.catch(() => {});
  return { ...peer, connected };
}

/** What is behind the certificate in its file. The command sends all of `-cert_chain`, so the leaf must not be in it. */
function chainArguments(cert: string): string[] {
  const text = cert.includes('-----BEGIN ') ? cert : readFileSync(cert, 'utf8');
  const [, ...chain] = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----\n?/g) ?? [];
  return chain.length === 0 ? [] : ['-cert_chain', pemPath(chain.join(''))];
}

function versionArguments(tls: TlsVersion | undefined): string[] {
  if (tls === undefined) return [];
  const flag = tls === '1.0' ? '-tls1' : `-tls${tls.replace('.', '_')}`;
  // OpenSSL 3 offers the old versions at security level 0 only.
  return tls === '1.0' || tls === '1.1' ? [flag, '-cipher', 'DEFAULT@SECLEVEL=0'] : [flag];
}
