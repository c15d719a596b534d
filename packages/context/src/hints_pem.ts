/** Why a PEM file was refused: OpenSSL says "PEM lib", the parser of `@sslkit/pem` says what is wrong in which line. */
import type { PemBlock } from '@sslkit/pem';
import { PemError, parsePem } from '@sslkit/pem';

/** Bytes that were refused, and the file they came from. */
export interface RefusedSource {
  readonly bytes: Uint8Array;
  readonly path: string | undefined;
  readonly encoding?: 'pem' | 'der';
}

const CERTIFICATES = ['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE'];
const KEYS = ['PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY', 'DSA PRIVATE KEY', 'ENCRYPTED PRIVATE KEY'];

/** For the step "certificate" of loadCertChain. */
export function certificateHint(source: RefusedSource): string {
  if (source.encoding === 'der') return say('certificate', source, 'the bytes are no DER certificate');
  const diagnosis = diagnose(source.bytes, CERTIFICATES);
  return say(
    'certificate',
    source,
    typeof diagnosis === 'string' ? diagnosis : 'a CERTIFICATE block is damaged inside',
  );
}

/** For the step "private key" of loadCertChain. */
export function keyHint(source: RefusedSource, passwordGiven: boolean): string {
  if (source.encoding === 'der') return say('private key', source, 'the bytes are no DER private key');
  const diagnosis = diagnose(source.bytes, KEYS);
  if (typeof diagnosis === 'string') return say('private key', source, diagnosis);
  if (!diagnosis.some(isEncrypted)) return say('private key', source, 'the PRIVATE KEY block is damaged inside');
  const advice = passwordGiven
    ? 'the key is encrypted and the password is wrong'
    : 'the key is encrypted: give its password';
  return say('password', source, advice);
}

/** For loadVerifyLocations. */
export function verifyLocationHint(source: RefusedSource): string {
  const diagnosis = diagnose(source.bytes, [...CERTIFICATES, 'X509 CRL']);
  return say(
    'CA',
    source,
    typeof diagnosis === 'string' ? diagnosis : 'a CERTIFICATE or X509 CRL block is damaged inside',
  );
}

/** For loadDhParams. `tooSmallFor`: the security level that refuses them; null: they could not be read. */
export function dhParametersHint(source: RefusedSource, tooSmallFor: number | null): string {
  if (tooSmallFor !== null) {
    const what = `shorter than security level ${tooSmallFor} wants; make new ones with "openssl dhparam 2048", or more bits`;
    return say('DH parameters', source, what);
  }
  const diagnosis = diagnose(source.bytes, ['DH PARAMETERS', 'X9.42 DH PARAMETERS']);
  return say(
    'DH parameters',
    source,
    typeof diagnosis === 'string' ? diagnosis : 'the DH PARAMETERS block is damaged inside',
  );
}

/** The blocks, or what is wrong. The parser never puts contents of a block into a message. */
function diagnose(bytes: Uint8Array, label: string[]): PemBlock[] | string {
  try {
    return parsePem(bytes, { mode: 'lax', label });
  } catch (error) {
    if (!(error instanceof PemError)) throw error;
    return error.hint === undefined ? error.message : `${error.message} (${error.hint})`;
  }
}

function say(step: string, { path }: RefusedSource, what: string): string {
  return path === undefined ? `${step}: ${what}` : `${step} in ${path}: ${what}`;
}

function isEncrypted(block: PemBlock): boolean {
  return block.label === 'ENCRYPTED PRIVATE KEY' || /ENCRYPTED/u.test(block.headers.get('Proc-Type') ?? '');
}
