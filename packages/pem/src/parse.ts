import { wrongType } from './arguments.ts';
import { latin1 } from './base64.ts';
import { HEAD_LENGTH, notFound, type OtherBlock } from './diagnose.ts';
import { type Rules, toRules } from './rules.ts';
import { scanBlock } from './scan.ts';
import { wholeSource } from './source.ts';
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
  return [...iteratePem(text, options)];
}

/** As `parsePem`, block by block: what is wrong with a later block does not keep the earlier ones back. */
export function iteratePem(text: string | Uint8Array, options?: PemParseOptions): IterableIterator<PemBlock> {
  const rules = toRules(options);
  if (typeof text === 'string') return scanAll(text, false, rules);
  if (text instanceof Uint8Array) return scanAll(latin1(text), true, rules);
  throw wrongType('text', 'a string or a Uint8Array', text);
}

function* scanAll(text: string, bytes: boolean, rules: Rules): Generator<PemBlock, undefined> {
  const source = wholeSource(text);
  let any = false;
  let other: OtherBlock | undefined;
  for (let from = 0; ; ) {
    const { label, start, next, block } = scanBlock(source, from, rules);
    if (label === null) break;
    if (block !== null) {
      any = true;
      yield { ...block, preamble: toPreamble(text.slice(Math.max(from, start - rules.maxBlockBytes), start), bytes) };
    } else {
      other ??= { label, offset: start, line: lineAt(text, start) };
    }
    from = next;
  }
  if (!any) throw notFound(text.slice(0, HEAD_LENGTH), rules, other);
}

/** The text before a block: bytes were read as Latin-1, comments are UTF-8. */
export function toPreamble(text: string, bytes: boolean): string {
  return (bytes ? utf8(text) : text).replace('\ufeff', '');
}
