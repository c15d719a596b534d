import { type Command, InvalidArgumentError, Option } from 'commander';
import type { PemConvertOptions } from '../commands/pem_convert.ts';
import type { PemJoinOptions } from '../commands/pem_join.ts';
import type { PemRepairOptions } from '../commands/pem_repair.ts';
import type { PemSplitOptions } from '../commands/pem_split.ts';
import type { PasswordOptions } from '../password.ts';
import {
  addOutputOptions,
  addPasswordOptions,
  jsonOption,
  labelArgument,
  perform,
  positiveInteger,
  type Runner,
} from './words.ts';

export function addPem(program: Command, runner: Runner): void {
  const pem = program.command('pem').summary('PEM and DER files').description('PEM and DER files.').helpCommand(false);
  addLs(pem, runner);
  addSplit(pem, runner);
  addJoin(pem, runner);
  addConvert(pem, runner);
  addRepair(pem, runner);
  addMatch(pem, runner);
}

function addLs(pem: Command, runner: Runner): void {
  pem
    .command('ls')
    .summary('what is in a file, and what is wrong with it')
    .description(
      'Lists the blocks of PEM and DER files, and every fault: where it is, what it is, and what helps. The exit ' +
        'status is 8 when there is any.',
    )
    .argument('[files...]', 'the files; - or none: standard input')
    .addOption(jsonOption())
    .addHelpText('after', LS_HELP)
    .action(
      perform(runner, async (files, _: object, invocation) => {
        const { pemLsCommand } = await import('../commands/pem_ls.ts');
        return pemLsCommand(orStdin(files), invocation);
      }),
    );
}

function addSplit(pem: Command, runner: Runner): void {
  pem
    .command('split')
    .summary('a file for each block, or for each kind of block')
    .description(
      'Writes a PEM file for each block, named by its place, label and, for a certificate, common name; or one for ' +
        'each kind. Private keys get mode 600. When one of the files is there already, none is written.',
    )
    .argument('[files...]', 'the input, PEM or DER; - or none: standard input')
    .option('-d, --dir <folder>', 'write there; it is made when it is not there', '.')
    .addOption(new Option('--by <what>', 'what shares a file').choices(['block', 'kind']).default('block'))
    .option('--prefix <text>', 'in front of each file name', prefixArgument, '')
    .option('-f, --force', 'replace files that are there')
    .addOption(jsonOption())
    .option('-q, --quiet', 'do not print the names of the files')
    .addHelpText('after', SPLIT_HELP)
    .action(
      perform(runner, async (files, options: PemSplitOptions, invocation) => {
        const { pemSplitCommand } = await import('../commands/pem_split.ts');
        return pemSplitCommand(orStdin(files), options, invocation);
      }),
    );
}

function addJoin(pem: Command, runner: Runner): void {
  const command = pem
    .command('join')
    .summary('key, certificate and chain in one file, in the right order')
    .description(
      'Joins a private key (if there is one), its certificate and the chain above it, in this order, however they ' +
        'are spread over the files. Refuses a block that is there twice, a second key, a key that does not belong to ' +
        'the certificate, and what is not in its chain.',
    )
    .argument('[files...]', 'the input, PEM or DER; - or none: standard input')
    .option('--no-root', 'leave a self-signed certificate at the end out: clients have their own');
  addPasswordOptions(addOutputOptions(command))
    .addOption(jsonOption('print what was done as JSON; needs --out'))
    .option('-q, --quiet', 'no list on standard error')
    .addHelpText('after', JOIN_HELP)
    .action(
      perform(runner, async (files, options: PemJoinOptions, invocation) => {
        const { pemJoinCommand } = await import('../commands/pem_join.ts');
        return pemJoinCommand(orStdin(files), options, invocation);
      }),
    );
}

function addConvert(pem: Command, runner: Runner): void {
  const command = pem
    .command('convert')
    .summary('PEM to DER, DER to PEM, PEM written anew')
    .description(
      'Converts PEM and DER. The kind of the input is found out; PEM may hold several blocks and text between them. ' +
        'What was done is listed on standard error.',
    )
    .argument('[file]', 'the input; - or none: standard input')
    .addOption(new Option('--to <form>', 'the form to write').choices(['pem', 'der']).makeOptionMandatory())
    .option('--label <label>', 'from PEM: only blocks with this label; from DER: the label to write', labelArgument)
    .option('--index <n>', 'only the n-th block, counted from 1 (after --label)', positiveInteger);
  addOutputOptions(command)
    .addOption(jsonOption('print what was done as JSON; needs --out'))
    .option('-q, --quiet', 'no list on standard error')
    .addHelpText('after', CONVERT_HELP)
    .action(
      perform(runner, async ([file], options: PemConvertOptions, invocation) => {
        const { pemConvertCommand } = await import('../commands/pem_convert.ts');
        return pemConvertCommand(file ?? '-', options, invocation);
      }),
    );
}

function addRepair(pem: Command, runner: Runner): void {
  const command = pem
    .command('repair')
    .summary('mend what environment variables, YAML and mail did to PEM')
    .description(
      'Writes the text with its faults mended, and lists each on standard error: literal \\n, indentation, one long ' +
        'line, a byte order mark, base64url, missing padding or END. What cannot be mended with certainty is refused.',
    )
    .argument('[file]', 'the input; - or none: standard input')
    .addOption(
      new Option('--check', 'write nothing; exit status 9 when there is something to mend').conflicts([
        'out',
        'force',
        'inPlace',
      ]),
    )
    .addOption(new Option('-i, --in-place', 'mend the file itself').conflicts(['out', 'force']));
  addOutputOptions(command)
    .addOption(jsonOption('print what was done as JSON; needs --out, --in-place or --check'))
    .option('-q, --quiet', 'no list on standard error')
    .addHelpText('after', REPAIR_HELP)
    .action(
      perform(runner, async ([file], options: PemRepairOptions, invocation) => {
        const { pemRepairCommand } = await import('../commands/pem_repair.ts');
        return pemRepairCommand(file ?? '-', options, invocation);
      }),
    );
}

function addMatch(pem: Command, runner: Runner): void {
  const command = pem
    .command('match')
    .summary('do a key and a certificate belong together?')
    .description(
      'Compares the public keys of private keys, certificates, requests and public keys; of the certificates of a ' +
        'file the first counts, and each must be issued by the next. The exit status is 9 when the answer is no.',
    )
    .argument('[files...]', 'PEM or DER; - or none: standard input');
  addPasswordOptions(command)
    .addOption(jsonOption())
    .option('-q, --quiet', 'print nothing; the exit status tells')
    .addHelpText('after', MATCH_HELP)
    .action(
      perform(runner, async (files, options: PasswordOptions, invocation) => {
        const { pemMatchCommand } = await import('../commands/pem_match.ts');
        return pemMatchCommand(orStdin(files), options, invocation);
      }),
    );
}

function orStdin(files: readonly string[]): readonly string[] {
  return files.length === 0 ? ['-'] : files;
}

/** A prefix is a piece of a name: it must not lead out of the folder. */
function prefixArgument(text: string): string {
  if (!/^[\w.-]*$/.test(text)) throw new InvalidArgumentError('a prefix has letters, digits, ".", "-" and "_".');
  return text;
}

const LS_HELP = `
Examples:
  $ sslkit pem ls /etc/ssl/certs/ca-certificates.crt
  $ printenv TLS_KEY | sslkit pem ls                        why does it not load?
  $ sslkit pem ls --json *.pem | jq '.result.files[].diagnoses'`;

const SPLIT_HELP = `
Examples:
  $ sslkit pem split bundle.pem --dir parts                 01-certificate-example.org.pem, …
  $ sslkit pem split combined.pem --by kind --prefix web-   web-private-keys.pem, web-certificates.pem`;

const JOIN_HELP = `
Examples:
  $ sslkit pem join server.key server.pem intermediate.pem -o combined.pem
  $ sslkit pem join --no-root *.crt > fullchain.pem`;

const CONVERT_HELP = `
Examples:
  $ sslkit pem convert cert.pem --to der -o cert.der
  $ sslkit pem convert cert.der --to pem
  $ cat bundle.pem | sslkit pem convert --to der --label CERTIFICATE --index 2 > second.der
  $ sslkit pem convert messy.pem --to pem           the same blocks, lines of 64, no text between`;

const REPAIR_HELP = `
Examples:
  $ printenv TLS_CERT | sslkit pem repair > cert.pem
  $ sslkit pem repair --in-place server.pem
  $ sslkit pem repair --check server.pem || echo 'not in order'`;

const MATCH_HELP = `
Examples:
  $ sslkit pem match server.key server.pem
  $ sslkit pem match --pass-env KEY_PASSWORD server.key request.csr
  $ sslkit pem match combined.pem --quiet && nginx -s reload`;
