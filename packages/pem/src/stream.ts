import { checkType } from './arguments.ts';
import { toText } from './base64.ts';
import { createReader } from './reader.ts';
import { toRules } from './rules.ts';
import type { PemBlock, PemParseOptions } from './types.ts';

const BOUNDARY_END = /-----[\r\n]/;

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
  if (!reader) checkType('source', source, 'AsyncIterable or ReadableStream');
  const step = () => (reader.read ?? reader.next).call(reader) as Promise<IteratorResult<Uint8Array>>;
  let pending = '';
  let tail = '';
  try {
    for (let { done, value } = await step(); !done; { done, value } = await step()) {
      checkType('chunk', value, 'Uint8Array');
      const piece = toText(value);
      // Joined only when it is read: this is a list of its pieces until then, so no character is copied often.
      pending += piece;
      // Whatever the text, such a line or the limit lets the reader decide on something: all is read once or twice.
      const isDue = BOUNDARY_END.test(piece) || BOUNDARY_END.test(tail + piece.slice(0, 5));
      tail = (tail + piece.slice(-5)).slice(-5);
      if (!isDue && pending.length <= rules[1]) continue;
      const end = pending.length - +pending.endsWith('\r');
      // Not `yield*`, which would wait twice for each.
      for (const block of read(pending.slice(0, end), false)) yield block;
      pending = pending.slice(end);
    }
    yield* read(pending, true);
  } finally {
    await (reader.cancel ?? reader.return)?.call(reader);
  }
}
