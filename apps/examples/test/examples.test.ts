import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import {
  files,
  nodeTlsServer,
  opensslClient,
  opensslServer,
  refusingPort,
  requires,
  runCommand,
  type RunResult,
  type SceneFiles,
  startPeer,
} from '@sslkit/testkit';
import { beforeAll, describe, expect, test } from 'vitest';

let f: SceneFiles;
beforeAll(async () => {
  f = await files();
});

const path = (name: string): string => fileURLToPath(new URL(`../dist/${name}.js`, import.meta.url));
const example = (name: string, ...args: string[]): Promise<RunResult> =>
  runCommand(process.execPath, [path(name), ...args]);

const DICT =
  /^\{'issuer': \(\(\('commonName', 'sslkit [^']+ CA'\),\),\),\n 'notAfter': '[A-Z][a-z]{2} [ \d]\d [\d:]{8} \d{4} GMT',/m;

describe('alone, with a server of its own', () => {
  test('client_required shows the certificate twice and the first reply', async () => {
    const run = await example('client_required');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toMatch(/^\('127\.0\.0\.1', \d+\)\n/);
    expect(run.stdout.match(new RegExp(DICT, 'gm'))).toHaveLength(2);
    expect(run.stdout).toMatch(/\nb'HTTP\/1\.1 302 Found\\r\\nServer: local peer.*'\n$/);
  });

  test('context_optional validates, counts what it writes and splits what it reads', async () => {
    const run = await example('context_optional');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toMatch(DICT);
    expect(run.stdout).toMatch(
      /\n36\n\[b'HTTP\/1\.1 302 Found', b'Server: local peer', b'Connection: close', b'', b''\]\n$/,
    );
  });

  test('server_accept_loop serves two clients and ends', async () => {
    const run = await example('server_accept_loop');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toMatch(/^listening on 127\.0\.0\.1 \d+\nsent hello, got back HELLO\nsent bye, got back BYE\n$/);
  });

  test('nonblocking_handshake waits with select', async () => {
    const run = await example('nonblocking_handshake');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toMatch(/^handshake done: TLSv1\.3, TLS_\w+\nwaited for: read(, (read|write))*\n$/);
  });

  test('memory_bio needs no socket', async () => {
    const run = await example('memory_bio');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toMatch(
      /^handshake done in \d turns: TLSv1\.3, TLS_\w+\n17 bytes became 39 on the way\nserver got: hello from memory\nclient got: and back\n$/,
    );
  });

  test('starttls goes from clear text to TLS and back', async () => {
    const run = await example('starttls');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toBe('in clear   220 go ahead\nTLSv1.3    250 kept\nin clear   221 bye\n');
  });
});

describe.each(['1.2', '1.3'] as const)('against real peers, TLS %s', (tls) => {
  for (const name of ['client_required', 'context_optional', 'nonblocking_handshake']) {
    requires(test, 'openssl')(`${name} talks to openssl s_server`, async () => {
      await using server = await opensslServer({ cert: f.certFile, key: f.keyFile, tls, args: ['-rev'] });
      const run = await example(name, 'localhost', String(server.port), f.caFile);
      expect(run).toMatchObject({ code: 0, stderr: '' });
      if (name === 'nonblocking_handshake') expect(run.stdout).toContain(`handshake done: TLSv${tls}`);
      else expect(run.stdout).toMatch(DICT);
    });

    test(`${name} refuses a server that it has no reason to trust`, async () => {
      await using server = await nodeTlsServer({ cert: f.certFile, key: f.keyFile, tls });
      const run = await example(name, 'localhost', String(server.port), f.otherCaFile);
      expect(run.code).toBe(1);
      expect(run.stderr).toMatch(/class +SSLCertVerificationError\n/);
      expect(run.stderr).toMatch(/reason +CERTIFICATE_VERIFY_FAILED\n/);
      expect(run.stderr).toMatch(/hint +\S/);
    });
  }

  requires(test, 'openssl')(
    'server_accept_loop serves openssl s_client, after a client that speaks no TLS',
    async () => {
      await using server = startPeer(process.execPath, [
        path('server_accept_loop'),
        '127.0.0.1',
        '0',
        f.certFile,
        f.keyFile,
      ]);
      const port = Number((await server.output.waitFor(/listening on 127\.0\.0\.1 (\d+)\n/))[1]);
      await runCommand('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, '-tls1_2', '-cipher', 'PSK']);
      await server.output.waitFor(/client failed:/);
      await using client = opensslClient({ port, ca: f.caFile, tls });
      await client.connected;
      client.write('bye\n');
      await client.output.waitFor(/BYE\n/);
    },
  );
});

describe('the main job', () => {
  test('mints, connects verified, exchanges, unwraps, sums up; no colour in a pipe', async () => {
    const run = await example('main_job');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).not.toContain('\x1b');
    expect(run.stdout).toMatch(/^ {4}\{'issuer': /m);
    expect(run.stdout).toContain("'subjectAltName': (('DNS', 'localhost'),");
    expect(run.stdout).toContain('over TLS: hello client\n');
    expect(run.stdout).toContain('over TLS: 1048576 bytes there and back, all equal\n');
    expect(run.stdout).toContain('in clear, on the same connection: clear text: unwrapped\n');
    const screen = run.stdout.slice(run.stdout.indexOf('A verified TLS conversation'));
    for (const name of ['library', 'protocol', 'cipher', 'verified', 'handshake', 'unwrap', 'took']) {
      expect(screen).toMatch(new RegExp(`^ {2}${name} +\\S`, 'm'));
    }
    expect(screen.split('\n').length).toBeLessThan(24);
    expect(Math.max(...screen.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test('a real server, trusted through SSL_CERT_FILE', async () => {
    await using server = await nodeTlsServer({ cert: f.certFile, key: f.keyFile });
    const run = await runCommand(process.execPath, [path('main_job'), `localhost:${server.port}`], {
      env: { SSL_CERT_FILE: f.caFile },
    });
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toMatch(/^ {2}verified +chain of 2, host name localhost$/m);
  });

  test('a server that is not trusted: class, code, reason and hint, and a failing exit status', async () => {
    await using server = await nodeTlsServer({ cert: f.certFile, key: f.keyFile });
    const run = await runCommand(process.execPath, [path('main_job'), `localhost:${server.port}`], {
      env: { SSL_CERT_FILE: f.otherCaFile },
    });
    expect(run.code).toBe(1);
    for (const name of ['class', 'code', 'reason', 'hint'])
      expect(run.stderr).toMatch(new RegExp(`^ {2}${name} +\\S`, 'm'));
    expect(run.stderr).not.toMatch(/\n\s+at /);
  });

  test('a port where nobody listens has a hint too', async () => {
    await using refusing = await refusingPort();
    const run = await example('main_job', `127.0.0.1:${refusing.port}`);
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/code +ECONNREFUSED\n +hint +Nothing listens there/);
  });

  test('an argument that is no address', async () => {
    const run = await example('main_job', 'https://localhost/');
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('is no HOST[:PORT]');
  });

  test('a reader that goes away is no failure', async () => {
    const child = spawn(process.execPath, [path('main_job')], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.stdout.once('data', () => child.stdout.destroy());
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(code).toBe(0);
    expect(stderr).toBe('');
  });
});
