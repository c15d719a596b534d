import { checkType } from './arguments.ts';
import { toText } from './base64.ts';
import { readPlain } from './plain.ts';
import { createReader } from './reader.ts';
import { canonicalLabel, isPrivateLabel, toRules } from './rules.ts';
import type { PemBlock, PemParseOptions } from './types.ts';

/**
 * All blocks of a PEM text, in order; with `label` those so labelled.
 *
 * @throws PemError with the cause and its line, when a block is malformed or there is none.
 * @throws TypeError, RangeError for wrong arguments.
 * @see RFC 7468
 */
export const parsePem = (text: string | Uint8Array, options?: PemParseOptions): PemBlock[] => {
  const rules = toRules(options);
  const input = toInput(text);
  const blocks: PemBlock[] = [];
  // Most texts are done here, and one certificate costs less than what else would be set up for it.
  for (let at = 0; ; ) {
    const block = readPlain(input, at, 0, rules);
    if (!block) break;
    blocks.push(block);
    at = block.end + 1;
    if (at === input.length) return blocks;
  }
  return [...iteratePem(text, options)];
};

/** As `parsePem`, block by block: what is wrong with a later block does not keep the earlier ones back. */
export const iteratePem = (text: string | Uint8Array, options?: PemParseOptions): IterableIterator<PemBlock> => {
  const input = toInput(text);
  return createReader(toRules(options), input !== text)(input, true);
};

const toInput = (text: string | Uint8Array): string => {
  if (typeof text === 'string') return text;
  checkType('text', text, 'Uint8Array');
  return toText(text);
};

/** A bundle's blocks by what one does with them, each kind in the order of the text. */
export interface PemBundle {
  /** Of label `CERTIFICATE`. */
  certificates: PemBlock[];
  /** Of any kind, encrypted ones too. */
  privateKeys: PemBlock[];
  /** Requests, CRLs, public keys, parameters, and labels of other kinds. */
  others: PemBlock[];
}

/**
 * Parses a bundle and sorts its blocks. `CERTIFICATE` is a certificate; in lax mode `X509 CERTIFICATE` is one, too
 * (RFC 7468 section 5.1).
 *
 * @throws as `parsePem`.
 */
export const splitBundle = (text: string | Uint8Array, options?: PemParseOptions): PemBundle => {
  const [tolerance] = toRules(options);
  const certificates: PemBlock[] = [];
  const privateKeys: PemBlock[] = [];
  const others: PemBlock[] = [];
  for (const block of iteratePem(text, options)) {
    const isCertificate = canonicalLabel(block.label, tolerance) === 'CERTIFICATE';
    (isCertificate ? certificates : isPrivateLabel(block.label) ? privateKeys : others).push(block);
  }
  return { certificates, privateKeys, others };
};
