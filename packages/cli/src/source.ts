/** Where certificates come from: a file, or a server. */
import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import type { SSLContext } from '@sslkit/socket';
import { readBlocks } from './blocks.ts';
import { CliError, inputError } from './failure.ts';
import type { Invocation } from './io.ts';
import { holderOf } from './public_keys.ts';
import { openSession } from './session.ts';
import { formatTarget, parseTarget, type Target } from './target.ts';
import type { TlsOptions } from './tls_options.ts';

export type Source =
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'host'; readonly target: Target };

/** What a server showed. */
export interface Shown {
  /** Leaf first, as sent. */
  readonly sent: readonly Buffer[];
  /** Leaf to root; null when nothing was verified. */
  readonly verified: readonly Buffer[] | null;
}

/**
 * What is there as a file is a file, and what looks like one is, too: that `cert.pem` is missing must not be looked up
 * in the DNS.
 */
export async function sourceOf(text: string): Promise<Source> {
  if (text.includes('://')) return { kind: 'host', target: parseTarget(text) };
  const looksLikeFile = text === '-' || /[\\/]/.test(text) || FILE_EXTENSIONS.has(extname(text).toLowerCase());
  if (looksLikeFile || (await stat(text).catch(() => null))) return { kind: 'file', file: text };
  return { kind: 'host', target: parseTarget(text) };
}

/** The source as people write it. */
export function sourceName(source: Source): string {
  return source.kind === 'file' ? source.file : formatTarget(source.target);
}

/** The certificates of a file, in its order; the rest of it is not looked at. */
export async function certificatesOfFile(file: string, invocation: Invocation): Promise<Uint8Array[]> {
  const blocks = (await readBlocks([file], invocation)).filter((block) => holderOf(block) === 'certificate');
  if (blocks.length === 0)
    throw inputError(`${file} holds no certificate`, { hint: 'sslkit pem ls lists what there is' });
  return blocks.map(({ der }) => der);
}

/**
 * What a server shows in a handshake. A certificate that is refused throws, with what was sent in
 * `peerCertificates` of the error.
 */
export async function certificatesOfHost(
  target: Target,
  options: TlsOptions,
  invocation: Invocation,
  adjust?: (context: SSLContext) => void,
): Promise<Shown> {
  const { socket, report } = await openSession(target, options, invocation, adjust);
  const shown = {
    sent: socket.getUnverifiedChain(),
    verified: report.verified ? socket.getVerifiedChain() : null,
  };
  await socket.close().catch(() => undefined);
  if (shown.sent.length === 0) throw noCertificate();
  return shown;
}

/** Of a server that has none to show. */
export function noCertificate(): CliError {
  return new CliError('connect', 'ERR_CLI_NO_CERTIFICATE', 'the server sent no certificate', {
    hint: 'the session uses a pre-shared key or an anonymous cipher',
  });
}

const FILE_EXTENSIONS: ReadonlySet<string> = new Set(['.pem', '.crt', '.cer', '.cert', '.der', '.key']);
