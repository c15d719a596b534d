/** The blocks of an input, PEM or DER. */
import { type DerKind, identifyDer, parsePem, type PemBlock, readDer } from '@sslkit/pem';
import { inputError } from './failure.ts';
import { inputFailure, inputName, readInput } from './input.ts';
import type { Invocation } from './io.ts';
import { printable } from './terminal.ts';

export interface Block {
  readonly label: string;
  readonly der: Uint8Array;
  readonly headers: ReadonlyMap<string, string>;
}

/** A block that knows where it is from. */
export interface PlacedBlock extends Block {
  /** File name; `-` for standard input. */
  readonly file: string;
  /** In its file, counted from 1. */
  readonly index: number;
}

/** A SEQUENCE that is as long as it says, or several. PEM never begins so: byte two would have to be its length. */
export function looksLikeDer(input: Uint8Array): boolean {
  if (input[0] !== 0x30) return false;
  try {
    for (let at = 0; at < input.length; at = readDer(input, at).end);
    return true;
  } catch {
    return !Buffer.from(input.buffer, input.byteOffset, input.length).includes('-----BEGIN ');
  }
}

/** @throws CliError, PemError when there is none or one is malformed */
export function blocksOfPem(input: Uint8Array, file: string): readonly PemBlock[] {
  const blocks = parsePem(input);
  if (blocks.length === 0) throw inputError(`${inputName(file)} holds no PEM block`);
  return blocks;
}

/** DER structures back to back, labelled by what they are unless `label` says it. */
export function blocksOfDer(input: Uint8Array, label?: string): Block[] {
  const blocks: Block[] = [];
  for (let at = 0; at < input.length; ) {
    const { end } = readDer(input, at);
    const der = input.subarray(at, end);
    blocks.push({ label: label ?? labelOf(der), der, headers: new Map() });
    at = end;
  }
  return blocks;
}

/** All blocks of some files, PEM or DER, in order. */
export async function readBlocks(files: readonly string[], invocation: Invocation): Promise<PlacedBlock[]> {
  const all: PlacedBlock[] = [];
  for (const file of files) {
    const input = await readInput(file, invocation);
    try {
      const blocks = looksLikeDer(input) ? blocksOfDer(input) : blocksOfPem(input, file);
      for (const [at, { label, der, headers }] of blocks.entries()) {
        all.push({ label, der, headers, file, index: at + 1 });
      }
    } catch (error) {
      throw inputFailure(file, error);
    }
  }
  return all;
}

/** Whether a block holds a private key, encrypted or not, whatever its label says. */
export function isSecret({ label, der }: Block): boolean {
  return label.endsWith('PRIVATE KEY') || SECRETS.has(identifyDer(der));
}

/** Whether a private key needs a password. */
export function isEncrypted({ label, der, headers }: Block): boolean {
  return headers.has('DEK-Info') || label === 'ENCRYPTED PRIVATE KEY' || identifyDer(der) === 'encrypted-pkcs8';
}

/** Where a block is, in words. */
export function placeOf({ label, file, index }: PlacedBlock): string {
  return `${printable(label)} (${inputName(file)}, block ${index})`;
}

/** The label under which a kind of DER is written. @see RFC 7468 section 4 */
export function labelForKind(kind: DerKind): string | null {
  return LABELS[kind] ?? null;
}

/** Whether contents of `kind` may stand under `label`; what is unknown may stand under any. */
export function labelFits(label: string, kind: DerKind): boolean {
  return kind === 'unknown' || labelForKind(kind) === label || (ALIASES[label] ?? []).includes(kind);
}

const SECRETS: ReadonlySet<DerKind> = new Set(['pkcs8', 'encrypted-pkcs8', 'pkcs1-private', 'sec1']);

const LABELS: Readonly<Partial<Record<DerKind, string>>> = {
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

/** Other labels that are in use; PKCS#3 parameters and a PKCS#1 public key can be one another's twins. */
const ALIASES: Readonly<Record<string, readonly DerKind[]>> = {
  'X509 CERTIFICATE': ['certificate'],
  'NEW CERTIFICATE REQUEST': ['certificate-request'],
  CMS: ['pkcs7'],
  'PKCS #7 SIGNED DATA': ['pkcs7'],
  'X9.42 DH PARAMETERS': ['dh-parameters'],
  'RSA PUBLIC KEY': ['dh-parameters'],
  'DSA PARAMETERS': ['dh-parameters'],
  'TRUSTED CERTIFICATE': ['certificate'],
};

function labelOf(der: Uint8Array): string {
  const label = labelForKind(identifyDer(der));
  if (label === null) {
    throw inputError('the DER input is of an unknown kind', { hint: 'say what it is: --label CERTIFICATE' });
  }
  return label;
}
