import { execFileSync } from 'node:child_process';
import { errorRecord, opensslVersion } from '@sslkit/openssl-native';
import { pythonCommand, requires } from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';

/** ERR_PACK of OpenSSL 3. */
function pack(library: number, reason: number): number {
  return library * 2 ** 23 + reason;
}

const PYTHON = `
import _ssl, json
reasons = [[library, reason, name] for (library, reason), name in _ssl.err_codes_to_names.items()]
print(json.dumps([reasons, _ssl.lib_codes_to_names]))
`;

// Macros that are no reasons, or that no code of OpenSSL 3 uses.
const NO_LIBRARIES = new Set(['MASK', 'OFFSET']);

describe('names of errors', () => {
  // CPython is built with OpenSSL 3.0 here; later versions gave some numbers to other reasons.
  const sameOpenssl = opensslVersion.minor === 0 ? requires(test, 'python3') : test.skip;
  sameOpenssl("every reason has CPython's name, which is the macro's", () => {
    const output = execFileSync(pythonCommand(), ['-c', PYTHON], { encoding: 'utf8', maxBuffer: 1 << 24 });
    const [reasons, libraries] = JSON.parse(output) as [[number, number, string][], Record<string, string>];
    expect(reasons.length).toBeGreaterThan(1000);
    const differing = reasons
      .map(([library, reason, name]) => [libraries[library], name, errorRecord(pack(library, reason)).reason])
      .filter(([, name, ours]) => ours !== null && ours !== name);
    expect(differing).toEqual([]);
    for (const [number, name] of Object.entries(libraries)) {
      if (!NO_LIBRARIES.has(name)) expect(errorRecord(pack(Number(number), 100)).library).toBe(name);
    }
  });

  test('the reasons of alerts keep their names where OpenSSL 3.2 renamed the texts', () => {
    const record = errorRecord(pack(20, 1040));
    expect(record).toMatchObject({ library: 'SSL', reason: 'SSLV3_ALERT_HANDSHAKE_FAILURE', data: null });
    const text = opensslVersion.minor < 2 ? 'sslv3 alert handshake failure' : 'ssl/tls alert handshake failure';
    expect(record.reasonText).toBe(text);
  });

  test('a reason that all libraries share has a text and no name', () => {
    const ERR_R_PEM_LIB = 9 + 2 ** 19;
    expect(errorRecord(pack(20, ERR_R_PEM_LIB))).toMatchObject({ library: 'SSL', reason: null, reasonText: 'PEM lib' });
  });

  test('a system error has its text', () => {
    const ERR_SYSTEM_FLAG = 2 ** 31;
    const record = errorRecord(ERR_SYSTEM_FLAG + 2);
    expect(record).toMatchObject({ library: 'SYS', reason: null, reasonText: 'No such file or directory' });
  });

  test('what nobody knows has no names', () => {
    expect(errorRecord(pack(99, 4000))).toMatchObject({ library: null, reason: null, reasonText: null });
  });
});
