import { alternativeNamesLine, nameLine } from './names.ts';
import type { CertificateReport, SessionReport } from './session.ts';
import { formatTarget } from './target.ts';
import { count, type Painter, printable, table } from './terminal.ts';

/** Days below which the end of a certificate is shown as a warning. */
const SOON_DAYS = 14;
const NAMES_SHOWN = 6;

/** The short report that `connect` prints: safe on a terminal whatever the peer's certificate holds. */
export function sessionText(report: SessionReport, paint: Painter): string {
  const address = report.address && report.address !== report.host ? ` (${printable(report.address)})` : '';
  const rows: (readonly [string, string])[] = [
    ['protocol', printable(report.protocol ?? 'unknown')],
    ['cipher', report.cipher ? `${printable(report.cipher.name)}, ${report.cipher.bits} bits` : 'unknown'],
    ...(report.group ? [['group', printable(report.group)] as const] : []),
    ['ALPN', printable(report.alpn ?? 'none')],
    ['verified', verdict(report, paint)],
    ...(report.certificate ? certificateRows(report.certificate, paint) : [['certificate', 'none'] as const]),
    ['chain', `${count(report.chainLength, 'certificate')} sent`],
    ['time', `${report.elapsedMs} ms`],
  ];
  return `${paint.bold(`connected to ${printable(formatTarget(report))}${address}`)}\n${table(rows, paint)}`;
}

function verdict(report: SessionReport, paint: Painter): string {
  if (!report.verified) return paint.bad('NO: any certificate was accepted (--insecure)');
  return paint.good(`yes, for ${printable(report.serverName)}`);
}

function certificateRows(
  { dict, notAfter, daysLeft }: CertificateReport,
  paint: Painter,
): (readonly [string, string])[] {
  const end = `until ${notAfter.slice(0, 10)}, ${daysLeftText(daysLeft)}`;
  return [
    ['certificate', nameLine(dict.subject)],
    ['issuer', nameLine(dict.issuer)],
    ['names', alternativeNamesLine(dict, NAMES_SHOWN)],
    ['valid', daysLeft < SOON_DAYS ? paint.bad(end) : end],
  ];
}

/** `29 days left`, or how long ago it ended. */
export function daysLeftText(days: number): string {
  return days < 0 ? `expired ${count(-days, 'day')} ago` : `${count(days, 'day')} left`;
}
