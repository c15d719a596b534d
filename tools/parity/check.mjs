// The parity table: every name of Python's ssl, our name, the tests that show it, the deviation and its reason.
//   node tools/parity/check.mjs                 checks (after the tests ran: their report says what passed)
//   node tools/parity/check.mjs --write         writes docs/python-parity.md
//   node tools/parity/check.mjs --report=FILE   takes another report of vitest (--reporter=json)
// It fails when a Python name has no row, our name does not exist in the built package, a row has no test or a test
// that did not pass, or the page is stale. Rows are in rows/*.mjs; python-names.json is frozen from CPython.
//
// A test that was skipped shows nothing. Under CI=true that is a failure; elsewhere a peer may be missing, or the oracle
// may have another OpenSSL, and the row is counted as not shown here.
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
 * @property {string} [here]    what the column says instead of `ours`
 * @property {string | string[]} [test] `file › part of the test's full name`; needed unless the name is not here
 * @property {string} [deviation]
 * @property {string} [reason]  needed where there is a deviation or the name is not here
 */

export async function loadSections() {
  const files = readdirSync(join(here, 'rows')).sort();
  return Promise.all(files.map(async (file) => (await import(pathToFileURL(join(here, 'rows', file)))).section));
}

/** @returns {Promise<{ problems: string[], notShown: string[] }>} one line each */
export async function checkRows(sections, names, { packages, report, ci }) {
  const rows = sections.flatMap((section) => section.rows);
  const outcomes = rows.map((row) => checkTests(row, report));
  const notShown = outcomes.flatMap((outcome) => outcome.notShown);
  return {
    problems: [
      ...uncovered(rows, names),
      ...rows.flatMap((row, at) => [...checkName(row, packages), ...outcomes[at].problems, ...checkReason(row)]),
      ...(ci ? notShown : []),
    ],
    notShown,
  };
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

function checkTests(row, report) {
  const cited = [row.test ?? []].flat();
  if (cited.length === 0) return { problems: isAbsent(row) ? [] : [`${row.python}: no test`], notShown: [] };
  const outcomes = cited.map((test) => checkTest(row, test, report));
  return {
    problems: outcomes.flatMap(({ problem }) => problem ?? []),
    notShown: outcomes.flatMap(({ notShown }) => notShown ?? []),
  };
}

function checkTest({ python }, cited, report) {
  const [file, part] = cited.split(' › ');
  const tests = report.get(file);
  if (!tests) return { problem: `${python}: ${file} is not among the files that ran` };
  const found = tests.filter(({ fullName }) => fullName.includes(part));
  if (found.length === 0) {
    // Cases that an oracle cannot judge here are one skipped test in its place.
    const missing = `${python}: no test in ${file} is named "${part}"`;
    return tests.some(isSkipped) ? { notShown: missing } : { problem: missing };
  }
  const bad = found.filter((test) => test.status !== 'passed' && !isSkipped(test));
  if (bad.length > 0) return { problem: `${python}: "${bad[0].fullName}" ${bad[0].status}` };
  const skipped = found.find(isSkipped);
  return skipped ? { notShown: `${python}: "${skipped.fullName}" ${skipped.status}` } : {};
}

function isSkipped({ status }) {
  return status === 'skipped' || status === 'pending' || status === 'todo';
}

function isAbsent({ ours, here }) {
  return ours === null && !here;
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

function loadReport(file) {
  if (!existsSync(file)) throw new Error(`no test report ${file}: run the tests first (pnpm check)`);
  const { testResults } = JSON.parse(readFileSync(file, 'utf8'));
  return new Map(testResults.map(({ name, assertionResults }) => [relative(root, name), assertionResults]));
}

async function main(args) {
  const option = args.find((arg) => arg.startsWith('--report='))?.slice('--report='.length);
  const report = loadReport(option ?? join(root, '.reports', 'vitest.json'));
  const sections = await loadSections();
  const text = render(sections);
  if (args.includes('--write')) writeFileSync(page, text);
  const names = JSON.parse(readFileSync(join(here, 'python-names.json'), 'utf8'));
  const world = { packages: await loadPackages(), report, ci: process.env.CI === 'true' };
  const { problems, notShown } = await checkRows(sections, names, world);
  if (!existsSync(page) || readFileSync(page, 'utf8') !== text)
    problems.push('docs/python-parity.md is stale: pnpm parity');
  for (const problem of problems) console.error(problem);
  const rows = sections.flatMap((section) => section.rows);
  const hidden = notShown.length === 0 ? '' : `, ${notShown.length} tests not run here`;
  console.log(
    `parity: ${rows.filter((row) => !isAbsent(row)).length} of ${rows.length} rows are here, ${problems.length} problems${hidden}`,
  );
  return problems.length === 0 ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exit(await main(process.argv.slice(2)));
