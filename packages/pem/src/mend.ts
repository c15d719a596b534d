import { decodedLength, decodeSecret } from './base64.ts';
import { readDer } from './der.ts';
import { formatPem } from './format.ts';
import { type DerKind, identifyDer } from './identify.ts';
import type { PemRepairKind } from './repairs.ts';

export interface MendedBody {
  /** From the line end after BEGIN to the one before END. */
  text: string;
  kinds: PemRepairKind[];
}

/**
 * Rewrites what is between BEGIN and END; null when it is not base64 whatever one does. Without an END the contents
 * must be one whole DER structure, which proves that nothing else was lost.
 */
export function mendBody(raw: string, hasEnd: boolean): MendedBody | null {
  const kinds = new Set<PemRepairKind>();
  const lines = raw.split(/[\n\v]/);
  const { headers, rest } = splitHeaders(lines, kinds);
  const filled = rest.filter((line) => line.trim() !== '');
  if (lines[0]!.trim() !== '' || (hasEnd && lines[lines.length - 1]!.trim() !== '')) kinds.add('one-line');
  if (lines.slice(1).some((line) => /^[ \t]/.test(line))) kinds.add('indentation');
  if (!kinds.has('one-line') && (hasGap(rest) || filled.some((line) => /\S[ \t]+\S/.test(line.trim())))) {
    kinds.add('whitespace');
  }
  const data = mendBase64(filled.join('').replace(/\s+/g, ''), kinds);
  if (data === null || (data === '' && kinds.size > 0)) return null;
  // Words of prose between BEGIN and END may look like base64.
  if (kinds.has('one-line') && (data.length < 16 || kinds.has('padding')) && !isWhole(data)) return null;
  if (!hasEnd) {
    if (!isWhole(data)) return null;
    kinds.add('missing-end');
  }
  const base64 = data.match(/.{1,64}/g) ?? [];
  return { text: ['', ...headers, ...base64, ''].join('\n'), kinds: [...kinds] };
}

/** An empty line between lines of base64. */
function hasGap(lines: readonly string[]): boolean {
  const empty = lines.map((line) => line.trim() === '');
  const first = empty.indexOf(false);
  const last = empty.lastIndexOf(false);
  return first >= 0 && empty.slice(first, last).includes(true);
}

/** RFC 1421 headers and the lines after them. Of one-line text only OpenSSL's two headers can be told from base64. */
function splitHeaders(lines: string[], kinds: Set<PemRepairKind>): { headers: string[]; rest: string[] } {
  const first = lines.findIndex((line) => line.trim() !== '');
  if (first < 0 || !lines[first]!.includes(':')) return { headers: [], rest: lines };
  const oneLine = /^\s*Proc-Type:\s{0,4}(\S+)\s{1,4}DEK-Info:\s{0,4}(\S+)\s/.exec(lines[first]!);
  if (oneLine !== null) {
    kinds.add('one-line');
    const headers = [`Proc-Type: ${oneLine[1]}`, `DEK-Info: ${oneLine[2]}`, ''];
    return { headers, rest: [lines[first]!.slice(oneLine[0].length), ...lines.slice(first + 1)] };
  }
  let end = first;
  while (end < lines.length && lines[end]!.includes(':')) end++;
  return { headers: [...lines.slice(first, end).map((line) => line.trim()), ''], rest: lines.slice(end) };
}

/** Base64 proper, or null. */
function mendBase64(text: string, kinds: Set<PemRepairKind>): string | null {
  let end = text.length;
  while (text.charCodeAt(end - 1) === 61) end--;
  const data = text.slice(0, end).replaceAll('-', '+').replaceAll('_', '/');
  if (!/^[A-Za-z0-9+/]*$/.test(data) || data.length % 4 === 1) return null;
  if (data !== text.slice(0, end)) kinds.add('base64url');
  const padded = data + '='.repeat(-data.length & 3);
  if (padded.length !== text.length) kinds.add('padding');
  return padded;
}

function isWhole(data: string): boolean {
  const der = decode(data);
  return identifyDer(der) !== 'unknown' && readDer(der).end === der.length;
}

function decode(data: string): Uint8Array {
  return decodeSecret(data, decodedLength(data.length, data.length - data.replace(/={1,2}$/, '').length))!;
}

/** RFC 7468 section 4's label for what a structure is. */
const LABELS: Record<Exclude<DerKind, 'unknown'>, string> = {
  certificate: 'CERTIFICATE',
  'certificate-request': 'CERTIFICATE REQUEST',
  crl: 'X509 CRL',
  pkcs8: 'PRIVATE KEY',
  'encrypted-pkcs8': 'ENCRYPTED PRIVATE KEY',
  'pkcs1-private': 'RSA PRIVATE KEY',
  'pkcs1-public': 'RSA PUBLIC KEY',
  sec1: 'EC PRIVATE KEY',
  spki: 'PUBLIC KEY',
  pkcs7: 'PKCS7',
  'dh-parameters': 'DH PARAMETERS',
};

/** A text that is one structure's base64 and nothing else, with the BEGIN and END lines it lacks; null otherwise. */
export function bareBase64(text: string): string | null {
  if (!/^\s*M[A-Za-z0-9+/_=\s-]+$/.test(text)) return null;
  const data = mendBase64(text.replace(/\s+/g, ''), new Set());
  if (data === null || data === '' || !isWhole(data)) return null;
  const der = decode(data);
  const kind = identifyDer(der);
  return kind === 'unknown' ? null : formatPem({ label: LABELS[kind], der });
}
