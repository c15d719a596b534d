import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CertExpiryOptions } from '../commands/cert_expiry.ts';
import type { CertFetchOptions } from '../commands/cert_fetch.ts';
import type { CertVerifyOptions } from '../commands/cert_verify.ts';
import type { TlsOptions } from '../tls_options.ts';
import { addTlsOptions, jsonOption, perform, type Runner, wholeNumber } from './words.ts';

export function addCert(program: Command, runner: Runner): void {
  const cert = program
    .command('cert')
    .summary('certificates of servers and in files')
    .description('Certificates of servers and in files.')
    .helpCommand(false);
  addFetch(cert, runner);
  addInspect(cert, runner);
  addExpiry(cert, runner);
  addVerify(cert, runner);
  addChain(cert, runner);
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

function addInspect(cert: Command, runner: Runner): void {
  cert
    .command('inspect')
    .summary('what is in the certificates of a file')
    .description('Prints what is in the certificates of files. Nothing is verified.')
    .argument('[files...]', 'PEM or DER; - or none: standard input')
    .addOption(jsonOption())
    .addHelpText('after', INSPECT_HELP)
    .action(
      perform(runner, async (files, _: object, invocation) => {
        const { certInspectCommand } = await import('../commands/cert_inspect.ts');
        return certInspectCommand(files.length === 0 ? ['-'] : files, invocation);
      }),
    );
}

function addExpiry(cert: Command, runner: Runner): void {
  const command = cert
    .command('expiry')
    .summary('how many days are left; for monitoring')
    .description(
      'Tells how many days the certificates of servers and files are valid for. Servers are verified; one that is not ' +
        'trusted shows its dates all the same. The exit status is that of the worst: 5 expired or not yet valid, 4 not ' +
        'trusted, 3 and 2 no session, 8 no such file, 6 expires soon, 0 all is well.',
    )
    .argument('<targets...>', 'HOST[:PORT] or a file; what is there as a file is one; - is standard input')
    .addOption(
      new Option('--warn-days <n>', 'fewer days left than this are "soon"').argParser(wholeNumber).default(WARN_DAYS),
    );
  addTlsOptions(command)
    .addOption(jsonOption())
    .option('-q, --quiet', 'print nothing; the exit status tells')
    .addHelpText('after', EXPIRY_HELP)
    .action(
      perform(runner, async (targets, options: CertExpiryOptions, invocation) => {
        const { certExpiryCommand } = await import('../commands/cert_expiry.ts');
        return certExpiryCommand(targets, options, invocation);
      }),
    );
}

function addVerify(cert: Command, runner: Runner): void {
  const command = cert
    .command('verify')
    .summary('would a client trust it?')
    .description(
      'Verifies the certificates of a server, or of a file as if a server sent them: chain, dates, purpose and, for a ' +
        'file with --servername, the name. The exit status is that of connect: 4 not trusted or another name, 5 expired.',
    )
    .argument(
      '<target>',
      'HOST[:PORT] or a file, its own certificate first; what is there as a file is one; - is stdin',
    )
    .addOption(
      new Option('--at <time>', 'verify at this time, as ISO 8601: 2027-01-31 or 2027-01-31T12:00Z').argParser(time),
    )
    .addOption(
      new Option('--purpose <who>', 'who will show the certificates of the file')
        .choices(['server', 'client'])
        .default('server'),
    )
    .option('--untrusted <file...>', 'certificates that may be needed between a file’s first and the trusted ones');
  addTlsOptions(command)
    .addOption(jsonOption())
    .option('-q, --quiet', 'print nothing when all is well')
    .addHelpText('after', VERIFY_HELP)
    .action(
      perform(runner, async ([target], options: CertVerifyOptions, invocation) => {
        const { certVerifyCommand } = await import('../commands/cert_verify.ts');
        return certVerifyCommand(target!, options, invocation);
      }),
    );
}

function addChain(cert: Command, runner: Runner): void {
  const command = cert
    .command('chain')
    .summary('what is sent, what is verified, what is missing or too much')
    .description(
      'Shows the chain that a server sends or a file holds, the one that was verified, and what is wrong with it: ' +
        'certificates that are missing, in no place of the chain, there twice or in the wrong order. The exit status ' +
        'is 4 or 5 when it is not trusted, 9 when it is but something is wrong.',
    )
    .argument('<target>', 'HOST[:PORT] or a file; what is there as a file is one; - is standard input');
  addTlsOptions(command)
    .addOption(jsonOption())
    .addHelpText('after', CHAIN_HELP)
    .action(
      perform(runner, async ([target], options: TlsOptions, invocation) => {
        const { certChainCommand } = await import('../commands/cert_chain.ts');
        return certChainCommand(target!, options, invocation);
      }),
    );
}

/** ISO 8601 with a year of four digits; without a zone it is UTC, as all times of certificates are. */
function time(text: string): Date {
  const match = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?)?$/.exec(text);
  const date = new Date(match && match[1] !== undefined && match[3] === undefined ? `${text}Z` : text);
  if (!match || Number.isNaN(date.getTime())) {
    throw new InvalidArgumentError('give a time like 2027-01-31 or 2027-01-31T12:00:00Z.');
  }
  return date;
}

/** Let's Encrypt and others renew with a third of 90 days left. */
const WARN_DAYS = 30;

const INSPECT_HELP = `
Examples:
  $ sslkit cert inspect server.pem
  $ sslkit cert fetch --insecure expired.example | sslkit cert inspect
  $ sslkit cert inspect --json *.pem | jq -r '.result.certificates[] | [.file, .spkiSha256] | @tsv'`;

const EXPIRY_HELP = `
Examples:
  $ sslkit cert expiry example.org mail.example.org:993 /etc/ssl/private/*.pem
  $ sslkit cert expiry --warn-days 14 --json example.org | jq .result.daysLeft`;

const VERIFY_HELP = `
Examples:
  $ sslkit cert verify example.org
  $ sslkit cert verify fullchain.pem --servername example.org           before it goes into service
  $ sslkit cert verify leaf.pem --untrusted intermediate.pem --cafile ca.pem
  $ sslkit cert verify client.pem --purpose client --cafile ca.pem
  $ sslkit cert verify fullchain.pem --at 2027-01-31`;

const CHAIN_HELP = `
Examples:
  $ sslkit cert chain example.org
  $ sslkit cert chain fullchain.pem
  $ sslkit cert chain --json example.org | jq .result.findings`;

const FETCH_HELP = `
Examples:
  $ sslkit cert fetch example.org
  $ sslkit cert fetch --chain --cafile ca.pem localhost:8443 > chain.pem
  $ sslkit cert fetch --insecure expired.example | openssl x509 -noout -text    look at it, do not trust it`;
