import type net from 'node:net';
import {
  faultyServer,
  files,
  type Minted,
  nodeTlsServer,
  refusingPort,
  type Scene,
  type SceneFiles,
  scene,
} from '@sslkit/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { envelopeOf, sslkit } from './command.ts';

let f: SceneFiles;
let cast: Scene;
beforeAll(async () => {
  [f, cast] = await Promise.all([files(), scene()]);
});

const ERROR_KEYS = ['class', 'code', 'hint', 'message', 'reason', 'verifyCode'];

/** Fails in text and in JSON, with the same exit status; gives the error of the JSON. */
async function failure(args: readonly string[], exitCode: number): Promise<Record<string, unknown>> {
  const text = await sslkit(args);
  expect(text.stdout.toString()).toBe('');
  expect(text.stderr).toMatch(/^sslkit: /m);
  expect(text.stderr).not.toMatch(/\n\s+at /);
  expect(text.code).toBe(exitCode);
  const json = await sslkit([...args, '--json']);
  expect(json.code).toBe(exitCode);
  expect(json.stderr).toBe('');
  const envelope = envelopeOf(json);
  expect(Object.keys(envelope)).toEqual(['schema', 'command', 'ok', 'error']);
  expect(envelope).toMatchObject({ schema: 1, command: 'connect', ok: false });
  const error = envelope.error as Record<string, unknown>;
  expect(Object.keys(error).sort()).toEqual(ERROR_KEYS);
  expect(text.stderr).toContain(`exit status  ${exitCode}\n`);
  return error;
}

describe.each(['1.2', '1.3'] as const)('verification, TLS %s', (tls) => {
  const cases: readonly [name: string, who: keyof Scene, code: number, verifyCode: number][] = [
    ['a certificate for another host', 'wrongHost', 4, 62],
    ['an authority that is not trusted', 'otherServer', 4, 20],
    ['a self-signed certificate', 'selfSigned', 4, 18],
    ['an expired certificate', 'expired', 5, 10],
    ['a certificate that is not yet valid', 'notYetValid', 5, 9],
  ];
  for (const [name, who, code, verifyCode] of cases) {
    test(name, async () => {
      const { certPem: cert, keyPem: key } = cast[who] as Minted;
      await using server = await nodeTlsServer({ cert, key, tls });
      const error = await failure(['connect', '--cafile', f.caFile, `localhost:${server.port}`], code);
      expect(error).toMatchObject({
        class: 'SSLCertVerificationError',
        reason: 'CERTIFICATE_VERIFY_FAILED',
        verifyCode,
        hint: expect.any(String),
      });
    });
  }

  test('another name than the host is verified with --servername', async () => {
    const { certPem: cert, keyPem: key } = cast.wrongHost;
    await using server = await nodeTlsServer({ cert, key, tls, echo: true });
    const args = ['--cafile', f.caFile, '--servername', 'wrong.example', `localhost:${server.port}`];
    const run = await sslkit(['connect', ...args]);
    expect(run.stderr).toMatch(/verified +yes, for wrong\.example\n/);
    expect(run.code).toBe(0);
  });

  test('a server that insists on a client certificate refuses us', async () => {
    await using server = await nodeTlsServer({
      cert: f.certFile,
      key: f.keyFile,
      ca: f.caFile,
      clientCert: 'required',
      tls,
    });
    const run = await sslkit(['connect', '--cafile', f.caFile, `localhost:${server.port}`], { input: 'x' });
    expect(run.stderr).toMatch(/alert/i);
    expect(run.code).toBe(3);
  });
});

test.each([
  ['otherServer', '--cafile FILE'],
  ['wrongHost', '--servername NAME'],
  ['expired', 'cert fetch --insecure'],
] as const)('the text for %s says which option helps', async (who, option) => {
  const { certPem: cert, keyPem: key } = cast[who];
  await using server = await nodeTlsServer({ cert, key });
  const run = await sslkit(['connect', '--cafile', f.caFile, `localhost:${server.port}`]);
  expect(run.stderr).toMatch(new RegExp(`^  try +.*${option}`, 'm'));
});

test('a server whose versions are all excluded: the text names the options', async () => {
  await using server = await nodeTlsServer({ cert: f.certFile, key: f.keyFile, tls: '1.2' });
  const run = await sslkit(['connect', '--tls1.3', '--cafile', f.caFile, `localhost:${server.port}`]);
  expect(run.stderr).toMatch(/^ {2}try +--min and --max/m);
  expect(run.code).toBe(3);
});

test('a port where nobody listens', async () => {
  await using refusing = await refusingPort();
  const error = await failure(['connect', `127.0.0.1:${refusing.port}`], 2);
  expect(error).toMatchObject({ class: 'SocketError', code: 'ECONNREFUSED', verifyCode: null });
});

test('a name that does not exist', async () => {
  const error = await failure(['connect', 'no-such-host.invalid:1'], 2);
  // Without a name server the answer is that there is none, or no answer.
  expect(error.code).toMatch(/ENOTFOUND|EAI_AGAIN|TIMEOUT/);
});

test('a server that accepts and says nothing: time-out', async () => {
  await using server = await faultyServer(['silence']);
  const error = await failure(['connect', '--timeout', '0.2', `127.0.0.1:${server.port}`], 2);
  expect(error.code).toMatch(/TIMEOUT/i);
});

describe('a server that speaks something else', () => {
  const cases: readonly [name: string, answer: string][] = [
    ['HTTP', 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'],
    ['SSH', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['SMTP', '220 mail.example ESMTP\r\n'],
  ];
  for (const [name, answer] of cases) {
    test(name, async () => {
      await using server = await faultyServer([{ send: answer }, 'end']);
      const error = await failure(['connect', `127.0.0.1:${server.port}`], 3);
      expect(error.reason).toBe('WRONG_VERSION_NUMBER');
      expect(error.hint).toContain(name);
    });
  }
});

test.each([
  ['end', 'SSLEOFError', 'ERR_SSL_EOF'],
  ['reset', 'SocketError', 'ECONNRESET'],
] as const)('a server that does "%s" in the handshake', async (how, name, code) => {
  // One client: a second would be reset before it is connected, which is another failure (status 2).
  await using server = await faultyServer([{ waitBytes: 5 }, how]);
  const run = await sslkit(['connect', '--json', `127.0.0.1:${server.port}`]);
  expect(run.code).toBe(3);
  expect(envelopeOf(run).error).toMatchObject({ class: name, code, hint: expect.any(String) });
});

test('escape sequences in what the peer sent stay out of the error text', async () => {
  await using server = await faultyServer([{ send: 'HTTP/1.1 \x1b[2J\x1b]0;x\x07 400\r\n\r\n' }, 'end']);
  const { stderr } = await sslkit(['connect', `127.0.0.1:${server.port}`]);
  expect(stderr).not.toMatch(/[^\P{Cc}\n]/u);
});

describe.each(['1.2', '1.3'] as const)('a session that breaks, TLS %s', (tls) => {
  test('an end without close_notify: all that came is written, and the exit status is 7', async () => {
    await using server = await nodeTlsServer({ cert: f.certFile, key: f.keyFile, tls });
    void server.accept().then((socket) => {
      socket.write('half a mess', () => {
        const raw = (socket as unknown as { _parent?: net.Socket })._parent;
        if (raw) raw.destroy();
        else socket.destroy();
      });
    });
    const run = await sslkit(['connect', '-q', '--cafile', f.caFile, '--no-half-close', `localhost:${server.port}`]);
    expect(run.stdout.toString()).toBe('half a mess');
    expect(run.code).toBe(7);
    expect(run.stderr).toContain('without a TLS close');
  });
});

describe('files', () => {
  test.each([
    ['missing', ['--cafile', 'missingFile']],
    ['empty', ['--cafile', 'emptyFile']],
    ['no PEM', ['--cafile', 'garbageFile']],
    ['a key of another certificate', ['--cert', 'certFile', '--key', 'mismatchedKeyFile']],
    ['an encrypted key', ['--cert', 'certFile', '--key', 'encryptedKeyFile']],
  ] as const)('%s: exit status 8, before anything is opened', async (_, args) => {
    const paths = args.map((word) => (word.startsWith('--') ? word : String(f[word as keyof SceneFiles])));
    const error = await failure(['connect', ...paths, '127.0.0.1:1'], 8);
    expect(error.message).not.toContain('PRIVATE KEY-----');
  });
});

describe('usage', () => {
  const cases: readonly (readonly [name: string, args: readonly string[], message: RegExp])[] = [
    ['no host', ['connect'], /missing required argument/],
    ['two hosts', ['connect', 'a', 'b'], /too many arguments/],
    ['a URL', ['connect', 'https://a'], /is a URL/],
    ['a host with an empty label', ['connect', 'a..b'], /empty label/],
    ['a server name of nothing', ['connect', '--servername', '', 'a'], /./],
    ['a bad port', ['connect', 'a:99999'], /is no port/],
    ['an unknown option', ['connect', '--cafille', 'x', 'a'], /unknown option '--cafille'/],
    ['versions that exclude each other', ['connect', '--tls1.2', '--tls1.3', 'a'], /cannot be used with/],
    ['a range that is empty', ['connect', '--min', '1.3', '--max', '1.2', 'a'], /is above/],
    ['a version that is none', ['connect', '--min', '1.4', 'a'], /Allowed choices/],
    ['a time-out of nothing', ['connect', '--timeout', '0', 'a'], /give seconds/],
    ['a key without a certificate', ['connect', '--key', 'k', 'a'], /without --cert/],
    ['danger and trust at once', ['connect', '--insecure', '--cafile', 'x', 'a'], /--insecure with/],
    ['ciphers that do not exist', ['connect', '--ciphers', 'NO-SUCH', 'a'], /no cipher can be selected/],
  ];
  for (const [name, args, message] of cases) {
    test(`${name}: exit status 1`, async () => {
      const run = await sslkit(args);
      expect(run.stderr).toMatch(message);
      expect(run.stdout.toString()).toBe('');
      expect(run.code).toBe(1);
      const json = await sslkit([...args, '--json']);
      expect(json.code).toBe(1);
      expect(json.stderr).toBe('');
      expect(envelopeOf(json)).toMatchObject({
        schema: 1,
        command: 'connect',
        ok: false,
        error: { class: 'CliError', code: 'ERR_CLI_USAGE', message: expect.stringMatching(message) },
      });
    });
  }
});
