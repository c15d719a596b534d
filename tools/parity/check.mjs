// The parity table: every name of Python's ssl, our name, the test that shows it, the deviation and its reason.
//   node tools/parity/check.mjs            checks (after the tests ran: their report says what passed)
//   node tools/parity/check.mjs --write    writes docs/python-parity.md
// It fails when a Python name has no row, our name does not exist in the built package, a row has no test or a test
// that did not pass, or the page is stale. Rows are in rows/*.mjs; python-names.json is frozen from CPython.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { render } from './render.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(dirname(here));
const page = join(root, 'docs', 'python-parity.md');

/**
 * @typedef {object} Row
 * @property {string} python    what Python calls it, with what the row is about
 * @property {string[]} [covers] names of python-names.json that the row accounts for: `module.X` or `SSLContext.x`
 * @property {string | null} ours `package:Export` or `package:Class.member`, anything after the name is free text; null: not here
 * @property {string} [test]    `file › part of the test's full name`; needed unless `ours` is null
 * @property {string} [deviation]
 * @property {string} [reason]  needed where there is a deviation or `ours` is null
 */

export async function loadSections() {
  const files = readdirSync(join(here, 'rows')).sort();
  return Promise.all(files.map(async (file) => (await import(pathToFileURL(join(here, 'rows', file)))).section));
}

/** @returns {Promise<string[]>} one line per problem */
export async function checkRows(sections, names, { packages, report }) {
  const rows = sections.flatMap((section) => section.rows);
  return [
    ...uncovered(rows, names),
    ...rows.flatMap((row) => [...checkName(row, packages), ...checkTest(row, report), ...checkReason(row)]),
  ];
}

function uncovered(rows, names) {
  const covered = new Set(rows.flatMap((row) => row.covers ?? []));
  const wanted = Object.entries(names).flatMap(([type, list]) =>
    Array.isArray(list) ? list.map((name) => `${type === 'seed' ? 'module' : type}.${name}`) : [],
  );
  const unknown = [...covered].filter((name) => !wanted.includes(name));
  return [
    ...wanted.filter((name) => !covered.has(name)).map((name) => `${name}: no row`),
    ...unknown.map((name) => `${name}: a row covers a name that Python does not have`),
  ];
}

function checkName(row, packages) {
  if (row.ours === null) return [];
  const [, name, path] = /^(\w+):([\w.]+)/.exec(row.ours) ?? [];
  if (!name) return [`${row.python}: cannot read "${row.ours}"`];
  const [head, member] = path.split('.');
  const value = packages[name]?.[head];
  if (value === undefined) return [`${row.python}: ${name} does not export ${head}`];
  if (!member || member in value || member in (value.prototype ?? {})) return [];
  return [`${row.python}: ${name}'s ${head} has no ${member}`];
}

function checkTest(row, report) {
  if (row.ours === null && !row.test) return [];
  if (!row.test) return [`${row.python}: no test`];
  const [file, part] = row.test.split(' › ');
  const tests = report.get(file);
  if (!tests) return [`${row.python}: ${file} is not among the files that ran`];
  const found = tests.filter(({ fullName }) => fullName.includes(part));
  if (found.length === 0) return [`${row.python}: no test in ${file} is named "${part}"`];
  const bad = found.filter(({ status }) => status !== 'passed');
  return bad.map(({ fullName, status }) => `${row.python}: "${fullName}" ${status}`);
}

function checkReason(row) {
  return (row.ours === null || row.deviation) && !row.reason ? [`${row.python}: a deviation without a reason`] : [];
}

async function loadPackages() {
  const load = async (name) => {
    const file = join(root, 'packages', name, 'package.json');
    return import(pathToFileURL(createRequire(file).resolve(`@sslkit/${name}`)));
  };
  return { pem: await load('pem'), context: await load('context'), socket: await load('socket') };
}

function loadReport() {
  const file = join(root, '.reports', 'vitest.json');
  if (!existsSync(file)) throw new Error('no test report: run the tests first (pnpm check)');
  const { testResults } = JSON.parse(readFileSync(file, 'utf8'));
  return new Map(testResults.map(({ name, assertionResults }) => [relative(root, name), assertionResults]));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const sections = await loadSections();
  const text = render(sections);
  if (process.argv.includes('--write')) writeFileSync(page, text);
  const names = JSON.parse(readFileSync(join(here, 'python-names.json'), 'utf8'));
  const problems = await checkRows(sections, names, { packages: await loadPackages(), report: loadReport() });
  if (!existsSync(page) || readFileSync(page, 'utf8') !== text)
    problems.push('docs/python-parity.md is stale: run with --write');
  for (const problem of problems) console.error(problem);
  const rows = sections.flatMap((section) => section.rows);
  const present = rows.filter((row) => row.ours !== null).length;
  console.log(`parity: ${present} of ${rows.length} rows are here, ${problems.length} problems`);
  process.exit(problems.length === 0 ? 0 : 1);
}
