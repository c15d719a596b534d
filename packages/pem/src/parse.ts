import { wrongType } from './arguments.ts';
import { latin1 } from './base64.ts';
import { HEAD_LENGTH, notFound, type OtherBlock } from './diagnose.ts';
import { type Rules, toRules } from './rules.ts';
import { scanBlock } from './scan.ts';
import { type Source, wholeSource } from './source.ts';
import { lineAt, utf8 } from './text.ts';
import type { PemBlock, PemParseOptions } from './types.ts';

/**
 * All blocks of a PEM text, in order; with `label` those so labelled.
 *
 * @throws PemError with the cause and its line, when a block is malformed or there is none.
 * @throws TypeError, RangeError for wrong arguments.
 * @see RFC 7468
 */
export function parsePem(text: string | Uint8Array, options?: PemParseOptions): PemBlock[] {
  const walk = startWalk(text, options);
  const blocks: PemBlock[] = [];
  for (let block = nextBlock(walk); block !== null; block = nextBlock(walk)) blocks.push(block);
  return blocks;
}

/** As `parsePem`, block by block: what is wrong with a later block does not keep the earlier ones back. */
export function iteratePem(text: string | Uint8Array, options?: PemParseOptions): IterableIterator<PemBlock> {
  return iterate(startWalk(text, options));
}

function* iterate(walk: Walk): Generator<PemBlock, undefined> {
  for (let block = nextBlock(walk); block !== null; block = nextBlock(walk)) yield block;
}

interface Walk {
  readonly source: Source;
  /** Whether the input was bytes. */
  readonly bytes: boolean;
  readonly rules: Rules;
  from: number;
  found: boolean;
  other: OtherBlock | undefined;
}

function startWalk(text: string | Uint8Array, options: PemParseOptions | undefined): Walk {
  const rules = toRules(options);
  const bytes = text instanceof Uint8Array;
  if (!bytes && typeof text !== 'string') throw wrongType('text', 'a string or a Uint8Array', text);
  const source = wholeSource(bytes ? latin1(text) : text);
  return { source, bytes, rules, from: 0, found: false, other: undefined };
}

function nextBlock(walk: Walk): PemBlock | null {
  const { source, rules } = walk;
  if (walk.found && walk.from >= source.text.length) return null;
  for (;;) {
    const { label, start, next, block } = scanBlock(source, walk.from, rules);
    if (label === null) break;
    const from = Math.max(walk.from, start - rules.maxBlockBytes);
    walk.from = next;
    if (block !== null) {
      walk.found = true;
      if (from < start) block.preamble = toPreamble(source.text.slice(from, start), walk.bytes);
      return block;
    }
    walk.other ??= { label, offset: start, line: lineAt(source.text, start) };
  }
  if (!walk.found) throw notFound(source.text.slice(0, HEAD_LENGTH), rules, walk.other);
  return null;
}

/** The text before a block: bytes were read as Latin-1, comments are UTF-8. */
export function toPreamble(text: string, bytes: boolean): string {
  return (bytes ? utf8(text) : text).replace('\ufeff', '');
}
