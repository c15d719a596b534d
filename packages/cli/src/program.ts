/**
 * The words and options of the command. What a command does is in `commands/`, loaded when it runs: `--help` touches
 * neither OpenSSL nor the addon.
 */
import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { CertFetchOptions } from './commands/cert_fetch.ts';
import type { ConnectOptions } from './commands/connect.ts';
import type { PemConvertOptions } from './commands/pem_convert.ts';
import type { CommandIo, Invocation } from './io.ts';
import type { TlsOptions } from './tls_options.ts';

export interface ProgramEvents {
  /** The result of the command that ran. */
  onResult(result: unknown): void;
  /** A piece of help or version text. */
  onHelp(text: string): void;
}

/** What the command line said anywhere, in front of the command's name too. */
export interface GlobalOptions {
  readonly json: boolean;
}

/** Builds the command line; parsing it runs the command. */
export function buildProgram(io: CommandIo, global: GlobalOptions, events: ProgramEvents): Command {
  const program = new Command('sslkit')
    .description('Talk TLS, look at certificates, convert PEM; straight over OpenSSL.')
    .exitOverride()
    .configureOutput({
      writeOut: events.onHelp,
      writeErr: (text) => {
        // Mistakes come as exceptions and are printed by `run`; what is left is help that follows a mistake.
        if (!text.startsWith('error:') && !text.startsWith('(')) events.onHelp(text);
      },
      getOutHelpWidth: () => HELP_WIDTH,
      getErrHelpWidth: () => HELP_WIDTH,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .addOption(jsonOption().hideHelp())
    .addHelpText('after', PROGRAM_HELP);
  const runner: Runner = { io, global, events };
  addConnect(program, runner);
  addCert(program, runner);
  addPem(program, runner);
  addInfo(program, runner);
  return program;
}

/** The words of the command that `argv` names, for example `cert fetch`; empty when it names none. */
export function commandName(program: Command, argv: readonly string[]): string {
  const words: string[] = [];
  let level = program;
  for (const word of argv.filter((one) => !one.startsWith('-'))) {
    const next = level.commands.find((command) => command.name() === word);
    if (!next) break;
    words.push(word);
    level = next;
  }
  return words.join(' ');
}

export function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return (manifest as { version: string }).version;
}

interface Runner {
  readonly io: CommandIo;
  readonly global: GlobalOptions;
  readonly events: ProgramEvents;
}

interface CommonOptions {
  quiet?: boolean;
}

function addConnect(program: Command, runner: Runner): void {
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
    .addHelpText('after', CONNECT_HELP)
    .action(
      perform(runner, async ([target], options: ConnectOptions, invocation) => {
        const { connectCommand } = await import('./commands/connect.ts');
        return connectCommand(target!, options, invocation);
      }),
    );
}

function addCert(program: Command, runner: Runner): void {
  const cert = program
    .command('cert')
    .summary('certificates of a server')
    .description('Certificates of a server.')
    .helpCommand(false);
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
    .addHelpText('after', CERT_FETCH_HELP)
    .action(
      perform(runner, async ([target], options: CertFetchOptions, invocation) => {
        const { certFetchCommand } = await import('./commands/cert_fetch.ts');
        return certFetchCommand(target!, options, invocation);
      }),
    );
}

function addPem(program: Command, runner: Runner): void {
  const pem = program.command('pem').summary('PEM and DER files').description('PEM and DER files.').helpCommand(false);
  pem
    .command('convert')
    .summary('PEM to DER, DER to PEM, PEM written anew')
    .description(
      'Converts PEM and DER. The kind of the input is found out; PEM may hold several blocks and text between them. ' +
        'What was done is listed on standard error.',
    )
    .argument('[file]', 'the input; - or none: standard input')
    .addOption(new Option('--to <form>', 'the form to write').choices(['pem', 'der']).makeOptionMandatory())
    .option('--label <label>', 'from PEM: only blocks with this label; from DER: the label to write', labelArgument)
    .option('--index <n>', 'only the n-th block, counted from 1 (after --label)', positiveInteger)
    .option('-o, --out <file>', 'write there instead of standard output; private keys get mode 600')
    .addOption(jsonOption('print what was done as JSON; needs --out'))
    .option('-q, --quiet', 'no list on standard error')
    .addHelpText('after', PEM_CONVERT_HELP)
    .action(
      perform(runner, async ([file], options: PemConvertOptions, invocation) => {
        const { pemConvertCommand } = await import('./commands/pem_convert.ts');
        return pemConvertCommand(file ?? '-', options, invocation);
      }),
    );
}

function addInfo(program: Command, runner: Runner): void {
  program
    .command('info')
    .summary('the OpenSSL in use and what it can do')
    .description('Tells which OpenSSL is in use, what it can do, and where it looks for trusted certificates.')
    .addOption(jsonOption())
    .addHelpText('after', INFO_HELP)
    .action(
      perform(runner, async (_, __, invocation) => {
        const { infoCommand } = await import('./commands/info.ts');
        return infoCommand(invocation);
      }),
    );
}

function addTlsOptions(command: Command): Command {
  const version = (flags: string, text: string) =>
    new Option(flags, text).choices(['1.0', '1.1', '1.2', '1.3']).conflicts(['tls1.2', 'tls1.3']);
  return command
    .option('--cafile <file>', 'trust the certificates of this PEM file instead of the system’s')
    .option('--capath <folder>', 'trust this folder (OpenSSL’s hashed layout) instead of the system’s')
    .option('--cert <file>', 'our certificate and its chain, PEM')
    .option('--key <file>', 'its private key, PEM (default: in the --cert file)')
    .option('--servername <name>', 'the name to ask for and to verify (default: the host)')
    .option('--insecure', 'DANGER: accept any certificate from anyone; the session may be with an attacker')
    .addOption(version('--min <version>', 'the lowest TLS version'))
    .addOption(version('--max <version>', 'the highest TLS version'))
    .addOption(new Option('--tls1.2', 'TLS 1.2 only').conflicts('tls1.3'))
    .addOption(new Option('--tls1.3', 'TLS 1.3 only'))
    .option('--alpn <protocols>', 'application protocols to offer, comma-separated: h2,http/1.1', commaList)
    .option('--ciphers <list>', 'OpenSSL cipher list; names that begin with TLS_ are for TLS 1.3')
    .addOption(
      new Option('--timeout <seconds>', 'for connecting and handshaking')
        .argParser(positiveNumber)
        .default(DEFAULT_TIMEOUT_S),
    );
}

type Handler<Options> = (args: string[], options: Options, invocation: Invocation) => Promise<unknown>;

/** Adapts a handler to commander, which passes the arguments first, then the options, then the command. */
function perform<Options>({ io, global, events }: Runner, handler: Handler<Options>) {
  return async (...all: unknown[]): Promise<void> => {
    const args = all.slice(0, -2) as string[];
    const options = all.at(-2) as Options & CommonOptions;
    const invocation = { io, json: global.json, quiet: options.quiet === true };
    events.onResult(await handler(args, options, invocation));
  };
}

function jsonOption(text = 'print one line of JSON instead (see the README for the schema)'): Option {
  return new Option('--json', text);
}

function positiveNumber(text: string): number {
  const value = Number(text);
  if (!/^[\d.]+$/.test(text) || !(value > 0) || value > MAX_TIMEOUT_S) {
    throw new InvalidArgumentError(`give seconds, more than 0 and at most ${MAX_TIMEOUT_S}.`);
  }
  return value;
}

function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('give a whole number from 1.');
  return Number(text);
}

/** RFC 7468 section 3: printable, upper case by custom. */
function labelArgument(text: string): string {
  if (!/^[\x21-\x2c\x2e-\x7e]([ -]?[\x21-\x2c\x2e-\x7e])*$/.test(text)) {
    throw new InvalidArgumentError('a label looks like CERTIFICATE or RSA PRIVATE KEY.');
  }
  return text;
}

function commaList(text: string): string[] {
  const items = text.split(',').map((item) => item.trim());
  if (items.some((item) => item === '')) throw new InvalidArgumentError('give names, separated by commas.');
  return items;
}

/** So that the option types of `tls_options.ts` and the flags above stay in one place each. */
export type { TlsOptions };

const DEFAULT_TIMEOUT_S = 15;
/** setTimeout's limit is 2^31 ms; a day is plenty. */
const MAX_TIMEOUT_S = 86_400;
const HELP_WIDTH = 100;

const PROGRAM_HELP = `
Examples:
  $ sslkit connect example.org                      talk to port 443, type, Ctrl-D to end
  $ sslkit cert fetch example.org > example.pem     its certificate, verified
  $ sslkit pem convert cert.pem --to der -o cert.der
  $ sslkit info --json

Exit status:
  0 done                       4 certificate not trusted or for another name
  1 wrong arguments            5 certificate expired or not yet valid
  2 no connection, time-out    7 the session broke later
  3 handshake failed           8 a file cannot be used         130 Ctrl-C`;

const CONNECT_HELP = `
Examples:
  $ sslkit connect example.org
  $ printf 'HEAD / HTTP/1.0\\nHost: example.org\\n\\n' | sslkit connect --crlf --quiet example.org
  $ sslkit connect --cafile ca.pem --cert me.pem --key me.key --tls1.3 localhost:8443
  $ sslkit connect --json --alpn h2 example.org | jq .result.certificate.daysLeft`;

const CERT_FETCH_HELP = `
Examples:
  $ sslkit cert fetch example.org
  $ sslkit cert fetch --chain --cafile ca.pem localhost:8443 > chain.pem
  $ sslkit cert fetch --insecure expired.example | openssl x509 -noout -text    look at it, do not trust it`;

const PEM_CONVERT_HELP = `
Examples:
  $ sslkit pem convert cert.pem --to der -o cert.der
  $ sslkit pem convert cert.der --to pem
  $ cat bundle.pem | sslkit pem convert --to der --label CERTIFICATE --index 2 > second.der
  $ sslkit pem convert messy.pem --to pem           the same blocks, lines of 64, no text between`;

const INFO_HELP = `
Examples:
  $ sslkit info
  $ sslkit info --json | jq .result.openssl.version`;
