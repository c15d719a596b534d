/** A certificate authority and a server certificate in memory, minted by @peculiar/x509 over WebCrypto. */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

export interface Identity {
  certPem: string;
  keyPem: string;
}

export interface Minted {
  /** The authority's certificate: what a client is told to trust. */
  caPem: string;
  server: Identity;
  client: Identity;
}

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;

/** Mints an authority, and under it a server for `localhost` and the loopback addresses, and a client. */
export async function mint(): Promise<Minted> {
  const ca = await mintAuthority('sslkit example CA');
  const names: x509.JsonGeneralNames = [
    { type: 'dns', value: 'localhost' },
    { type: 'ip', value: '127.0.0.1' },
    { type: 'ip', value: '::1' },
  ];
  return {
    caPem: pem(ca.certificate),
    server: await mintLeaf(ca, 'localhost', x509.ExtendedKeyUsage.serverAuth, names),
    client: await mintLeaf(ca, 'example client', x509.ExtendedKeyUsage.clientAuth, []),
  };
}

interface Authority {
  certificate: x509.X509Certificate;
  keys: webcrypto.CryptoKeyPair;
}

async function mintAuthority(name: string): Promise<Authority> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    ...validity(),
    keys,
    signingAlgorithm: ECDSA,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      ...(await keyIdentifiers(keys.publicKey, keys.publicKey)),
    ],
  });
  return { certificate, keys };
}

async function mintLeaf(
  ca: Authority,
  commonName: string,
  usage: x509.ExtendedKeyUsage,
  names: x509.JsonGeneralNames,
): Promise<Identity> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    subject: `CN=${commonName}`,
    issuer: ca.certificate.subject,
    ...validity(),
    publicKey: keys.publicKey,
    signingKey: ca.keys.privateKey,
    signingAlgorithm: ECDSA,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([usage]),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      ...(await keyIdentifiers(keys.publicKey, ca.keys.publicKey)),
    ],
  });
  const keyDer = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { certPem: pem(certificate), keyPem: `${x509.PemConverter.encode(keyDer, 'PRIVATE KEY')}\n` };
}

/** Both, because strict verification (RFC 5280 4.2.1.1, X509_V_FLAG_X509_STRICT) asks for them. */
async function keyIdentifiers(own: webcrypto.CryptoKey, issuer: webcrypto.CryptoKey): Promise<x509.Extension[]> {
  return [
    await x509.SubjectKeyIdentifierExtension.create(own),
    await x509.AuthorityKeyIdentifierExtension.create(issuer),
  ];
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ECDSA, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>;
}

/** An hour back, for clocks that disagree. */
function validity(): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - DAY_MS / 24), notAfter: new Date(Date.now() + 7 * DAY_MS) };
}

function pem(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}
