import { open } from 'node:fs/promises';
import { CliError, inputError, usageError } from './failure.ts';
import type { Invocation } from './io.ts';
import { printable } from './terminal.ts';

/** More than any certificate bundle: a bound for what is read into memory. */
export const MAX_INPUT_BYTES: number = 64 * 1024 * 1024;

/** What a person calls the input: `-` is standard input. */
export function inputName(file: string): string {
  return file === '-' ? 'standard input' : printable(file);
}

/** Refuses standard input where it is named twice: the second reader would find it empty. */
export function checkInputs(files: readonly string[]): void {
  if (files.filter((file) => file === '-').length > 1) throw usageError('standard input can be read only once');
}

/**
 * The bytes of a file or, for `-`, of standard input; at most {@link MAX_INPUT_BYTES} are read, of a device too.
 * @throws CliError (input) when it cannot be read, is too large or empty
 */
export async function readInput(file: string, { io }: Invocation): Promise<Buffer> {
  const name = inputName(file);
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

/** An error of a parser, with the name of the input in front and its own code. */
export function inputFailure(file: string, cause: unknown): CliError {
  const { code, message, hint } = cause as { code?: string; message: string; hint?: string };
  return new CliError('input', code ?? 'ERR_CLI_INPUT', `${inputName(file)}: ${message}`, {
    ...(hint === undefined ? {} : { hint: hintForCommand(hint) }),
    cause,
  });
}

/** The library's hints name its own function. */
export function hintForCommand(hint: string): string {
  return hint.replaceAll('repairPem()', 'sslkit pem repair');
}

async function readFile(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  return readAll(file.createReadStream());
}

async function readAll(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_INPUT_BYTES) break;
  }
  return Buffer.concat(chunks);
}
