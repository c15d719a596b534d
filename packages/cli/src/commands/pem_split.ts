import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type DerKind, formatPem, identifyDer } from '@sslkit/pem';
import { isSecret, type PlacedBlock, readBlocks } from '../blocks.ts';
import { inputError } from '../failure.ts';
import { checkInputs } from '../input.ts';
import { type Invocation, writeTo } from '../io.ts';
import { checkFree, writeOutputFile } from '../output.ts';
import { printable } from '../terminal.ts';

export interface PemSplitOptions {
  /** The folder to write to. */
  readonly dir: string;
  readonly by: 'block' | 'kind';
  /** In front of each name. */
  readonly prefix: string;
  readonly force?: boolean;
}

/** `result` of `pem split --json`. */
export interface SplitReport {
  readonly inputs: readonly string[];
  /** In the order in which they were written. */
  readonly files: readonly {
    readonly file: string;
    readonly blocks: readonly { readonly label: string; readonly bytes: number }[];
  }[];
}

/** More are a mistake, and would fill a folder. */
export const MAX_FILES = 1000;

/** `sslkit pem split`: writes all of the files or, when one of them is there already, none. */
export async function pemSplitCommand(
  inputs: readonly string[],
  options: PemSplitOptions,
  invocation: Invocation,
): Promise<SplitReport> {
  checkInputs(inputs);
  const blocks = await readBlocks(inputs, invocation);
  const parts = options.by === 'kind' ? byKind(blocks) : await byBlock(blocks);
  if (parts.size > MAX_FILES) {
    throw inputError(`${parts.size} files are more than ${MAX_FILES}`, { hint: '--by kind writes one for each kind' });
  }
  const named = [...parts].map(([name, part]) => [join(options.dir, `${options.prefix}${name}.pem`), part] as const);
  if (!options.force) for (const [file] of named) await checkFree(file);
  await makeFolder(options.dir);
  for (const [file, part] of named) await writePart(file, part, options.force === true);
  if (!invocation.json && !invocation.quiet) await list(named, invocation);
  return { inputs, files: named.map(([file, part]) => ({ file, blocks: part.map(contentsOf) })) };
}

function writePart(file: string, part: readonly PlacedBlock[], force: boolean): Promise<void> {
  const text = part.map((block) => formatPem(block)).join('');
  return writeOutputFile(file, text, { secret: part.some(isSecret), force });
}

function contentsOf({ label, der }: PlacedBlock): { label: string; bytes: number } {
  return { label, bytes: der.length };
}

type Parts = Map<string, readonly PlacedBlock[]>;

function byKind(blocks: readonly PlacedBlock[]): Parts {
  const parts = new Map<string, PlacedBlock[]>();
  for (const block of blocks) {
    const name = isSecret(block) ? 'private-keys' : (NAMES[identifyDer(block.der)] ?? 'others');
    const part = parts.get(name);
    if (part) part.push(block);
    else parts.set(name, [block]);
  }
  return parts;
}

async function byBlock(blocks: readonly PlacedBlock[]): Promise<Parts> {
  const width = Math.max(2, String(blocks.length).length);
  const parts: Parts = new Map();
  for (const [at, block] of blocks.entries()) {
    const words = [String(at + 1).padStart(width, '0'), slug(block.label), slug(await commonName(block))];
    parts.set(words.filter((word) => word !== '').join('-'), [block]);
  }
  return parts;
}

/** Who a certificate is for; empty when that is not to be found out. */
async function commonName({ der }: PlacedBlock): Promise<string> {
  if (identifyDer(der) !== 'certificate') return '';
  const { decodeCertificate } = await import('@sslkit/context');
  try {
    const { subject } = decodeCertificate(der);
    return subject.flat().find(([type]) => type === 'commonName')?.[1] ?? '';
  } catch {
    return '';
  }
}

/**
 * A piece of a file name that is safe in every shell and file system: no separator, no leading dot or hyphen, nothing
 * that a certificate could smuggle into a path (CWE-22).
 */
export function slug(text: string): string {
  const safe = text.toLowerCase().replace(/[^a-z0-9.]+/g, '-');
  return safe.slice(0, SLUG_LENGTH).replace(/^[-.]+|[-.]+$/g, '');
}

const SLUG_LENGTH = 48;

const NAMES: Readonly<Partial<Record<DerKind, string>>> = {
  certificate: 'certificates',
  'certificate-request': 'certificate-requests',
  crl: 'crls',
  'pkcs1-public': 'public-keys',
  spki: 'public-keys',
  pkcs7: 'pkcs7',
  'dh-parameters': 'dh-parameters',
};

async function makeFolder(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true });
  } catch (cause) {
    throw inputError(`cannot make the folder ${printable(dir)}: ${(cause as Error).message}`, { cause });
  }
}

async function list(
  named: readonly (readonly [file: string, part: readonly PlacedBlock[]])[],
  { io }: Invocation,
): Promise<void> {
  await writeTo(io.stdout, named.map(([file]) => `${printable(file)}\n`).join(''));
}
