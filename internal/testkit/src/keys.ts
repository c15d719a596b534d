import { createPrivateKey, type KeyObject, webcrypto } from 'node:crypto';

/** What a key is made of: P-256 or RSA. */
export type KeyAlgorithm = 'ecdsa' | 'rsa';

export interface KeyChoice {
  alg: KeyAlgorithm;
  /** RSA modulus, in bits. */
  rsaBits: number;
  /** Which pool an RSA key may come from; null mints a key that nothing else has. */
  pool: string | null;
}

/** The WebCrypto parameters that import and sign with a key of this kind. */
export interface KeyParameters {
  name: string;
  hash: string;
  namedCurve?: string;
}

const rsaPool = new Map<string, Promise<webcrypto.CryptoKeyPair>>();

/**
 * Makes a key pair. ECDSA keys are always fresh (under a millisecond); RSA keys of one pool and size are made once per
 * process, since each costs up to a second. Two certificates of one pool therefore match each other's key.
 */
export function keyPair(choice: KeyChoice): Promise<webcrypto.CryptoKeyPair> {
  if (choice.alg === 'ecdsa') return generate({ name: 'ECDSA', namedCurve: 'P-256' });
  const rsa = rsaParameters(choice.rsaBits);
  if (choice.pool === null) return generate(rsa);
  const slot = `${choice.pool}/${choice.rsaBits}`;
  const pooled = rsaPool.get(slot) ?? generate(rsa);
  rsaPool.set(slot, pooled);
  return pooled;
}

/** The signing key of a PKCS#8 DER, with the parameters to sign with under `hash`. */
export async function signingKey(
  keyDer: Uint8Array,
  hash = 'SHA-256',
): Promise<{ key: webcrypto.CryptoKey; parameters: KeyParameters }> {
  const parameters = parametersOf(keyOfDer(keyDer), hash);
  const key = await webcrypto.subtle.importKey('pkcs8', keyDer, parameters, true, ['sign']);
  return { key, parameters };
}

/** PKCS#8 DER of a private key. */
export async function pkcs8(key: webcrypto.CryptoKey): Promise<Uint8Array> {
  return new Uint8Array(await webcrypto.subtle.exportKey('pkcs8', key));
}

/** `BEGIN PRIVATE KEY` text of a PKCS#8 DER. */
export function pkcs8Pem(keyDer: Uint8Array): string {
  return keyOfDer(keyDer).export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** The key as encrypted PKCS#8 (`BEGIN ENCRYPTED PRIVATE KEY`, PBES2 with AES-256-CBC). */
export function encryptKeyPem(keyPem: string, password: string): string {
  return createPrivateKey(keyPem)
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: password })
    .toString();
}

/** The key in its traditional form (`RSA`/`EC PRIVATE KEY`), encrypted with the `DEK-Info` header of RFC 1421. */
export function legacyEncryptKeyPem(keyPem: string, password: string): string {
  return createPrivateKey(keyPem)
    .export({ type: traditionalType(keyPem), format: 'pem', cipher: 'aes-256-cbc', passphrase: password })
    .toString();
}

/** The key in its traditional form, in clear: PKCS#1 for RSA, SEC1 for EC. */
export function traditionalKeyPem(keyPem: string): string {
  return createPrivateKey(keyPem)
    .export({ type: traditionalType(keyPem), format: 'pem' })
    .toString();
}

function traditionalType(keyPem: string): 'pkcs1' | 'sec1' {
  return createPrivateKey(keyPem).asymmetricKeyType === 'ec' ? 'sec1' : 'pkcs1';
}

function keyOfDer(keyDer: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.from(keyDer), format: 'der', type: 'pkcs8' });
}

function parametersOf(key: KeyObject, hash: string): KeyParameters {
  return key.asymmetricKeyType === 'ec'
    ? { name: 'ECDSA', namedCurve: 'P-256', hash }
    : { name: 'RSASSA-PKCS1-v1_5', hash };
}

function rsaParameters(modulusLength: number): webcrypto.RsaHashedKeyGenParams {
  return { name: 'RSASSA-PKCS1-v1_5', modulusLength, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' };
}

function generate(
  parameters: webcrypto.RsaHashedKeyGenParams | webcrypto.EcKeyGenParams,
): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(parameters, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>;
}
