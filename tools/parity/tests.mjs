/** Where the tests live that rows cite: `file › part of the full name` (the names of its describes and its own, joined). */
const inFile = (file) => (name) => `${file} › ${name}`;

export const pem = (file, name) => `packages/pem/${file}.test.ts › ${name}`;
export const context = (file, name) => `packages/context/test/${file}.test.ts › ${name}`;
export const contextUnit = (file, name) => `packages/context/src/${file}.test.ts › ${name}`;
export const socket = (file, name) => `packages/socket/test/${file}.test.ts › ${name}`;
export const example = inFile('apps/examples/test/examples.test.ts');
export const limbo = inFile('packages/context/test/limbo.test.ts');

const compared = inFile('packages/context/test/differential.test.ts');

/** Cases that ran through CPython 3.11 and through sslkit. */
export const differential = (...cases) => cases.map((name) => compared(`as in Python 3.11 '${name}'`));

/** The same for TLS 1.2 and TLS 1.3: `verify TLSv1_2: expired` and its twin. */
export const bothVersions = (kind, ...names) =>
  names.flatMap((name) => differential(`${kind} TLSv1_2: ${name}`, `${kind} TLSv1_3: ${name}`));

/** Every case of a table, or all that begin like this. */
export const table = (name, start = '') => compared(`${name}, as in Python 3.11 ${start === '' ? '' : `'${start}`}`);

/** That a meant difference still is one. */
export const deviationOf = (firstCase) => compared(`the deviation of [ '${firstCase}'`);
