import { requiredCommand } from './presence.ts';
import { type RunOptions, type RunResult, runCommand } from './process.ts';

/** Runs curl to its end: silent but for errors, without its configuration file, bounded in time. */
export function curl(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return runCommand(requiredCommand('curl'), ['-q', '-sS', '--noproxy', '*', '--max-time', '20', ...args], options);
}
