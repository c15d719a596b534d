/** Why a certificate was refused, in words that name the certificate and the way out. */
import type { HintFacts } from './hints.ts';
import type { CertificateDict, Rdn } from './native.ts';
import { native, numberConstant } from './native.ts';

const code = (name: string): number => numberConstant(`X509_V_ERR_${name}`);

const UNKNOWN_ISSUER = [code('UNABLE_TO_GET_ISSUER_CERT'), code('UNABLE_TO_GET_ISSUER_CERT_LOCALLY')];

type Advice = (facts: HintFacts, leaf: CertificateDict | null) => string | undefined;

const ADVICE: ReadonlyMap<number, Advice> = new Map<number, Advice>([
  ...UNKNOWN_ISSUER.map((number): [number, Advice] => [number, unknownIssuer]),
  [code('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), unknownIssuer],
  [code('DEPTH_ZERO_SELF_SIGNED_CERT'), selfSigned],
  [code('SELF_SIGNED_CERT_IN_CHAIN'), privateRoot],
  [code('CERT_HAS_EXPIRED'), (facts) => expired(facts)],
  [code('CERT_NOT_YET_VALID'), (facts) => notYetValid(facts)],
  [code('HOSTNAME_MISMATCH'), nameMismatch],
  [code('IP_ADDRESS_MISMATCH'), nameMismatch],
  [code('MISSING_AUTHORITY_KEY_IDENTIFIER'), () => strict('the certificate has no authority key identifier')],
  [code('MISSING_SUBJECT_KEY_IDENTIFIER'), () => strict('a CA certificate has no subject key identifier')],
  [code('CA_BCONS_NOT_CRITICAL'), () => strict("a CA's basic constraints are not critical")],
  [code('CA_CERT_MISSING_KEY_USAGE'), () => strict('a CA certificate has no key usage')],
  [
    code('UNABLE_TO_GET_CRL'),
    () => 'verifyFlags ask for a CRL and none of this issuer was loaded with loadVerifyLocations.',
  ],
  [code('CERT_REVOKED'), () => 'The issuer has revoked this certificate: it must not be trusted.'],
  [code('CRL_HAS_EXPIRED'), () => 'The CRL that was loaded is out of date: load a newer one.'],
  [
    code('INVALID_PURPOSE'),
    () => 'The certificate is not meant for this side of a connection (extended key usage), or a CA is no CA.',
  ],
  [code('INVALID_CA'), () => 'A certificate in the chain signed another although it is no CA.'],
  [code('EE_KEY_TOO_SMALL'), () => 'The key is too short for the security level: RSA needs 2048 bits.'],
  [code('CA_KEY_TOO_SMALL'), () => "A CA's key is too short for the security level: RSA needs 2048 bits."],
  [code('CA_MD_TOO_WEAK'), () => 'A signature in the chain uses a hash (SHA-1, MD5) that the security level refuses.'],
  [code('CERT_CHAIN_TOO_LONG'), () => 'The chain is longer than the verification depth allows.'],
]);

/** The hint for an `X509_V_ERR_*` code. */
export function verificationHint(verifyCode: number, facts: HintFacts): string | undefined {
  return ADVICE.get(verifyCode)?.(facts, decode(facts.peerCertificates?.[0]));
}

function unknownIssuer(facts: HintFacts, leaf: CertificateDict | null): string {
  const last = decode(facts.peerCertificates?.at(-1)) ?? leaf;
  const issuer = last === null ? 'The issuer' : `The issuer ${nameOf(last.issuer)}`;
  return (
    `${issuer} is not among the trusted certificates. Load its CA with loadVerifyLocations, or let the peer send its ` +
    'intermediate certificates.'
  );
}

function selfSigned(_facts: HintFacts, leaf: CertificateDict | null): string {
  const subject = leaf === null ? 'The certificate' : `The certificate of ${nameOf(leaf.subject)}`;
  return `${subject} is signed by itself. If it is the right one, load it with loadVerifyLocations.`;
}

function privateRoot(facts: HintFacts): string {
  const root = decode(facts.peerCertificates?.at(-1));
  const name = root === null ? 'a root' : `the root ${nameOf(root.subject)}`;
  return `The chain ends in ${name}, which is not trusted here: a private CA, or a proxy that inspects TLS. Load it with loadVerifyLocations.`;
}

function expired(facts: HintFacts): string {
  const past = certificates(facts).find((dict) => Date.parse(dict.notAfter) < Date.now());
  const which = past === undefined ? 'A certificate' : `The certificate of ${nameOf(past.subject)}`;
  const when = past === undefined ? '' : ` on ${past.notAfter}`;
  return `${which} ended${when}. Renew it, or look at this machine's clock (${new Date().toISOString()}).`;
}

function notYetValid(facts: HintFacts): string {
  const future = certificates(facts).find((dict) => Date.parse(dict.notBefore) > Date.now());
  const which = future === undefined ? 'A certificate' : `The certificate of ${nameOf(future.subject)}`;
  const when = future === undefined ? '' : ` before ${future.notBefore}`;
  return `${which} is not valid${when}. Look at this machine's clock (${new Date().toISOString()}).`;
}

const SHOWN_NAMES = 8;

function nameMismatch({ serverHostname }: HintFacts, leaf: CertificateDict | null): string | undefined {
  if (leaf === null) return undefined;
  const names = certificateNames(leaf);
  const shown = names.slice(0, SHOWN_NAMES).join(', ') + (names.length > SHOWN_NAMES ? ', …' : '');
  const list = names.length === 0 ? 'The certificate names no host at all.' : `The certificate is valid for: ${shown}.`;
  return serverHostname?.endsWith('.') ? `${list} A name with a trailing dot matches nothing.` : list;
}

function certificateNames(leaf: CertificateDict): string[] {
  const names: string[] = [];
  for (const [type, value] of leaf.subjectAltName ?? []) {
    if (typeof value === 'string' && (type === 'DNS' || type === 'IP Address')) names.push(printable(value));
  }
  return names.length > 0 ? names : commonNames(leaf.subject);
}

function strict(what: string): string {
  return (
    `VERIFY_X509_STRICT is on (createDefaultContext sets it) and ${what}. Renew the certificate, or clear the flag: ` +
    'context.verifyFlags &= ~VERIFY_X509_STRICT.'
  );
}

function certificates(facts: HintFacts): CertificateDict[] {
  return (facts.peerCertificates ?? []).map((der) => decode(der)).filter((dict) => dict !== null);
}

function decode(der: Uint8Array | undefined): CertificateDict | null {
  if (der === undefined) return null;
  try {
    return native.X509.fromDer(der).toDict();
  } catch {
    return null;
  }
}

function commonNames(name: readonly Rdn[]): string[] {
  return name
    .flat()
    .filter(([type]) => type === 'commonName')
    .map(([, value]) => printable(value));
}

function nameOf(name: readonly Rdn[]): string {
  const common = commonNames(name)[0];
  const any = common ?? name.flat().map(([, value]) => printable(value))[0];
  return any === undefined ? '(unnamed)' : JSON.stringify(any);
}

/** A peer chose these bytes: no control character reaches a terminal, and none is endless. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}\p{Cf}]/gu, '?').slice(0, 100);
}
