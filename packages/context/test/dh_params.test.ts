/** `loadDhParams`: parameters from files and memory, what becomes of them in a handshake, and every way they can be wrong. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type SSLContext, type SSLError, TLSVersion } from '@sslkit/context';
import { type DhName, dhFile, files, temporaryDirectory } from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import { cast, clientOf, serverOf } from './contexts.ts';
import { connectedPair, handshake, pairOf, thrownBy } from './pair.ts';

const paths = await files();
const folder = temporaryDirectory('dh-');

function put(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function serverContext(ciphers = 'DHE-RSA-AES128-GCM-SHA256'): SSLContext {
  const context = serverOf({ own: cast.serverRsa });
  context.setCiphers(ciphers);
  return context;
}

function clientContext(ciphers = 'DHE-RSA-AES128-GCM-SHA256'): SSLContext {
  const context = clientOf({ version: TLSVersion.TLSv1_2 });
  context.setCiphers(ciphers);
  return context;
}

const refused = (server: SSLContext, client = clientContext()): { client: SSLError; server: SSLError } => {
  const result = handshake(pairOf(client, server, { serverHostname: 'localhost' }));
  return { client: result.client as SSLError, server: result.server as SSLError };
};

describe('a TLS 1.2 handshake by DHE', () => {
  test.each(['plain-2048', 'ffdhe3072', 'x942-2048'] as DhName[])('has the parameters of %s', (name) => {
    const server = serverContext();
    server.loadDhParams(dhFile(name));
    const pair = connectedPair(clientContext(), server, { serverHostname: 'localhost' });
    expect(pair.client.cipher()).toEqual(['DHE-RSA-AES128-GCM-SHA256', 'TLSv1.2', 128]);
    expect([pair.client.group(), pair.server.group()]).toEqual([null, null]);
    pair.client.write(Buffer.from('over DHE'));
    expect(String(pair.server.read())).toBe('over DHE');
  });

  test('does not come about without parameters', () => {
    expect(refused(serverContext()).server).toMatchObject({ reason: 'NO_SHARED_CIPHER' });
  });

  test('a connection keeps the parameters it was made under', () => {
    const server = serverContext();
    const none = pairOf(clientContext(), server, { serverHostname: 'localhost' });
    server.loadDhParams(dhFile('plain-2048'));
    const some = pairOf(clientContext(), server, { serverHostname: 'localhost' });
    thrownBy(() => server.loadDhParams(dhFile('plain-1024')));
    expect(handshake(none).server).toMatchObject({ reason: 'NO_SHARED_CIPHER' });
    expect(handshake(some)).toEqual({ client: null, server: null });
  });

  test('those of a context that an SNI callback assigns count', () => {
    const [server, other] = [serverContext(), serverContext()];
    other.loadDhParams(dhFile('plain-2048'));
    server.sniCallback = (connection) => {
      connection.context = other;
    };
    expect(connectedPair(clientContext(), server, { serverHostname: 'localhost' }).server.cipher()?.[0]).toContain(
      'DHE',
    );
  });

  test('parameters that a later security level refuses: the hint says so', () => {
    const server = serverContext('DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0');
    server.loadDhParams(dhFile('plain-1024'));
    server.setCiphers('DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=2');
    const error = refused(server).server;
    expect(error).toMatchObject({ reason: 'DH_KEY_TOO_SMALL', hint: expect.stringContaining('loadDhParams') });
  });

  test('a client refuses a weak server', () => {
    const server = serverContext('DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0');
    server.loadDhParams(dhFile('plain-1024'));
    const error = refused(server).client;
    expect(error).toMatchObject({ reason: 'DH_KEY_TOO_SMALL', hint: expect.stringContaining('The peer offers') });
  });
});

test('TLS 1.3 goes by its groups: a context with parameters and one without agree on the same', () => {
  const server = serverContext();
  server.loadDhParams(dhFile('plain-2048'));
  const client = clientOf();
  client.setGroups('ffdhe3072');
  const pair = connectedPair(client, server, { serverHostname: 'localhost' });
  expect([pair.client.version(), pair.client.group(), pair.server.group()]).toEqual([
    'TLSv1.3',
    'ffdhe3072',
    'ffdhe3072',
  ]);
});

describe('where they come from', () => {
  const pem = readFileSync(dhFile('plain-2048'), 'utf8');
  const works = (path: Parameters<SSLContext['loadDhParams']>[0]): void => {
    const server = serverContext();
    server.loadDhParams(path);
    connectedPair(clientContext(), server, { serverHostname: 'localhost' });
  };

  test('a file: URL', () => works(pathToFileURL(dhFile('plain-2048'))));
  test('the PEM itself', () => {
    works({ pem });
    works({ pem: Buffer.from(pem) });
  });
  test('behind a certificate, a key and the parameters of a curve', () => {
    const curve = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n';
    works(put('bundle.pem', `text\n${cast.serverRsa.combinedPem}${curve}${pem}`));
  });
  test('a client’s context takes them too, without effect', () => {
    const client = clientContext();
    client.loadDhParams(dhFile('plain-2048'));
    expect(refused(serverContext(), client).server).toMatchObject({ reason: 'NO_SHARED_CIPHER' });
  });
});

describe('what cannot be loaded', () => {
  const failure = (path: unknown): SSLError =>
    thrownBy(() => serverContext().loadDhParams(path as string)) as unknown as SSLError;

  test('a file that is not there, a folder', () => {
    expect(failure(paths.missingFile)).toMatchObject({ name: 'SocketError', code: 'ENOENT', path: paths.missingFile });
    expect(failure(folder)).toMatchObject({ name: 'SocketError', code: 'EISDIR', path: folder });
  });

  test.each([
    ['an empty file', '', 'NO_START_LINE', /empty/u],
    ['no PEM', 'hello\n', 'NO_START_LINE', /no -----BEGIN line/u],
    ['a certificate', cast.server.certPem, 'NO_START_LINE', /CERTIFICATE/u],
    ['a block without an end', '-----BEGIN DH PARAMETERS-----\nMAYC\n', 'BAD_END_LINE', /no -----END line/u],
    [
      'what is no base64',
      '-----BEGIN DH PARAMETERS-----\n!!\n-----END DH PARAMETERS-----\n',
      'BAD_BASE64_DECODE',
      /base64|character/u,
    ],
    ['other contents', '-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n', null, /damaged inside/u],
    [
      'other contents, X9.42',
      '-----BEGIN X9.42 DH PARAMETERS-----\nAAAA\n-----END X9.42 DH PARAMETERS-----\n',
      null,
      /damaged/u,
    ],
  ])('%s: file, step and cause are named', (name, text, reason, cause) => {
    const path = put(`${name.replaceAll(' ', '-')}.pem`, text);
    const error = failure(path);
    expect(error).toMatchObject({ name: 'SSLError', library: 'PEM', reason, path });
    expect(error.hint).toMatch(cause);
    expect(error.hint).toContain(`DH parameters in ${path}: `);
  });

  test.each(['plain-1024', 'x942-1024'] as DhName[])('%s, which the security level refuses', (name) => {
    const error = failure(dhFile(name));
    expect(error).toMatchObject({ name: 'SSLError', library: 'SSL', reason: 'DH_KEY_TOO_SMALL', path: dhFile(name) });
    expect(error.hint).toMatch(/DH parameters in .*: shorter than security level 2 wants.*dhparam 2048/u);
  });

  test('an encrypted block: nobody is asked for a password', () => {
    const lines = ['Proc-Type: 4,ENCRYPTED', 'DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF', '', 'AAAA'];
    const pem = `-----BEGIN DH PARAMETERS-----\n${lines.join('\n')}\n-----END DH PARAMETERS-----\n`;
    expect(failure({ pem })).toMatchObject({ name: 'SSLError', library: 'PEM', reason: 'BAD_PASSWORD_READ' });
  });

  test.each([null, undefined, 5, {}, Buffer.from('x'), { pem: 5 }])('%j is no place for parameters', (path) => {
    expect(failure(path)).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
  });

  test('PEM where a path belongs is not put into a message', () => {
    const error = failure(readFileSync(dhFile('plain-2048'), 'utf8'));
    expect(error).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE', message: expect.stringContaining('{ pem: … }') });
    expect(error.message).not.toContain('BEGIN');
  });

  test('an unknown key is refused', () => {
    expect(failure({ pemm: 'x' })).toMatchObject({
      code: 'ERR_UNKNOWN_OPTION',
      message: expect.stringContaining('pem'),
    });
  });
});
