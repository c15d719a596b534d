import { decode } from './base64.ts';
import { readDer } from './der.ts';
import { armor } from './format.ts';
import { identifyDer } from './identify.ts';
import type { PemRepairKind } from './repair.ts';

/**
 * Rewrites what is between BEGIN and END, and adds to `kinds`; undefined when it is not base64 whatever one does.
 * Without an END the contents must be one whole DER structure, which proves that nothing else was lost.
 */
export function mendBody(raw: string, hasEnd: boolean, kinds: Set<PemRepairKind>): string | undefined {
  const lines = raw.split(/[\n\v]/);
  if (lines[0]!.trim() || (hasEnd && lines.at(-1)!.trim())) kinds.add('one-line');
  if (lines.slice(1).some((line) => /^[ \t]/.test(line))) kinds.add('indentation');
  const headers = takeHeaders(lines, kinds);
  const inner = lines
    .map((line) => line.trim())
    .join('\n')
    .trim();
  if (!kinds.has('one-line') && /\n\n|[ \t]/.test(inner)) kinds.add('whitespace');
  const data = mendBase64(inner, kinds);
  if (data === undefined || (!data && kinds.size)) return;
  // Words of prose between BEGIN and END may look like base64.
  const isDoubtful = kinds.has('one-line') && (data.length < 16 || kinds.has('padding'));
  if ((isDoubtful || !hasEnd) && !labelOf(data)) return;
  if (!hasEnd) kinds.add('missing-end');
  return ['', ...headers, data.replace(/.{64}(?!$)/g, '$&\n'), ''].join('\n');
}

/** RFC 1421 headers, taken from `lines`. Of one-line text only OpenSSL's two headers can be told from base64. */
function takeHeaders(lines: string[], kinds: Set<PemRepairKind>): string[] {
  const first = lines.findIndex((line) => line.trim());
  if (!lines[first]?.includes(':')) return [];
  const match = /^\s*(Proc-Type:)\s{0,4}(\S+)\s{1,4}(DEK-Info:)\s{0,4}(\S+)\s/.exec(lines[first]!);
  if (match) {
    kinds.add('one-line');
    lines[first] = lines[first]!.slice(match[0].length);
    return [`${match[1]} ${match[2]}`, `${match[3]} ${match[4]}`, ''];
  }
  let end = first;
  while (lines[end]?.includes(':')) end++;
  return [
    ...lines
      .splice(0, end)
      .slice(first)
      .map((line) => line.trim()),
    '',
  ];
}

/** Base64 proper, or undefined. */
function mendBase64(text: string, kinds?: Set<PemRepairKind>): string | undefined {
  const given = text.replace(/\s+/g, '');
  let end = given.length;
  while (given[end - 1] === '=') end--;
  const url = given.slice(0, end);
  const data = url.replaceAll('-', '+').replaceAll('_', '/');
  if (/[^A-Za-z0-9+/]/.test(data) || data.length % 4 === 1) return;
  if (data !== url) kinds?.add('base64url');
  const padded = data + '='.repeat(-end & 3);
  if (padded.length !== given.length) kinds?.add('padding');
  return padded;
}

/** RFC 7468 section 4's labels, where they are not the name of the kind in capitals. */
const LABELS: Partial<Record<string, string>> = {
  crl: 'X509 CRL',
  pkcs8: 'PRIVATE KEY',
  'encrypted-pkcs8': 'ENCRYPTED PRIVATE KEY',
  'pkcs1-private': 'RSA PRIVATE KEY',
  'pkcs1-public': 'RSA PUBLIC KEY',
  sec1: 'EC PRIVATE KEY',
  spki: 'PUBLIC KEY',
  unknown: '',
};

/** The label of the one DER structure that `base64` is; '' when it is none, or more. */
function labelOf(base64: string): string {
  const der = decode(base64, base64.length, true);
  const kind = der ? identifyDer(der) : 'unknown';
  const label = LABELS[kind] ?? kind.toUpperCase().replace('-', ' ');
  return label && readDer(der!).end === der!.length ? label : '';
}

/** A text that is one structure's base64 and nothing else, with the BEGIN and END lines it lacks; undefined otherwise. */
export function bareBase64(text: string): string | undefined {
  const data = /^\s*M[A-Za-z0-9+/_=\s-]+$/.test(text) && mendBase64(text);
  const label = data && labelOf(data);
  return label ? armor(label, data) : undefined;
}
