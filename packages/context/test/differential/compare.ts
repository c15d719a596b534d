/** Compares what CPython and sslkit made of the same case. */
import * as fs from 'node:fs';
import type { PythonVersion } from '@sslkit/testkit';
import { OPENSSL_VERSION } from '@sslkit/context';
import { runPython } from '@sslkit/testkit';
import type { Case, Json, Outcome, Step } from './case.ts';
import type { Deviation } from './deviations.ts';
import { deviationFor } from './deviations.ts';
import { runCase } from './script.ts';

export interface Comparison {
  readonly name: string;
  readonly version: PythonVersion;
  readonly step: Step;
  readonly python: Outcome;
  readonly ours: Outcome;
  /** What differs, for a human; null when nothing does. */
  readonly difference: string | null;
  /** Why it may differ; null when it may not. */
  readonly deviation: Deviation | null;
}

/** What an oracle said; `unfit` tells why it cannot judge here, and then there are no comparisons. */
export interface Judgement {
  readonly unfit: string | null;
  readonly comparisons: readonly Comparison[];
}

/**
 * Runs all cases through both; one process of Python for all. Reasons and texts are OpenSSL's, so both must have the same
 * minor version of it; and the list of deviations knows two versions of Python.
 */
export async function compareAll(cases: readonly Case[], version: PythonVersion): Promise<Judgement> {
  const oracle = await askPython(cases, version);
  const unfit = unfitness(oracle, version);
  if (unfit !== null) return { unfit, comparisons: [] };
  return { unfit, comparisons: cases.flatMap((one, index) => compareCase(one, oracle.cases[index]!.results, version)) };
}

interface Answer {
  readonly python: string;
  readonly openssl: string;
  readonly cases: readonly { readonly results: readonly Outcome[] }[];
}

async function askPython(cases: readonly Case[], python: PythonVersion): Promise<Answer> {
  const script = fs.readFileSync(new URL('oracle.py', import.meta.url), 'utf8');
  const { code, stdout, stderr } = await runPython(script, {
    python,
    input: JSON.stringify({ cases }),
    timeout: 60_000,
  });
  if (code !== 0) throw new Error(`oracle.py failed: ${stderr}`);
  return JSON.parse(stdout) as Answer;
}

function unfitness({ python, openssl }: Answer, version: PythonVersion): string | null {
  if (!python.startsWith(`${version}.`)) return `the oracle is CPython ${version}, and this is ${python}`;
  const minor = (text: string): string => /OpenSSL \d+\.\d+/u.exec(text)?.[0] ?? text;
  if (minor(openssl) === minor(OPENSSL_VERSION)) return null;
  return `CPython has ${openssl}, this process ${OPENSSL_VERSION}: reasons and texts differ`;
}

function compareCase(one: Case, theirs: readonly Outcome[], version: PythonVersion): Comparison[] {
  const firstErrors = new Map<string, string>();
  return ourOutcomes(one).map((ours, index) => {
    const step = one.steps[index]!;
    const python = theirs[index]!;
    const difference = differenceOf(python, ours);
    const facts = { name: one.name, step, python, ours, version, repeatsFirstError: repeats(firstErrors, step, ours) };
    return { name: one.name, version, step, python, ours, difference, deviation: deviationFor(facts) };
  });
}

/** Ours are the same whatever Python they are compared with. */
function ourOutcomes(one: Case): Outcome[] {
  const known = outcomes.get(one) ?? runCase(one);
  outcomes.set(one, known);
  return known;
}

const outcomes = new Map<Case, Outcome[]>();

/** Whether a connection gave the error that it gave before: the first fatal one sticks. */
function repeats(firstErrors: Map<string, string>, step: Step, ours: Outcome): boolean {
  const sides = step.do === 'handshake' ? (ours.value as Record<string, Outcome>) : undefined;
  if (sides !== undefined && step.do === 'handshake') {
    for (const side of ['client', 'server'] as const) note(firstErrors, step[side], sides[side]!);
    return false;
  }
  return 'on' in step && note(firstErrors, step.on, ours);
}

function note(firstErrors: Map<string, string>, object: string, { error, reason, message }: Outcome): boolean {
  if (error === undefined || !error.startsWith('SSL') || error.startsWith('SSLWant')) return false;
  const text = JSON.stringify([error, reason, message]);
  const first = firstErrors.get(object);
  if (first === undefined) firstErrors.set(object, text);
  return first === text;
}

function differenceOf(python: Outcome, ours: Outcome): string | null {
  const left = JSON.stringify(comparable(python));
  const right = JSON.stringify(comparable(ours));
  return left === right ? null : `python ${left}\n  sslkit ${right}`;
}

/** What must be equal: a value wholly; of an error its class, of an SSLError everything that Python promises. */
function comparable(outcome: Outcome): Json {
  if (outcome.error === undefined) return comparableValue(outcome.value ?? null);
  const error = pythonBase(outcome);
  if (!error.startsWith('SSL')) return { error };
  const { reason = null, number, verify_code = null, verify_message = null } = outcome;
  return {
    error,
    reason,
    number: number ?? 0,
    verify_code,
    verify_message,
    message: plainMessage(outcome.message ?? ''),
  };
}

/** The outcome of a handshake is one outcome per side. */
function comparableValue(value: Json): Json {
  if (typeof value !== 'object' || value === null || !('client' in value && 'server' in value)) return value;
  return { client: comparable(value.client as Outcome), server: comparable(value.server as Outcome) };
}

/** Subclasses of ValueError that Python raises and a caller does not tell apart. */
function pythonBase(outcome: Outcome): string {
  const { error = '', bases = [] } = outcome;
  if (error.startsWith('SSL')) return error;
  if (bases.includes('ValueError') || error === 'OverflowError') return 'ValueError';
  return error;
}

/** Without the line number of _ssl.c. */
function plainMessage(message: string): string {
  return message.replace(/ \(_ssl\.c:\d+\)$/u, '');
}
