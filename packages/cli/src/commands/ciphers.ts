import type { CipherDescription } from '@sslkit/context';
import { during } from '../failure.ts';
import { type Invocation, writeTo } from '../io.ts';
import { printable } from '../terminal.ts';
import { checkTlsOptions, restrict, type VersionText } from '../tls_options.ts';

export interface CiphersOptions {
  readonly min?: VersionText;
  readonly max?: VersionText;
  readonly 'tls1.2'?: boolean;
  readonly 'tls1.3'?: boolean;
}

/** `result` of `ciphers --json`. */
export interface CiphersReport {
  /** The list that was given; null for the default. */
  readonly list: string | null;
  readonly securityLevel: number;
  /** Most wanted first. */
  readonly ciphers: readonly CipherReport[];
}

export interface CipherReport {
  /** OpenSSL's name. */
  readonly name: string;
  /** The number in IANA's registry, for example `0x1301`. */
  readonly id: string;
  /** The lowest version that has it. */
  readonly protocol: string;
  /** `kx-any` in TLS 1.3, where the group and not the cipher says it. */
  readonly keyExchange: string | null;
  readonly authentication: string | null;
  readonly encryption: string | null;
  /** Of the secret key, bits. */
  readonly bits: number;
  readonly aead: boolean;
  /** Of the MAC; null with AEAD. */
  readonly digest: string | null;
}

/** `sslkit ciphers`: what a client's context offers, in its order. */
export async function ciphersCommand(
  list: string | undefined,
  options: CiphersOptions,
  invocation: Invocation,
): Promise<CiphersReport> {
  checkTlsOptions(options);
  const sslkit = await import('@sslkit/socket');
  const context = sslkit.createDefaultContext();
  const limits = { ...options, ...(list === undefined ? {} : { ciphers: list }) };
  await during('usage', () => restrict(sslkit, context, limits));
  const offered = context.getCiphers().filter(({ protocol }) => isWithin(protocol, options));
  if (!invocation.json)
    await writeTo(
      invocation.io.stdout,
      offered.map(({ description }) => `${printable(description.trimEnd())}\n`).join(''),
    );
  return { list: list ?? null, securityLevel: context.securityLevel, ciphers: offered.map(cipherReport) };
}

/** The suites of TLS 1.3 and of the versions before it exclude each other; those of 1.2 also came with 1.2. */
function isWithin(protocol: string, options: CiphersOptions): boolean {
  const min = options['tls1.2'] ? '1.2' : options['tls1.3'] ? '1.3' : (options.min ?? '1.0');
  const max = options['tls1.2'] ? '1.2' : options['tls1.3'] ? '1.3' : (options.max ?? '1.3');
  if (protocol === 'TLSv1.3') return max === '1.3';
  return min <= '1.2' && (protocol !== 'TLSv1.2' || max >= '1.2');
}

function cipherReport(cipher: CipherDescription): CipherReport {
  return {
    name: cipher.name,
    // OpenSSL's number has a third byte in front that says which protocol's registry it is from.
    id: `0x${(cipher.id & 0xffff).toString(16).padStart(4, '0')}`,
    protocol: cipher.protocol,
    keyExchange: cipher.kea,
    authentication: cipher.auth,
    encryption: cipher.symmetric,
    bits: cipher.strengthBits,
    aead: cipher.aead,
    digest: cipher.digest,
  };
}
