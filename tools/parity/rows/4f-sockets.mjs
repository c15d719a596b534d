import { row } from '../row.mjs';
import { bothVersions, context, example, socket } from '../tests.mjs';

const plain = (name) => socket('socket', name);
const wait = 'a promise; { timeout, signal }';
const network = 'what can wait on the network returns a promise';

export const section = {
  title: 'socket.socket, streams, and the seed’s guidance',
  intro: 'What `ssl` takes from `socket`, what Node needs besides, and section 1.6.',
  rows: [
    row(
      'socket.bind, listen, connect, accept',
      '',
      'socket:Socket.connect(addr)',
      [
        plain('connecting bind, listen, connect, accept: both know both addresses'),
        plain('misuse has the operating system’s names'),
        plain('an address in use shows at bind()'),
      ],
      wait,
      network,
    ),
    row(
      'socket: Unix-domain sockets',
      '',
      'socket:Socket',
      plain('an object is an address too; a path is a Unix-domain socket'),
    ),
    row(
      'socket.recv, recv_into, send, sendall, sendfile',
      '',
      'socket:Socket.recv(bufsize)',
      [
        plain('recv gives what is there, up to the size; 0 gives nothing; the end is empty'),
        plain('large data both ways, whole and in order'),
        plain('a file, a part of it, and any source of bytes'),
      ],
      wait,
      network,
    ),
    row('socket.shutdown, close', '', 'socket:Socket.shutdown(how)', [
      plain('shutdown of reading reads as the end'),
      plain('a reset is ECONNRESET behind the data that came before it'),
    ]),
    row('socket.setblocking, settimeout, gettimeout', '', 'socket:Socket.setBlocking(flag)', [
      plain('non-blocking: EAGAIN, parts, and sendAll that still sends all'),
      socket('waiting', 'setTimeout in seconds is the default of each call'),
    ]),
    row('socket.detach, fileno; a socket from an existing one', '', 'socket:Socket.detach()', [
      plain('a half-read net.Socket goes in, is read exactly, and comes out with the rest'),
      plain('a net.Server goes in and comes out'),
      plain('a Duplex that is no socket carries data and has no address'),
    ]),
    row(
      '(half-close of TLS)',
      '',
      'socket:SSLSocket.closeWrite()',
      socket('eof', 'after our own, writing says PROTOCOL_IS_SHUTDOWN and reading goes on'),
      'closeWrite()',
      'Better than Python 5',
    ),
    row(
      '(web streams)',
      '',
      'socket:SSLSocket.readable',
      socket('duplex', 'web streams'),
      'readable, writable',
      'the platform’s streams',
    ),
    row(
      '(Node streams: pipeline, http, http2)',
      '',
      'socket:SSLSocket.toDuplex()',
      [
        socket('duplex', 'pipeline() through both ends, with the end passed on'),
        socket('duplex', 'http over it: a server, and a keep-alive agent'),
      ],
      'toDuplex()',
      'everything in Node takes a Duplex',
    ),
    row('TLS inside TLS', '', 'socket:SSLContext.wrapSocket', socket('duplex', 'TLS inside TLS')),
    row(
      '(connect)',
      '',
      'socket:connect(addr, options)',
      [
        socket('conversation', 'connect() and listen() talk verified, both ways, and close'),
        socket('ssl_context_wrap_socket', 'the default of connect() verifies, and an unknown authority is refused'),
      ],
      'verified by default',
      'the safe call is the short one',
    ),
    row(
      '(listen)',
      '',
      'socket:listen(addr, options)',
      [
        socket('listen', 'serves the next client while one says nothing at all'),
        socket('listen', 'survives one bad client after the other and reports each, with its address'),
      ],
      'a slow or bad client holds up nobody',
      'Python’s accept() handshakes first',
    ),
    row('guidance: chain order leaf, issuer, …; the root need not be sent', '', 'context:SSLContext.loadCertChain', [
      socket('parity_wrap_socket', 'a chain in a file, leaf first: the client needs the root only'),
      ...bothVersions('verify', 'a chain with an intermediate', 'a chain without its intermediate'),
    ]),
    row(
      'guidance: combined file, key first',
      '',
      'context:SSLContext.loadCertChain',
      socket('parity_wrap_socket', 'the key may be before or behind the certificate in one file'),
    ),
    row(
      'guidance: CA bundles',
      '',
      'context:SSLContext.loadVerifyLocations',
      socket('parity_wrap_socket', 'caCerts may hold several authorities, in any order, with text between'),
    ),
    row('guidance: self-signed certificates', '', 'context:SSLContext.loadVerifyLocations', [
      socket('parity_wrap_socket', 'a self-signed certificate is trusted when it is in caCerts itself'),
      ...bothVersions('verify', 'a leaf as trust anchor'),
    ]),
    row('guidance: CERT_REQUIRED alone is not enough, match the name', '', 'context:SSLContext.checkHostname', [
      socket('parity_wrap_socket', 'CERT_REQUIRED checks the chain and no name: the caller must'),
      ...bothVersions('verify', 'CERT_REQUIRED without a name check'),
    ]),
    row(
      'guidance: disable versions with options',
      '',
      'context:SSLContext.options',
      socket('protocols', 'OP_NO_* take versions away, one by one, and give them back'),
    ),
    row('guidance: the client example', '', 'socket:wrapSocket', [
      example('alone, with a server of its own client_required shows the certificate twice and the first reply'),
      example('TLS 1.3 client_required talks to openssl s_server'),
    ]),
    row('guidance: the context example', '', 'context:SSLContext', [
      example('context_optional validates, counts what it writes and splits what it reads'),
      example('TLS 1.2 context_optional refuses a server that it has no reason to trust'),
    ]),
    row('guidance: the server loop; an empty read means the client is finished', '', 'socket:SSLSocket.read', [
      example('server_accept_loop serves two clients and ends'),
      example('TLS 1.3 server_accept_loop serves openssl s_client, after a client that speaks no TLS'),
    ]),
    row(
      'guidance: the non-blocking handshake',
      '',
      'socket:select',
      example('nonblocking_handshake waits with select'),
    ),
    row(
      'guidance: “is ssl available” by import in try',
      '',
      'context:OPENSSL_VERSION',
      context(
        'parity_context',
        'whether TLS is there is found out by importing in try, and the error says what is missing',
      ),
      'await import() in try; the error says what the build lacks',
      'the same idiom',
    ),
  ],
};
