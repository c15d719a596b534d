/** The functions without a connection: PEM helpers, time, random numbers. */
import type { Case, Json } from '../case.ts';
import { bytes } from '../case.ts';

const fn = (name: string, ...args: Json[]): Case => ({
  name: `${name}(${JSON.stringify(args).slice(1, -1).slice(0, 60)})`,
  steps: [{ do: 'function', name, args }],
});

export function helperCases(der: Uint8Array, pem: string): Case[] {
  return [...pemCases(der, pem), ...timeCases(), ...randomCases()];
}

function pemCases(der: Uint8Array, pem: string): Case[] {
  const head = '-----BEGIN CERTIFICATE-----';
  const foot = '-----END CERTIFICATE-----';
  const encode = [
    bytes(''),
    bytes('a'),
    bytes(Buffer.alloc(47)),
    bytes(Buffer.alloc(48)),
    bytes(Buffer.alloc(49)),
    bytes(der),
    'text',
    null,
    5,
  ];
  const decode = [
    pem,
    pem.trim(),
    `\n${pem}`,
    ` ${pem}`,
    `${pem}\n\n \t`,
    pem.replaceAll('\n', ''),
    pem.replaceAll('\n', '\r\n'),
    pem + pem,
    `${head}\n${foot}\n`,
    `${head}${foot}`,
    `${head}\nAAA\n${foot}\n`,
    `${head}\nAAAA=\n${foot}\n`,
    `${head}\nA*A!A?A\n${foot}\n`,
    `${head}\nAA==\n${foot}\n`,
    `${head}\nA\n${foot}\n`,
    `${head}\ngr\u00fcn\n${foot}\n`,
    head,
    foot,
    '',
    'text',
    bytes(pem),
    null,
  ];
  return [
    ...encode.map((value, index) => numbered(fn('DER_cert_to_PEM_cert', value), index)),
    ...decode.map((value, index) => numbered(fn('PEM_cert_to_DER_cert', value), index)),
  ];
}

const numbered = (one: Case, index: number): Case => ({ ...one, name: `${one.name} #${index}` });

function timeCases(): Case[] {
  const times: Json[] = [
    'May  9 00:00:00 2007 GMT',
    'May 9 00:00:00 2007 GMT',
    'Jan  5 09:34:43 2018 GMT',
    'jan 5 09:34:43 2018 gmt',
    'JAN  5 9:4:3 2018 GMT',
    'Jan  5 09:34:60 2018 GMT',
    'Jan  5 09:34:61 2018 GMT',
    'Jan  5 09:34:62 2018 GMT',
    'Feb 29 00:00:00 2019 GMT',
    'Feb 29 00:00:00 2020 GMT',
    'Dec 31 23:59:60 2008 GMT',
    'Jan  1 00:00:00 0001 GMT',
    'Dec 31 23:59:59 9999 GMT',
    'Jan  1 00:00:00 1900 GMT',
    'Jan  5 09:34 2018 GMT',
    'Jan  5 09:34:43 2018',
    'Jan  5 09:34:43 2018 UTC',
    'Jan  5 09:34:43 2018 GMT ',
    'Jan 35 09:34:43 2018 GMT',
    'Jan  5 24:00:00 2018 GMT',
    'Jan  5 00:60:00 2018 GMT',
    'Jan  5 00:00:00 18 GMT',
    'Jan5 00:00:00 2018 GMT',
    'January 5 00:00:00 2018 GMT',
    'Foo  5 00:00:00 2018 GMT',
    '',
    null,
    5,
  ];
  return times.map((time) => fn('cert_time_to_seconds', time));
}

function randomCases(): Case[] {
  return [
    fn('RAND_status'),
    fn('RAND_add', 'text', 0),
    fn('RAND_add', bytes('bytes'), 75.5),
    fn('RAND_add', 5, 0),
    fn('RAND_add', 'text', 'much'),
    fn('RAND_bytes', -1),
    fn('RAND_bytes', 'x'),
    ...[0, 1, 2, 3, 4, 5, 16, 17, 42, -1].map((code) => fn('get_protocol_name', code)),
  ];
}
