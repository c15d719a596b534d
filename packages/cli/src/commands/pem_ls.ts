import { type DerKind, readDer } from '@sslkit/pem';
import { isEncrypted, looksLikeDer } from '../blocks.ts';
import { ExitCode } from '../exit_codes.ts';
import { Finding } from '../finding.ts';
import { checkInputs, inputFailure, inputName, readInput } from '../input.ts';
import { type Invocation, writeTo } from '../io.ts';
import { nameLine } from '../names.ts';
import { type Diagnosis, type Scan, scanDer, scanPem, type ScannedBlock } from '../pem_scan.ts';
import { count, type Painter, painter, printable, wantsColour } from '../terminal.ts';

/** `result` of `pem ls --json`. */
export interface ListReport {
  readonly files: readonly FileReport[];
}

export interface FileReport {
  /** File name; `-` for standard input. */
  readonly file: string;
  readonly form: 'pem' | 'der';
  readonly blocks: readonly BlockReport[];
  readonly diagnoses: readonly Diagnosis[];
}

export interface BlockReport {
  /** Counted from 1. */
  readonly index: number;
  /** As written; null for DER. */
  readonly label: string | null;
  readonly kind: DerKind;
  /** Of the BEGIN line, counted from 1; null for DER. */
  readonly line: number | null;
  /** Bytes from the start of the file to the block, and to its end. */
  readonly start: number;
  readonly end: number;
  /** Of the contents. */
  readonly bytes: number;
  readonly encrypted: boolean;
  /** Of a certificate, on one line; null for all else, and for one that OpenSSL cannot read. */
  readonly subject: string | null;
  /** Of a certificate, as OpenSSL writes it. */
  readonly notAfter: string | null;
}

/** `sslkit pem ls`: status 8 when a file is not what it should be, with the list all the same. */
export async function pemLsCommand(
  files: readonly string[],
  invocation: Invocation,
): Promise<ListReport | Finding<ListReport>> {
  checkInputs(files);
  const reports: FileReport[] = [];
  for (const file of files) {
    const report = await listFile(file, invocation);
    reports.push(report);
    if (!invocation.json) await print(report, invocation);
  }
  const wrong = reports.some(({ diagnoses }) => diagnoses.length > 0);
  return wrong ? new Finding({ files: reports }, ExitCode.INPUT) : { files: reports };
}

async function listFile(file: string, invocation: Invocation): Promise<FileReport> {
  const input = await readInput(file, invocation);
  const form = looksLikeDer(input) ? 'der' : 'pem';
  const { blocks, diagnoses } = form === 'der' ? scanned(file, () => scanDer(input)) : scanPem(input);
  const described: BlockReport[] = [];
  const unreadable: Diagnosis[] = [];
  for (const [at, block] of blocks.entries()) {
    const certificate = block.kind === 'certificate' ? await describe(block) : NO_CERTIFICATE;
    if (certificate instanceof Error) unreadable.push(cannotRead(block, certificate));
    described.push(blockReport(block, at + 1, certificate instanceof Error ? NO_CERTIFICATE : certificate));
  }
  return { file, form, blocks: described, diagnoses: [...diagnoses, ...unreadable] };
}

function scanned(file: string, scan: () => Scan): Scan {
  try {
    return scan();
  } catch (error) {
    throw inputFailure(file, error);
  }
}

type Certificate = Pick<BlockReport, 'subject' | 'notAfter'>;

const NO_CERTIFICATE: Certificate = { subject: null, notAfter: null };

/** The addon is loaded only where there is a certificate. */
async function describe({ der }: ScannedBlock): Promise<Certificate | Error> {
  const { decodeCertificate } = await import('@sslkit/context');
  try {
    const { subject, notAfter } = decodeCertificate(der.subarray(0, readDer(der).end));
    return { subject: nameLine(subject), notAfter };
  } catch (error) {
    return error as Error;
  }
}

function cannotRead({ line }: ScannedBlock, error: Error): Diagnosis {
  return { code: 'ERR_CLI_CERTIFICATE', line, message: `OpenSSL cannot read it: ${error.message}`, hint: null };
}

function blockReport(block: ScannedBlock, index: number, certificate: Certificate): BlockReport {
  const { label, kind, line, start, end, der, headers } = block;
  const encrypted = isEncrypted({ label: label ?? '', der, headers });
  return { index, label, kind, line, start, end, bytes: der.length, encrypted, ...certificate };
}

async function print({ file, form, blocks, diagnoses }: FileReport, { io }: Invocation): Promise<void> {
  const paint = painter(wantsColour(io.stdout, io.env));
  const head = paint.bold(`${inputName(file)}: ${count(blocks.length, 'block')} of ${form.toUpperCase()}`);
  const lines = blocks.map((block) => `  ${blockLine(block, paint)}\n`);
  await writeTo(io.stdout, `${head}\n${lines.join('')}${diagnoses.map((one) => diagnosisText(one, paint)).join('')}`);
}

function blockLine(block: BlockReport, paint: Painter): string {
  const { index, label, kind, line, start, bytes, encrypted, subject, notAfter } = block;
  const place = paint.dim(line === null ? `byte ${start}` : `line ${line}`);
  const what = label === null ? kind : label === '' ? '(no label)' : printable(label);
  const words = [
    `${kind === 'unknown' || label === null ? '' : `${kind}, `}${bytes} bytes`,
    ...(encrypted ? ['encrypted'] : []),
    ...(subject === null ? [] : [subject]),
    ...(notAfter === null ? [] : [`until ${printable(notAfter)}`]),
  ];
  return `${index}  ${place}  ${what}: ${words.join(', ')}`;
}

function diagnosisText({ line, code, message, hint }: Diagnosis, paint: Painter): string {
  const place = line === null ? '' : `line ${line}: `;
  const more = hint === null ? '' : `; ${printable(hint)}`;
  return `  ${paint.bad(`! ${place}${printable(message)}`)}${more} ${paint.dim(`(${code})`)}\n`;
}
