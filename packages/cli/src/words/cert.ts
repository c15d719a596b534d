import type { Command } from 'commander';
import type { CertFetchOptions } from '../commands/cert_fetch.ts';
import { addTlsOptions, jsonOption, perform, type Runner } from './words.ts';

export function addCert(program: Command, runner: Runner): void {
  const cert = program
    .command('cert')
    .summary('certificates of a server')
    .description('Certificates of a server.')
    .helpCommand(false);
  addFetch(cert, runner);
}

function addFetch(cert: Command, runner: Runner): void {
  const command = cert
    .command('fetch')
    .summary("print a server's certificate as PEM")
    .description(
      "Prints a server's certificate as PEM. It is verified first, chain and host name, and printed only if that " +
        'holds: what is fetched without verification may be anyone’s, so do not add it to what you trust.',
    )
    .argument('<host[:port]>', 'the server; the port is 443 unless given');
  addTlsOptions(command)
    .option('--chain', 'all certificates that the server sent, its own first')
    .option('--der', 'DER instead of PEM')
    .addOption(jsonOption())
    .option('-q, --quiet', 'no notes on standard error')
    .addHelpText('after', FETCH_HELP)
    .action(
      perform(runner, async ([target], options: CertFetchOptions, invocation) => {
        const { certFetchCommand } = await import('../commands/cert_fetch.ts');
        return certFetchCommand(target!, options, invocation);
      }),
    );
}

const FETCH_HELP = `
Examples:
  $ sslkit cert fetch example.org
  $ sslkit cert fetch --chain --cafile ca.pem localhost:8443 > chain.pem
  $ sslkit cert fetch --insecure expired.example | openssl x509 -noout -text    look at it, do not trust it`;
