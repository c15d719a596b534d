import { checkBytes, checkType } from './arguments.ts';
import { toText } from './base64.ts';
import { HEAD_LENGTH } from './diagnose.ts';
import { createReader } from './reader.ts';
import { toRules } from './rules.ts';
import type { PemBlock, PemParseOptions } from './types.ts';

/**
 * As `parsePem`, for an input that comes in pieces. Blocks are given as soon as their END line is complete, and are
 * the same however the input is cut. Memory stays below about three times `maxBlockBytes`, and below a few pieces
 * when blocks are small. Leaving the loop early ends the source: an iterator is returned, a stream cancelled.
 *
 * @throws PemError as `parsePem`, when the loop reaches what is wrong.
 */
export async function* parsePemStream(
  source: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>,
  options?: PemParseOptions,
): AsyncGenerator<PemBlock, undefined> {
  const rules = toRules(options);
  const read = createReader(rules, true);
  let text = '';
  let head = '';
  let isEndComplete = endWatch();
  for await (const chunk of iterable(source)) {
    checkBytes('a chunk of the source', chunk);
    const piece = toText(chunk);
    if (head.length < HEAD_LENGTH) head += piece;
    // Joined only when it is read: this is a list of its pieces until then, so no character is copied often.
    text += piece;
    if (!isEndComplete(piece) && text.length <= rules.max) continue;
    text = yield* read(text, false, head);
    isEndComplete = endWatch();
    isEndComplete(text);
  }
  yield* read(text, true, head);
}

/**
 * Only an END line can complete a block. Tells of each piece whether such a line and its line end have come by now, be
 * it CR and what may be its LF.
 */
function endWatch(): (piece: string) => boolean {
  let tail = '';
  let isEndSeen = false;
  return (piece) => {
    const window = tail + piece;
    const from = isEndSeen ? 0 : window.indexOf('-----END') + 1;
    isEndSeen ||= from > 0;
    tail = window.slice(isEndSeen ? -1 : -7);
    return isEndSeen && /\n|\r[\s\S]/.test(window.slice(from));
  };
}

function iterable(source: unknown): AsyncIterable<unknown> {
  const { getReader, [Symbol.asyncIterator]: iterator } = Object(source);
  checkType(!!(iterator ?? getReader), 'source', 'an AsyncIterable or ReadableStream of Uint8Array');
  return (iterator ? source : readAll(source as ReadableStream<unknown>)) as AsyncIterable<unknown>;
}

/** Safari's streams have no asyncIterator. */
async function* readAll(stream: ReadableStream<unknown>): AsyncGenerator<unknown> {
  const reader = stream.getReader();
  try {
    for (let step = await reader.read(); !step.done; step = await reader.read()) yield step.value;
  } finally {
    await reader.cancel();
  }
}
