export type PemRepairKind =
  | 'bom'
  | 'line-ends'
  | 'literal-newline'
  | 'one-line'
  | 'boundary'
  | 'missing-boundaries'
  | 'missing-end'
  | 'indentation'
  | 'whitespace'
  | 'base64url'
  | 'padding'
  | 'final-newline';

/** One thing that `repairPem` mended. */
export interface PemRepair {
  kind: PemRepairKind;
  /** The line of the input, from 1, of the first such place (in the block, for what is mended block by block). */
  line: number;
  /** What was done, for people. */
  description: string;
}

const DESCRIPTIONS: Record<PemRepairKind, string> = {
  bom: 'removed a byte order mark',
  'line-ends': 'turned CRLF and CR into LF',
  'literal-newline': 'turned literal \\n into line ends',
  'one-line': 'put BEGIN, END and the base64 on lines of their own',
  boundary: 'rewrote a damaged BEGIN or END line',
  'missing-boundaries': 'put BEGIN and END around bare base64',
  'missing-end': 'added the END line of a complete block',
  indentation: 'removed indentation',
  whitespace: 'removed blanks and empty lines from the base64',
  base64url: 'turned base64url into base64',
  padding: 'corrected the padding',
  'final-newline': 'ended the last line',
};

/** The repairs of one text. Passes go from front to back, so the lines are counted on from the one before. */
export class Repairs {
  readonly list: PemRepair[] = [];
  #text = '';
  #offset = 0;
  #line = 1;

  /** `text` has the lines of the input: what passes put in are VTs, until the last one is done. */
  add(kind: PemRepairKind, text: string, offset: number): void {
    if (text !== this.#text || offset < this.#offset) {
      this.#text = text;
      this.#offset = 0;
      this.#line = 1;
    }
    const lineEnd = /\r\n?|\n/g;
    lineEnd.lastIndex = this.#offset;
    for (let match = lineEnd.exec(text); match !== null && match.index < offset; match = lineEnd.exec(text)) {
      this.#line++;
      this.#offset = lineEnd.lastIndex;
    }
    this.list.push({ kind, line: this.#line, description: DESCRIPTIONS[kind] });
  }
}
