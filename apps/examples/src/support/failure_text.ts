import { repr } from './pformat.ts';

/** An error as aligned lines: class, message, code, reason, hint. Text of the peer in it cannot reach the terminal raw. */
export function failureText(error: unknown): string {
  if (!(error instanceof Error)) return `error: ${repr(String(error))}`;
  const fields = error as Error & { code?: unknown; reason?: unknown; verifyCode?: unknown; hint?: unknown };
  const rows: [string, unknown][] = [
    ['class', error.name === 'Error' ? error.constructor.name : error.name],
    ['message', error.message],
    ['code', fields.code],
    ['reason', fields.reason],
    ['verify code', fields.verifyCode],
    ['hint', fields.hint],
  ];
  const present = rows.filter(([, value]) => value !== undefined && value !== null && value !== '');
  return present.map(([name, value]) => `  ${name.padEnd(11)}  ${printable(String(value))}`).join('\n');
}

/** Without control characters: what `repr` would escape is escaped, the quotes are left out. */
export function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => repr(character).slice(1, -1));
}
