/** Certificates on file, made by hand to be odd, with what CPython makes of each. See `golden/cases.mjs`. */
import { readdirSync, readFileSync } from 'node:fs';

/** What CPython's decoder gives for a certificate: the dict of `getpeercert()`, or the error it raises. */
export type PythonDecoding = { dict: Record<string, unknown> } | { error: string; message: string };

export interface Golden {
  name: string;
  pem: string;
  der: Buffer;
  path: string;
  python: Readonly<Record<'3.11' | '3.13', PythonDecoding>>;
}

interface OracleFile {
  python: string;
  openssl: string;
  certificates: Record<string, PythonDecoding>;
}

// From src and from dist alike, the folder is a sibling.
const FOLDER = new URL('../golden/', import.meta.url);
const KEY_FILE = 'key.pem';

/** The names of all golden certificates, sorted. */
export function goldenNames(): string[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.pem') && file !== KEY_FILE);
  return files.map((file) => file.slice(0, -'.pem'.length)).sort();
}

/** One golden certificate; throws when there is none of that name. */
export function golden(name: string): Golden {
  const url = new URL(`${name}.pem`, FOLDER);
  const pem = readFileSync(url, 'utf8');
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  return { name, pem, der, path: url.pathname, python: { 3.11: decoding('3.11', name), 3.13: decoding('3.13', name) } };
}

const oracles = new Map<string, OracleFile>();

function decoding(version: string, name: string): PythonDecoding {
  const oracle = oracles.get(version) ?? (JSON.parse(readText(`python-${version}.json`)) as OracleFile);
  oracles.set(version, oracle);
  const found = oracle.certificates[name];
  if (!found) throw new RangeError(`golden/python-${version}.json has no ${name}: run golden/regenerate.mjs`);
  return found;
}

function readText(file: string): string {
  return readFileSync(new URL(file, FOLDER), 'utf8');
}
