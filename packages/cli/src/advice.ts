import type { ErrorReport } from './json.ts';

/** What can be done about a failure in the words of this command; the library's hints speak of its own functions. */
export function adviceFor(report: ErrorReport): string | null {
  if (report.verifyCode !== null) return VERIFICATION[report.verifyCode] ?? null;
  const found = REASONS.find(([pattern]) => pattern.test(report.reason ?? ''));
  return found?.[1] ?? null;
}

const OTHER_AUTHORITY =
  '--cafile FILE trusts another authority; cert fetch --insecure shows the certificate, to look at';
const OTHER_NAME = '--servername NAME, if that name is the one you mean';
const OUT_OF_DATE = 'cert fetch --insecure shows the certificate, to look at';

/** By X509_V_ERR_* code. @see X509_STORE_CTX_get_error(3) */
const VERIFICATION: Readonly<Record<number, string>> = {
  2: OTHER_AUTHORITY,
  9: OUT_OF_DATE,
  10: OUT_OF_DATE,
  18: OTHER_AUTHORITY,
  19: OTHER_AUTHORITY,
  20: OTHER_AUTHORITY,
  21: OTHER_AUTHORITY,
  62: OTHER_NAME,
  64: OTHER_NAME,
};

/** By OpenSSL's reason, whose spelling differs between 3.0 and 3.2. */
const REASONS: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [/ALERT_CERTIFICATE_REQUIRED/, '--cert FILE --key FILE shows our own certificate'],
  [/ALERT_(BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_UNKNOWN)$/, 'a --cert that the server knows'],
  [
    /ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|NO_PROTOCOLS_AVAILABLE/,
    '--min and --max; for TLS 1.0 and 1.1, which are weak, also --ciphers DEFAULT@SECLEVEL=0',
  ],
];
