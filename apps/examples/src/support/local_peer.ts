/** What an example talks to when it is run without arguments: a small server of its own, on loopback. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listen, PROTOCOL_TLS_SERVER, SSLContext, type SSLListener, type SSLSocket } from '@sslkit/socket';
import { type Minted, mint } from './mint.ts';

export interface LocalPeer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** A PEM file with the authority to trust: the seed's functions take file names. */
  readonly cafile: string;
}

/** Starts a server that answers each request with a few lines of HTTP, then closes. */
export async function startLocalPeer(): Promise<LocalPeer> {
  const minted = await mint();
  const context = new SSLContext(PROTOCOL_TLS_SERVER);
  context.loadCertChain({ pem: minted.server.certPem }, { pem: minted.server.keyPem });
  const listener = await listen(['127.0.0.1', 0], { context });
  const serving = serve(listener);
  const folder = writeFiles({ 'ca.pem': minted.caPem });
  return {
    host: 'localhost',
    port: listener.getSockName()[1],
    cafile: join(folder, 'ca.pem'),
    [Symbol.asyncDispose]: async () => {
      await listener.close();
      await serving;
    },
  };
}

/** Certificate and key of a server, and its authority, as files. */
export async function mintFiles(): Promise<{ minted: Minted; certfile: string; keyfile: string; cafile: string }> {
  const minted = await mint();
  const folder = writeFiles({
    'cert.pem': minted.server.certPem,
    'key.pem': minted.server.keyPem,
    'ca.pem': minted.caPem,
  });
  return {
    minted,
    certfile: join(folder, 'cert.pem'),
    keyfile: join(folder, 'key.pem'),
    cafile: join(folder, 'ca.pem'),
  };
}

async function serve(listener: SSLListener): Promise<void> {
  for await (const conn of listener) {
    await answer(conn).catch((error: Error) => console.error(`local peer: ${error.message}`));
  }
}

async function answer(conn: SSLSocket): Promise<void> {
  try {
    const request = await conn.read();
    if (request.length === 0) return;
    await conn.write('HTTP/1.1 302 Found\r\nServer: local peer\r\nConnection: close\r\n\r\n');
  } finally {
    await conn.close();
  }
}

/** Files that go away with the process; readable by this user only. */
function writeFiles(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'sslkit-example-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o600 });
  return folder;
}
