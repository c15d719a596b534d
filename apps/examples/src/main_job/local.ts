import {
  connect,
  createDefaultContext,
  listen,
  OPENSSL_VERSION,
  PROTOCOL_TLS_SERVER,
  Purpose,
  type Socket,
  SSLContext,
  type SSLListener,
  type SSLSocket,
} from '@sslkit/socket';
import { readLine } from '../support/lines.ts';
import { type Minted, mint } from '../support/mint.ts';
import { pformat } from '../support/pformat.ts';
import { detail, milliseconds, step, summary } from './screen.ts';

const BULK_BYTES = 1024 * 1024;

/** Mints certificates, serves on loopback, and holds the whole conversation with itself. */
export async function converseLocally(): Promise<void> {
  const started = performance.now();
  const minted = await mint();
  step(`minted a CA and a certificate for localhost in memory (${milliseconds(started)})`);
  await using listener = await listen(['127.0.0.1', 0], { context: serverContext(minted) });
  const port = listener.getSockName()[1];
  step(`listening on 127.0.0.1:${port}`);
  const serving = serveOne(listener);
  const facts = await visit(port, minted.caPem);
  await serving;
  summary('A verified TLS conversation, end to end', [
    ['library', OPENSSL_VERSION],
    ...facts,
    ['took', milliseconds(started)],
  ]);
}

type Row = readonly [name: string, value: string];

function serverContext({ server }: Minted): SSLContext {
  const context = new SSLContext(PROTOCOL_TLS_SERVER);
  context.loadCertChain({ pem: server.certPem }, { pem: server.keyPem });
  return context;
}

/** The server's half: a greeting, a megabyte back in kind, then plain text after `unwrap()`. */
async function serveOne(listener: SSLListener): Promise<void> {
  const conn = await listener.accept();
  await conn.write(`hello ${await readLine(conn)}\n`);
  await echo(conn, BULK_BYTES);
  const plain = (await conn.unwrap()) as Socket;
  await plain.sendAll(`clear text: ${await readLine(plain)}\n`);
  await plain.close();
}

async function echo(conn: SSLSocket, bytes: number): Promise<void> {
  for (let left = bytes; left > 0; ) {
    const data = await conn.read(65_536);
    if (data.length === 0) throw new Error(`the client ended ${left} bytes early`);
    await conn.write(data);
    left -= data.length;
  }
}

async function visit(port: number, caPem: string): Promise<Row[]> {
  const context = createDefaultContext(Purpose.SERVER_AUTH, { cadata: caPem });
  const handshakeStarted = performance.now();
  const conn = await connect(['127.0.0.1', port], { context, serverHostname: 'localhost' });
  const handshake = milliseconds(handshakeStarted);
  const [cipher, , bits] = conn.cipher()!;
  step(`connected, verified for localhost: ${conn.version()}, ${cipher}`);
  step('the peer certificate, as Python shows it:');
  detail(pformat(conn.getPeerCert()));

  await conn.write('client\n');
  const greeting = await readLine(conn);
  step(`over TLS: ${greeting}`);
  const bulkStarted = performance.now();
  const echoed = await exchange(conn);
  const bulk = milliseconds(bulkStarted);
  step(`over TLS: ${echoed} bytes there and back, all equal`);

  const facts: Row[] = [
    ['protocol', conn.version()!],
    ['cipher', `${cipher}, ${bits} bits`],
    ['key exchange', conn.group() ?? 'not told by this OpenSSL'],
    ['verified', `chain of ${conn.getVerifiedChain().length}, host name localhost`],
  ];
  const plain = (await conn.unwrap()) as Socket;
  await plain.sendAll('unwrapped\n');
  const reply = await readLine(plain);
  step(`in clear, on the same connection: ${reply}`);
  await plain.close();
  return [
    ...facts,
    ['handshake', handshake],
    ['exchanged', `${echoed} bytes each way in ${bulk}`],
    ['unwrap', `plain text both ways: "${reply}"`],
  ];
}

/** Sends and receives at once: neither side may wait for the other to empty its buffers. */
async function exchange(conn: SSLSocket): Promise<number> {
  const sent = Buffer.alloc(BULK_BYTES, 'sslkit ');
  const received = Buffer.alloc(BULK_BYTES);
  const sending = conn.write(sent);
  let filled = 0;
  while (filled < BULK_BYTES) {
    const count = await conn.read(undefined, received.subarray(filled));
    if (count === 0) throw new Error(`the server ended after ${filled} bytes`);
    filled += count;
  }
  await sending;
  if (!received.equals(sent)) throw new Error('the echo differs');
  return filled;
}
