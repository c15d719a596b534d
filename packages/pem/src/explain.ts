import { errorAt, isBlank, isLineEnd, type Source } from './source.ts';
import type { PemMode } from './types.ts';

export const LAX_HINT = "mode 'lax' accepts it";
export const STRICT_HINT = "mode 'standard' accepts it";

export function indented(source: Source, at: number): Error {
  const hint = 'YAML or a template indented the text: repairPem() mends it';
  return errorAt(source, 'ERR_PEM_INDENTED', at, 'the line is indented', hint);
}

export function literalNewline(source: Source, at: number): Error {
  const what = 'a literal \\n (a backslash and an n) where the line should end';
  const hint = "an environment variable kept it so: text.replaceAll('\\\\n', '\\n'), or repairPem()";
  return errorAt(source, 'ERR_PEM_LITERAL_NEWLINE', at, what, hint);
}

/**
 * Why the base64 from `start` to `end` did not decode. Only malformed text gets here, so that looking at its
 * characters one by one gives no usable key away.
 */
export function explainBase64(source: Source, start: number, end: number, mode: PemMode, characters: number): Error {
  const bad = firstForeign(source.text, start, end, mode);
  if (bad < 0) {
    const what = `the block has ${characters} base64 characters, no multiple of 4`;
    return errorAt(
      source,
      'ERR_PEM_BASE64',
      end,
      what,
      'text is missing, or only the = at its end (repairPem() adds them)',
    );
  }
  const char = String.fromCodePoint(source.text.codePointAt(bad)!);
  if (char === '\\' && /^(\\r)?\\n/.test(source.text.slice(bad, bad + 4))) return literalNewline(source, bad);
  if (char === '-' || char === '_') {
    const what = 'this is base64url, which has - and _ for + and /';
    return errorAt(source, 'ERR_PEM_BASE64URL', bad, what, 'repairPem() mends it');
  }
  if (char === '=') return errorAt(source, 'ERR_PEM_BASE64', bad, 'padding (=) where none can be');
  if (isBlank(char.charCodeAt(0))) {
    return errorAt(source, 'ERR_PEM_WHITESPACE', bad, 'a blank inside a line of base64', LAX_HINT);
  }
  const code = char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
  return errorAt(source, 'ERR_PEM_BASE64', bad, `U+${code} is no base64 character`);
}

/** The first character that the mode's grammar has no place for, or -1. */
function firstForeign(text: string, start: number, end: number, mode: PemMode): number {
  let blank = -1;
  let pad = -1;
  let pads = 0;
  let seen = false;
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    if (isLineEnd(code)) blank = -1;
    else if (mode === 'lax' ? /[\t-\r ]/.test(text[i]!) : isBlank(code)) {
      // Blanks at a line's end are fine, and so are those before the base64.
      if (blank < 0 && seen && mode !== 'lax') blank = i;
    } else if (blank >= 0) return blank;
    else if (code === 61) {
      seen = true;
      if (pads++ === 0) pad = i;
    } else if (!/[A-Za-z0-9+/]/.test(text[i]!)) return i;
    else if (pad >= 0) return pad;
    else seen = true;
  }
  return pads > 2 ? pad : -1;
}
