import type { KeyObject } from 'node:crypto';
import { type PlacedBlock, readBlocks } from '../blocks.ts';
import { type ChainLink, chainLink, isIssuedBy, linkName } from '../chain.ts';
import { ExitCode } from '../exit_codes.ts';
import { inputError } from '../failure.ts';
import { Finding } from '../finding.ts';
import { checkInputs, inputFailure, inputName } from '../input.ts';
import { type Invocation, writeTo } from '../io.ts';
import { type PasswordOptions, readPassword } from '../password.ts';
import { holderOf, type KeyHolder, publicKeyOf, spkiPin } from '../public_keys.ts';
import { type Painter, painter, wantsColour } from '../terminal.ts';

/** `result` of `pem match --json`. */
export interface MatchReport {
  /** All of them have one and the same public key. */
  readonly match: boolean;
  /** What was compared: keys, requests, and of each file's certificates the first. */
  readonly items: readonly MatchItem[];
  /** Of each file with several certificates: is each issued by the next? */
  readonly chains: readonly ChainCheck[];
}

export interface MatchItem {
  readonly file: string;
  /** In its file, counted from 1. */
  readonly block: number;
  readonly kind: KeyHolder;
  /** Of a certificate, on one line. */
  readonly subject: string | null;
  /** SHA-256 over the SubjectPublicKeyInfo, base64. */
  readonly spkiSha256: string;
}

export interface ChainCheck {
  readonly file: string;
  readonly certificates: number;
  readonly ordered: boolean;
  /** The first certificate that is not issued by the one that follows it, and that one; null when all are. */
  readonly breakAt: { readonly certificate: string; readonly next: string } | null;
}

/** `sslkit pem match`: status 9 when the answer is no. */
export async function pemMatchCommand(
  files: readonly string[],
  options: PasswordOptions,
  invocation: Invocation,
): Promise<MatchReport | Finding<MatchReport>> {
  checkInputs([...files, ...(options.passFile === undefined ? [] : [options.passFile])]);
  const password = await readPassword(options, invocation);
  const blocks = await readBlocks(files, invocation);
  const compared = comparable(blocks);
  if (compared.length < 2) throw nothingToCompare(compared);
  const keys = compared.map((block) => publicKeyOf(block, password));
  const match = keys.every((key) => key.equals(keys[0]!));
  const items = await Promise.all(compared.map((block, at) => item(block, keys[at]!)));
  const chains = await checkChains(files, blocks);
  const report = { match, items, chains };
  if (!invocation.json && !invocation.quiet) await print(report, keys, invocation);
  const good = match && chains.every(({ ordered }) => ordered);
  return good ? report : new Finding(report, ExitCode.CHECK);
}

/** Of the certificates of a file the first is the one that a key is for; the others are above it. */
function comparable(blocks: readonly PlacedBlock[]): PlacedBlock[] {
  const certified = new Set<string>();
  return blocks.filter((block) => {
    const holder = holderOf(block);
    if (holder !== 'certificate') return holder !== null;
    if (certified.has(block.file)) return false;
    certified.add(block.file);
    return true;
  });
}

function nothingToCompare([only]: readonly PlacedBlock[]): Error {
  const found = only ? `only the ${only.label} of ${inputName(only.file)}` : 'nothing';
  return inputError(`there is ${found} to compare`, { hint: 'give keys, certificates or requests, at least two' });
}

async function item(block: PlacedBlock, key: KeyObject): Promise<MatchItem> {
  const kind = holderOf(block)!;
  const subject = kind === 'certificate' ? linkName(await link(block)) : null;
  const spki = key.export({ type: 'spki', format: 'der' });
  return { file: block.file, block: block.index, kind, subject, spkiSha256: spkiPin(spki) };
}

async function checkChains(files: readonly string[], blocks: readonly PlacedBlock[]): Promise<ChainCheck[]> {
  const checks: ChainCheck[] = [];
  for (const file of files) {
    const certificates = blocks.filter((block) => block.file === file && holderOf(block) === 'certificate');
    if (certificates.length > 1) checks.push(checkChain(file, await Promise.all(certificates.map(link))));
  }
  return checks;
}

function checkChain(file: string, links: readonly ChainLink[]): ChainCheck {
  const at = links.findIndex((one, index) => index + 1 < links.length && !isIssuedBy(one, links[index + 1]!));
  const breakAt = at < 0 ? null : { certificate: linkName(links[at]!), next: linkName(links[at + 1]!) };
  return { file, certificates: links.length, ordered: at < 0, breakAt };
}

async function link(block: PlacedBlock): Promise<ChainLink> {
  try {
    return await chainLink(block.der);
  } catch (error) {
    throw inputFailure(block.file, error);
  }
}

async function print(report: MatchReport, keys: readonly KeyObject[], { io }: Invocation): Promise<void> {
  const paint = painter(wantsColour(io.stdout, io.env));
  const verdict = report.match ? paint.good('they belong together') : paint.bad('they do NOT belong together');
  // By comparing keys and not pins: one key may be written in two forms.
  const groups = keys.map((key) => keys.findIndex((other) => other.equals(key)));
  const names = [...new Set(groups)];
  const lines = report.items.map((one, at) => itemLine(one, `key ${names.indexOf(groups[at]!) + 1}`));
  await writeTo(
    io.stdout,
    `${verdict}\n${lines.join('')}${report.chains.map((one) => chainLine(one, paint)).join('')}`,
  );
}

function itemLine({ file, block, kind, subject, spkiSha256 }: MatchItem, key: string): string {
  const who = subject === null ? '' : ` ${subject}`;
  return `  ${key}  ${inputName(file)}, block ${block}: ${kind}${who}, sha256/${spkiSha256}\n`;
}

function chainLine({ file, certificates, ordered, breakAt }: ChainCheck, paint: Painter): string {
  const name = `${inputName(file)}: ${certificates} certificates`;
  if (ordered || !breakAt) return `  chain  ${name}, each issued by the next\n`;
  return `  chain  ${paint.bad(`${name}, not in order`)}: ${breakAt.certificate} is not issued by ${breakAt.next}\n`;
}
