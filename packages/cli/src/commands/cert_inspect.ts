import { type PlacedBlock, readBlocks } from '../blocks.ts';
import { type InspectedCertificate, inspectCertificate, keyLine, type NamedObject } from '../certificate.ts';
import { inputError } from '../failure.ts';
import { checkInputs, inputFailure, inputName } from '../input.ts';
import { type Invocation, writeTo } from '../io.ts';
import { alternativeNamesLine, nameLine } from '../names.ts';
import { holderOf } from '../public_keys.ts';
import { daysLeftText } from '../session_text.ts';
import { type Painter, painter, printable, table, wantsColour } from '../terminal.ts';

/** `result` of `cert inspect --json`. */
export interface InspectReport {
  readonly certificates: readonly PlacedCertificate[];
}

export interface PlacedCertificate extends InspectedCertificate {
  /** File name; `-` for standard input. */
  readonly file: string;
  /** In its file, counted from 1. */
  readonly block: number;
}

/** `sslkit cert inspect`. */
export async function certInspectCommand(files: readonly string[], invocation: Invocation): Promise<InspectReport> {
  checkInputs(files);
  const blocks = (await readBlocks(files, invocation)).filter((block) => holderOf(block) === 'certificate');
  if (blocks.length === 0) throw inputError('there is no certificate', { hint: 'sslkit pem ls lists what there is' });
  const certificates: PlacedCertificate[] = [];
  for (const block of blocks) {
    const report = await inspect(block);
    certificates.push(report);
    if (!invocation.json) await print(report, invocation);
  }
  return { certificates };
}

async function inspect(block: PlacedBlock): Promise<PlacedCertificate> {
  try {
    return { file: block.file, block: block.index, ...(await inspectCertificate(block.der)) };
  } catch (error) {
    throw inputFailure(block.file, error);
  }
}

async function print(report: PlacedCertificate, { io }: Invocation): Promise<void> {
  const paint = painter(wantsColour(io.stdout, io.env));
  const head = paint.bold(`${inputName(report.file)}, block ${report.block}`);
  await writeTo(io.stdout, `${head}\n${table(rowsOf(report, paint), paint)}`);
}

function rowsOf(report: PlacedCertificate, paint: Painter): (readonly [string, string])[] {
  const { dict, daysLeft } = report;
  const left = daysLeftText(daysLeft);
  return [
    ['subject', nameLine(dict.subject)],
    ['issuer', nameLine(dict.issuer)],
    ['names', alternativeNamesLine(dict, NAMES_SHOWN)],
    ['serial', printable(dict.serialNumber)],
    ['valid from', report.notBefore],
    ['until', `${report.notAfter}, ${daysLeft < 0 ? paint.bad(left) : left}`],
    ['key', keyLine(report.key)],
    ['signature', nameOf(report.signature)],
    ['CA', report.ca ? 'yes' : 'no'],
    ['for', report.extendedKeyUsage?.map(nameOf).join(', ') ?? 'any purpose'],
    ['sha256', report.sha256],
    ['sha1', report.sha1],
    ['SPKI sha256', report.spkiSha256],
  ];
}

function nameOf({ name, oid }: NamedObject): string {
  return name ?? oid;
}

const NAMES_SHOWN = 100;
