/**
 * Plain text, then TLS on the same connection, then plain text again: what STARTTLS of SMTP, IMAP and PostgreSQL does,
 * and what FTP's CCC does at the end (RFC 4217 section 6).
 *
 *     node apps/examples/dist/starttls.js
 */
import { createDefaultContext, PROTOCOL_TLS_SERVER, Purpose, Socket, SSLContext } from '@sslkit/socket';
import { readLine } from './support/lines.ts';
import { mint } from './support/mint.ts';

const { caPem, server: identity } = await mint();
const door = new Socket();
await door.bind(['127.0.0.1', 0]);
await door.listen();
const [, port] = door.getSockName() as readonly [string, number];

await Promise.all([serve(), visit()]);
await door.close();

async function serve(): Promise<void> {
  const context = new SSLContext(PROTOCOL_TLS_SERVER);
  context.loadCertChain({ pem: identity.certPem }, { pem: identity.keyPem });
  const [plain] = await door.accept();
  await expectLine(plain, 'STARTTLS');
  await plain.sendAll('220 go ahead\n');

  const secure = context.wrapSocket(plain, { serverSide: true });
  await expectLine(secure, 'SECRET');
  await secure.write('250 kept\n');

  // Both sides unwrap: each sends its close_notify and waits for the other's.
  const clear = (await secure.unwrap()) as Socket;
  await expectLine(clear, 'QUIT');
  await clear.sendAll('221 bye\n');
  await clear.close();
}

async function visit(): Promise<void> {
  const context = createDefaultContext(Purpose.SERVER_AUTH, { cadata: caPem });
  const plain = new Socket();
  await plain.connect(['127.0.0.1', port]);
  await plain.sendAll('STARTTLS\n');
  console.log(`in clear   ${await readLine(plain)}`);

  const secure = context.wrapSocket(plain, { serverHostname: 'localhost' });
  await secure.doHandshake();
  await secure.write('SECRET\n');
  console.log(`${secure.version()}    ${await readLine(secure)}`);

  const clear = (await secure.unwrap()) as Socket;
  await clear.sendAll('QUIT\n');
  console.log(`in clear   ${await readLine(clear)}`);
  await clear.close();
}

async function expectLine(from: Socket, expected: string): Promise<void> {
  const line = await readLine(from);
  if (line !== expected) throw new Error(`expected ${expected}, got ${line}`);
}
