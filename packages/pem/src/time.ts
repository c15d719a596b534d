import { checkType, checkValue, quote } from './arguments.ts';
import { pythonSpaces } from './python.ts';

const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';

/**
 * What CPython's _strptime.py makes of ` %d %H:%M:%S %Y GMT`; the second goes to 61, as in C's struct tm. Python's `\d`
 * is any decimal digit of Unicode.
 */
const PATTERN =
  /^\s+(3[01]|[12]\p{Nd}|0[1-9]|[1-9]| [1-9])\s+(2[0-3]|[01]\p{Nd}|\p{Nd}):([0-5]\p{Nd}|\p{Nd}):(6[01]|[0-5]\p{Nd}|\p{Nd})\s+(\p{Nd}{4})\s+GMT$/iu;

/**
 * Python's `ssl.cert_time_to_seconds`: the whole seconds from 1970-01-01 00:00:00 UTC to a certificate's
 * `notBefore` or `notAfter`, given as `"May  9 00:00:00 2007 GMT"`; negative before 1970.
 *
 * As in CPython up to 3.12 a day that its month lacks rolls over (`Feb 30` is March 1 or 2), and so do the seconds
 * 60 and 61: a certificate cannot contain such days, and refusing them would differ from the Python most people run.
 *
 * @throws RangeError `ERR_INVALID_ARG_VALUE` where Python raises ValueError.
 * @throws TypeError `ERR_INVALID_ARG_TYPE` for anything but a string.
 * @see https://docs.python.org/3/library/ssl.html#ssl.cert_time_to_seconds
 */
export function certTimeToSeconds(time: string): number {
  checkType('time', time, 'String');
  const month = MONTHS.indexOf(time.slice(0, 1).toUpperCase() + time.slice(1, 3).toLowerCase()) / 3;
  const parts = PATTERN.exec(pythonSpaces(time.slice(3))) ?? [];
  const [day, hour, minute, second, year] = parts.slice(1).map(integer);
  checkValue(month >= 0 && year, `${quote(time)} is no time of a certificate`);
  // Date.UTC would take the years 0 to 99 for 1900 to 1999, so all are asked for one Gregorian cycle later.
  return Date.UTC(year + 400, month, day, hour, minute, second) / 1000 - 146_097 * 86_400;
}

/** int() of Unicode digits: they come in runs of ten, from zero to nine. */
function integer(digits: string): number {
  return +digits.replace(/[^\0-\x7f]/gu, (digit) => {
    const codePoint = digit.codePointAt(0)!;
    let zero = codePoint;
    while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
    return `${(codePoint - zero) % 10}`;
  });
}
