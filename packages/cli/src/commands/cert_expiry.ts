import { ExitCode, exitCodeOf, worstOf } from '../exit_codes.ts';
import { unwrapFailure } from '../failure.ts';
import { Finding } from '../finding.ts';
import { checkInputs, inputFailure } from '../input.ts';
import { type Invocation, writeTo } from '../io.ts';
import { type ErrorReport, reportError } from '../json.ts';
import { nameLine } from '../names.ts';
import { describeCertificate } from '../session.ts';
import { daysLeftText } from '../session_text.ts';
import { certificatesOfFile, certificatesOfHost, type Source, sourceName, sourceOf } from '../source.ts';
import { type Painter, painter, printable, wantsColour } from '../terminal.ts';
import type { TlsOptions } from '../tls_options.ts';

export interface CertExpiryOptions extends TlsOptions {
  /** Fewer days left than this are a warning. */
  readonly warnDays: number;
}

/** `result` of `cert expiry --json`. */
export interface ExpiryReport {
  readonly warnDays: number;
  /** Of all certificates the fewest; null when none was seen. */
  readonly daysLeft: number | null;
  readonly targets: readonly TargetExpiry[];
}

export interface TargetExpiry {
  readonly target: string;
  readonly kind: 'file' | 'host';
  /** What the exit status would be for this target alone. */
  readonly exitStatus: ExitCode;
  /** Of its certificates the fewest, negative when one has expired; null when none was seen. */
  readonly daysLeft: number | null;
  /** Of a verified server those of the verified chain, else what was sent, or what the file holds. */
  readonly certificates: readonly CertificateDates[];
  /** Why the target could not be looked at, or was not trusted. */
  readonly error: ErrorReport | null;
}

export interface CertificateDates {
  readonly subject: string;
  /** ISO 8601, UTC. */
  readonly notBefore: string;
  readonly notAfter: string;
  readonly daysLeft: number;
}

/** `sslkit cert expiry`: looks at every target, whatever becomes of the others; the worst sets the exit status. */
export async function certExpiryCommand(
  texts: readonly string[],
  options: CertExpiryOptions,
  invocation: Invocation,
): Promise<Finding<ExpiryReport>> {
  checkInputs(texts);
  const sources = await Promise.all(texts.map(sourceOf));
  const targets = await inParallel(sources, (source) => look(source, options, invocation));
  const report = { warnDays: options.warnDays, daysLeft: fewest(targets), targets };
  if (!invocation.json && !invocation.quiet) await print(report, invocation);
  return new Finding(report, worstOf(targets.map(({ exitStatus }) => exitStatus)));
}

/** Enough to make the wait for slow servers short, and no flood. */
const AT_ONCE = 8;

async function inParallel<T, R>(all: readonly T[], step: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    while (next < all.length) {
      const at = next++;
      results[at] = await step(all[at]!);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, all.length) }, worker));
  return results;
}

async function look(source: Source, options: CertExpiryOptions, invocation: Invocation): Promise<TargetExpiry> {
  const { ders, error, status } = await gather(source, options, invocation);
  const { decodeCertificate } = await import('@sslkit/context');
  const certificates = ders.map((der) => {
    const { dict, notBefore, notAfter, daysLeft } = describeCertificate(der, { decodeCertificate });
    return { subject: nameLine(dict.subject), notBefore, notAfter, daysLeft };
  });
  return {
    target: sourceName(source),
    kind: source.kind,
    exitStatus: worstOf([status, ...certificates.map((one) => statusOf(one, options.warnDays))]),
    daysLeft: fewest(certificates),
    certificates,
    error,
  };
}

interface Gathered {
  readonly ders: readonly Uint8Array[];
  readonly error: ErrorReport | null;
  readonly status: ExitCode;
}

/** A server that is not trusted still shows its dates. */
async function gather(source: Source, options: CertExpiryOptions, invocation: Invocation): Promise<Gathered> {
  try {
    return { ders: await certificates(source, options, invocation), error: null, status: ExitCode.OK };
  } catch (thrown) {
    const { error, phase } = unwrapFailure(thrown);
    const status = exitCodeOf(error, phase);
    if (invocation.io.signal.aborted || status === ExitCode.INTERNAL || status === ExitCode.USAGE) throw thrown;
    const { peerCertificates = [] } = error as { peerCertificates?: readonly Buffer[] };
    return { ders: peerCertificates, error: reportError(error), status };
  }
}

async function certificates(
  source: Source,
  options: CertExpiryOptions,
  invocation: Invocation,
): Promise<readonly Uint8Array[]> {
  if (source.kind === 'host') {
    const { verified, sent } = await certificatesOfHost(source.target, options, invocation);
    return verified ?? sent;
  }
  const ders = await certificatesOfFile(source.file, invocation);
  const { decodeCertificate } = await import('@sslkit/context');
  try {
    for (const der of ders) decodeCertificate(der);
  } catch (error) {
    throw inputFailure(source.file, error);
  }
  return ders;
}

function statusOf({ notBefore, notAfter, daysLeft }: CertificateDates, warnDays: number): ExitCode {
  const now = Date.now();
  if (Date.parse(notAfter) < now || Date.parse(notBefore) > now) return ExitCode.EXPIRED;
  return daysLeft < warnDays ? ExitCode.EXPIRES_SOON : ExitCode.OK;
}

function fewest(all: readonly { readonly daysLeft: number | null }[]): number | null {
  const days = all.flatMap(({ daysLeft }) => (daysLeft === null ? [] : [daysLeft]));
  return days.length === 0 ? null : Math.min(...days);
}

async function print({ targets }: ExpiryReport, { io }: Invocation): Promise<void> {
  const paint = painter(wantsColour(io.stdout, io.env));
  await writeTo(io.stdout, targets.map((target) => targetText(target, paint)).join(''));
}

function targetText(target: TargetExpiry, paint: Painter): string {
  const words = (WORDS[target.exitStatus] ?? 'failed').padEnd(WORD_WIDTH);
  const verdict = target.exitStatus === ExitCode.OK ? paint.good(words) : paint.bad(words);
  const first = target.certificates.find(({ daysLeft }) => daysLeft === target.daysLeft);
  const dates = first ? [`${daysLeftText(first.daysLeft)} (${first.subject}, until ${first.notAfter})`] : [];
  const rest = [...dates, ...(target.error ? [printable(target.error.message)] : [])];
  return `${verdict} ${printable(target.target)}: ${rest.join('; ')}\n`;
}

const WORDS: Readonly<Partial<Record<ExitCode, string>>> = {
  [ExitCode.OK]: 'ok',
  [ExitCode.EXPIRES_SOON]: 'soon',
  [ExitCode.EXPIRED]: 'EXPIRED',
};

const WORD_WIDTH = 7;
