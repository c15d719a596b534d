/**
 * The first example of Python's ssl documentation, line for line: a client that requires a certificate.
 *
 *     node apps/examples/dist/client_required.js HOST PORT CAFILE
 *
 * Without arguments it starts a server of its own to talk to. As in the original, the host name is not checked:
 * `createDefaultContext()` and `connect()` do that, see main_job.ts.
 */
// import socket, ssl, pprint
import { CERT_REQUIRED, Socket, wrapSocket } from '@sslkit/socket';
import { runExample } from './support/example.ts';
import { pformat, repr } from './support/pformat.ts';

await runExample(async ({ host, port, cafile }) => {
  // s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
  const s = new Socket();

  // # require a certificate from the server
  // ssl_sock = ssl.wrap_socket(s,
  //                            ca_certs="/etc/ca_certs_file",
  //                            cert_reqs=ssl.CERT_REQUIRED)
  const sslSock = wrapSocket(s, { caCerts: cafile, certReqs: CERT_REQUIRED });

  // ssl_sock.connect(('www.verisign.com', 443))
  await sslSock.connect([host, port]);

  // print(repr(ssl_sock.getpeername()))
  console.log(repr(sslSock.getPeerName()));
  // pprint.pprint(ssl_sock.getpeercert())
  console.log(pformat(sslSock.getPeerCert()));
  // print(pprint.pformat(ssl_sock.getpeercert()))
  console.log(pformat(sslSock.getPeerCert()));

  // # Set a simple HTTP request -- use http.client in actual code.
  // ssl_sock.write(b"GET / HTTP/1.0\r\nHost: www.verisign.com\r\n\r\n")
  await sslSock.write(`GET / HTTP/1.0\r\nHost: ${host}\r\n\r\n`);

  // # Read a chunk of data.  Will not necessarily
  // # read all the data returned by the server.
  // data = ssl_sock.read()
  const data = await sslSock.read();
  console.log(repr(data));

  // # note that closing the SSLSocket will also close the underlying socket
  // ssl_sock.close()
  await sslSock.close();
});
