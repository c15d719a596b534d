/**
 * The command line as a whole. The words and options of the commands are in `words/`; what a command does is in
 * `commands/`, loaded when it runs: `--help` touches neither OpenSSL nor the addon.
 */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import type { CommandIo } from './io.ts';
import { addCert } from './words/cert.ts';
import { addConnect } from './words/connect.ts';
import { addCiphers, addDoctor } from './words/health.ts';
import { addInfo } from './words/info.ts';
import { addPem } from './words/pem.ts';
import { type GlobalOptions, jsonOption, type ProgramEvents, type Runner } from './words/words.ts';

/** Builds the command line; parsing it runs the command. */
export function buildProgram(io: CommandIo, global: GlobalOptions, events: ProgramEvents): Command {
  const program = new Command('sslkit')
    .description('Talk TLS, look at certificates, put PEM files in order; straight over OpenSSL.')
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
    .addHelpText('after', HELP);
  const runner: Runner = { io, global, events };
  addConnect(program, runner);
  addCert(program, runner);
  addPem(program, runner);
  addCiphers(program, runner);
  addInfo(program, runner);
  addDoctor(program, runner);
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

const HELP_WIDTH = 100;

const HELP = `
Examples:
  $ sslkit connect example.org                      talk to port 443, type, Ctrl-D to end
  $ sslkit cert fetch example.org > example.pem     its certificate, verified
  $ sslkit cert expiry example.org server.pem       how many days are left?
  $ sslkit pem ls bundle.pem                        what is in it, and what is wrong with it
  $ sslkit pem match server.key server.pem          do they belong together?
  $ sslkit info --json

Exit status:
  0 done                       5 certificate expired or not yet valid
  1 wrong arguments            6 certificate expires soon
  2 no connection, time-out    7 the session broke later
  3 handshake failed           8 a file cannot be used
  4 certificate not trusted    9 a check said no               130 Ctrl-C`;
