/** A process that exits right after a write, or in the middle of a handshake. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { files, nodeTlsServer, scene, withTimeout } from '@sslkit/testkit';
import { expect, test } from 'vitest';

const ENTRY = fileURLToPath(import.meta.resolve('@sslkit/socket'));

async function run(script: string, ...args: string[]): Promise<{ code: number | null; errors: string }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, ENTRY, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const [code] = (await withTimeout(once(child, 'close'), undefined, 'the child')) as [number | null];
  return { code, errors };
}

test('what was written and awaited arrives, even if process.exit() is next', async () => {
  const { server } = await scene();
  await using peer = await nodeTlsServer({ cert: server.chainPem, key: server.keyPem });
  const script = `
    const { connect, createDefaultContext } = await import(process.argv[1]);
    const context = createDefaultContext(undefined, { cafile: process.argv[3] });
    const socket = await connect(['localhost', Number(process.argv[2])], { context });
    await socket.write('famous last words');
    process.exit(7);`;
  const running = run(script, String(peer.port), (await files()).caFile);
  const socket = await peer.accept();
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  // A process that exits with unread tickets in its socket resets the connection, behind the data.
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('close', resolve));
  expect(Buffer.concat(chunks).toString()).toBe('famous last words');
  expect(await running).toEqual({ code: 7, errors: '' });
});

test('a handshake that is under way keeps nobody from exiting, and fails quietly with the process', async () => {
  const script = `
    const { connect } = await import(process.argv[1]);
    const net = await import('node:net');
    const server = net.createServer((socket) => { socket.on('error', () => {}); setImmediate(() => process.exit(3)); });
    server.listen(0, '127.0.0.1', () => connect(['127.0.0.1', server.address().port]).catch(() => {}));`;
  expect(await run(script)).toEqual({ code: 3, errors: '' });
});

test('a failed handshake that nobody awaits is no unhandled rejection', async () => {
  const script = `
    const { SSLContext, PROTOCOL_TLS_SERVER, PROTOCOL_TLS_CLIENT } = await import(process.argv[1]);
    const { PassThrough, Duplex } = await import('node:stream');
    const stream = Duplex.from({ readable: new PassThrough().end('HTTP/1.0 200 OK\\r\\n\\r\\n'), writable: new PassThrough() });
    new SSLContext(PROTOCOL_TLS_CLIENT).wrapSocket(stream, { serverHostname: 'localhost' });
    setTimeout(() => process.exit(5), 100);`;
  expect(await run(script)).toEqual({ code: 5, errors: '' });
});
