import { wrongType } from './arguments.ts';
import { latin1 } from './base64.ts';
import { HEAD_LENGTH, notFound, type OtherBlock } from './diagnose.ts';
import { toPreamble } from './parse.ts';
import { type Rules, toRules } from './rules.ts';
import { type Scan, scanBlock } from './scan.ts';
import { type LineStart, lineStartAt, type Source } from './source.ts';
import { countLineEnds, lineAt } from './text.ts';
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
  const parser = new Chunks(toRules(options));
  for await (const chunk of iterable(source)) {
    if (!(chunk instanceof Uint8Array)) throw wrongType('a chunk of the source', 'a Uint8Array', chunk);
    yield* parser.push(latin1(chunk));
  }
  yield* parser.finish();
}

/**
 * What is not decided yet, kept in pieces.
 *
 * Only an END line can complete a block, so pieces are joined and scanned when one came, and when there is more
 * than a block may have. After a scan everything is either consumed, kept as preamble (joined no more), or follows
 * the last END line. So no character is joined more than a few times, whatever the size of the pieces.
 */
class Chunks {
  readonly #rules: Rules;
  #pieces: string[] = [];
  #length = 0;
  /** The last characters of the pieces, as an END line may be cut anywhere. */
  #tail = '';
  #endSeen = false;
  /** Scan again when there is this much. */
  #limit: number;
  #preamble: string[] = [];
  #preambleLength = 0;
  #base = 0;
  #baseLine = 0;
  #lineStart: LineStart = 'start';
  #head = '';
  #found = false;
  #other: OtherBlock | undefined;

  constructor(rules: Rules) {
    this.#rules = rules;
    this.#limit = rules.maxBlockBytes + 1;
  }

  push(text: string): PemBlock[] | Generator<PemBlock> {
    if (text === '') return [];
    if (!this.#found && this.#head.length < HEAD_LENGTH) this.#head += text.slice(0, HEAD_LENGTH - this.#head.length);
    this.#pieces.push(text);
    this.#length += text.length;
    return this.#isEndComplete(text) || this.#length > this.#limit ? this.#scan(false) : [];
  }

  *finish(): Generator<PemBlock> {
    yield* this.#scan(true);
    if (!this.#found) throw notFound(this.#head, this.#rules, this.#other);
  }

  /** Whether an END line and its line end have come, be it CR and what may be its LF: all that a scan looks at. */
  #isEndComplete(text: string): boolean {
    let window = this.#tail + text;
    if (!this.#endSeen) {
      const at = window.indexOf('-----END');
      this.#endSeen = at >= 0;
      if (at < 0) {
        this.#tail = window.slice(-7);
        return false;
      }
      window = window.slice(at + 8);
    }
    this.#tail = window.slice(-1);
    return /\n|\r[\s\S]/.test(window);
  }

  *#scan(final: boolean): Generator<PemBlock> {
    const text = this.#pieces.join('');
    const openFrom = final ? Number.POSITIVE_INFINITY : Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1;
    const where = { base: this.#base, baseLine: this.#baseLine, lineStart: this.#lineStart };
    const source: Source = { text, final, openFrom, wide: false, ...where };
    let from = 0;
    let scan = scanBlock(source, from, this.#rules);
    for (; scan.label !== null; scan = scanBlock(source, from, this.#rules)) {
      const block = this.#take(source, from, scan, scan.label);
      from = scan.next;
      if (block !== null) yield block;
    }
    this.#keep(source, from, scan.next);
  }

  /** The block with its preamble, or null where the label is not wanted. */
  #take(source: Source, from: number, { start, block }: Scan, label: string): PemBlock | null {
    const { text, base, baseLine } = source;
    this.#remember(text.slice(from, start));
    const preamble = this.#preamble.join('').slice(-this.#rules.maxBlockBytes);
    this.#preamble = [];
    this.#preambleLength = 0;
    if (block === null) {
      this.#other ??= { label, offset: base + start, line: baseLine + lineAt(text, start) };
      return null;
    }
    this.#found = true;
    block.preamble = toPreamble(preamble, true);
    return block;
  }

  /** Lets go of the text before `next`, of which the part after `from` is the next block's preamble. */
  #keep(source: Source, from: number, next: number): void {
    const { text } = source;
    this.#remember(text.slice(from, next));
    this.#base += next;
    this.#baseLine += countLineEnds(text, next);
    this.#lineStart = lineStartAt(source, next);
    const rest = text.slice(next);
    this.#pieces = [rest];
    this.#length = rest.length;
    this.#endSeen = rest.includes('-----END');
    this.#tail = rest.slice(this.#endSeen ? -1 : -7);
    this.#limit = Math.max(this.#rules.maxBlockBytes, rest.length) + 1;
  }

  #remember(text: string): void {
    const { maxBlockBytes } = this.#rules;
    this.#preamble.push(text);
    this.#preambleLength += text.length;
    if (this.#preambleLength <= 2 * maxBlockBytes) return;
    this.#preamble = [this.#preamble.join('').slice(-maxBlockBytes)];
    this.#preambleLength = maxBlockBytes;
  }
}

function iterable(source: unknown): AsyncIterable<unknown> {
  const { getReader, [Symbol.asyncIterator]: iterator } = Object(source);
  if (typeof iterator === 'function') return source as AsyncIterable<unknown>;
  if (typeof getReader === 'function') return readAll(source as ReadableStream<unknown>);
  throw wrongType('source', 'an AsyncIterable or ReadableStream of Uint8Array', source);
}

/** Safari's streams have no asyncIterator. */
async function* readAll(stream: ReadableStream<unknown>): AsyncGenerator<unknown> {
  const reader = stream.getReader();
  try {
    for (let step = await reader.read(); !step.done; step = await reader.read()) yield step.value;
  } finally {
    await reader.cancel();
    reader.releaseLock();
  }
}
