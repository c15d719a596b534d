import type { Readable, Writable } from 'node:stream';
import { CliError } from './failure.ts';

/** The process's outside, so that a command can be run in a process that is not its own. */
export interface CommandIo {
  readonly stdin: Readable & { isTTY?: boolean };
  readonly stdout: Writable & { isTTY?: boolean };
  readonly stderr: Writable & { isTTY?: boolean };
  readonly env: NodeJS.ProcessEnv;
  /** Aborted by Ctrl-C, with an {@link Interrupted} as its reason. */
  readonly signal: AbortSignal;
}

/** What every command is told besides its own options. */
export interface Invocation {
  readonly io: CommandIo;
  /** The command reports through its result only, and writes nothing itself. */
  readonly json: boolean;
  /** No report on standard error; warnings of danger stay. */
  readonly quiet: boolean;
}

/** Who reads our output went away (`| head`): a reason to stop, not a failure. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed';
}

/** Ctrl-C or a polite kill. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly code = 'ERR_CLI_INTERRUPTED';
  readonly exitCode: number;

  constructor(exitCode: number) {
    super('interrupted');
    this.exitCode = exitCode;
  }
}

/**
 * Writes to a stream and waits until it took the bytes: with slow readers at most one chunk is in flight.
 * @throws OutputClosed when nobody reads any more; CliError when the output cannot be written (a full disk); the
 *   signal's reason when it is aborted
 */
export function writeTo(stream: Writable, data: string | Uint8Array, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal!.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    stream.write(data, (error) => {
      signal?.removeEventListener('abort', onAbort);
      if (!error) resolve();
      else
        reject(isBrokenPipe(error) ? new OutputClosed('nobody reads the output', { cause: error }) : unwritable(error));
    });
  });
}

/** Writes a note to standard error; when that is closed, the note is lost and nothing else. */
export async function note(io: CommandIo, text: string): Promise<void> {
  await writeTo(io.stderr, text).catch(() => undefined);
}

function unwritable(cause: Error): CliError {
  return new CliError('input', 'ERR_CLI_OUTPUT', `cannot write the output: ${cause.message}`, { cause });
}

const BROKEN_PIPE: ReadonlySet<string> = new Set(['EPIPE', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END']);

function isBrokenPipe(error: NodeJS.ErrnoException): boolean {
  return error.code !== undefined && BROKEN_PIPE.has(error.code);
}
