import { CommanderError } from 'commander';
import { ExitCode, exitCodeOf } from './exit_codes.ts';
import { unwrapFailure } from './failure.ts';
import { unwrapFinding } from './finding.ts';
import { type CommandIo, Interrupted, note, OutputClosed, writeTo } from './io.ts';
import { type ErrorReport, errorRows, failureLine, reportError, successLine } from './json.ts';
import { buildProgram, commandName } from './program.ts';
import { painter, printable, table, wantsColour } from './terminal.ts';

/**
 * Runs `sslkit` with the given arguments (without `node` and the script) and resolves with the exit status; it never
 * rejects and never ends the process.
 */
export async function run(argv: readonly string[], io: CommandIo): Promise<number> {
  try {
    return await execute(argv, io);
  } catch (error) {
    // The report itself could not be written, or the command has a fault.
    return fail(error, { command: '', json: false, io });
  }
}

async function execute(given: readonly string[], io: CommandIo): Promise<number> {
  const argv = given[0] === 'help' ? [...given.slice(1), '--help'] : given;
  const json = wantsJson(argv);
  const outcome: { result?: unknown } = {};
  const help: string[] = [];
  const program = buildProgram(
    io,
    { json },
    {
      onResult: (result) => {
        outcome.result = result;
      },
      onHelp: (text) => help.push(text),
    },
  );
  const command = commandName(program, argv);
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return usage(error, { command, json, help: help.join(''), io });
    return fail(error, { command, json, io });
  }
  const { result, exitCode } = unwrapFinding(outcome.result);
  if (json) await writeTo(io.stdout, successLine(command, result));
  return exitCode;
}

interface Context {
  command: string;
  json: boolean;
  io: CommandIo;
}

/** Help, the version, or a mistake in the arguments: commander throws for each. */
async function usage(error: CommanderError, context: Context & { help: string }): Promise<number> {
  const { io, help } = context;
  if (error.exitCode === 0) {
    await writeTo(io.stdout, help);
    return ExitCode.OK;
  }
  const [message = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
  const missing = error.code === 'commander.help';
  const report: ErrorReport = {
    class: 'CliError',
    code: 'ERR_CLI_USAGE',
    reason: null,
    verifyCode: null,
    message: missing ? 'a command is missing' : message,
    hint: rest.join(' ').replace(/^\((.*)\)$/, '$1') || helpHint(context.command),
  };
  if (context.json) await writeTo(io.stdout, failureLine(context.command, report));
  else if (missing) await note(io, help);
  else await note(io, `sslkit: ${printable(report.message)}\n  ${printable(report.hint ?? '')}\n`);
  return ExitCode.USAGE;
}

async function fail(thrown: unknown, context: Context): Promise<number> {
  const { error, phase } = unwrapFailure(thrown);
  if (error instanceof OutputClosed) return ExitCode.OK;
  const interruption = context.io.signal.reason;
  if (context.io.signal.aborted && interruption instanceof Interrupted) return interruption.exitCode;
  const exitCode = exitCodeOf(error, phase);
  const report = reportError(error);
  if (context.json) await writeTo(context.io.stdout, failureLine(context.command, report));
  else await explain(report, exitCode, context.io);
  return exitCode;
}

async function explain(report: ErrorReport, exitCode: number, io: CommandIo): Promise<void> {
  const paint = painter(wantsColour(io.stderr, io.env));
  const rows = table(errorRows(report, exitCode), paint);
  await note(io, `sslkit: ${paint.bad(printable(report.message))}\n${rows}`);
}

/** Asked before parsing, because a mistake in the arguments is reported as JSON too. */
function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv.slice(0, end < 0 ? argv.length : end).includes('--json');
}

function helpHint(command: string): string {
  return `sslkit ${command ? `${command} ` : ''}--help tells more`;
}
