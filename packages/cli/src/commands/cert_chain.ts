import type { SSLContext } from '@sslkit/socket';
import { type ChainLink, isSelfIssued, linkName } from '../chain.ts';
import { chainOf, trustedIssuer } from '../chain_to_root.ts';
import { ExitCode, exitCodeOf, verifyCodeOf } from '../exit_codes.ts';
import { during, inputError, unwrapFailure, usageError } from '../failure.ts';
import { Finding } from '../finding.ts';
import { checkInputs } from '../input.ts';
import { type Invocation, writeTo } from '../io.ts';
import { type ErrorReport, reportError } from '../json.ts';
import { nameLine } from '../names.ts';
import { verifyServerOffline } from '../offline_handshake.ts';
import { type CertificateReport, describeCertificate } from '../session.ts';
import { certificatesOfFile, certificatesOfHost, type Source, sourceName, sourceOf } from '../source.ts';
import { type Painter, painter, printable, wantsColour } from '../terminal.ts';
import { type TlsOptions, trustingContext } from '../tls_options.ts';

/** `result` of `cert chain --json`. */
export interface ChainReport {
  readonly target: string;
  readonly kind: 'file' | 'host';
  /** As the server sends them, or as they are in the file. */
  readonly sent: readonly ChainCertificate[];
  /** Leaf to root, as OpenSSL verified them for a server; null when that failed, and for files. */
  readonly verified: readonly ChainCertificate[] | null;
  /** Why it is not trusted; null when it is. */
  readonly error: ErrorReport | null;
  readonly findings: readonly ChainFinding[];
}

export interface ChainCertificate extends Omit<CertificateReport, 'dict'> {
  readonly subject: string;
  readonly issuer: string;
}

export interface ChainFinding {
  readonly code: 'ORDER' | 'SUPERFLUOUS' | 'DUPLICATE' | 'MISSING' | 'ROOT_SENT';
  readonly message: string;
  /** False for what is needless but does no harm: it does not count for the exit status. */
  readonly harmful: boolean;
}

/** Servers send a handful; the pairs of more would take long to compare. */
const MAX_CERTIFICATES = 100;

/** `sslkit cert chain`: status 4 or 5 when it is not trusted, 9 when it is, but is not what a server should send. */
export async function certChainCommand(
  text: string,
  options: TlsOptions,
  invocation: Invocation,
): Promise<ChainReport | Finding<ChainReport>> {
  if (options.insecure) throw usageError('--insecure verifies nothing', 'an untrusted chain is shown all the same');
  checkInputs([text]);
  const source = await sourceOf(text);
  const { sent, verified, thrown } = await gather(source, options, invocation);
  const sslkit = await import('@sslkit/socket');
  const describe = (der: Uint8Array) => describeLink(der, sslkit);
  const report = {
    target: sourceName(source),
    kind: source.kind,
    sent: sent.map(describe),
    verified: verified?.map(describe) ?? null,
    error: thrown === null ? null : reportError(thrown),
    findings: await judge(sent, trustingContext(sslkit, options)),
  };
  if (!invocation.json) await print(report, invocation);
  const harmful = report.findings.some((finding) => finding.harmful);
  if (thrown !== null) return new Finding(report, exitCodeOf(thrown, 'connect'));
  return harmful ? new Finding(report, ExitCode.CHECK) : report;
}

interface Gathered {
  readonly sent: readonly Uint8Array[];
  readonly verified: readonly Uint8Array[] | null;
  /** Why they are not trusted; null when they are. */
  readonly thrown: unknown;
}

async function gather(source: Source, options: TlsOptions, invocation: Invocation): Promise<Gathered> {
  if (source.kind === 'file') return gatherFile(source.file, options, invocation);
  try {
    return { ...(await certificatesOfHost(source.target, options, invocation)), thrown: null };
  } catch (failure) {
    const { error } = unwrapFailure(failure);
    const { peerCertificates: sent = [] } = error as { peerCertificates?: readonly Buffer[] };
    if (verifyCodeOf(error) === null || sent.length === 0) throw failure;
    return { sent, verified: null, thrown: error };
  }
}

async function gatherFile(file: string, options: TlsOptions, invocation: Invocation): Promise<Gathered> {
  const sent = await certificatesOfFile(file, invocation);
  if (sent.length > MAX_CERTIFICATES) throw inputError(`${sent.length} certificates are no chain`);
  const sslkit = await import('@sslkit/socket');
  const context: SSLContext = await during('input', () => trustingContext(sslkit, options));
  try {
    await verifyServerOffline(sent, context, options.servername ?? null);
    return { sent, verified: null, thrown: null };
  } catch (error) {
    if (verifyCodeOf(error) === null) throw error;
    return { sent, verified: null, thrown: error };
  }
}

function describeLink(der: Uint8Array, sslkit: Parameters<typeof describeCertificate>[1]): ChainCertificate {
  const { dict, ...rest } = describeCertificate(der, sslkit);
  return { subject: nameLine(dict.subject), issuer: nameLine(dict.issuer), ...rest };
}

/** RFC 5246 section 7.4.2: the sender's certificate first, each following one certifies the one before; no more. */
async function judge(sent: readonly Uint8Array[], context: SSLContext): Promise<ChainFinding[]> {
  const { links, left } = await chainOf(sent);
  const places = links.map((link) => sent.findIndex((der) => link.x509.raw.equals(der)));
  const findings: ChainFinding[] = [];
  if (places.some((place, at) => at > 0 && place < places[at - 1]!)) {
    findings.push(harm('ORDER', `the order should be ${links.map(linkName).join('; ')}`));
  }
  for (const link of left) findings.push(harm('SUPERFLUOUS', `${linkName(link)} is not in the chain`));
  if (links.length + left.length < sent.length) findings.push(harm('DUPLICATE', 'a certificate is sent twice'));
  const last = links.at(-1)!;
  if (isSelfIssued(last)) return links.length > 1 ? [...findings, rootSent(last)] : findings;
  if (nameLine(last.dict.subject) === nameLine(last.dict.issuer)) return findings;
  const anchored = last.x509.ca && (await isAnchor(last, context));
  if (!anchored && !(await trustedIssuer(last, context))) findings.push(missing(last));
  return findings;
}

/** An intermediate certificate that is trusted itself ends a chain, too. */
async function isAnchor(link: ChainLink, context: SSLContext): Promise<boolean> {
  return context.getCaCerts({ binaryForm: true }).some((der) => link.x509.raw.equals(der));
}

function missing(last: ChainLink): ChainFinding {
  const where = last.dict.caIssuers?.[0];
  const hint = where === undefined ? '' : `; it may be at ${printable(where)}`;
  return harm(
    'MISSING',
    `the issuer of ${linkName(last)} is not sent and not trusted: ${nameLine(last.dict.issuer)}${hint}`,
  );
}

function rootSent(root: ChainLink): ChainFinding {
  const message = `${linkName(root)} signed itself: who trusts it has it already`;
  return { code: 'ROOT_SENT', message, harmful: false };
}

function harm(code: ChainFinding['code'], message: string): ChainFinding {
  return { code, message, harmful: true };
}

async function print(report: ChainReport, { io }: Invocation): Promise<void> {
  const paint = painter(wantsColour(io.stdout, io.env));
  const { target, kind, sent, verified, error, findings } = report;
  const verdict = error ? paint.bad(`NOT trusted: ${printable(error.message)}`) : paint.good('trusted');
  await writeTo(
    io.stdout,
    `${paint.bold(printable(target))}: ${verdict}\n` +
      listText(kind === 'host' ? 'sent' : 'in the file', sent, paint) +
      (verified ? listText('verified', verified, paint) : '') +
      findings.map((finding) => findingText(finding, paint)).join(''),
  );
}

function listText(title: string, certificates: readonly ChainCertificate[], paint: Painter): string {
  const lines = certificates.map(
    ({ subject, issuer, notAfter }, depth) =>
      `    ${depth}  ${subject} ${paint.dim(`(by ${issuer}, until ${notAfter.slice(0, 10)})`)}\n`,
  );
  return `  ${title}\n${lines.join('')}`;
}

function findingText({ code, message, harmful }: ChainFinding, paint: Painter): string {
  return `  ${harmful ? paint.bad(`! ${message}`) : `- ${message}`} ${paint.dim(`(${code})`)}\n`;
}
