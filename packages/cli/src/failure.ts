import type { Phase } from './exit_codes.ts';

/** A failure that the command itself finds: a wrong argument, an unsuitable file. Printed without a stack. */
export class CliError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly phase: Phase;

  constructor(phase: Phase, code: string, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CliError';
    this.code = code;
    this.hint = options.hint;
    this.phase = phase;
  }
}

/** A wrong argument. */
export function usageError(message: string, hint?: string): CliError {
  return new CliError('usage', 'ERR_CLI_USAGE', message, hint === undefined ? {} : { hint });
}

/** A file or standard input that cannot be used. */
export function inputError(message: string, options: { hint?: string; cause?: unknown } = {}): CliError {
  return new CliError('input', 'ERR_CLI_INPUT', message, options);
}

/** An error with the phase in which it happened, for errors that the layers below throw. */
export class PhasedError extends Error {
  readonly phase: Phase;

  constructor(phase: Phase, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'PhasedError';
    this.phase = phase;
  }
}

/** Runs one step of a command; what it throws is marked with the phase, unless it already is. */
export async function during<T>(phase: Phase, step: () => T | Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw error instanceof CliError || error instanceof PhasedError ? error : new PhasedError(phase, error);
  }
}

/** The error as it was thrown and its phase. */
export function unwrapFailure(error: unknown): { error: unknown; phase: Phase } {
  if (error instanceof PhasedError) return { error: error.cause, phase: error.phase };
  if (error instanceof CliError) return { error, phase: error.phase };
  return { error, phase: 'connect' };
}
