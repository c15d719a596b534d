/** The public key behind a block: of a private key, a certificate, a request. */
import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { type DerElement, formatPem, identifyDer, iterateDer, readDer } from '@sslkit/pem';
import { type Block, isEncrypted, isSecret, type PlacedBlock, placeOf } from './blocks.ts';
import { CliError, inputError } from './failure.ts';

/** What a block is for `pem match`; null for all that has no public key. */
export type KeyHolder = 'private-key' | 'public-key' | 'certificate' | 'certificate-request';

export function holderOf(block: Block): KeyHolder | null {
  if (isSecret(block)) return 'private-key';
  switch (identifyDer(block.der)) {
    case 'certificate':
      return 'certificate';
    case 'certificate-request':
      return 'certificate-request';
    case 'spki':
    case 'pkcs1-public':
      return 'public-key';
    default:
      return null;
  }
}

/** Thrown for an encrypted key when there is no password. */
export class PasswordMissing extends CliError {}

/**
 * The public key that belongs to a block of a kind that {@link holderOf} knows.
 * @throws PasswordMissing; CliError (input) when it cannot be read
 */
export function publicKeyOf(block: PlacedBlock, password: Buffer | null): KeyObject {
  if (!password && isSecret(block) && isEncrypted(block)) {
    throw new PasswordMissing('input', 'ERR_CLI_PASSWORD', `${placeOf(block)} is encrypted`, {
      hint: 'give its password: --pass-file FILE or --pass-env NAME',
    });
  }
  try {
    return read(block, password);
  } catch (cause) {
    throw unreadable(block, cause as Error);
  }
}

/** SHA-256 over the SubjectPublicKeyInfo, base64: what pins a key. @see RFC 7469 section 2.4 */
export function spkiPin(spki: Uint8Array): string {
  return createHash('sha256').update(spki).digest('base64');
}

/**
 * The SubjectPublicKeyInfo of a certificate or a request, as it is in there: written anew, it could differ in its form.
 * @see RFC 5280 section 4.1, RFC 2986 section 4.1
 * @throws DerError when there is none
 */
export function spkiOf(der: Uint8Array): Buffer {
  const isRequest = identifyDer(der) === 'certificate-request';
  const [signed] = [...iterateDer(readDer(der).contents)];
  const parts: DerElement[] = [...iterateDer(signed!.contents)];
  const first = parts[0]!;
  // The version of a certificate is [0], and absent in v1; that of a request is always there.
  const at = isRequest ? 2 : first.class === 'context' ? 6 : 5;
  let start = 0;
  for (const part of parts.slice(0, at)) start += part.headerLength + part.contents.length;
  return Buffer.from(signed!.contents.subarray(start, start + parts[at]!.headerLength + parts[at]!.contents.length));
}

function read(block: PlacedBlock, password: Buffer | null): KeyObject {
  switch (holderOf(block)) {
    case 'private-key':
      return createPublicKey(privateKey(block, password));
    case 'certificate':
    case 'certificate-request':
      return createPublicKey({ key: spkiOf(block.der), format: 'der', type: 'spki' });
    default:
      return createPublicKey(formatPem(block));
  }
}

function privateKey(block: PlacedBlock, password: Buffer | null): KeyObject {
  const key = formatPem(block);
  return createPrivateKey(password ? { key, format: 'pem', passphrase: password } : key);
}

function unreadable(block: PlacedBlock, cause: Error): CliError {
  const hint = isSecret(block) && isEncrypted(block) ? { hint: 'the password may be wrong' } : {};
  return inputError(`${placeOf(block)} holds no key that OpenSSL can read: ${cause.message}`, { ...hint, cause });
}
