import { formatPem } from '@sslkit/pem';
import { type Block, blocksOfDer, blocksOfPem, isSecret, looksLikeDer } from '../blocks.ts';
import { inputError, usageError } from '../failure.ts';
import { inputFailure, inputName, readInput } from '../input.ts';
import { type Invocation, note } from '../io.ts';
import { checkOutput, type OutputOptions, outputName, writeOutput } from '../output.ts';
import { count, printable } from '../terminal.ts';

export interface PemConvertOptions extends OutputOptions {
  readonly to: 'pem' | 'der';
  readonly label?: string;
  /** Counted from 1. */
  readonly index?: number;
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
  refuseDerOnTerminal(options, invocation);
  const input = await readInput(file, invocation);
  const from = looksLikeDer(input) ? 'der' : 'pem';
  const all = blocksOf(input, file, from, options.label);
  const chosen = choose(all, { ...options, ...(from === 'der' ? { label: undefined } : {}) });
  const output = options.to === 'der' ? asDer(chosen) : chosen.map((block) => formatPem(block)).join('');
  await writeOutput(output, chosen.some(isSecret), options, invocation);
  const blocks = chosen.map(({ label, der }) => ({ label, bytes: der.length }));
  const report = { input: file, from, to: options.to, out: options.out ?? '-', blocks } as const;
  if (!invocation.json && !invocation.quiet) await note(invocation.io, listing(report, all.length));
  return report;
}

function refuseDerOnTerminal({ to, out }: PemConvertOptions, { io }: Invocation): void {
  if (to === 'der' && (out === undefined || out === '-') && io.stdout.isTTY)
    throw usageError('DER would garble the terminal', 'redirect it, or give --out FILE');
}

function blocksOf(input: Buffer, file: string, from: 'pem' | 'der', label: string | undefined): readonly Block[] {
  try {
    return from === 'der' ? blocksOfDer(input, label) : blocksOfPem(input, file);
  } catch (error) {
    throw inputFailure(file, error);
  }
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

function listing({ input, from, to, out, blocks }: ConvertReport, found: number): string {
  const lines = blocks.map(({ label, bytes }) => `  ${printable(label)}, ${bytes} bytes of DER\n`);
  const head = `sslkit: ${inputName(input)} (${from}) to ${outputName(out)} (${to}): ${blocks.length} of ${count(found, 'block')}`;
  return `${head}\n${lines.join('')}`;
}
