import { checkType } from './arguments.ts';
import { toText } from './base64.ts';
import { createReader, lastLine } from './reader.ts';
import { toRules } from './rules.ts';
import type { PemBlock, PemParseOptions } from './types.ts';

/**
 * Whatever the text, such a place or the limit lets the reader decide on something: all is read once or twice. The line
 * end is part of it, as only whole lines are read.
 */
const BOUNDARY_END = /-----[ \t]*[\r\n]/;

/**
 * As `parsePem`, for an input that comes in pieces. Blocks are given as soon as their END line is complete (at the next
 * one, if a piece ends within it), and are the same however the input is cut. Memory stays below a few
 * pieces when blocks are small, and whatever the text below some fifteen times `maxBlockBytes`. Leaving the loop early ends the source: an iterator is
 * returned, a stream cancelled.
 *
 * @throws PemError as `parsePem`, when the loop reaches what is wrong.
 */
export async function* parsePemStream(
  source: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>,
  options?: PemParseOptions,
): AsyncGenerator<PemBlock, undefined> {
  const rules = toRules(options);
  const read = createReader(rules, true);
  // Safari's streams have no asyncIterator.
  const reader = Object(source).getReader?.();
  const chunks = reader
    ? { [Symbol.asyncIterator]: () => ({ next: () => reader.read(), return: () => reader.cancel().then(Object) }) }
    : Object(source);
  if (!chunks[Symbol.asyncIterator]) checkType('source', source, 'ReadableStream');
  let pending = '';
  let tail = '';
  for await (const chunk of chunks as AsyncIterable<Uint8Array>) {
    checkType('chunk', chunk, 'Uint8Array');
    const piece = toText(chunk);
    // Joined only when it is read: this is a list of its pieces until then, so no character is copied often.
    pending += piece;
    tail = tail.slice(-5) + piece;
    const isLong = pending.length > rules[1] + 128;
    if (!isLong && !BOUNDARY_END.test(tail)) continue;
    // CR may be half of a line end. Of a line that is too long all goes but what may begin a boundary.
    const end = lastLine(pending) || (isLong ? pending.length - 128 : 0);
    // Not `yield*`, which would wait twice for each.
    for (const block of read(pending.slice(0, end))) yield block;
    pending = pending.slice(end);
  }
  yield* read(pending, true);
}
