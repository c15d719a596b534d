#!/usr/bin/env node
import { type CommandIo, Interrupted } from './io.ts';
import { run } from './run.ts';

// A reader that goes away is noticed where we write; without a listener the event would end the process with a stack.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

// The first signal ends the session politely; the listener is gone then, and a second one ends the process at once.
const interruption = new AbortController();
process.once('SIGINT', () => interruption.abort(new Interrupted(130)));
process.once('SIGTERM', () => interruption.abort(new Interrupted(143)));

const { stdout, stderr, env } = process;
const io: CommandIo = {
  // Lazily: merely touching process.stdin opens it.
  get stdin() {
    return process.stdin;
  },
  stdout,
  stderr,
  env,
  signal: interruption.signal,
};

process.exitCode = await run(process.argv.slice(2), io);
// Interrupted, nothing is waited for any more: not even output that its reader does not take.
if (interruption.signal.aborted) process.exit();
