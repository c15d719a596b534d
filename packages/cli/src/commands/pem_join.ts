import type { KeyObject } from 'node:crypto';
import { formatPem } from '@sslkit/pem';
import { isSecret, type PlacedBlock, placeOf, readBlocks } from '../blocks.ts';
import { buildChain, type ChainLink, chainLink, isSelfIssued, leavesOf, linkName } from '../chain.ts';
import { inputError } from '../failure.ts';
import { checkInputs, inputFailure } from '../input.ts';
import { type Invocation, note } from '../io.ts';
import { checkOutput, type OutputOptions, outputName, writeOutput } from '../output.ts';
import { type PasswordOptions, readPassword } from '../password.ts';
import { holderOf, PasswordMissing, publicKeyOf } from '../public_keys.ts';
import { count, printable } from '../terminal.ts';

export interface PemJoinOptions extends OutputOptions, PasswordOptions {
  /** False after `--no-root`: a self-signed certificate at the end of the chain is left out. */
  readonly root: boolean;
}

/** `result` of `pem join --json`. */
export interface JoinReport {
  readonly inputs: readonly string[];
  readonly out: string;
  /** In the order written. */
  readonly blocks: readonly { readonly label: string; readonly file: string; readonly subject: string | null }[];
  /** Whether the key was compared with the leaf; null without a key, false for an encrypted key without its password. */
  readonly keyChecked: boolean | null;
}

/** A chain has a handful; each pair is compared. */
const MAX_CERTIFICATES = 100;

/** `sslkit pem join`: key, leaf, chain, as servers want it; refuses what has no place in that. */
export async function pemJoinCommand(
  inputs: readonly string[],
  options: PemJoinOptions,
  invocation: Invocation,
): Promise<JoinReport> {
  checkInputs([...inputs, ...(options.passFile === undefined ? [] : [options.passFile])]);
  checkOutput(options, invocation);
  const password = await readPassword(options, invocation);
  const { key, certificates } = sort(await readBlocks(inputs, invocation));
  const publicKey = key && compared(key, password);
  const chain = await inOrder(certificates, key, publicKey, options.root);
  const output = [...(key ? [key] : []), ...chain.map(({ block }) => block)];
  await writeOutput(output.map((block) => formatPem(block)).join(''), key !== null, options, invocation);
  const report = {
    inputs,
    out: options.out ?? '-',
    blocks: [
      ...(key ? [{ label: key.label, file: key.file, subject: null }] : []),
      ...chain.map(({ block, subject }) => ({ label: block.label, file: block.file, subject })),
    ],
    keyChecked: key && publicKey !== null,
  };
  if (!invocation.json && !invocation.quiet) await note(invocation.io, listing(report));
  return report;
}

interface Heap {
  readonly key: PlacedBlock | null;
  readonly certificates: readonly PlacedBlock[];
}

function sort(blocks: readonly PlacedBlock[]): Heap {
  refuseDoubles(blocks);
  // What openssl ecparam writes before a key, and the key repeats.
  const used = blocks.filter(({ label }) => label !== 'EC PARAMETERS');
  const keys = used.filter(isSecret);
  const certificates = used.filter((block) => holderOf(block) === 'certificate');
  const other = used.find((block) => !keys.includes(block) && !certificates.includes(block));
  if (other) {
    throw inputError(`${placeOf(other)} has no place in a chain`, { hint: 'sslkit pem split takes it out' });
  }
  if (keys.length > 1) throw inputError(`there are ${keys.length} private keys: ${keys.map(placeOf).join(', ')}`);
  if (certificates.length === 0) throw inputError('there is no certificate');
  if (certificates.length > MAX_CERTIFICATES) {
    throw inputError(`${certificates.length} certificates are no chain: more than ${MAX_CERTIFICATES}`);
  }
  return { key: keys[0] ?? null, certificates };
}

function refuseDoubles(blocks: readonly PlacedBlock[]): void {
  const seen = new Map<string, PlacedBlock>();
  for (const block of blocks) {
    const bytes = Buffer.from(block.der).toString('latin1');
    const first = seen.get(bytes);
    if (first) throw inputError(`${placeOf(block)} is the same as ${placeOf(first)}`, { hint: 'leave one out' });
    seen.set(bytes, block);
  }
}

/** Null for an encrypted key whose password was not given: it is joined, but not compared. */
function compared(key: PlacedBlock, password: Buffer | null): KeyObject | null {
  try {
    return publicKeyOf(key, password);
  } catch (error) {
    if (error instanceof PasswordMissing) return null;
    throw error;
  }
}

async function inOrder(
  blocks: readonly PlacedBlock[],
  key: PlacedBlock | null,
  publicKey: KeyObject | null,
  root: boolean,
): Promise<{ block: PlacedBlock; subject: string }[]> {
  const byLink = new Map(await Promise.all(blocks.map(async (block) => [await link(block), block] as const)));
  const heap = [...byLink.keys()];
  const leaf = key && publicKey ? leafOfKey(byLink, key, publicKey) : onlyLeaf(heap);
  const { links, left } = buildChain(leaf, heap);
  if (left.length > 0) {
    throw inputError(`not in the chain of ${linkName(leaf)}: ${left.map(linkName).join('; ')}`, {
      hint: 'leave them out, or give what is missing between them',
    });
  }
  const kept = !root && links.length > 1 && isSelfIssued(links.at(-1)!) ? links.slice(0, -1) : links;
  return kept.map((one) => ({ block: byLink.get(one)!, subject: linkName(one) }));
}

function leafOfKey(byLink: ReadonlyMap<ChainLink, PlacedBlock>, key: PlacedBlock, publicKey: KeyObject): ChainLink {
  const found = [...byLink].filter(([, block]) => publicKeyOf(block, null).equals(publicKey));
  if (found.length === 0) {
    throw inputError(`${placeOf(key)} belongs to none of the certificates`, { hint: 'sslkit pem match compares them' });
  }
  const leaves = leavesOf(found.map(([one]) => one));
  return leaves[0] ?? found[0]![0];
}

function onlyLeaf(heap: readonly ChainLink[]): ChainLink {
  const leaves = leavesOf(heap);
  if (leaves.length === 1) return leaves[0]!;
  throw inputError(`these are ${leaves.length} chains: ${leaves.map(linkName).join('; ')}`, {
    hint: 'join one at a time',
  });
}

async function link(block: PlacedBlock): Promise<ChainLink> {
  try {
    return await chainLink(block.der);
  } catch (error) {
    throw inputFailure(block.file, error);
  }
}

function listing({ out, blocks, keyChecked }: JoinReport): string {
  const lines = blocks.map(({ label, subject }) => `  ${printable(label)}${subject === null ? '' : `, ${subject}`}\n`);
  const doubt = keyChecked === false ? '  the key is encrypted, and was not compared with the certificate\n' : '';
  return `sslkit: ${count(blocks.length, 'block')} to ${outputName(out)}\n${lines.join('')}${doubt}`;
}
