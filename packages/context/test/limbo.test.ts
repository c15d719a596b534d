/**
 * x509-limbo: outside vectors for path validation. Each case is an in-memory handshake in which one side shows the
 * case's leaf; verdict and message must be those of CPython, on file beside the vectors, in three modes of verifyFlags.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  CERT_REQUIRED,
  PROTOCOL_TLS_CLIENT,
  PROTOCOL_TLS_SERVER,
  SSLCertVerificationError,
  SSLContext,
  SSLError,
  VERIFY_CRL_CHECK_LEAF,
  VERIFY_X509_PARTIAL_CHAIN,
  VERIFY_X509_STRICT,
} from '@sslkit/context';
import { scene, temporaryDirectory } from '@sslkit/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { handshake, pairOf } from './pair.ts';

interface LimboCase {
  readonly id: string;
  readonly validation_kind: 'SERVER' | 'CLIENT';
  readonly trusted_certs: readonly string[];
  readonly untrusted_intermediates: readonly string[];
  readonly peer_certificate: string;
  readonly peer_certificate_key: string | null;
  readonly validation_time: string | null;
  readonly expected_peer_name: { readonly kind: string; readonly value: string } | null;
  readonly crls: readonly string[];
}

type Verdict = readonly [verdict: string, message: string];

const FOLDER = fileURLToPath(new URL('../../../../shared/vectors/x509-limbo/', import.meta.url));
const present = existsSync(FOLDER);

/** CRLs are taken from files only, as in Python. */
const trustFile = join(temporaryDirectory('limbo-'), 'trust.pem');

const MODES = {
  default: 0,
  'partial-chain': VERIFY_X509_PARTIAL_CHAIN,
  'strict-partial-chain': VERIFY_X509_STRICT | VERIFY_X509_PARTIAL_CHAIN,
} as const;

/** The server that a client certificate is shown to needs a certificate of its own. */
let ownCertificate: { pem: string };
beforeAll(async () => {
  ownCertificate = { pem: (await scene()).server.combinedPem };
});

const read = <T>(file: string): T => JSON.parse(readFileSync(FOLDER + file, 'utf8')) as T;

if (!present) {
  test.skipIf(process.env.CI !== 'true')('the vectors of x509-limbo are beside the checkout', () => {
    expect(present, FOLDER).toBe(true);
  });
} else {
  const { testcases } = read<{ testcases: LimboCase[] }>('limbo.json');
  describe.each(Object.entries(MODES))('x509-limbo, %s', (mode, flags) => {
    const expected = read<Record<string, Verdict>>(`cpython-${mode}.json`);
    const withVerdict = testcases.filter(({ id }) => ['SUCCESS', 'FAILURE'].includes(expected[id]![0]));

    test('185 cases have a verdict', () => {
      expect(withVerdict).toHaveLength(185);
    });

    test.each(withVerdict)('$id', (one) => {
      expect(run(one, flags)).toEqual(expected[one.id]);
    });

    const endEarly = testcases.filter(({ id }) => ['LEAFLOAD', 'LEAFERR'].includes(expected[id]![0]));
    test.each(endEarly)('$id ends before a verdict', (one) => {
      const [how, message] = run(one, flags);
      expect(how).toBe(expected[one.id]![0]);
      expect(message).toBe(expected[one.id]![1].replace(/ \(_ssl\.c:\d+\)$/u, ''));
    });
  });
}

function run(one: LimboCase, flags: number): Verdict {
  const clientVerifies = one.validation_kind === 'SERVER';
  const verifier = verifierOf(one, flags, clientVerifies);
  const shower = new SSLContext(clientVerifies ? PROTOCOL_TLS_SERVER : PROTOCOL_TLS_CLIENT);
  shower.setCiphers('ALL:@SECLEVEL=0');
  if (!clientVerifies) shower.checkHostname = false;
  if (!clientVerifies) shower.verifyMode = 0;
  const chain = [one.peer_certificate, ...one.untrusted_intermediates].join('');
  try {
    shower.loadCertChain({ pem: chain }, { pem: one.peer_certificate_key! });
  } catch (error) {
    return ['LEAFLOAD', (error as Error).message];
  }
  const serverHostname = one.expected_peer_name?.value ?? null;
  const pair = clientVerifies
    ? pairOf(verifier, shower, { serverHostname })
    : pairOf(shower, verifier, { serverHostname: null });
  return verdictOf(handshake(pair), clientVerifies);
}

function verifierOf(one: LimboCase, flags: number, client: boolean): SSLContext {
  const context = new SSLContext(client ? PROTOCOL_TLS_CLIENT : PROTOCOL_TLS_SERVER);
  if (client) context.checkHostname = one.expected_peer_name !== null;
  else context.loadCertChain(ownCertificate);
  context.verifyMode = CERT_REQUIRED;
  context.verifyFlags |= flags;
  if (one.crls.length > 0) context.verifyFlags |= VERIFY_CRL_CHECK_LEAF;
  if (one.validation_time !== null) context.verifyTime = new Date(one.validation_time);
  writeFileSync(trustFile, [...one.trusted_certs, ...one.crls].join(''));
  context.loadVerifyLocations({ cafile: trustFile });
  return context;
}

function verdictOf(result: ReturnType<typeof handshake>, clientVerifies: boolean): Verdict {
  const verifiers = clientVerifies ? result.client : result.server;
  if (verifiers === null) return ['SUCCESS', ''];
  if (verifiers instanceof SSLCertVerificationError) return ['FAILURE', verifiers.verifyMessage];
  if (verifiers instanceof SSLError) return ['LEAFERR', verifiers.reason ?? verifiers.message];
  throw verifiers;
}
