import type { Command } from 'commander';
import type { ConnectOptions } from '../commands/connect.ts';
import { addTlsOptions, jsonOption, perform, type Runner } from './words.ts';

export function addConnect(program: Command, runner: Runner): void {
  const command = program
    .command('connect')
    .summary('open a TLS session: stdin goes out, what comes back goes to stdout')
    .description(
      'Opens a verified TLS session, reports it on standard error, then copies standard input to the server and what ' +
        'the server sends to standard output. The end of the input closes our direction only; the command ends when ' +
        'the server ends.',
    )
    .argument('<host[:port]>', 'the server; the port is 443 unless given; IPv6 in brackets: [::1]:443');
  addTlsOptions(command)
    .option('--crlf', 'send each line end of the input as CR LF')
    .option('--no-half-close', 'keep our direction open when the input ends')
    .addOption(jsonOption('print the session as JSON and close; nothing is copied'))
    .option('-q, --quiet', 'no report on standard error')
    .addHelpText('after', HELP)
    .action(
      perform(runner, async ([target], options: ConnectOptions, invocation) => {
        const { connectCommand } = await import('../commands/connect.ts');
        return connectCommand(target!, options, invocation);
      }),
    );
}

const HELP = `
Examples:
  $ sslkit connect example.org
  $ printf 'HEAD / HTTP/1.0\\nHost: example.org\\n\\n' | sslkit connect --crlf --quiet example.org
  $ sslkit connect --cafile ca.pem --cert me.pem --key me.key --tls1.3 localhost:8443
  $ sslkit connect --json --alpn h2 example.org | jq .result.certificate.daysLeft`;
