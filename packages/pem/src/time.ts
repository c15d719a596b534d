import { checkType, checkValue } from './arguments.ts';
import { quote } from './errors.ts';
import { pythonSpaces } from './python.ts';

const MONTHS = 'JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC';

/**
 * What CPython's _strptime.py makes of ` %d %H:%M:%S %Y GMT`; the second goes to 61, as in C's struct tm. Python's `\d`
 * is any decimal digit of Unicode.
 */
const PATTERN =
  /^\s+(3[01]|[12]\p{Nd}|0?[1-9])\s+(2[0-3]|[01]?\p{Nd}):([0-5]?\p{Nd}):(6[01]|[0-5]?\p{Nd})\s+(\p{Nd}{4})\s+GMT$/iu;

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
export const certTimeToSeconds = (time: string): number => {
  checkType('time', time, 'String');
  const month = MONTHS.indexOf(time.slice(0, 3).toUpperCase()) / 3;
  const parts = PATTERN.exec(pythonSpaces(time.slice(3))) ?? [];
  const [, day, hour, minute, second, year] = parts.map(integer);
  checkValue(!(month % 1) && year, `${quote(time)} is no time`);
  // Date.UTC would take the years 0 to 99 for 1900 to 1999, so all are asked for one Gregorian cycle later.
  return Date.UTC(year! + 400, month, day, hour, minute, second) / 1000 - 146_097 * 86_400;
};

/** int() of Unicode digits: they come in runs of ten, from zero to nine. */
const integer = (digits: string): number => {
  return +digits.replace(/./gu, (digit) => {
    let value = -1;
    for (let code = digit.codePointAt(0)!; /\p{Nd}/u.test(String.fromCodePoint(code)); code--) value++;
    return `${value % 10}`;
  });
};
