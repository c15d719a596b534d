/**
 * TLS without a socket: two `SSLObject`s that hand their records to each other through memory. It is what a protocol
 * library does that has its own idea of a transport.
 *
 *     node apps/examples/dist/memory_bio.js
 */
import {
  createDefaultContext,
  MemoryBIO,
  PROTOCOL_TLS_SERVER,
  Purpose,
  SSLContext,
  type SSLObject,
  SSLWantReadError,
} from '@sslkit/socket';
import { mint } from './support/mint.ts';

const { caPem, server: identity } = await mint();
const serverContext = new SSLContext(PROTOCOL_TLS_SERVER);
serverContext.loadCertChain({ pem: identity.certPem }, { pem: identity.keyPem });
const clientContext = createDefaultContext(Purpose.SERVER_AUTH, { cadata: caPem });

// What one side writes is what the other one reads.
const toServer = new MemoryBIO();
const toClient = new MemoryBIO();
const client = clientContext.wrapBio(toClient, toServer, { serverHostname: 'localhost' });
const server = serverContext.wrapBio(toServer, toClient, { serverSide: true });

let turns = 0;
for (let done = false; !done; turns++) {
  const clientDone = step(client);
  const serverDone = step(server);
  done = clientDone && serverDone;
}
console.log(`handshake done in ${turns} turns: ${client.version()}, ${client.cipher()?.[0]}`);

const secret = 'hello from memory';
client.write(Buffer.from(secret));
console.log(`${secret.length} bytes became ${toServer.pending} on the way`);
console.log(`server got: ${server.read(1024).toString()}`);
server.write(Buffer.from('and back'));
console.log(`client got: ${client.read(1024).toString()}`);

/** One step of the handshake; true when it is complete, false when it needs bytes of the other side. */
function step(side: SSLObject): boolean {
  try {
    side.doHandshake();
    return true;
  } catch (error) {
    if (error instanceof SSLWantReadError) return false;
    throw error;
  }
}
