/**
 * Python's `pprint.pformat` for what `getPeerCert()` returns, so that an example prints what its Python original
 * prints: objects are dicts, arrays are tuples. Widths count UTF-16 units, as good as Python's for certificates.
 * @see https://docs.python.org/3/library/pprint.html
 */

export type PythonValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Uint8Array
  | readonly PythonValue[]
  | PythonList
  | { readonly [key: string]: PythonValue };

/** What Python shows in square brackets. */
export class PythonList {
  readonly items: readonly PythonValue[];

  constructor(items: readonly PythonValue[]) {
    this.items = items;
  }
}

const DEFAULT_WIDTH = 80;

/** `pprint.pformat(value, width=width)`. */
export function pformat(value: unknown, width: number = DEFAULT_WIDTH): string {
  return format(value as PythonValue, { indent: 0, allowance: 0, width, top: true });
}

/** `repr(value)`. Control and other unprintable characters come out escaped, so it is safe on a terminal. */
export function repr(value: unknown): string {
  const python = value as PythonValue;
  if (python === null || python === undefined) return 'None';
  if (typeof python === 'boolean') return python ? 'True' : 'False';
  if (typeof python === 'string') return reprString(python);
  if (typeof python !== 'object') return String(python);
  if (python instanceof Uint8Array) return reprBytes(python);
  const sequence = sequenceOf(python);
  if (sequence) return sequence.open + sequence.items.map(repr).join(', ') + sequence.close;
  return `{${sortedEntries(python as Dict)
    .map(([key, item]) => `${repr(key)}: ${repr(item)}`)
    .join(', ')}}`;
}

interface Place {
  /** Columns already used to the left. */
  indent: number;
  /** Columns to keep free on the right for closing brackets. */
  allowance: number;
  width: number;
  top: boolean;
}

function format(value: PythonValue, place: Place): string {
  const flat = repr(value);
  if (flat.length <= place.width - place.indent - place.allowance) return flat;
  if (typeof value === 'string') return formatString(value, place);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return flat;
  const sequence = sequenceOf(value);
  return sequence ? formatSequence(sequence, place) : formatDict(value as Dict, place);
}

function formatSequence({ items, open, close }: Sequence, place: Place): string {
  const indent = place.indent + 1;
  const lines = items.map((item, at) => {
    const allowance = at === items.length - 1 ? place.allowance + close.length : 1;
    return format(item, { ...place, indent, allowance, top: false });
  });
  return `${open}${lines.join(`,\n${' '.repeat(indent)}`)}${close}`;
}

function formatDict(dict: Dict, place: Place): string {
  const indent = place.indent + 1;
  const entries = sortedEntries(dict);
  const lines = entries.map(([key, item], at) => {
    const name = `${repr(key)}: `;
    const allowance = at === entries.length - 1 ? place.allowance + 1 : 1;
    return name + format(item, { ...place, indent: indent + name.length, allowance, top: false });
  });
  return `{${lines.join(`,\n${' '.repeat(indent)}`)}}`;
}

/** A long string becomes adjacent literals, broken behind white space. */
function formatString(text: string, place: Place): string {
  const indent = place.indent + (place.top ? 1 : 0);
  const allowance = place.allowance + (place.top ? 1 : 0);
  const pieces = text.match(/\S*\s*/g)?.filter((piece) => piece !== '') ?? [];
  const chunks: string[] = [];
  let current = '';
  for (const [at, piece] of pieces.entries()) {
    const room = place.width - indent - (at === pieces.length - 1 ? allowance : 0);
    if (current !== '' && repr(current + piece).length > room) {
      chunks.push(repr(current));
      current = piece;
    } else {
      current += piece;
    }
  }
  if (current !== '') chunks.push(repr(current));
  const joined = chunks.join(`\n${' '.repeat(indent)}`);
  return place.top && chunks.length > 1 ? `(${joined})` : joined;
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };

function reprString(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  // `str.isprintable`: everything but the categories Other and Separator, the space excepted.
  const body = text.replace(/[\p{C}\p{Z}\\'"]/gu, (character) => {
    if (character === ' ') return character;
    if (character === "'" || character === '"') return character === quote ? `\\${character}` : character;
    return SHORT_ESCAPES[character] ?? escapeCodePoint(character.codePointAt(0)!);
  });
  return quote + body + quote;
}

function escapeCodePoint(code: number): string {
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

function reprBytes(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('latin1');
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escaping them is the purpose
  const body = text.replace(/[\x00-\x1f\x7f-\xff\\'"]/g, (character) => {
    if (character === "'" || character === '"') return character === quote ? `\\${character}` : character;
    return SHORT_ESCAPES[character] ?? escapeCodePoint(character.charCodeAt(0));
  });
  return `b${quote}${body}${quote}`;
}

type Dict = { readonly [key: string]: PythonValue };

interface Sequence {
  readonly items: readonly PythonValue[];
  readonly open: string;
  readonly close: string;
}

function sequenceOf(value: object): Sequence | null {
  if (value instanceof PythonList) return { items: value.items, open: '[', close: ']' };
  if (!Array.isArray(value)) return null;
  return { items: value, open: '(', close: value.length === 1 ? ',)' : ')' };
}

function sortedEntries(dict: Dict): [string, PythonValue][] {
  return Object.entries(dict).sort(([a], [b]) => (a < b ? -1 : 1));
}
