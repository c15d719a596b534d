import { createHash } from 'node:crypto';
import { certTimeToSeconds } from '@sslkit/pem';
import type { CertificateDict, SSLContext, SSLSocket } from '@sslkit/socket';
import { during, usageError } from './failure.ts';
import { type Invocation, note } from './io.ts';
import { formatTarget, type Target } from './target.ts';
import { painter, wantsColour } from './terminal.ts';
import { checkTlsOptions, makeContext, serverNameOf, type TlsOptions } from './tls_options.ts';

/** A session as data: `result` of `connect --json`. */
export interface SessionReport {
  readonly host: string;
  readonly port: number;
  /** The address that answered; null when the transport has none. */
  readonly address: string | null;
  /** The name that was asked for and verified. */
  readonly serverName: string;
  /** True: chain and name were verified in the handshake. */
  readonly verified: boolean;
  /** For example `TLSv1.3`. */
  readonly protocol: string | null;
  readonly cipher: { readonly name: string; readonly bits: number } | null;
  /** The key exchange group; null when there was none. */
  readonly group: string | null;
  readonly alpn: string | null;
  /** Certificates that the server sent. */
  readonly chainLength: number;
  readonly certificate: CertificateReport | null;
  /** From the name look-up to the end of the handshake, milliseconds. */
  readonly elapsedMs: number;
}

export interface CertificateReport {
  /** Python's `getpeercert()` dict. */
  readonly dict: CertificateDict;
  /** SHA-256 of the DER form, lower-case hex. */
  readonly sha256: string;
  /** ISO 8601, UTC. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** Whole days until `notAfter`; negative when it is past. */
  readonly daysLeft: number;
}

export interface OpenSession {
  readonly socket: SSLSocket;
  readonly report: SessionReport;
}

/** Connects and handshakes as the options say, and as `adjust` sets the context. The caller closes the socket. */
export async function openSession(
  target: Target,
  options: TlsOptions,
  invocation: Invocation,
  adjust: (context: SSLContext) => void = () => undefined,
): Promise<OpenSession> {
  checkTlsOptions(options);
  if (options.insecure && !invocation.json) await warnOfDanger(target, invocation);
  const sslkit = await import('@sslkit/socket');
  const context = await makeContext(sslkit, options);
  adjust(context);
  const serverName = serverNameOf(target, options);
  const started = performance.now();
  const socket = await during('connect', () =>
    sslkit
      .connect([target.host, target.port], {
        context,
        serverHostname: serverName,
        timeout: options.timeout * 1000,
        signal: invocation.io.signal,
      })
      .catch(refuseMisuse),
  );
  const elapsedMs = Math.round((performance.now() - started) * 10) / 10;
  const verified = context.verifyMode === sslkit.CERT_REQUIRED && context.checkHostname;
  return { socket, report: { ...target, serverName, verified, ...inspect(socket, sslkit), elapsedMs } };
}

type Sslkit = typeof import('@sslkit/socket');
type Inspection = Omit<SessionReport, 'host' | 'port' | 'serverName' | 'verified' | 'elapsedMs'>;

function inspect(socket: SSLSocket, sslkit: Sslkit): Inspection {
  const cipher = socket.cipher();
  const der = socket.getPeerCert(true);
  return {
    address: addressOf(socket),
    protocol: socket.version(),
    cipher: cipher && { name: cipher[0], bits: cipher[2] },
    group: socket.group() ?? null,
    alpn: socket.selectedAlpnProtocol(),
    chainLength: socket.getUnverifiedChain().length,
    certificate: der && describeCertificate(der, sslkit),
  };
}

/** The dict and what monitoring asks for, of a DER certificate. */
export function describeCertificate(der: Uint8Array, sslkit: Pick<Sslkit, 'decodeCertificate'>): CertificateReport {
  const dict = sslkit.decodeCertificate(der);
  const notBefore = certTimeToSeconds(dict.notBefore) * 1000;
  const notAfter = certTimeToSeconds(dict.notAfter) * 1000;
  return {
    dict,
    sha256: createHash('sha256').update(der).digest('hex'),
    notBefore: new Date(notBefore).toISOString(),
    notAfter: new Date(notAfter).toISOString(),
    daysLeft: Math.floor((notAfter - Date.now()) / DAY_MS),
  };
}

/** What the library calls misuse can here only be a host or server name that the user gave. */
function refuseMisuse(error: unknown): never {
  const misuse = error instanceof TypeError || error instanceof RangeError;
  if (misuse && 'code' in error) throw usageError(error.message);
  throw error;
}

function addressOf(socket: SSLSocket): string | null {
  try {
    const name: unknown = socket.getPeerName();
    return Array.isArray(name) && typeof name[0] === 'string' ? name[0] : null;
  } catch {
    return null;
  }
}

async function warnOfDanger(target: Target, { io }: Invocation): Promise<void> {
  const paint = painter(wantsColour(io.stderr, io.env));
  const text = `DANGER: --insecure: whoever answers at ${formatTarget(target)} is believed`;
  await note(io, `sslkit: ${paint.bad(text)}\n`);
}

const DAY_MS = 86_400_000;
