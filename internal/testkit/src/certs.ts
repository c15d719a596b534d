/**
 * Certificates for handshakes, minted per run by @peculiar/x509 over WebCrypto: an independent tool, so that the code
 * under test never vouches for itself. Everything minted passes OpenSSL's X509_V_FLAG_X509_STRICT, which Python 3.13
 * sets by default.
 */
import 'reflect-metadata';
import { randomBytes, type webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { type KeyAlgorithm, keyPair, pkcs8, pkcs8Pem, signingKey } from './keys.ts';

export { x509 };

/** A certificate with its private key. */
export interface Minted {
  certPem: string;
  /** PKCS#8, in clear. */
  keyPem: string;
  certDer: Uint8Array;
  /** PKCS#8. */
  keyDer: Uint8Array;
  /** This certificate and the intermediates above it, leaf first, without the root. */
  chainPem: string;
  /** Private key, then `chainPem`: what Python calls a combined file. */
  combinedPem: string;
  /** The issuer; absent when self-signed. */
  ca?: Minted;
  /** The subject's common name; empty when it has none. */
  commonName: string;
}

export type LeafPurpose = 'server' | 'client' | 'both';

interface CommonOptions {
  /** Default `ecdsa` (P-256). */
  alg?: KeyAlgorithm;
  /** RSA modulus in bits; default 2048. */
  rsaBits?: number;
  /** True: an RSA key of its own instead of the one that the process shares. ECDSA keys are always fresh. */
  freshKey?: boolean;
  /** Default one day ago. */
  notBefore?: Date;
  /** Default thirty days ahead. */
  notAfter?: Date;
  /** Serial number in hex; default 16 random bytes. */
  serial?: string;
  /** Digest of the signature; default `SHA-256`. */
  hash?: 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512';
  /** Added behind the usual extensions; to replace one of those, `omit` its identifier. */
  extraExtensions?: readonly x509.Extension[];
  /** Object identifiers of usual extensions to leave out, for certificates that a strict verifier must refuse. */
  omit?: readonly string[];
}

export interface CaOptions extends CommonOptions {
  /** The common name; default `sslkit test CA`. */
  name?: string;
  /** Makes an intermediate under this authority instead of a root. */
  issuer?: Minted;
  /** Certificates that may follow below, besides the leaf. */
  pathLength?: number;
  /** Default keyCertSign and cRLSign. */
  keyUsage?: x509.KeyUsageFlags;
  /** False mints a certificate that says it is no authority. */
  isCa?: boolean;
}

export interface LeafOptions extends CommonOptions {
  /** Default: the first DNS name, else `localhost`. Null leaves the subject empty (and the SAN critical). */
  commonName?: string | null;
  /** Default `['localhost']`, when no other kind of name is given. */
  dns?: readonly string[];
  /** Default `['127.0.0.1', '::1']`, when no other kind of name is given. */
  ips?: readonly string[];
  emails?: readonly string[];
  uris?: readonly string[];
  /** Extended key usage; default `server`. */
  purpose?: LeafPurpose;
}

export interface CrlOptions {
  /** Default one day ago. */
  thisUpdate?: Date;
  /** Default thirty days ahead. */
  nextUpdate?: Date;
  /** Default 1. */
  crlNumber?: number;
}

const DAY_MS = 86_400_000;
const DEFAULT_RSA_BITS = 2048;
const OID_CRL_NUMBER = '2.5.29.20';

/** Mints an authority: a root, or an intermediate when `issuer` is given. */
export async function mintCa(options: CaOptions = {}): Promise<Minted> {
  const { KeyUsageFlags } = x509;
  const usage = options.keyUsage ?? KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign;
  return mint({
    ...options,
    commonName: options.name ?? 'sslkit test CA',
    pool: 'ca',
    extensions: [
      new x509.BasicConstraintsExtension(options.isCa ?? true, options.pathLength, true),
      new x509.KeyUsagesExtension(usage, true),
    ],
  });
}

/** Mints an end-entity certificate under `ca`; by default a server's for `localhost` and both loopback addresses. */
export async function mintLeaf(ca: Minted, options: LeafOptions = {}): Promise<Minted> {
  return mint({ ...leafTemplate(options), issuer: ca });
}

/** Mints an end-entity certificate that signs itself. */
export async function mintSelfSigned(options: LeafOptions = {}): Promise<Minted> {
  return mint(leafTemplate(options));
}

/** Mints a certificate revocation list of `ca`, as PEM. */
export async function mintCrl(ca: Minted, revoked: readonly Minted[], options: CrlOptions = {}): Promise<string> {
  const signer = await signingKey(ca.keyDer);
  const issuer = certificateOf(ca);
  const thisUpdate = options.thisUpdate ?? daysFromNow(-1);
  const crl = await x509.X509CrlGenerator.create({
    issuer: issuer.subject,
    thisUpdate,
    nextUpdate: options.nextUpdate ?? daysFromNow(30),
    signingAlgorithm: signer.parameters,
    signingKey: signer.key,
    // A reason, because without any entry extension the library writes an empty list, which RFC 5280 5.1 forbids.
    entries: revoked.map((one) => ({
      serialNumber: certificateOf(one).serialNumber,
      revocationDate: thisUpdate,
      reason: x509.X509CrlReason.keyCompromise,
    })),
    extensions: [
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      new x509.Extension(OID_CRL_NUMBER, false, new Uint8Array([2, 1, options.crlNumber ?? 1])),
    ],
  });
  // OpenSSL and RFC 7468 call the block `X509 CRL`; the library says `CRL`.
  return `${x509.PemConverter.encode(crl.rawData, 'X509 CRL')}\n`;
}

/** The certificate as a library object, to read fields from. */
export function certificateOf(minted: Minted): x509.X509Certificate {
  return new x509.X509Certificate(minted.certDer);
}

interface Template extends CommonOptions {
  commonName: string;
  issuer?: Minted;
  pool: string;
  extensions: x509.Extension[];
}

function leafTemplate(options: LeafOptions): Template {
  const { KeyUsageFlags } = x509;
  const names = subjectAlternativeNames(options);
  const commonName = options.commonName === null ? '' : (options.commonName ?? options.dns?.[0] ?? 'localhost');
  const usage = KeyUsageFlags.digitalSignature | (options.alg === 'rsa' ? KeyUsageFlags.keyEncipherment : 0);
  const extensions: x509.Extension[] = [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(usage, true),
    new x509.ExtendedKeyUsageExtension(extendedUsages(options.purpose ?? 'server'), false),
  ];
  // RFC 5280 4.1.2.6: with an empty subject the alternative name must be critical.
  if (names.length > 0) extensions.push(new x509.SubjectAlternativeNameExtension(names, commonName === ''));
  return { ...options, commonName, pool: 'leaf', extensions };
}

function subjectAlternativeNames(options: LeafOptions): x509.JsonGeneralName[] {
  const { dns, ips, emails, uris } = options;
  const asked = dns ?? ips ?? emails ?? uris;
  const all: [x509.GeneralNameType, readonly string[]][] = [
    ['dns', dns ?? (asked ? [] : ['localhost'])],
    ['ip', ips ?? (asked ? [] : ['127.0.0.1', '::1'])],
    ['email', emails ?? []],
    ['url', uris ?? []],
  ];
  return all.flatMap(([type, values]) => values.map((value) => ({ type, value })));
}

function extendedUsages(purpose: LeafPurpose): x509.ExtendedKeyUsage[] {
  const { serverAuth, clientAuth } = x509.ExtendedKeyUsage;
  if (purpose === 'both') return [serverAuth, clientAuth];
  return [purpose === 'server' ? serverAuth : clientAuth];
}

async function mint(template: Template): Promise<Minted> {
  const keys = await keyPair({
    alg: template.alg ?? 'ecdsa',
    rsaBits: template.rsaBits ?? DEFAULT_RSA_BITS,
    pool: template.freshKey ? null : template.pool,
  });
  const keyDer = await pkcs8(keys.privateKey);
  const { issuer } = template;
  const signer = await signingKey(issuer?.keyDer ?? keyDer, template.hash);
  const subject = template.commonName === '' ? [] : [{ CN: [template.commonName] }];
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: template.serial ?? randomSerial(),
    subject,
    issuer: issuer ? certificateOf(issuer).subjectName.toJSON() : subject,
    notBefore: template.notBefore ?? daysFromNow(-1),
    notAfter: template.notAfter ?? daysFromNow(30),
    publicKey: keys.publicKey,
    signingKey: signer.key,
    signingAlgorithm: signer.parameters,
    extensions: await allExtensions(template, keys.publicKey),
  });
  return assemble(new Uint8Array(certificate.rawData), keyDer, template.commonName, issuer);
}

async function allExtensions(template: Template, publicKey: webcrypto.CryptoKey): Promise<x509.Extension[]> {
  const issuerKey = template.issuer ? certificateOf(template.issuer).publicKey : publicKey;
  const omitted = new Set(template.omit);
  const usual = [
    ...template.extensions,
    await x509.SubjectKeyIdentifierExtension.create(publicKey),
    await x509.AuthorityKeyIdentifierExtension.create(issuerKey),
  ];
  return [...usual.filter((extension) => !omitted.has(extension.type)), ...(template.extraExtensions ?? [])];
}

function assemble(certDer: Uint8Array, keyDer: Uint8Array, commonName: string, issuer: Minted | undefined): Minted {
  const certPem = `${new x509.X509Certificate(certDer).toString('pem')}\n`;
  const keyPem = pkcs8Pem(keyDer);
  const chainPem = certPem + (issuer?.ca ? issuer.chainPem : '');
  const minted: Minted = { certPem, keyPem, certDer, keyDer, chainPem, combinedPem: keyPem + chainPem, commonName };
  return issuer ? { ...minted, ca: issuer } : minted;
}

/** Sixteen bytes, positive and without a leading zero, as RFC 5280 4.1.2.2 wants. */
function randomSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return bytes.toString('hex');
}

function daysFromNow(days: number): Date {
  return new Date(Date.now() + days * DAY_MS);
}
