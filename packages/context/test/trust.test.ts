/** The system's trust, the sharing of its parsed store, and what is loaded by hand. */
import { renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDefaultContext, getDefaultVerifyPaths, PROTOCOL_TLS_CLIENT, Purpose, SSLContext } from '@sslkit/context';
import { stateOf } from '@sslkit/context/engine';
import type { Scene, SceneFiles } from '@sslkit/testkit';
import { files, temporaryDirectory } from '@sslkit/testkit';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { cast, serverOf } from './contexts.ts';
import { handshake, pairOf, thrownBy } from './pair.ts';

let paths: SceneFiles;
beforeAll(async () => {
  paths = await files();
});

const before = { file: process.env.SSL_CERT_FILE, folder: process.env.SSL_CERT_DIR };
afterEach(() => {
  environment(before.file, before.folder);
});

function environment(file?: string, folder?: string): void {
  if (file === undefined) delete process.env.SSL_CERT_FILE;
  else process.env.SSL_CERT_FILE = file;
  if (folder === undefined) delete process.env.SSL_CERT_DIR;
  else process.env.SSL_CERT_DIR = folder;
}

/** Whether a server with this certificate is trusted. */
function trusts(client: SSLContext, minted: Scene['server']): boolean {
  const server = serverOf({ own: minted });
  return handshake(pairOf(client, server, { serverHostname: 'localhost' })).client === null;
}

describe('default paths', () => {
  test('the environment is looked at on every call', () => {
    environment(paths.caFile, paths.hashedCapath);
    expect(getDefaultVerifyPaths()).toMatchObject({
      cafile: paths.caFile,
      capath: paths.hashedCapath,
      opensslCafileEnv: 'SSL_CERT_FILE',
      opensslCapathEnv: 'SSL_CERT_DIR',
      opensslCafile: expect.any(String),
      opensslCapath: expect.any(String),
    });
  });

  test('what does not exist is null, and no well-known place is taken instead', () => {
    environment(paths.missingFile, paths.missingFile);
    expect(getDefaultVerifyPaths()).toMatchObject({ cafile: null, capath: null });
    expect(createDefaultContext().certStoreStats()).toEqual({ x509: 0, crl: 0, x509Ca: 0 });
  });

  test('SSL_CERT_FILE is what createDefaultContext trusts', () => {
    environment(paths.caFile, paths.emptyCapath);
    const context = createDefaultContext();
    expect(context.certStoreStats()).toEqual({ x509: 1, crl: 0, x509Ca: 1 });
    expect(trusts(context, cast.server)).toBe(true);
    expect(trusts(context, cast.otherServer)).toBe(false);
  });

  test('SSL_CERT_FILE is one path, colons and all', () => {
    const path = join(temporaryDirectory('bundle-'), 'a:b.pem');
    writeFileSync(path, cast.ca.certPem);
    environment(path, paths.emptyCapath);
    expect(getDefaultVerifyPaths().cafile).toBe(path);
    expect(trusts(createDefaultContext(), cast.server)).toBe(true);
    environment(`${paths.missingFile}:${path}`, paths.emptyCapath);
    expect(getDefaultVerifyPaths().cafile).toBeNull();
  });

  test('SSL_CERT_DIR is looked through on demand, several folders too', () => {
    environment(paths.missingFile, `${paths.emptyCapath}:${paths.hashedCapath}`);
    const context = createDefaultContext();
    expect(context.getCaCerts()).toEqual([]);
    expect(trusts(context, cast.server)).toBe(true);
    expect(context.getCaCerts({ binaryForm: true })).toEqual([Buffer.from(cast.ca.certDer)]);
  });
});

describe('the shared store', () => {
  test('one context that trusts more does not make others trust it', () => {
    environment(paths.caFile, paths.emptyCapath);
    const [one, two] = [createDefaultContext(), createDefaultContext()];
    one.loadVerifyLocations({ cadata: cast.otherCa.certPem });
    expect(trusts(one, cast.server) && trusts(one, cast.otherServer)).toBe(true);
    expect(trusts(two, cast.otherServer)).toBe(false);
    expect(trusts(createDefaultContext(), cast.otherServer)).toBe(false);
  });

  test('a copy keeps the folders of the original', () => {
    environment(paths.missingFile, paths.hashedCapath);
    const context = createDefaultContext();
    context.loadVerifyLocations({ cadata: cast.otherCa.certPem });
    expect(trusts(context, cast.server)).toBe(true);
  });

  test('a file that has changed is read again', () => {
    const path = join(temporaryDirectory('bundle-'), 'ca.pem');
    writeFileSync(path, cast.ca.certPem);
    environment(path, paths.emptyCapath);
    expect(createDefaultContext().certStoreStats().x509).toBe(1);
    writeFileSync(path, cast.ca.certPem + cast.otherCa.certPem);
    expect(createDefaultContext().certStoreStats().x509).toBe(2);
  });

  test('a file is read again that was swapped for one of the same size and time', () => {
    const folder = temporaryDirectory('bundle-');
    const [path, next] = [join(folder, 'ca.pem'), join(folder, 'next.pem')];
    const texts = [cast.ca.certPem, cast.otherCa.certPem];
    const size = Math.max(...texts.map((text) => text.length)) + 1;
    const [ours = '', theirs = ''] = texts.map((text) => text.padEnd(size, '\n'));
    writeFileSync(path, ours);
    writeFileSync(next, theirs);
    for (const file of [path, next]) utimesSync(file, 1e9, 1e9);
    environment(path, paths.emptyCapath);
    expect(trusts(createDefaultContext(), cast.server)).toBe(true);
    renameSync(next, path);
    expect(trusts(createDefaultContext(), cast.server)).toBe(false);
    expect(trusts(createDefaultContext(), cast.otherServer)).toBe(true);
  });

  test('a file that is gone is trusted no longer', () => {
    const path = join(temporaryDirectory('bundle-'), 'ca.pem');
    writeFileSync(path, cast.ca.certPem);
    environment(path, paths.emptyCapath);
    expect(trusts(createDefaultContext(), cast.server)).toBe(true);
    rmSync(path);
    expect(trusts(createDefaultContext(), cast.server)).toBe(false);
  });

  test('a folder more or less is another store', () => {
    environment(paths.missingFile, `${paths.emptyCapath}:${paths.hashedCapath}`);
    expect(trusts(createDefaultContext(), cast.server)).toBe(true);
    environment(paths.missingFile, paths.emptyCapath);
    expect(trusts(createDefaultContext(), cast.server)).toBe(false);
  });

  test('defaults are added to what was loaded before', () => {
    environment(paths.caFile, paths.emptyCapath);
    const context = new SSLContext(PROTOCOL_TLS_CLIENT);
    context.loadVerifyLocations({ cadata: cast.otherCa.certPem });
    context.loadDefaultCerts();
    context.loadDefaultCerts(Purpose.CLIENT_AUTH);
    expect(context.certStoreStats().x509).toBe(2);
    expect(trusts(context, cast.server) && trusts(context, cast.otherServer)).toBe(true);
  });

  test('a second default context parses nothing: it has the same store', () => {
    const [one, two] = [createDefaultContext(), createDefaultContext()];
    expect(stateOf(two).store).toBe(stateOf(one).store);
    two.loadVerifyLocations({ cadata: cast.otherCa.certPem });
    expect(stateOf(two).store).not.toBe(stateOf(one).store);
  });
});

describe('createDefaultContext', () => {
  test('what is given replaces the system', () => {
    environment(paths.otherCaFile, paths.emptyCapath);
    const context = createDefaultContext(Purpose.SERVER_AUTH, { cafile: paths.caFile });
    expect(trusts(context, cast.server)).toBe(true);
    expect(trusts(context, cast.otherServer)).toBe(false);
  });

  test('empty strings count as not given', () => {
    environment(paths.caFile, paths.emptyCapath);
    expect(createDefaultContext(Purpose.SERVER_AUTH, { cadata: '' }).certStoreStats().x509).toBe(1);
    expect(createDefaultContext(Purpose.CLIENT_AUTH, { cadata: '' }).certStoreStats().x509).toBe(0);
  });

  test('a server context trusts nobody by default', () => {
    environment(paths.caFile);
    expect(createDefaultContext(Purpose.CLIENT_AUTH).certStoreStats().x509).toBe(0);
  });

  test.each([null, 'SERVER_AUTH', 1, {}])('%j is no purpose', (purpose) => {
    expect(thrownBy(() => createDefaultContext(purpose as unknown as Purpose)).code).toBe('ERR_INVALID_ARG_TYPE');
  });
});

test('a file that cannot be used says what is in it', () => {
  const context = new SSLContext(PROTOCOL_TLS_CLIENT);
  expect(thrownBy(() => context.loadVerifyLocations({ cafile: paths.keyFile }))).toMatchObject({
    reason: 'NO_CERTIFICATE_OR_CRL_FOUND',
    path: paths.keyFile,
    hint: expect.stringMatching(/server\.key: .*PRIVATE KEY/),
  });
  expect(thrownBy(() => context.loadVerifyLocations({ cadata: Buffer.from(cast.ca.certPem) }))).toMatchObject({
    hint: expect.stringContaining('give it as a string'),
  });
  expect(thrownBy(() => context.loadVerifyLocations({ capath: paths.caFile }))).toMatchObject({
    code: 'ENOTDIR',
    path: paths.caFile,
  });
  expect(thrownBy(() => context.loadVerifyLocations({ ca: 'x' } as object)).code).toBe('ERR_UNKNOWN_OPTION');
});
