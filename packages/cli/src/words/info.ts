import type { Command } from 'commander';
import { jsonOption, perform, type Runner } from './words.ts';

export function addInfo(program: Command, runner: Runner): void {
  program
    .command('info')
    .summary('the OpenSSL in use and what it can do')
    .description('Tells which OpenSSL is in use, what it can do, and where it looks for trusted certificates.')
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(
      perform(runner, async (_, __, invocation) => {
        const { infoCommand } = await import('../commands/info.ts');
        return infoCommand(invocation);
      }),
    );
}

const HELP = `
Examples:
  $ sslkit info
  $ sslkit info --json | jq .result.openssl.version`;
