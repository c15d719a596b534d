/**
 * The second example of Python's ssl documentation, line for line: a context with CERT_OPTIONAL.
 *
 *     node apps/examples/dist/context_optional.js HOST PORT CAFILE
 *
 * Without arguments it starts a server of its own to talk to.
 */
import { CERT_OPTIONAL, PROTOCOL_SSLv23, Socket, SSLContext } from '@sslkit/socket';
import { splitBytes } from './support/bytes.ts';
import { runExample } from './support/example.ts';
import { pformat } from './support/pformat.ts';

await runExample(async ({ host, port, cafile }) => {
  // >>> context = ssl.SSLContext(ssl.PROTOCOL_SSLv23)
  const context = new SSLContext(PROTOCOL_SSLv23);
  // >>> context.verify_mode = ssl.CERT_OPTIONAL
  context.verifyMode = CERT_OPTIONAL;
  // >>> context.load_verify_locations("/etc/ssl/certs/ca-bundle.crt")
  context.loadVerifyLocations({ cafile });

  // >>> conn = context.wrap_socket(socket.socket(socket.AF_INET))
  const conn = context.wrapSocket(new Socket());
  // >>> conn.connect(("linuxfr.org", 443))
  await conn.connect([host, port]);

  // >>> pprint.pprint(conn.getpeercert())
  console.log(pformat(conn.getPeerCert()));

  // >>> conn.write(b"HEAD / HTTP/1.0\r\nHost: linuxfr.org\r\n\r\n")
  // 38
  console.log(await conn.write(`HEAD / HTTP/1.0\r\nHost: ${host}\r\n\r\n`));
  // >>> pprint.pprint(conn.read().split(b"\r\n"))
  console.log(pformat(splitBytes(await conn.read(), '\r\n')));

  // The original leaves this to the end of the process.
  await conn.close();
});
