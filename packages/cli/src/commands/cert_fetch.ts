import { formatPem } from '@sslkit/pem';
import { usageError } from '../failure.ts';
import { type Invocation, note, writeTo } from '../io.ts';
import { nameLine } from '../names.ts';
import { type CertificateReport, describeCertificate, openSession } from '../session.ts';
import { noCertificate } from '../source.ts';
import { parseTarget } from '../target.ts';
import { count, printable } from '../terminal.ts';
import type { TlsOptions } from '../tls_options.ts';

export interface CertFetchOptions extends TlsOptions {
  readonly chain?: boolean;
  readonly der?: boolean;
}

/** `result` of `cert fetch --json`. */
export interface FetchReport {
  readonly host: string;
  readonly port: number;
  readonly serverName: string;
  readonly verified: boolean;
  /** The server's own first; only that one without `--chain`. */
  readonly certificates: readonly (CertificateReport & { readonly pem: string })[];
}

/** `sslkit cert fetch`: verified first; nothing is printed of a server that is not who it should be. */
export async function certFetchCommand(
  targetText: string,
  options: CertFetchOptions,
  invocation: Invocation,
): Promise<FetchReport> {
  const target = parseTarget(targetText);
  const { io, json, quiet } = invocation;
  if (options.der && !json && io.stdout.isTTY)
    throw usageError('DER would garble the terminal', 'redirect it: > cert.der');
  const { socket, report } = await openSession(target, options, invocation);
  const sent = socket.getUnverifiedChain();
  await socket.close().catch(() => undefined);
  if (sent.length === 0) throw noCertificate();
  const ders = options.chain ? sent : sent.slice(0, 1);
  const { decodeCertificate } = await import('@sslkit/socket');
  const certificates = ders.map((der) => ({
    ...describeCertificate(der, { decodeCertificate }),
    pem: formatPem({ label: 'CERTIFICATE', der }),
  }));
  if (!json) {
    await writeTo(io.stdout, options.der ? Buffer.concat(ders) : certificates.map(({ pem }) => pem).join(''));
    if (!quiet) await note(io, summary(certificates, sent.length, report.verified));
  }
  return { ...target, serverName: report.serverName, verified: report.verified, certificates };
}

function summary(certificates: readonly CertificateReport[], sent: number, verified: boolean): string {
  const lines = certificates.map(
    ({ dict, sha256 }) => `  ${nameLine(dict.subject)}, until ${printable(dict.notAfter)}\n  sha256 ${sha256}\n`,
  );
  const how = verified ? 'verified' : 'NOT verified';
  return `sslkit: ${certificates.length} of ${count(sent, 'certificate')} that the server sent, ${how}\n${lines.join('')}`;
}
