import { open, readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { formatPem, identifyDer, parsePem, type PemBlock, readDer } from '@sslkit/pem';
import { during, inputError, usageError } from '../failure.ts';
import { type Invocation, note, writeTo } from '../io.ts';
import { count, printable } from '../terminal.ts';

export interface PemConvertOptions {
  readonly to: 'pem' | 'der';
  readonly label?: string;
  /** Counted from 1. */
  readonly index?: number;
  readonly out?: string;
}

/** `result` of `pem convert --json`. */
export interface ConvertReport {
  /** File name; `-` for standard input. */
  readonly input: string;
  readonly from: 'pem' | 'der';
  readonly to: 'pem' | 'der';
  readonly out: string;
  /** What was written, in order. */
  readonly blocks: readonly { readonly label: string; readonly bytes: number }[];
}

/** `sslkit pem convert`. */
export async function pemConvertCommand(
  file: string,
  options: PemConvertOptions,
  invocation: Invocation,
): Promise<ConvertReport> {
  checkOutput(options, invocation);
  const input = await readInput(file, invocation);
  const from = looksLikeDer(input) ? 'der' : 'pem';
  const all = await during('input', () => (from === 'der' ? blocksOfDer(input, options) : blocksOfPem(input, file)));
  const chosen = choose(all, { ...options, ...(from === 'der' ? { label: undefined } : {}) });
  const output = options.to === 'der' ? asDer(chosen) : Buffer.from(chosen.map((block) => formatPem(block)).join(''));
  await writeOutput(output, chosen, options, invocation);
  const blocks = chosen.map(({ label, der }) => ({ label, bytes: der.length }));
  const report = { input: file, from, to: options.to, out: options.out ?? '-', blocks } as const;
  if (!invocation.json && !invocation.quiet) await note(invocation.io, listing(report, all.length));
  return report;
}

interface Block {
  readonly label: string;
  readonly der: Uint8Array;
  readonly headers: ReadonlyMap<string, string>;
}

/** More than any certificate bundle: a bound for what is read into memory. */
const MAX_INPUT_BYTES = 64 * 1024 * 1024;

function checkOutput({ to, out }: PemConvertOptions, { io, json }: Invocation): void {
  if (out !== undefined) return;
  if (json) throw usageError('--json needs --out', 'standard output cannot carry both the blocks and the JSON');
  if (to === 'der' && io.stdout.isTTY)
    throw usageError('DER would garble the terminal', 'redirect it, or give --out FILE');
}

async function readInput(file: string, { io }: Invocation): Promise<Buffer> {
  const name = file === '-' ? 'standard input' : file;
  let input: Buffer;
  try {
    input = file === '-' ? await readAll(io.stdin) : await readFile(file);
  } catch (cause) {
    throw inputError(`cannot read ${name}: ${(cause as Error).message}`, { cause });
  }
  if (input.length > MAX_INPUT_BYTES) throw inputError(`${name} is larger than ${MAX_INPUT_BYTES} bytes`);
  if (input.length === 0) throw inputError(`${name} is empty`);
  return input;
}

async function readAll(stdin: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    chunks.push(Buffer.from(chunk));
    size += chunk.length;
    if (size > MAX_INPUT_BYTES) break;
  }
  return Buffer.concat(chunks);
}

/** A SEQUENCE that is as long as it says, or several. PEM never begins so: byte two would have to be its length. */
function looksLikeDer(input: Uint8Array): boolean {
  if (input[0] !== 0x30) return false;
  try {
    for (let at = 0; at < input.length; at = readDer(input, at).end);
    return true;
  } catch {
    return !Buffer.from(input).includes('-----BEGIN ');
  }
}

function blocksOfPem(input: Buffer, file: string): readonly PemBlock[] {
  const blocks = parsePem(input);
  if (blocks.length === 0) throw inputError(`${file === '-' ? 'standard input' : file} holds no PEM block`);
  return blocks;
}

const LABELS: Readonly<Record<string, string>> = {
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

function blocksOfDer(input: Uint8Array, { label }: PemConvertOptions): Block[] {
  const blocks: Block[] = [];
  for (let at = 0; at < input.length; ) {
    const { end } = readDer(input, at);
    const der = input.subarray(at, end);
    blocks.push({ label: label ?? labelOf(der), der, headers: new Map() });
    at = end;
  }
  return blocks;
}

function labelOf(der: Uint8Array): string {
  const label = LABELS[identifyDer(der)];
  if (label === undefined) {
    throw inputError('the DER input is of an unknown kind', { hint: 'say what it is: --label CERTIFICATE' });
  }
  return label;
}

function choose(
  all: readonly Block[],
  options: { label?: string | undefined; index?: number; to: string },
): readonly Block[] {
  const { label, index, to } = options;
  const labelled = label === undefined ? all : all.filter((block) => block.label === label);
  if (labelled.length === 0) throw inputError(`there is no ${label} block`, { hint: `there is: ${contents(all)}` });
  if (index !== undefined) {
    const block = labelled[index - 1];
    if (!block) throw inputError(`there is no block ${index}`, { hint: `there is: ${contents(labelled)}` });
    return [block];
  }
  if (to === 'der' && labelled.length > 1) {
    throw usageError(
      `${count(labelled.length, 'block')} for one DER output`,
      `choose with --index or --label: ${contents(labelled)}`,
    );
  }
  return labelled;
}

function contents(blocks: readonly Block[]): string {
  return blocks.map(({ label }, at) => `${at + 1} ${printable(label)}`).join(', ');
}

function asDer([block]: readonly Block[]): Uint8Array {
  // RFC 1421 4.6.1.3: the initialisation vector is in the header; without it the key is lost.
  if (block!.headers.size > 0) {
    throw inputError(`the ${block!.label} block has headers, which DER cannot keep`, {
      hint: 'it is an encrypted key in the old form; make it PKCS#8 first: openssl pkcs8 -topk8 -in KEY -out NEW',
    });
  }
  return block!.der;
}

async function writeOutput(
  output: Uint8Array,
  blocks: readonly Block[],
  { out }: PemConvertOptions,
  { io }: Invocation,
): Promise<void> {
  if (out === undefined) return writeTo(io.stdout, output);
  const secret = blocks.some(({ label }) => label.endsWith('PRIVATE KEY'));
  try {
    await writeOutputFile(out, output, secret);
  } catch (cause) {
    throw inputError(`cannot write ${out}: ${(cause as Error).message}`, { cause });
  }
}

/** A secret goes into no file that others may read: `mode` alone counts only when the file is new. */
async function writeOutputFile(path: string, output: Uint8Array, secret: boolean): Promise<void> {
  const file = await open(path, 'w', secret ? 0o600 : 0o666);
  try {
    if (secret && (await file.stat()).isFile()) await file.chmod(0o600);
    await file.writeFile(output);
  } finally {
    await file.close();
  }
}

function listing({ input, from, to, out, blocks }: ConvertReport, found: number): string {
  const source = input === '-' ? 'standard input' : printable(input);
  const target = out === '-' ? 'standard output' : printable(out);
  const lines = blocks.map(({ label, bytes }) => `  ${printable(label)}, ${bytes} bytes of DER\n`);
  const head = `sslkit: ${source} (${from}) to ${target} (${to}): ${blocks.length} of ${count(found, 'block')}`;
  return `${head}\n${lines.join('')}`;
}
