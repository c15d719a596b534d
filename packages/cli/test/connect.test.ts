import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  files,
  mintLeaf,
  nodeTlsServer,
  opensslServer,
  pythonServer,
  readSome,
  requires,
  type SceneFiles,
  scene,
  temporaryDirectory,
} from '@sslkit/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { finish, MAIN, sslkit, start } from './command.ts';

let f: SceneFiles;
beforeAll(async () => {
  f = await files();
});

const ESCAPE = '\x1b';

describe.each(['1.2', '1.3'] as const)('TLS %s', (tls) => {
  requires(test, 'openssl')('lines go to openssl s_server and come back; the report is on stderr', async () => {
    await using server = await opensslServer({ cert: f.certFile, key: f.keyFile, tls, args: ['-rev'] });
    const run = await sslkit(['connect', '--cafile', f.caFile, `localhost:${server.port}`], { input: 'straw\n' });
    expect(run.stdout.toString()).toBe('warts\n');
    expect(run.code).toBe(0);
    expect(run.stderr).toMatch(new RegExp(`^connected to localhost:${server.port}`));
    expect(run.stderr).toContain(`protocol     TLSv${tls}`);
    expect(run.stderr).toMatch(/verified +yes, for localhost\n/);
    expect(run.stderr).toMatch(/issuer +CN=sslkit test CA\n/);
    expect(run.stderr).not.toContain(ESCAPE);
  });

  requires(test, 'python3')('CPython answers and closes with close_notify: all is well', async () => {
    await using server = await pythonServer({ cert: f.certFile, key: f.keyFile, tls });
    const child = start(['connect', '-q', '--cafile', f.caFile, `localhost:${server.port}`]);
    child.stdin.write('ping\n');
    expect(String(await readSome(child.stdout))).toBe('ping\n');
    child.stdin.write('CLOSE\n');
    expect(await finish(child)).toMatchObject({ code: 0, stderr: '' });
  });

  requires(test, 'python3')(
    'the end of the input reaches CPython, which ends without close_notify: status 7',
    async () => {
      await using server = await pythonServer({ cert: f.certFile, key: f.keyFile, tls });
      const run = await sslkit(['connect', '-q', '--cafile', f.caFile, `localhost:${server.port}`], {
        input: 'ping\n',
      });
      expect(run.stdout.toString()).toBe('ping\n');
      expect(run.stderr).toContain('ended without a TLS close after 5 bytes');
      expect(run.code).toBe(7);
    },
  );

  test('ten megabytes go there and back unchanged', async () => {
    await using server = await nodeTlsServer({ cert: f.certFile, key: f.keyFile, tls, echo: true });
    const data = randomBytes(10 * 1024 * 1024);
    const run = await sslkit(['connect', '--quiet', '--cafile', f.caFile, `localhost:${server.port}`], { input: data });
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(sha256(run.stdout)).toBe(sha256(data));
  });

  test('only the version that was asked for is spoken', async () => {
    await using server = await nodeTlsServer({ cert: f.certFile, key: f.keyFile, echo: true });
    const address = `localhost:${server.port}`;
    const one = await sslkit(['connect', `--tls${tls}`, '--cafile', f.caFile, address]);
    expect(one.stderr).toContain(`TLSv${tls}\n`);
    const range = await sslkit(['connect', '--min', tls, '--max', tls, '--cafile', f.caFile, address]);
    expect(range.stderr).toContain(`TLSv${tls}\n`);
  });

  test('a client certificate is shown to a server that insists, from one file or two', async () => {
    await using server = await nodeTlsServer({
      cert: f.certFile,
      key: f.keyFile,
      ca: f.caFile,
      clientCert: 'required',
      tls,
      echo: true,
    });
    const address = `localhost:${server.port}`;
    const base = ['connect', '-q', '--cafile', f.caFile];
    const two = await sslkit([...base, '--cert', f.clientCertFile, '--key', f.clientKeyFile, address], { input: 'a' });
    expect(two).toMatchObject({ code: 0, stderr: '' });
    const one = await sslkit([...base, '--cert', f.clientCombinedFile, address], { input: 'b' });
    expect(String(one.stdout)).toBe('b');
  });

  test('ALPN and ciphers are negotiated as asked', async () => {
    await using server = await nodeTlsServer({
      cert: f.certFile,
      key: f.keyFile,
      tls,
      echo: true,
      options: { ALPNProtocols: ['http/1.1', 'h2'] },
    });
    const ciphers = 'ECDHE-ECDSA-AES128-GCM-SHA256:TLS_AES_128_GCM_SHA256';
    const args = ['--alpn', 'h2,h3', '--ciphers', ciphers, '--cafile', f.caFile, `localhost:${server.port}`];
    const run = await sslkit(['connect', ...args]);
    expect(run.stderr).toMatch(/ALPN +h2\n/);
    const expected = tls === '1.2' ? 'ECDHE-ECDSA-AES128-GCM-SHA256' : 'TLS_AES_128_GCM_SHA256';
    expect(run.stderr).toMatch(new RegExp(`cipher +${expected}, 128 bits\n`));
  });

  test('line ends become CR LF with --crlf, and only once', async () => {
    await using server = await nodeTlsServer({ cert: f.certFile, key: f.keyFile, tls, echo: true });
    const args = ['connect', '-q', '--crlf', '--cafile', f.caFile, `localhost:${server.port}`];
    const run = await sslkit(args, { input: 'a\nb\r\n\nc' });
    expect(run.stdout.toString()).toBe('a\r\nb\r\n\r\nc');
  });

  test('Ctrl-C ends the session with close_notify', async () => {
    await using server = await nodeTlsServer({ cert: f.certFile, key: f.keyFile, tls });
    const child = start(['connect', '--cafile', f.caFile, `localhost:${server.port}`]);
    const socket = await server.accept();
    await readSome(child.stderr);
    socket.resume();
    const ended = once(socket, 'end');
    child.kill('SIGINT');
    const run = await finish(child);
    expect(run).toMatchObject({ code: 130, signal: null, stderr: expect.not.stringContaining('at ') });
    await ended;
  });

  test('Ctrl-C ends it too while nobody reads our output', async () => {
    await using server = await nodeTlsServer({ cert: f.certFile, key: f.keyFile, tls });
    const child = start(['connect', '--cafile', f.caFile, `localhost:${server.port}`]);
    const socket = await server.accept();
    socket.write(Buffer.alloc(8 * 1024 * 1024));
    await readSome(child.stderr);
    await once(child.stdout, 'readable');
    child.kill('SIGINT');
    const [code] = await once(child, 'exit');
    expect(code).toBe(130);
    child.stdout.destroy();
  });

  test('a reader that goes away ends the command quietly', async () => {
    await using server = await nodeTlsServer({ cert: f.certFile, key: f.keyFile, tls });
    const child = start(['connect', '-q', '--cafile', f.caFile, `localhost:${server.port}`]);
    const socket = await server.accept();
    socket.write(Buffer.alloc(8 * 1024 * 1024, 'y\n'));
    await readSome(child.stdout);
    child.stdout.destroy();
    const [code] = await once(child, 'close');
    expect(code).toBe(0);
    expect(await readAllOf(child.stderr)).toBe('');
  });

  test('a server that reads slowly slows the input; memory stays bounded', { timeout: 60_000 }, async () => {
    await using server = await nodeTlsServer({ cert: f.certFile, key: f.keyFile, tls });
    const { child, highestKiB } = startMeasured(['connect', '-q', '--cafile', f.caFile, `localhost:${server.port}`]);
    const socket = await server.accept();
    const [received] = await Promise.all([countSlowly(socket), feed(child.stdin, BULK)]);
    socket.end();
    expect(await finish(child)).toMatchObject({ code: 0, stderr: '' });
    expect(received).toBe(BULK);
    expect(highestKiB()).toBeLessThan(MEMORY_LIMIT_KIB);
  });

  test('a reader that reads slowly slows the server; memory stays bounded', { timeout: 60_000 }, async () => {
    await using server = await nodeTlsServer({ cert: f.certFile, key: f.keyFile, tls });
    const { child, highestKiB } = startMeasured(['connect', '-q', '--cafile', f.caFile, `localhost:${server.port}`]);
    const closed = once(child, 'close');
    const socket = await server.accept();
    const [received] = await Promise.all([countSlowly(child.stdout), feed(socket, BULK)]);
    expect(await closed).toEqual([0, null]);
    expect(received).toBe(BULK);
    expect(highestKiB()).toBeLessThan(MEMORY_LIMIT_KIB);
  });
});

test('the report shows no terminal escapes of a hostile certificate', async () => {
  const { ca } = await scene();
  const name = 'evil\x1b[2J\x1b]0;title\x07\u202e\n  verified  yes';
  const leaf = await mintLeaf(ca, { commonName: name });
  await using server = await nodeTlsServer({ cert: leaf.certPem, key: leaf.keyPem, echo: true });
  const run = await sslkit(['connect', '--cafile', f.caFile, `localhost:${server.port}`]);
  expect(run.code).toBe(0);
  expect(run.stderr).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
  expect(run.stderr).toContain('CN=evil\\x1b[2J\\x1b]0;title\\x07\\u{202e}\\x0a  verified  yes');
});

test('an address is verified as an address', async () => {
  await using server = await nodeTlsServer({ cert: f.certFile, key: f.keyFile, echo: true });
  const run = await sslkit(['connect', '--cafile', f.caFile, `127.0.0.1:${server.port}`]);
  expect(run.stderr).toMatch(/verified +yes, for 127\.0\.0\.1\n/);
});

test('--insecure says that it is dangerous, also when quiet', async () => {
  await using server = await nodeTlsServer({ cert: f.certFile, key: f.keyFile, echo: true });
  const run = await sslkit(['connect', '--insecure', '--quiet', `localhost:${server.port}`], { input: 'x' });
  expect(run.code).toBe(0);
  expect(run.stdout.toString()).toBe('x');
  expect(run.stderr).toMatch(/^sslkit: DANGER: --insecure: whoever answers at localhost:\d+ is believed\n$/);
});

test('--insecure never reports the session as verified', async () => {
  await using server = await nodeTlsServer({ cert: f.certFile, key: f.keyFile, echo: true });
  const run = await sslkit(['connect', '--insecure', `localhost:${server.port}`]);
  expect(run.stderr).toMatch(/verified +NO: any certificate was accepted \(--insecure\)\n/);
  expect(run.stderr).toMatch(/certificate +CN=localhost\n/);
});

test('colour neither in a pipe nor under NO_COLOR', async () => {
  await using server = await nodeTlsServer({ cert: f.certFile, key: f.keyFile, echo: true });
  const run = await sslkit(['connect', '--cafile', f.caFile, `localhost:${server.port}`], { env: { NO_COLOR: '1' } });
  expect(run.stderr).not.toContain(ESCAPE);
});

test('input that cannot be read ends the session and says so', async () => {
  await using server = await nodeTlsServer({ cert: f.certFile, key: f.keyFile });
  const writeOnly = openSync(join(temporaryDirectory(), 'write-only'), 'w');
  const args = [MAIN, 'connect', '-q', '--cafile', f.caFile, `localhost:${server.port}`];
  const child = spawn(process.execPath, args, { stdio: [writeOnly, 'pipe', 'pipe'] });
  const [[code], text] = await Promise.all([once(child, 'close'), readAllOf(child.stderr!)]);
  expect(text).toContain('cannot read standard input: EBADF');
  expect(code).toBe(8);
});

function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

async function readAllOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += Buffer.from(chunk).toString();
  return text;
}

/** Far more than the command may hold. */
const BULK = 128 * 1024 * 1024;
/** Node, OpenSSL and uncollected garbage come to 100 MiB; a direction that is not held back adds all of {@link BULK}. */
const MEMORY_LIMIT_KIB = 150 * 1024;

/** Counts bytes at some 60 MB a second, a fraction of what the command can do. */
async function countSlowly(stream: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes % 65_536 < chunk.length) await setTimeout(1);
  }
  return bytes;
}

async function feed(stream: NodeJS.WritableStream, total: number): Promise<void> {
  const chunk = Buffer.alloc(1024 * 1024);
  for (let left = total; left > 0; left -= chunk.length) {
    if (!stream.write(chunk)) await once(stream, 'drain');
  }
  stream.end();
}

/**
 * Starts the command so that its highest resident size (KiB) can be asked for when it has ended. getrusage(2) counts what
 * the process was before exec(2), too, which is as large as the one that runs these tests.
 */
function startMeasured(args: readonly string[]) {
  const path = join(temporaryDirectory(), 'rss');
  const code = `
    import { existsSync, readFileSync, writeFileSync } from 'node:fs';
    const status = '/proc/self/status';
    const highest = () => existsSync(status)
      ? /VmHWM:\\s+(\\d+) kB/.exec(readFileSync(status, 'latin1'))[1]
      : process.resourceUsage().maxRSS;
    process.on('exit', () => writeFileSync(${JSON.stringify(path)}, String(highest())));`;
  const nodeArgs = ['--import', `data:text/javascript,${encodeURIComponent(code)}`];
  return { child: start(args, { nodeArgs }), highestKiB: () => Number(readFileSync(path, 'utf8')) };
}
