import { PemError, type PemRepair, parsePem, repairPem } from '@sslkit/pem';
import { isSecret } from '../blocks.ts';
import { ExitCode } from '../exit_codes.ts';
import { CliError, inputError, usageError } from '../failure.ts';
import { Finding } from '../finding.ts';
import { inputFailure, inputName, readInput } from '../input.ts';
import { type Invocation, note, writeTo } from '../io.ts';
import { checkOutput, type OutputOptions, outputName, writeOutput } from '../output.ts';
import { count, printable } from '../terminal.ts';

export interface PemRepairOptions extends OutputOptions {
  /** Write nothing; the exit status tells. */
  readonly check?: boolean;
  /** Mend the file itself. */
  readonly inPlace?: boolean;
}

/** `result` of `pem repair --json`. */
export interface RepairReport {
  /** File name; `-` for standard input. */
  readonly input: string;
  /** `-` for standard output, null when nothing was written. */
  readonly out: string | null;
  /** What was mended, or with `--check` what would be. */
  readonly repairs: readonly PemRepair[];
  /** Blocks of the mended text. */
  readonly blocks: number;
}

/** `sslkit pem repair`: what cannot be mended whole is refused, and nothing is written. */
export async function pemRepairCommand(
  file: string,
  options: PemRepairOptions,
  invocation: Invocation,
): Promise<RepairReport | Finding<RepairReport>> {
  const output = outputOf(file, options, invocation);
  const input = await readInput(file, invocation);
  const { text, repairs } = repairPem(decode(input, file));
  const blocks = parsed(text, file);
  const report = { input: file, out: null, repairs, blocks: blocks.length };
  if (!output) return check(report, invocation);
  // A file that is in order is not written anew.
  const written = !options.inPlace || repairs.length > 0;
  if (written) await writeOutput(text, blocks.some(isSecret), output, invocation);
  if (!invocation.json && !invocation.quiet) await note(invocation.io, listing(report, output));
  return { ...report, out: written ? (output.out ?? '-') : null };
}

/** Where to write; null under `--check`. */
function outputOf(file: string, options: PemRepairOptions, invocation: Invocation): OutputOptions | null {
  const { check: only, inPlace, out, force } = options;
  if (only) return null;
  if (inPlace && file === '-') throw usageError('--in-place needs a file');
  if (inPlace) return { out: file, force: true };
  const output = { ...(out === undefined ? {} : { out }), ...(force ? { force } : {}) };
  checkOutput(output, invocation);
  return output;
}

/**
 * UTF-8, as all PEM is ASCII and what is around it nearly always UTF-8. Other bytes would not come back as they were, so
 * they are refused.
 */
function decode(input: Buffer, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(input);
  } catch (cause) {
    throw inputError(`${inputName(file)} is not UTF-8`, { hint: 'convert it first: iconv -t UTF-8', cause });
  }
}

function parsed(text: string, file: string): ReturnType<typeof parsePem> {
  try {
    return parsePem(text);
  } catch (error) {
    throw error instanceof PemError ? beyondRepair(file, error) : error;
  }
}

function beyondRepair(file: string, error: PemError): CliError {
  const { code, message, cause } = inputFailure(file, error);
  return new CliError('input', code, `${message}; this cannot be mended with certainty`, {
    hint: 'sslkit pem ls tells all that is wrong; get the file anew from where it came',
    cause,
  });
}

async function check(report: RepairReport, { io, json }: Invocation): Promise<RepairReport | Finding<RepairReport>> {
  if (!json) await writeTo(io.stdout, listing(report, null));
  return report.repairs.length > 0 ? new Finding(report, ExitCode.CHECK) : report;
}

function listing({ input, repairs, blocks }: RepairReport, output: OutputOptions | null): string {
  const target = output === null ? '' : ` to ${outputName(output.out)}`;
  const verb = output === null ? 'to mend' : 'mended';
  const what = repairs.length === 0 ? 'nothing to mend' : `${count(repairs.length, 'fault')} ${verb}`;
  const head = `sslkit: ${inputName(input)}${target}: ${what}, ${count(blocks, 'block')}`;
  const lines = repairs.map(({ line, kind, description }) => `  line ${line}: ${printable(description)} (${kind})\n`);
  return `${head}\n${lines.join('')}`;
}
