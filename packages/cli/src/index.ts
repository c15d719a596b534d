export { ExitCode } from './exit_codes.ts';
export { type CommandIo, Interrupted } from './io.ts';
export { type ErrorReport, type FailureEnvelope, SCHEMA, type SuccessEnvelope } from './json.ts';
export { run } from './run.ts';
