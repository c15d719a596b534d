/** One cast of certificates per process, and the same as files: most tests need no more. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Minted, mintCa, mintLeaf, mintSelfSigned } from './certs.ts';
import { encryptKeyPem, legacyEncryptKeyPem } from './keys.ts';
import { subjectHash } from './subject_hash.ts';
import { temporaryDirectory } from './temporary.ts';

/** Every certificate is for `localhost`, 127.0.0.1 and ::1 unless its name says otherwise. */
export interface Scene {
  ca: Minted;
  /** ECDSA, under `ca`. */
  server: Minted;
  /** RSA 2048, under `ca`. */
  serverRsa: Minted;
  /** For client authentication, under `ca`; common name `client`. */
  client: Minted;
  /** Ended yesterday. */
  expired: Minted;
  /** Begins tomorrow. */
  notYetValid: Minted;
  /** For `wrong.example` only. */
  wrongHost: Minted;
  selfSigned: Minted;
  /** An authority that nobody trusts unless asked to. */
  otherCa: Minted;
  otherServer: Minted;
  /** An authority under `ca`. */
  intermediate: Minted;
  /** A server's, under `intermediate`; its `chainPem` has both. */
  chained: Minted;
}

/** Paths of PEM files; all in `dir`, which goes away with the process. */
export interface SceneFiles {
  dir: string;
  /** `ca` alone. */
  caFile: string;
  /** `server`, without its key. */
  certFile: string;
  keyFile: string;
  /** Key and certificate of `server` in one file. */
  combinedFile: string;
  certRsaFile: string;
  keyRsaFile: string;
  combinedRsaFile: string;
  clientCertFile: string;
  clientKeyFile: string;
  clientCombinedFile: string;
  /** `chained` and `intermediate`, leaf first. */
  chainFile: string;
  chainKeyFile: string;
  /** The key of `server` as encrypted PKCS#8, under `password`. */
  encryptedKeyFile: string;
  /** Encrypted key (PKCS#8) and certificate of `server` in one file. */
  encryptedCombinedFile: string;
  /** The key of `serverRsa` in the traditional form with DEK-Info, under `password`. */
  legacyEncryptedKeyFile: string;
  password: string;
  otherCaFile: string;
  /** A key that matches no certificate here. */
  mismatchedKeyFile: string;
  emptyFile: string;
  /** Text that is no PEM. */
  garbageFile: string;
  /** A PEM block whose contents are no certificate. */
  badCertFile: string;
  /** A path that does not exist. */
  missingFile: string;
  /** A directory in OpenSSL's hashed layout that holds `ca`. */
  hashedCapath: string;
  /** A directory without certificates. */
  emptyCapath: string;
}

const DAY_MS = 86_400_000;
const PASSWORD = 'sslkit pass phrase';

let sharedScene: Promise<Scene> | undefined;
let sharedFiles: Promise<SceneFiles> | undefined;

/** The cast, minted once per process. */
export function scene(): Promise<Scene> {
  sharedScene ??= mintScene();
  return sharedScene;
}

/** The cast as files, written once per process. */
export function files(): Promise<SceneFiles> {
  sharedFiles ??= scene().then(writeScene);
  return sharedFiles;
}

async function mintScene(): Promise<Scene> {
  const now = Date.now();
  const ca = await mintCa();
  const otherCa = await mintCa({ name: 'sslkit other CA' });
  const intermediate = await mintCa({ name: 'sslkit intermediate CA', issuer: ca, pathLength: 0 });
  const lastWeek = new Date(now - 7 * DAY_MS);
  return {
    ca,
    otherCa,
    intermediate,
    server: await mintLeaf(ca),
    serverRsa: await mintLeaf(ca, { alg: 'rsa' }),
    client: await mintLeaf(ca, { purpose: 'client', commonName: 'client', emails: ['client@example.com'] }),
    expired: await mintLeaf(ca, { notBefore: lastWeek, notAfter: new Date(now - DAY_MS) }),
    notYetValid: await mintLeaf(ca, { notBefore: new Date(now + DAY_MS), notAfter: new Date(now + 7 * DAY_MS) }),
    wrongHost: await mintLeaf(ca, { dns: ['wrong.example'] }),
    selfSigned: await mintSelfSigned(),
    otherServer: await mintLeaf(otherCa),
    chained: await mintLeaf(intermediate),
  };
}

function writeScene(cast: Scene): SceneFiles {
  const dir = temporaryDirectory('scene-');
  const put = (name: string, text: string): string => {
    const path = join(dir, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  return {
    dir,
    password: PASSWORD,
    ...plainFiles(cast, put),
    ...encryptedFiles(cast, put),
    ...brokenFiles(dir, put),
    ...directories(cast, dir),
  };
}

type Put = (name: string, text: string) => string;

function plainFiles(cast: Scene, put: Put) {
  return {
    caFile: put('ca.pem', cast.ca.certPem),
    otherCaFile: put('other-ca.pem', cast.otherCa.certPem),
    certFile: put('server.pem', cast.server.certPem),
    keyFile: put('server.key', cast.server.keyPem),
    combinedFile: put('server-combined.pem', cast.server.combinedPem),
    certRsaFile: put('server-rsa.pem', cast.serverRsa.certPem),
    keyRsaFile: put('server-rsa.key', cast.serverRsa.keyPem),
    combinedRsaFile: put('server-rsa-combined.pem', cast.serverRsa.combinedPem),
    clientCertFile: put('client.pem', cast.client.certPem),
    clientKeyFile: put('client.key', cast.client.keyPem),
    clientCombinedFile: put('client-combined.pem', cast.client.combinedPem),
    chainFile: put('chained.pem', cast.chained.chainPem),
    chainKeyFile: put('chained.key', cast.chained.keyPem),
    mismatchedKeyFile: put('mismatched.key', cast.otherServer.keyPem),
  };
}

function encryptedFiles(cast: Scene, put: Put) {
  const encrypted = encryptKeyPem(cast.server.keyPem, PASSWORD);
  return {
    encryptedKeyFile: put('server-encrypted.key', encrypted),
    encryptedCombinedFile: put('server-encrypted-combined.pem', encrypted + cast.server.chainPem),
    legacyEncryptedKeyFile: put('server-rsa-legacy.key', legacyEncryptKeyPem(cast.serverRsa.keyPem, PASSWORD)),
  };
}

function brokenFiles(dir: string, put: Put) {
  return {
    emptyFile: put('empty.pem', ''),
    garbageFile: put('garbage.pem', 'this is no PEM\n'),
    badCertFile: put('bad-cert.pem', '-----BEGIN CERTIFICATE-----\nAAAAAAAA\n-----END CERTIFICATE-----\n'),
    missingFile: join(dir, 'missing.pem'),
  };
}

function directories(cast: Scene, dir: string) {
  const hashedCapath = join(dir, 'capath');
  const emptyCapath = join(dir, 'empty-capath');
  mkdirSync(hashedCapath);
  mkdirSync(emptyCapath);
  writeFileSync(join(hashedCapath, `${subjectHash(cast.ca.certDer)}.0`), cast.ca.certPem);
  return { hashedCapath, emptyCapath };
}
