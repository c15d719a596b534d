import type { SSLContext } from '@sslkit/socket';
import { chainLink, linkName } from '../chain.ts';
import { during, usageError } from '../failure.ts';
import { checkInputs } from '../input.ts';
import { type Invocation, writeTo } from '../io.ts';
import { chainToRoot } from '../chain_to_root.ts';
import { verifyClientOffline, verifyServerOffline } from '../offline_handshake.ts';
import { certificatesOfFile, certificatesOfHost, type Source, sourceName, sourceOf } from '../source.ts';
import { painter, printable, wantsColour } from '../terminal.ts';
import { serverNameOf, type TlsOptions, trustingContext } from '../tls_options.ts';

export interface CertVerifyOptions extends TlsOptions {
  /** What the certificate is for. */
  readonly purpose: 'server' | 'client';
  /** The time to verify at, instead of now. */
  readonly at?: Date;
  /** Files of certificates that may be between a file's first certificate and what is trusted. */
  readonly untrusted?: readonly string[];
}

/** `result` of `cert verify --json`: all of it holds, or the command fails. */
export interface VerifyReport {
  readonly target: string;
  readonly kind: 'file' | 'host';
  /** The name that was verified; null for a file without `--servername`. */
  readonly serverName: string | null;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Subjects, leaf to root. */
  readonly chain: readonly string[];
}

/** `sslkit cert verify`: fails as a connection would, with OpenSSL's reason. */
export async function certVerifyCommand(
  text: string,
  options: CertVerifyOptions,
  invocation: Invocation,
): Promise<VerifyReport> {
  checkOptions(options);
  checkInputs([text, ...(options.untrusted ?? [])]);
  const source = await sourceOf(text);
  if (source.kind === 'host') checkHostOptions(options);
  const chain = await verifiedChain(source, options, invocation);
  const report = {
    target: sourceName(source),
    kind: source.kind,
    serverName: source.kind === 'host' ? serverNameOf(source.target, options) : (options.servername ?? null),
    at: (options.at ?? new Date()).toISOString(),
    chain: await Promise.all(chain.map(async (der) => linkName(await chainLink(der)))),
  };
  if (!invocation.json && !invocation.quiet) await print(report, invocation);
  return report;
}

function checkOptions({ insecure, purpose, servername }: CertVerifyOptions): void {
  if (insecure) throw usageError('--insecure verifies nothing');
  if (purpose === 'client' && servername !== undefined) {
    throw usageError('--servername with --purpose client', 'the names of clients are not verified in TLS');
  }
}

function checkHostOptions({ untrusted, purpose }: CertVerifyOptions): void {
  if (untrusted) throw usageError('--untrusted with a server', 'a server sends its own intermediate certificates');
  if (purpose === 'client') throw usageError('--purpose client with a server', 'give a file');
}

async function verifiedChain(
  source: Source,
  options: CertVerifyOptions,
  invocation: Invocation,
): Promise<readonly Uint8Array[]> {
  const atTime = (context: SSLContext): void => {
    if (options.at) context.verifyTime = options.at;
  };
  if (source.kind === 'host') {
    const { verified } = await certificatesOfHost(source.target, options, invocation, atTime);
    return verified ?? [];
  }
  const ders = await certificatesOfFile(source.file, invocation);
  for (const file of options.untrusted ?? []) ders.push(...(await certificatesOfFile(file, invocation)));
  const sslkit = await import('@sslkit/socket');
  const make = options.purpose === 'client' ? clientVerifyingContext : trustingContext;
  const context = await during('input', () => make(sslkit, options));
  atTime(context);
  await during('connect', () =>
    options.purpose === 'client'
      ? verifyClientOffline(ders, context)
      : verifyServerOffline(ders, context, options.servername ?? null),
  );
  return (await chainToRoot(ders, context)).map(({ der }) => der);
}

/** A server's, that wants to see a client's certificate. */
function clientVerifyingContext(
  { createDefaultContext, CERT_REQUIRED, Purpose }: typeof import('@sslkit/socket'),
  { cafile, capath }: TlsOptions,
): SSLContext {
  const context = createDefaultContext(Purpose.CLIENT_AUTH);
  context.verifyMode = CERT_REQUIRED;
  if (cafile === undefined && capath === undefined) context.loadDefaultCerts(Purpose.CLIENT_AUTH);
  else
    context.loadVerifyLocations({
      ...(cafile === undefined ? {} : { cafile }),
      ...(capath === undefined ? {} : { capath }),
    });
  return context;
}

async function print({ target, serverName, at, chain }: VerifyReport, { io }: Invocation): Promise<void> {
  const paint = painter(wantsColour(io.stdout, io.env));
  const name = serverName === null ? 'no name was asked for' : `for ${printable(serverName)}`;
  const lines = chain.map((subject, depth) => `  ${depth}  ${subject}\n`);
  await writeTo(io.stdout, `${paint.good('verified')} ${printable(target)}, ${name}, at ${at}\n${lines.join('')}`);
}
