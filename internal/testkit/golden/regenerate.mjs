/**
 * Writes the golden certificates again: `node internal/testkit/golden/regenerate.mjs`.
 *
 * Everything is fixed (the key in `key.pem`, dates, serials; Ed25519 signatures are deterministic), so that a second run
 * changes nothing. `python-*.json` holds what each CPython that is installed here makes of each certificate.
 */
import { spawnSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cases, defaults } from './cases.mjs';
import { bits, explicit, integer, oid, pem, sequence } from './der.mjs';

const PYTHONS = {
  3.11: ['python3.11', 'python3'],
  3.13: [
    'python3.13',
    ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => join(homedir(), `.pyenv/versions/3.13.${n}/bin/python3`)),
  ],
};
const ORACLE = `
import json, ssl, sys
result = {'python': sys.version.split()[0], 'openssl': ssl.OPENSSL_VERSION, 'certificates': {}}
for path in sys.argv[1:]:
    name = path.rsplit('/', 1)[1][:-len('.pem')]
    try:
        result['certificates'][name] = {'dict': ssl._ssl._test_decode_cert(path)}
    except Exception as error:
        result['certificates'][name] = {'error': type(error).__name__, 'message': str(error)}
def plain(value):
    # CPython gives the raw bytes of a BIT STRING or SEQUENCE value.
    return {'hex': value.hex()}
print(json.dumps(result, default=plain, indent=1, ensure_ascii=True, sort_keys=True))
`;

const here = fileURLToPath(new URL('.', import.meta.url));
const privateKey = createPrivateKey(readFileSync(join(here, 'key.pem')));
const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
const algorithm = sequence(oid('1.3.101.112'));

/** The DER of one case. */
export function certificate(fields) {
  const { version, serial, issuer, subject, notBefore, notAfter, extensions } = { ...defaults, ...fields };
  const body = sequence(
    ...(version === 1 ? [] : [explicit(0, integer(`0${version - 1}`))]),
    integer(serial),
    algorithm,
    issuer,
    sequence(notBefore, notAfter),
    subject,
    publicKey,
    ...(extensions?.length ? [explicit(3, sequence(...extensions))] : []),
  );
  return sequence(body, algorithm, bits(sign(null, body, privateKey)));
}

function main() {
  const paths = Object.entries(cases).map(([name, fields]) => {
    const path = join(here, `${name}.pem`);
    writeFileSync(path, pem('CERTIFICATE', certificate(fields)));
    return path;
  });
  console.log(`${paths.length} certificates written`);
  for (const [version, commands] of Object.entries(PYTHONS)) ask(version, commands, paths);
}

function ask(version, commands, paths) {
  const probe = 'import sys; print("%d.%d" % sys.version_info[:2])';
  const answers = (command) => spawnSync(command, ['-c', probe], { encoding: 'utf8' }).stdout?.trim() === version;
  const command = commands.find(answers);
  if (!command) {
    console.log(`CPython ${version} is not here: python-${version}.json stays as it is`);
    return;
  }
  const run = spawnSync(command, ['-c', ORACLE, ...paths], { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (run.status !== 0) throw new Error(run.stderr);
  const file = join(here, `python-${version}.json`);
  writeFileSync(file, run.stdout);
  spawnSync(join(here, '../../../node_modules/.bin/biome'), ['format', '--write', file]);
  console.log(`python-${version}.json written`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
