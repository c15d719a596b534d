/**
 * The handshake loop of Python's ssl documentation (`SSLSocket.do_handshake`), line for line: a socket that does not
 * block says what it waits for, and `select` waits.
 *
 *     node apps/examples/dist/nonblocking_handshake.js HOST PORT CAFILE
 *
 * Without arguments it starts a server of its own to talk to.
 */
import {
  CERT_REQUIRED,
  Socket,
  SSL_ERROR_WANT_READ,
  SSL_ERROR_WANT_WRITE,
  SSLError,
  select,
  wrapSocket,
} from '@sslkit/socket';
import { runExample } from './support/example.ts';

await runExample(async ({ host, port, cafile }) => {
  const waits: string[] = [];
  const s = wrapSocket(new Socket(), { caCerts: cafile, certReqs: CERT_REQUIRED, doHandshakeOnConnect: false });
  await s.connect([host, port]);
  s.setBlocking(false);

  // while True:
  while (true) {
    // try:
    //     s.do_handshake()
    //     break
    try {
      await s.doHandshake();
      break;
    } catch (err) {
      // except ssl.SSLError as err:
      if (!(err instanceof SSLError)) throw err;
      // if err.args[0] == ssl.SSL_ERROR_WANT_READ:
      //     select.select([s], [], [])
      if (err.errno === SSL_ERROR_WANT_READ) {
        waits.push('read');
        await select([s], [], []);
        // elif err.args[0] == ssl.SSL_ERROR_WANT_WRITE:
        //     select.select([], [s], [])
      } else if (err.errno === SSL_ERROR_WANT_WRITE) {
        waits.push('write');
        await select([], [s], []);
        // else:
        //     raise
      } else {
        throw err;
      }
    }
  }

  console.log(`handshake done: ${s.version()}, ${s.cipher()?.[0]}`);
  console.log(`waited for: ${waits.join(', ')}`);
  await s.close();
});
