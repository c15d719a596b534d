import { ExitCode } from './exit_codes.ts';

/**
 * The result of a command that did its work and found something of which the exit status tells: not a failure, so that
 * `--json` has the whole result.
 */
export class Finding<Result> {
  readonly result: Result;
  readonly exitCode: ExitCode;

  constructor(result: Result, exitCode: ExitCode) {
    this.result = result;
    this.exitCode = exitCode;
  }
}

/** What a command gave, taken apart. */
export function unwrapFinding(value: unknown): { result: unknown; exitCode: ExitCode } {
  return value instanceof Finding ? value : { result: value, exitCode: ExitCode.OK };
}
