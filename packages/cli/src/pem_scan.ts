/** All that can be read of a PEM text, and all that is wrong with it: where a parser stops, this goes on. */
import { type DerKind, identifyDer, iteratePem, type PemBlock, PemError, readDer } from '@sslkit/pem';
import { labelFits, labelForKind } from './blocks.ts';
import { hintForCommand } from './input.ts';
import { printable } from './terminal.ts';

/** Something wrong with a text or one of its blocks. */
export interface Diagnosis {
  /** Stable: a code of `PemError`, or `ERR_CLI_LABEL`, `ERR_CLI_DER`, `ERR_CLI_TRAILING_BYTES`, `ERR_CLI_DUPLICATE`. */
  readonly code: string;
  /** Counted from 1; null for DER. */
  readonly line: number | null;
  readonly message: string;
  readonly hint: string | null;
}

export interface ScannedBlock {
  /** As written; null for DER. */
  readonly label: string | null;
  readonly kind: DerKind;
  /** Of the BEGIN line, counted from 1; null for DER. */
  readonly line: number | null;
  /** Bytes from the start of the input to the block, and to its end. */
  readonly start: number;
  readonly end: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly der: Uint8Array;
}

export interface Scan {
  readonly blocks: readonly ScannedBlock[];
  readonly diagnoses: readonly Diagnosis[];
}

/** A text that is wrong everywhere costs a look at its rest for each fault: so many are told, and the rest is not read. */
export const MAX_DIAGNOSES = 100;

/** Reads PEM, in standard mode; after a fault it goes on at the next BEGIN. */
export function scanPem(input: Buffer): Scan {
  const blocks: ScannedBlock[] = [];
  const diagnoses: Diagnosis[] = [];
  const lineAt = lineCounter(input);
  for (let from = 0; from < input.length && diagnoses.length < MAX_DIAGNOSES; ) {
    const fault = readFrom(input, from, (block) => {
      const start = from + block.start;
      blocks.push({ ...pick(block), kind: kindOf(block), line: lineAt(start), start, end: from + block.end });
    });
    if (!fault) break;
    const at = from + fault.offset;
    diagnoses.push({ code: fault.code, line: lineAt(at), ...wordsOf(fault) });
    from = nextBegin(input, at);
  }
  return { blocks, diagnoses: [...diagnoses, ...blocks.flatMap(diagnose), ...doubles(blocks)].sort(byLine) };
}

/** Reads DER structures back to back. */
export function scanDer(input: Uint8Array): Scan {
  const blocks: ScannedBlock[] = [];
  for (let start = 0; start < input.length; ) {
    const { end } = readDer(input, start);
    const der = input.subarray(start, end);
    blocks.push({ label: null, kind: identifyDer(der), line: null, start, end, headers: new Map(), der });
    start = end;
  }
  return { blocks, diagnoses: doubles(blocks) };
}

function readFrom(input: Buffer, from: number, take: (block: PemBlock) => void): PemError | null {
  try {
    for (const block of iteratePem(input.subarray(from))) take(block);
    return null;
  } catch (error) {
    if (error instanceof PemError) return error;
    throw error;
  }
}

/** The line of the next BEGIN after a fault, or just the BEGIN when the fault is on that line. */
function nextBegin(input: Buffer, fault: number): number {
  const begin = input.indexOf('-----BEGIN ', fault + 1);
  if (begin < 0) return input.length;
  const line = input.lastIndexOf('\n', begin) + 1;
  return line > fault ? line : begin;
}

function pick({ label, headers, der }: PemBlock): Pick<ScannedBlock, 'label' | 'headers' | 'der'> {
  return { label, headers, der };
}

/** What has RFC 1421 headers is ciphertext, and looks like DER by accident only. */
function kindOf({ headers, der }: PemBlock): DerKind {
  return headers.has('DEK-Info') ? 'unknown' : identifyDer(der);
}

/** The message without the line, which has a place of its own. */
function wordsOf({ message, hint }: PemError): Pick<Diagnosis, 'message' | 'hint'> {
  const words = message.replace(/^line \d+: /, '');
  return { message: words, hint: hint === undefined ? null : hintForCommand(hint) };
}

function diagnose({ label, kind, line, headers, der }: ScannedBlock): Diagnosis[] {
  if (headers.has('DEK-Info') || label === null) return [];
  if (label === 'OPENSSH PRIVATE KEY' || label === 'EC PARAMETERS') return [];
  if (!labelFits(label, kind)) {
    const message = `the label is ${printable(label)}, the contents are ${kind}`;
    const right = labelForKind(kind);
    return [{ code: 'ERR_CLI_LABEL', line, message, hint: right && `the label should be ${right}` }];
  }
  const found = frameFault(label, der);
  return found ? [{ ...found, line, hint: null }] : [];
}

/** What follows a TRUSTED CERTIFICATE is OpenSSL's trust settings. @see openssl-x509(1) */
function frameFault(label: string, der: Uint8Array): Pick<Diagnosis, 'code' | 'message'> | null {
  try {
    const { end } = readDer(der);
    const rest = der.length - end;
    if (rest === 0 || label === 'TRUSTED CERTIFICATE') return null;
    return { code: 'ERR_CLI_TRAILING_BYTES', message: `${rest} bytes follow the structure` };
  } catch {
    return { code: 'ERR_CLI_DER', message: 'the contents are not DER' };
  }
}

function doubles(blocks: readonly ScannedBlock[]): Diagnosis[] {
  const seen = new Map<string, number>();
  return blocks.flatMap(({ der, line }, at) => {
    const key = Buffer.from(der.buffer, der.byteOffset, der.length).toString('latin1');
    const first = seen.get(key);
    if (first === undefined) seen.set(key, at + 1);
    if (first === undefined || der.length === 0) return [];
    return [{ code: 'ERR_CLI_DUPLICATE', line, message: `the same as block ${first}`, hint: null }];
  });
}

function byLine(a: Diagnosis, b: Diagnosis): number {
  return (a.line ?? 0) - (b.line ?? 0);
}

/** Lines of offsets that are asked in ascending order: one pass over the text. CR LF, CR and LF each end a line. */
function lineCounter(input: Buffer): (offset: number) => number {
  let at = 0;
  let line = 1;
  return (offset) => {
    for (; at < offset; at++) {
      if (input[at] === LF || (input[at] === CR && input[at + 1] !== LF)) line++;
    }
    return line;
  };
}

const LF = 10;
const CR = 13;
