/** What `sslkit doctor` looks at. Each check is a function of the environment that it is given, and looks at one thing. */
import { X509Certificate } from 'node:crypto';
import { statSync } from 'node:fs';
import { selfTest } from './self_test.ts';
import { count } from './terminal.ts';

type Sslkit = typeof import('@sslkit/context');

export interface Check {
  /** For example `trust`. */
  readonly name: string;
  /** `warn`: works, but not as one would think. */
  readonly status: 'ok' | 'warn' | 'fail';
  readonly message: string;
  readonly hint: string | null;
}

/** All checks, in the order in which one helps to understand the next; `fips` is null when it is not known. */
export function examine(sslkit: Sslkit, env: NodeJS.ProcessEnv, now: Date, fips: boolean | null): Check[] {
  const roots = sslkit.createDefaultContext().getCaCerts({ binaryForm: true });
  return [
    ok('openssl', sslkit.OPENSSL_VERSION),
    ok('fips', fips === null ? 'not known' : fips ? 'on' : 'off'),
    sslkit.randStatus() ? ok('random', 'seeded') : fail('random', 'the random generator has no seed'),
    ...environment(env),
    trust(sslkit, roots.length),
    clock(sslkit.OPENSSL_VERSION, roots, now),
    handshake(sslkit, 'TLSv1_2'),
    handshake(sslkit, 'TLSv1_3'),
  ];
}

/** Variables that change what this library or OpenSSL does, and such as look so. */
export function environment(env: NodeJS.ProcessEnv): Check[] {
  return VARIABLES.flatMap(({ name, judge }) => {
    const value = env[name];
    return value === undefined ? [] : [{ ...judge(value), name: `$${name}` }];
  });
}

/** A clock before the release of the OpenSSL in use is wrong; so is one at which most of the trusted have expired. */
export function clock(opensslVersion: string, roots: readonly Uint8Array[], now: Date): Check {
  const told = now.toISOString();
  // The date ends the text: `OpenSSL 3.0.17 1 Jul 2025`; distributions may append words of their own.
  const released = /\b(\d{1,2} [A-Z][a-z]{2} \d{4})\b/.exec(opensslVersion);
  if (released && Date.parse(`${released[1]} UTC`) > now.getTime()) {
    return fail('clock', `${told} is before the release of this OpenSSL`, SET_CLOCK);
  }
  const ended = roots.filter((der) => new Date(new X509Certificate(der).validTo) < now).length;
  if (ended * 2 > roots.length) {
    return fail('clock', `at ${told} ${ended} of ${roots.length} trusted certificates have expired`, SET_CLOCK);
  }
  return ok('clock', told);
}

function trust(sslkit: Sslkit, found: number): Check {
  const { cafile, capath } = sslkit.getDefaultVerifyPaths();
  if (found > 0) return ok('trust', `${count(found, 'certificate')} from ${cafile ?? capath ?? 'the system'}`);
  // What is in a folder is looked up when it is needed, and not counted.
  if (capath !== null) return ok('trust', `the folder ${capath}`);
  return fail(
    'trust',
    'no trusted certificates: every server will be refused',
    'install ca-certificates, or set SSL_CERT_FILE',
  );
}

function handshake(sslkit: Sslkit, version: 'TLSv1_2' | 'TLSv1_3'): Check {
  const name = `handshake ${version.replace('_', '.')}`;
  try {
    const { cipher, elapsedMs } = selfTest(sslkit, version);
    return ok(name, `${cipher}, ${elapsedMs} ms`);
  } catch (error) {
    return fail(name, (error as Error).message, 'the configuration of OpenSSL ($OPENSSL_CONF) may forbid it');
  }
}

type Judgement = Omit<Check, 'name'>;

interface Variable {
  readonly name: string;
  judge(value: string): Judgement;
}

const plain = (name: string): Variable => ({ name, judge: (message) => ({ status: 'ok', message, hint: null }) });

const place = (name: string, isRight: (path: string) => boolean, what: string): Variable => ({
  name,
  judge: (path) =>
    isRight(path)
      ? { status: 'ok', message: path, hint: null }
      : {
          status: 'fail',
          message: `${path} is no ${what}`,
          hint: 'nothing is trusted through it: mend it or unset it',
        },
});

const without = (name: string, hint: string): Variable => ({
  name,
  judge: (value) => ({ status: 'warn', message: `${value}: has no effect here`, hint }),
});

const VARIABLES: readonly Variable[] = [
  place('SSL_CERT_FILE', (path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true, 'file'),
  place(
    'SSL_CERT_DIR',
    (paths) => paths.split(':').some((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true),
    'folder',
  ),
  {
    name: 'SSLKEYLOGFILE',
    judge: (path) => ({
      status: 'warn',
      message: `the secrets of default contexts are written to ${path}`,
      hint: 'who reads that file reads the sessions; unset it when you are done',
    }),
  },
  plain('OPENSSL_CONF'),
  plain('OPENSSL_MODULES'),
  plain('SSLKIT_OPENSSL'),
  plain('SSLKIT_ADDON'),
  plain('SSLKIT_CHANNEL'),
  plain('SSLKIT_HANDSHAKE_THREADS'),
  without('NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE names a file of trusted certificates'),
  without('NODE_TLS_REJECT_UNAUTHORIZED', 'it turns verification off in node:tls; unset it'),
];

const SET_CLOCK = 'set the clock: certificates are judged by it';

function ok(name: string, message: string): Check {
  return { name, status: 'ok', message, hint: null };
}

function fail(name: string, message: string, hint: string | null = null): Check {
  return { name, status: 'fail', message, hint };
}
