import type { Command } from 'commander';
import type { CiphersOptions } from '../commands/ciphers.ts';
import { addVersionOptions, jsonOption, perform, type Runner } from './words.ts';

export function addCiphers(program: Command, runner: Runner): void {
  const command = program
    .command('ciphers')
    .summary('the ciphers that a list stands for')
    .description(
      'Prints the ciphers that a client offers, most wanted first, in the form of openssl ciphers -v: those of the ' +
        'default context, or of an OpenSSL cipher list. What the security level forbids is not among them.',
    )
    .argument('[list]', 'OpenSSL cipher list; names that begin with TLS_ are for TLS 1.3');
  addVersionOptions(command)
    .addOption(jsonOption())
    .addHelpText('after', CIPHERS_HELP)
    .action(
      perform(runner, async ([list], options: CiphersOptions, invocation) => {
        const { ciphersCommand } = await import('../commands/ciphers.ts');
        return ciphersCommand(list, options, invocation);
      }),
    );
}

export function addDoctor(program: Command, runner: Runner): void {
  program
    .command('doctor')
    .summary('is all well with OpenSSL on this machine?')
    .description(
      'Looks at the OpenSSL in use, the random generator, the environment variables that matter, the trusted ' +
        'certificates and the clock, and shakes hands with itself in memory. Nothing leaves the machine. The exit ' +
        'status is 9 when something fails.',
    )
    .addOption(jsonOption())
    .addHelpText('after', DOCTOR_HELP)
    .action(
      perform(runner, async (_, __, invocation) => {
        const { doctorCommand } = await import('../commands/doctor.ts');
        return doctorCommand(invocation);
      }),
    );
}

const CIPHERS_HELP = `
Examples:
  $ sslkit ciphers
  $ sslkit ciphers 'ECDHE+AESGCM:!ECDSA' --tls1.2
  $ sslkit ciphers --json | jq -r '.result.ciphers[] | [.id, .name] | @tsv'`;

const DOCTOR_HELP = `
Examples:
  $ sslkit doctor
  $ sslkit doctor --json | jq '.result.checks[] | select(.status != "ok")'`;
