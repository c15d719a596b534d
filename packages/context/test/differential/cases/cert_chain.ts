/** The table of load_cert_chain. */
import type { SceneFiles } from '@sslkit/testkit';
import type { Case, Json, Step } from '../case.ts';
import { bytearray, bytes, constant, load, raises, repeat, returns } from '../case.ts';

const server: Step = { do: 'context', as: 'sc', protocol: constant('PROTOCOL_TLS_SERVER') };

export function certChainCases(files: SceneFiles): Case[] {
  return [...fileCases(files), ...passwordCases(files), ...argumentCases(files)];
}

function fileCases(files: SceneFiles): Case[] {
  const one = (what: string, cert: string, key?: string): Case => ({
    name: `load_cert_chain: ${what}`,
    steps: [server, load('sc', cert, key)],
  });
  return [
    one('a combined file', files.combinedFile),
    one('certificate and key', files.certFile, files.keyFile),
    one('a chain and its key', files.chainFile, files.chainKeyFile),
    one('an RSA certificate and key', files.certRsaFile, files.keyRsaFile),
    one('a missing certificate file', files.missingFile),
    one('a missing certificate file with a key', files.missingFile, files.keyFile),
    one('a missing key file', files.certFile, files.missingFile),
    one('the empty path', ''),
    one('a directory', files.dir),
    one('a directory as the key', files.certFile, files.dir),
    one('a certificate without a key', files.certFile),
    one('a key without a certificate', files.keyFile),
    one('certificate and key swapped', files.keyFile, files.certFile),
    one('a certificate that cannot be decoded', files.badCertFile, files.keyFile),
    one('text instead of a certificate', files.garbageFile, files.keyFile),
    one('text instead of a key', files.certFile, files.garbageFile),
    one('an empty file', files.emptyFile),
    one('an empty key file', files.certFile, files.emptyFile),
    one('a key that does not match', files.certFile, files.mismatchedKeyFile),
    one('an RSA key for an EC certificate', files.certFile, files.keyRsaFile),
    one('an EC key for an RSA certificate', files.certRsaFile, files.keyFile),
    {
      name: 'load_cert_chain: RSA and EC side by side',
      steps: [server, load('sc', files.combinedFile), load('sc', files.combinedRsaFile)],
    },
    {
      name: 'load_cert_chain: the own chain is not in the store',
      steps: [
        server,
        load('sc', files.chainFile, files.chainKeyFile),
        { do: 'call', on: 'sc', name: 'cert_store_stats' },
      ],
    },
  ];
}

function passwordCases(files: SceneFiles): Case[] {
  const { password, encryptedKeyFile, certFile, encryptedCombinedFile, certRsaFile, legacyEncryptedKeyFile } = files;
  const withPassword = (what: string, secret: Json, cert = certFile, key: Json = encryptedKeyFile): Case => ({
    name: `load_cert_chain: ${what}`,
    steps: [server, { do: 'call', on: 'sc', name: 'load_cert_chain', args: [cert, key], kwargs: { password: secret } }],
  });
  return [
    withPassword('password as str', password),
    withPassword('password as bytes', bytes(password)),
    withPassword('password as bytearray', bytearray(password)),
    withPassword('password from a callable (str)', returns(password)),
    withPassword('password from a callable (bytes)', returns(bytes(password))),
    withPassword('password from a callable (bytearray)', returns(bytearray(password))),
    withPassword('password for a combined file', password, encryptedCombinedFile, null),
    withPassword('password for a traditional key', password, certRsaFile, legacyEncryptedKeyFile),
    withPassword('wrong password', 'wrong'),
    withPassword('wrong password for a traditional key', 'wrong', certRsaFile, legacyEncryptedKeyFile),
    withPassword('empty password', ''),
    withPassword('password of 1024 bytes', repeat('a', 1024)),
    withPassword('password of 1025 bytes', repeat('a', 1025)),
    withPassword('password of 1025 bytes from a callable', returns(repeat('a', 1025))),
    withPassword('password of 1025 bytes for a key that is not encrypted', repeat('a', 1025), certFile, files.keyFile),
    withPassword('callable that returns an int', returns(9)),
    withPassword('callable that returns None', returns(null)),
    withPassword('callable that raises', raises('no password today')),
    withPassword('callable that raises for a key that is not encrypted', raises('never'), certFile, files.keyFile),
    withPassword('password True', true),
    withPassword('password 9', 9),
    withPassword('password 9 for a key that is not encrypted', 9, certFile, files.keyFile),
  ];
}

function argumentCases({ keyFile, certFile }: SceneFiles): Case[] {
  const call = (what: string, ...args: Json[]): Case => ({
    name: `load_cert_chain: ${what}`,
    steps: [server, { do: 'call', on: 'sc', name: 'load_cert_chain', args }],
  });
  return [
    call('certfile None', null),
    call('certfile None with a key', null, keyFile),
    call('certfile 5', 5),
    call('keyfile 5', certFile, 5),
    call('keyfile true', certFile, true),
  ];
}
