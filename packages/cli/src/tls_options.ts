import type { SSLContext } from '@sslkit/socket';
import { CliError, during, inputError, usageError } from './failure.ts';
import type { Target } from './target.ts';

/** The options that every command that connects has. */
export interface TlsOptions {
  readonly cafile?: string;
  readonly capath?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  /** Danger: accept any certificate. */
  readonly insecure?: boolean;
  readonly min?: VersionText;
  readonly max?: VersionText;
  readonly 'tls1.2'?: boolean;
  readonly 'tls1.3'?: boolean;
  readonly alpn?: readonly string[];
  readonly ciphers?: string;
  /** Seconds. */
  readonly timeout: number;
}

export type VersionText = '1.0' | '1.1' | '1.2' | '1.3';

type Sslkit = typeof import('@sslkit/socket');

/** Refuses combinations before anything is opened. */
export function checkTlsOptions(options: Omit<TlsOptions, 'timeout'>): void {
  if (options.key && !options.cert) throw usageError('--key without --cert', 'the key goes with a certificate');
  if (options.min && options.max && options.min > options.max) {
    throw usageError(`--min ${options.min} is above --max ${options.max}`);
  }
  if (options.insecure && (options.cafile || options.capath)) {
    throw usageError('--insecure with --cafile or --capath', 'nothing is verified under --insecure: leave one out');
  }
}

/** The name that the certificate must carry. */
export function serverNameOf(target: Target, options: TlsOptions): string {
  return options.servername ?? target.host;
}

/** A context that does what the options say; verified unless `--insecure`. */
export async function makeContext(sslkit: Sslkit, options: TlsOptions): Promise<SSLContext> {
  const context = await during('input', () => trustingContext(sslkit, options));
  if (options.insecure) {
    context.checkHostname = false;
    context.verifyMode = sslkit.CERT_NONE;
  }
  await during('input', () => loadOwnCertificate(context, options));
  await during('usage', () => restrict(sslkit, context, options));
  return context;
}

/** A context that verifies servers by what the options trust, else by the system. */
export function trustingContext(sslkit: Sslkit, { cafile, capath }: TlsOptions): SSLContext {
  return sslkit.createDefaultContext(sslkit.Purpose.SERVER_AUTH, {
    ...(cafile === undefined ? {} : { cafile }),
    ...(capath === undefined ? {} : { capath }),
  });
}

function loadOwnCertificate(context: SSLContext, { cert, key }: TlsOptions): void {
  if (cert === undefined) return;
  const noPassword = (): never => {
    throw inputError(`the private key in ${key ?? cert} is encrypted`, {
      hint: 'sslkit asks for no password; decrypt it into a private file: openssl pkey -in KEY -out PLAIN',
    });
  };
  context.loadCertChain(cert, key ?? null, { password: noPassword });
}

/** Applies versions, ALPN and ciphers. */
export function restrict({ TLSVersion }: Sslkit, context: SSLContext, options: Omit<TlsOptions, 'timeout'>): void {
  const versions = {
    '1.0': TLSVersion.TLSv1,
    '1.1': TLSVersion.TLSv1_1,
    '1.2': TLSVersion.TLSv1_2,
    '1.3': TLSVersion.TLSv1_3,
  };
  const min = options['tls1.2'] ? '1.2' : options['tls1.3'] ? '1.3' : options.min;
  const max = options['tls1.2'] ? '1.2' : options['tls1.3'] ? '1.3' : options.max;
  if (min) context.minimumVersion = versions[min];
  if (max) context.maximumVersion = versions[max];
  if (options.alpn) context.setAlpnProtocols(options.alpn);
  if (options.ciphers !== undefined) setAnyCiphers(context, options.ciphers);
}

/** One list for both kinds: OpenSSL keeps the suites of TLS 1.3 apart. @see SSL_CTX_set_ciphersuites(3) */
function setAnyCiphers(context: SSLContext, list: string): void {
  const names = list.split(':').filter((name) => name !== '');
  const suites = names.filter((name) => name.startsWith('TLS_'));
  const ciphers = names.filter((name) => !name.startsWith('TLS_'));
  try {
    if (suites.length > 0) context.setCiphersuites(suites.join(':'));
    if (ciphers.length > 0 || suites.length === 0) context.setCiphers(ciphers.join(':'));
  } catch (cause) {
    throw new CliError('usage', 'ERR_CLI_USAGE', `no cipher can be selected from ${list}`, {
      hint: 'sslkit ciphers LIST shows what a list stands for',
      cause,
    });
  }
}
