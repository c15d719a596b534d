/** Lists of names for OpenSSL, which says at best that a list is not right: which of its names, and why, is found here. */
import { requireString } from './arguments.ts';
import { OPENSSL_VERSION } from './constants.ts';
import { SSLError } from './errors.ts';
import type { SslCtx } from './native.ts';
import { native } from './native.ts';
import { contextError, isOpenSSLFailure } from './native_error.ts';

/** A kind of list. */
export interface NameList {
  /** The argument's name. */
  readonly argument: string;
  /** One of its names, in words. */
  readonly kind: string;
  /** What stands between two names. */
  readonly separator: RegExp;
  readonly set: (ctx: SslCtx, list: string) => void;
  /** What to know when these names were refused. */
  readonly advice: (refused: readonly string[]) => string;
}

/** Sets a list; what it throws tells which names were refused. @returns the list */
export function setNameList(ctx: SslCtx, names: NameList, list: unknown): string {
  const text = requireString(names.argument, list);
  // OpenSSL 3.5 takes an empty list of groups, and then no handshake succeeds.
  if (text.trim() === '') throw new SSLError(`unrecognized ${names.kind}`, { hint: hintFor(names, text) });
  try {
    names.set(ctx, text);
  } catch (failure) {
    if (!isOpenSSLFailure(failure)) throw failure;
    throw contextError(failure, { text: `unrecognized ${names.kind}`, hint: hintFor(names, text) });
  }
  return text;
}

/** More than these would not help to see the mistake. */
const MAX_SHOWN = 3;
const MAX_NAME = 60;

function hintFor(names: NameList, list: string): string {
  if (list.trim() === '') return `The list is empty. ${names.advice([])}`;
  const elements = list.split(names.separator).map((element) => element.trim());
  const refused = elements.filter((element) => !isAccepted(names, element));
  if (refused.length > 0) {
    const shown = refused.slice(0, MAX_SHOWN).map(quote).join(', ');
    return `${OPENSSL_VERSION} knows no ${names.kind} ${shown}. ${names.advice(refused)}`;
  }
  const twice = elements.find((element, index) => elements.indexOf(element) !== index);
  if (twice !== undefined) return `${quote(twice)} is listed twice.`;
  return 'Each name is known, the list as a whole is refused: two names may stand for the same.';
}

/** The context of the user is left alone. */
function isAccepted(names: NameList, element: string): boolean {
  try {
    names.set(new native.SslCtx('TLS'), element);
    return true;
  } catch (failure) {
    if (!isOpenSSLFailure(failure)) throw failure;
    return false;
  }
}

export function quote(name: string): string {
  return `'${name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}…` : name}'`;
}
