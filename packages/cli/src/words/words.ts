/** What the words of every command are made of: how an action runs, and options that several have. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CommandIo, Invocation } from '../io.ts';

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

export interface Runner {
  readonly io: CommandIo;
  readonly global: GlobalOptions;
  readonly events: ProgramEvents;
}

type Handler<Options> = (args: string[], options: Options, invocation: Invocation) => Promise<unknown>;

/** Adapts a handler to commander, which passes the arguments first, then the options, then the command. */
export function perform<Options>({ io, global, events }: Runner, handler: Handler<Options>) {
  return async (...all: unknown[]): Promise<void> => {
    // An argument that may be repeated comes as a list of its own.
    const args = all.slice(0, -2).flat() as string[];
    const options = all.at(-2) as Options & { quiet?: boolean };
    const invocation = { io, json: global.json, quiet: options.quiet === true };
    events.onResult(await handler(args, options, invocation));
  };
}

export function jsonOption(text = 'print one line of JSON instead (see the README for the schema)'): Option {
  return new Option('--json', text);
}

/** The options of a command that writes a file. */
export function addOutputOptions(command: Command, what = 'write there'): Command {
  return command
    .option('-o, --out <file>', `${what}; - is standard output; private keys get mode 600`)
    .option('-f, --force', 'replace a file that is there');
}

/** A password comes from a file or the environment: what is on the command line, everyone on the machine can read. */
export function addPasswordOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--pass-file <file>', 'the password of encrypted keys is its first line').conflicts('passEnv'),
    )
    .option('--pass-env <name>', 'the password of encrypted keys is in this environment variable');
}

/** The TLS versions that count. */
export function addVersionOptions(command: Command): Command {
  const version = (flags: string, text: string) =>
    new Option(flags, text).choices(['1.0', '1.1', '1.2', '1.3']).conflicts(['tls1.2', 'tls1.3']);
  return command
    .addOption(version('--min <version>', 'the lowest TLS version'))
    .addOption(version('--max <version>', 'the highest TLS version'))
    .addOption(new Option('--tls1.2', 'TLS 1.2 only').conflicts('tls1.3'))
    .addOption(new Option('--tls1.3', 'TLS 1.3 only'));
}

/** The options of a command that connects. */
export function addTlsOptions(command: Command): Command {
  command
    .option('--cafile <file>', 'trust the certificates of this PEM file instead of the system’s')
    .option('--capath <folder>', 'trust this folder (OpenSSL’s hashed layout) instead of the system’s')
    .option('--cert <file>', 'our certificate and its chain, PEM')
    .option('--key <file>', 'its private key, PEM (default: in the --cert file)')
    .option('--servername <name>', 'the name to ask for and to verify (default: the host)')
    .option('--insecure', 'DANGER: accept any certificate from anyone; the session may be with an attacker');
  return addVersionOptions(command)
    .option('--alpn <protocols>', 'application protocols to offer, comma-separated: h2,http/1.1', commaList)
    .option('--ciphers <list>', 'OpenSSL cipher list; names that begin with TLS_ are for TLS 1.3')
    .addOption(
      new Option('--timeout <seconds>', 'for connecting and handshaking')
        .argParser(positiveNumber)
        .default(DEFAULT_TIMEOUT_S),
    );
}

export function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('give a whole number from 1.');
  return Number(text);
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('give a whole number from 0.');
  return Number(text);
}

/** RFC 7468 section 3: printable, upper case by custom. */
export function labelArgument(text: string): string {
  if (!/^[\x21-\x2c\x2e-\x7e]([ -]?[\x21-\x2c\x2e-\x7e])*$/.test(text)) {
    throw new InvalidArgumentError('a label looks like CERTIFICATE or RSA PRIVATE KEY.');
  }
  return text;
}

function positiveNumber(text: string): number {
  const value = Number(text);
  if (!/^[\d.]+$/.test(text) || !(value > 0) || value > MAX_TIMEOUT_S) {
    throw new InvalidArgumentError(`give seconds, more than 0 and at most ${MAX_TIMEOUT_S}.`);
  }
  return value;
}

function commaList(text: string): string[] {
  const items = text.split(',').map((item) => item.trim());
  if (items.some((item) => item === '')) throw new InvalidArgumentError('give names, separated by commas.');
  return items;
}

const DEFAULT_TIMEOUT_S = 15;
/** setTimeout's limit is 2^31 ms; a day is plenty. */
const MAX_TIMEOUT_S = 86_400;
