/**
 * The third example of Python's ssl documentation, line for line: a server with an accept loop.
 *
 *     node apps/examples/dist/server_accept_loop.js HOST PORT CERTFILE KEYFILE
 *
 * Without arguments it mints a certificate, picks a free port, and two clients of its own talk to it before it ends.
 */
// import socket, ssl
import {
  connect,
  createDefaultContext,
  PROTOCOL_TLS_SERVER,
  Purpose,
  Socket,
  SSLContext,
  type SSLSocket,
} from '@sslkit/socket';
import { failureText } from './support/failure_text.ts';
import { mintFiles } from './support/local_peer.ts';

const own = process.argv.length > 2 ? null : await mintFiles();
const [myaddr = '127.0.0.1', port = '0', mycertfile = own?.certfile, mykeyfile = own?.keyfile] = process.argv.slice(2);
if (!mycertfile || !mykeyfile) throw new TypeError('give HOST PORT CERTFILE KEYFILE, or nothing');

// context = ssl.SSLContext(ssl.PROTOCOL_TLSv1)
// (TLS 1.0 is gone from defaults everywhere; this protocol takes the highest version that both sides have.)
const context = new SSLContext(PROTOCOL_TLS_SERVER);
// context.load_cert_chain(certfile="mycertfile", keyfile="mykeyfile")
context.loadCertChain(mycertfile, mykeyfile);

// bindsocket = socket.socket()
const bindsocket = new Socket();
// bindsocket.bind(('myaddr.mydomain.com', 10023))
await bindsocket.bind([myaddr, Number(port)]);
// bindsocket.listen(5)
await bindsocket.listen(5);

const [boundHost, boundPort] = bindsocket.getSockName() as readonly [string, number];
console.log(`listening on ${boundHost} ${boundPort}`);
const visitors = own ? visitTwice(boundPort, own.minted.caPem) : null;

// while True:
while (true) {
  // newsocket, fromaddr = bindsocket.accept()
  const accepted = await bindsocket.accept().catch(() => null);
  if (!accepted) break; // Closed: the visitors have been here.
  const [newsocket] = accepted;
  // connstream = context.wrap_socket(newsocket, server_side=True)
  const connstream = context.wrapSocket(newsocket, { serverSide: true });
  // try:
  //     deal_with_client(connstream)
  try {
    await dealWithClient(connstream);
  } catch (error) {
    // Python's loop would end here: one bad client, and the server is gone.
    console.log(`client failed:\n${failureText(error)}`);
  } finally {
    // finally:
    //     connstream.close()
    await connstream.close();
  }
}
await visitors;

// def deal_with_client(connstream):
async function dealWithClient(connstream: SSLSocket): Promise<void> {
  // data = connstream.read()
  let data = await connstream.read();
  // # empty data means the client is finished with us
  // while data:
  while (data.length > 0) {
    // if not do_something(connstream, data):
    //     # we'll assume do_something returns False
    //     # when we're finished with client
    //     break
    if (!(await doSomething(connstream, data))) break;
    // data = connstream.read()
    data = await connstream.read();
  }
  // # finished with client
}

/** Sends the bytes back in capitals; finished when the client says `bye`. */
async function doSomething(connstream: SSLSocket, data: Buffer): Promise<boolean> {
  const text = data.toString('latin1');
  await connstream.write(Buffer.from(text.toUpperCase(), 'latin1'));
  return !text.includes('bye');
}

async function visitTwice(toPort: number, caPem: string): Promise<void> {
  const trusting = createDefaultContext(Purpose.SERVER_AUTH, { cadata: caPem });
  for (const word of ['hello', 'bye']) {
    const client = await connect(['127.0.0.1', toPort], { context: trusting });
    await client.write(word);
    console.log(`sent ${word}, got back ${(await client.read()).toString('latin1')}`);
    await client.close();
  }
  await bindsocket.close();
}
