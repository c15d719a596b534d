/**
 * Every difference from CPython that is meant, in one place. The differential tests fail for a difference that is not
 * here, and for an entry that no longer differs; docs/python-parity.md is made from this list.
 */
import type { PythonVersion } from '@sslkit/testkit';
import type { Outcome, Step } from './case.ts';

export interface Deviation {
  /** Cases it concerns: names, or the beginning of names when they end in `*`. */
  readonly cases: readonly string[];
  /** Steps of those cases it concerns; all when omitted. */
  readonly when?: (facts: Facts) => boolean;
  /** Number in "Better than Python" of the API page; null when it is another reason. */
  readonly better: number | null;
  readonly reason: string;
}

/** One step of one case, in both. */
export interface Facts {
  readonly name: string;
  readonly step: Step;
  readonly python: Outcome;
  readonly ours: Outcome;
  readonly version: PythonVersion;
  /** The connection gave the same error before. */
  readonly repeatsFirstError: boolean;
}

const calls =
  (...names: string[]) =>
  ({ step }: Facts): boolean =>
    step.do === 'call' && names.includes(step.name);

const CHAINS = calls('get_verified_chain', 'get_unverified_chain');

export const DEVIATIONS: readonly Deviation[] = [
  {
    cases: ['load_cert_chain: an RSA key for an EC certificate', 'load_cert_chain: an EC key for an RSA certificate'],
    better: 9,
    reason:
      'OpenSSL keeps one certificate per key type, so CPython on 3.11 reports NO_CERTIFICATE_ASSIGNED for a key of the ' +
      'wrong type. It is the same mistake as a wrong key of the right type: KEY_VALUES_MISMATCH.',
  },
  {
    cases: ['load_verify_locations: capath missing', 'load_verify_locations: capath is a file'],
    better: 6,
    reason: 'A capath that is no folder is an error, where CPython says nothing and trusts nothing.',
  },
  {
    cases: ['load_verify_locations: cadata DER and one byte'],
    better: null,
    reason: 'CPython takes one stray byte after DER certificates for their end; here all trailing junk is an error.',
  },
  {
    cases: ['defaults: create_default_context(*'],
    when: ({ version }) => version === '3.11',
    better: null,
    reason: 'VERIFY_X509_STRICT and VERIFY_X509_PARTIAL_CHAIN are set since Python 3.13.',
  },
  {
    cases: ['SSLContext(1)', 'SSLContext(0)'],
    better: null,
    reason:
      'PROTOCOL_SSLv3 and PROTOCOL_SSLv2 exist here; what this OpenSSL lacks is an SSLError that names its version.',
  },
  {
    cases: ['SSLContext(null)'],
    better: null,
    reason: 'The protocol is required, as in the seed; CPython 3.10 and later takes None for PROTOCOL_TLS, deprecated.',
  },
  { cases: ['verify_mode = true'], better: null, reason: 'True is no integer here: a boolean is refused.' },
  {
    cases: ['options = -1'],
    better: null,
    reason: 'Negative options are refused, as in Python 3.14; 3.11 takes them for all bits, 3.13 raises OverflowError.',
  },
  {
    cases: ['set_alpn_protocols("h2")'],
    better: null,
    reason: "A plain string is refused; CPython takes 'h2' for the two protocols 'h' and '2'.",
  },
  {
    cases: ['PEM_cert_to_DER_cert(null)*'],
    better: null,
    reason: 'A wrong type is a TypeError; CPython calls a method of str on it and raises AttributeError.',
  },
  {
    cases: ['get_protocol_name(0)', 'get_protocol_name(1)'],
    better: null,
    reason: 'PROTOCOL_SSLv2 and PROTOCOL_SSLv3 exist here in every build.',
  },
  {
    cases: ['certificate: *-latin1', 'certificate: subject-ia5-latin1'],
    better: 7,
    reason: 'Bytes that are not UTF-8 are returned losslessly; CPython raises UnicodeDecodeError.',
  },
  {
    cases: ['certificate: serial-very-long'],
    better: 7,
    reason:
      'The serial number is given in full; CPython prints it into a buffer that cuts it, with a line continuation.',
  },
  {
    cases: ['certificate: subject-bits'],
    better: null,
    reason: 'Every value of a name is a string; CPython returns bytes for a BIT STRING.',
  },
  {
    cases: ['certificate: subject-sequence'],
    better: 7,
    reason: 'A name with a value that is no string is returned losslessly; CPython fails with an ASN.1 error.',
  },
  {
    cases: [
      'certificate: subject-bmp-odd-length',
      'certificate: subject-octets',
      'certificate: subject-utf8-invalid',
      'certificate: subject-visible',
    ],
    better: null,
    reason: 'Same class; the message is OpenSSL’s, where CPython’s private decoder has one of its own.',
  },
  {
    cases: ['protocols: PROTOCOL_TLSv1*'],
    when: ({ step }) => step.do === 'handshake',
    better: null,
    reason:
      'A context of one version is a range of one here, where CPython takes deprecated methods of one version: OpenSSL calls ' +
      'the same failure UNSUPPORTED_PROTOCOL instead of WRONG_SSL_VERSION.',
  },
  {
    cases: ['*'],
    when: ({ repeatsFirstError }) => repeatsFirstError,
    better: 4,
    reason:
      'The first fatal error of a connection sticks. CPython forgets it: later calls give another error, or look like a ' +
      'clean end.',
  },
  {
    cases: ['*'],
    when: (facts) => facts.version === '3.11' && CHAINS(facts),
    better: null,
    reason: 'get_verified_chain and get_unverified_chain came with Python 3.13.',
  },
  {
    cases: ['*'],
    when: (facts) => CHAINS(facts) && JSON.stringify(facts.ours.value) === '[]',
    better: 3,
    reason: 'Chains are empty after a failed verification, where CPython still returns what was refused.',
  },
  {
    cases: ['verify TLSv1_3: required *', 'verify TLSv1_3: optional and untrusted'],
    when: calls('getpeercert'),
    better: 3,
    reason: 'What was verified at the handshake stays readable after the server has refused the client.',
  },
  {
    cases: ['state TLSv1_*: the context is changed after the handshake'],
    when: calls('getpeercert'),
    better: 3,
    reason: 'An unverified certificate does not become a verified one when the context is changed afterwards.',
  },
  {
    cases: ['*: bad name "www.example.org\\u0000.evil.example"'],
    better: null,
    reason:
      'All names that cannot be are refused alike, with ERR_INVALID_ARG_VALUE; CPython has a TypeError for a NUL.',
  },
  {
    cases: ['sni TLSv1_2: returns no alert: *', 'sni TLSv1_3: returns no alert: *'],
    better: 6,
    reason: 'What refuses nobody is an error: the client is told internal_error, and the cause says what was returned.',
  },
  {
    cases: ['sni TLSv1_*: the first one requires one, and only the other trusts it'],
    when: calls('getpeercert'),
    better: 3,
    reason: 'The certificate was verified at the handshake, whatever the context says that the SNI callback assigned.',
  },
  {
    cases: ['pha: the request waits'],
    when: calls('getpeercert', 'version'),
    better: 3,
    reason:
      'A connection stays one while its client is asked again: what was proven before is known, where CPython forgets the ' +
      'version and raises “handshake not done yet”.',
  },
  {
    cases: ['pha: CERT_REQUIRED, *', 'pha: CERT_OPTIONAL, *'],
    when: calls('getpeercert'),
    better: 3,
    reason:
      'After a request that failed getPeerCert() tells what was proven before it, where CPython raises “handshake not done ' +
      'yet”.',
  },
  {
    cases: ['check_hostname without a name'],
    better: 2,
    reason: 'wrapBio refuses a context that checks names when there is no name; CPython connects unverified.',
  },
  {
    cases: ['a name on the server side'],
    better: null,
    reason: 'wrapBio refuses what wrapSocket refuses: a server has no server_hostname.',
  },
  {
    cases: ['an internationalized name that IDNA 2008 treats differently'],
    better: 10,
    reason: 'UTS #46 keeps the sharp s, where IDNA 2003 made it ss: another host.',
  },
];

/** Why a step may differ; null when it may not. */
export function deviationFor(facts: Facts): Deviation | null {
  const concerns = ({ cases, when }: Deviation): boolean =>
    cases.some((pattern) => matches(pattern, facts.name)) && (when === undefined || when(facts));
  return DEVIATIONS.find(concerns) ?? null;
}

/** `*` stands for any text, once. */
function matches(pattern: string, name: string): boolean {
  const [start = '', end] = pattern.split('*');
  return end === undefined ? name === pattern : name.startsWith(start) && name.endsWith(end);
}
