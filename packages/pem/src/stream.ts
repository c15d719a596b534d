import { checkType } from './arguments.ts';
import { toText } from './base64.ts';
import { createReader, lastLine } from './reader.ts';
import { toRules } from './rules.ts';
import type { PemBlock, PemParseOptions } from './types.ts';

/** Whatever the text, such a place or the limit lets the reader decide on something: all is read once or twice. */
const BOUNDARY_END = /-----\s/;

/**
 * As `parsePem`, for an input that comes in pieces. Blocks are given as soon as their END line is complete (at the next
 * one, if blanks follow it or a piece ends within it), and are the same however the input is cut. Memory stays below
 * about three times `maxBlockBytes`, and below a few pieces when blocks are small. Leaving the loop early ends the
 * source: an iterator is returned, a stream cancelled.
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
  const input = Object(source);
  const reader = input.getReader?.() ?? input[Symbol.asyncIterator]?.();
  if (!reader) checkType('source', source, 'ReadableStream');
  const step = (): Promise<IteratorResult<Uint8Array>> => reader.read?.() ?? reader.next();
  let pending = '';
  let tail = '';
  try {
    for (let chunk = await step(); !chunk.done; chunk = await step()) {
      checkType('chunk', chunk.value, 'Uint8Array');
      const piece = toText(chunk.value);
      // Joined only when it is read: this is a list of its pieces until then, so no character is copied often.
      pending += piece;
      const seen = tail + piece;
      tail = seen.slice(-5);
      const isLong = pending.length > rules[1] + 16;
      if (!isLong && !BOUNDARY_END.test(seen)) continue;
      // CR may be half of a line end. Of a line that is too long all goes but what may begin a boundary.
      const end = lastLine(pending.replace(/\r$/, '')) || (isLong ? pending.length - 16 : 0);
      // Not `yield*`, which would wait twice for each.
      for (const block of read(pending.slice(0, end), false)) yield block;
      pending = pending.slice(end);
    }
    yield* read(pending, true);
  } finally {
    await (reader.cancel?.() ?? reader.return?.());
  }
}
