import { row } from '../row.mjs';
import { context, differential, pem, socket, table } from '../tests.mjs';

const wrap = (name) => socket('parity_wrap_socket', name);
const rules = (name) => socket('ssl_context_wrap_socket', name);
const seed = (name) => socket('wrap_socket', name);
const certificate = (name) => socket('parity_socket', `getServerCertificate(), row by row, ${name}`);

const noSslv3 = 'SSLv3 is left out of most builds of OpenSSL, and the seed’s own code had SSLv23 for both roles';

export const section = {
  title: 'Module functions',
  intro: 'Section 1.1 of the reference: the functions of the seed (Python 3.2, May 2010), each argument and edge case.',
  rows: [
    row(
      'wrap_socket(sock, …) → SSLSocket',
      'wrap_socket',
      'socket:wrapSocket(sock, options)',
      [
        wrap('over connected sockets the handshake is made without a further call'),
        seed('a client that is not connected starts TLS at connect()'),
      ],
      'the optional arguments are one options object, whose unknown keys are refused',
      'the one naming rule of the API',
    ),
    row(
      'wrap_socket: a private SSLContext from the arguments; certfile without keyfile holds the key too',
      '',
      'socket:wrapSocket',
      [
        wrap('over connected sockets the handshake is made without a further call'),
        seed('the key may be in the certificate’s file'),
      ],
    ),
    row(
      'wrap_socket: client, not connected: TLS starts at connect()',
      '',
      'socket:wrapSocket',
      seed('a client that is not connected starts TLS at connect()'),
    ),
    row(
      'wrap_socket: client, connected: handshake inside wrap_socket',
      '',
      'socket:wrapSocket',
      [
        wrap('over connected sockets the handshake is made without a further call'),
        rules('an automatic handshake that fails closes the transport; every call tells why'),
      ],
      'the handshake starts at once, and the first read, write or doHandshake() waits for it and meets its failure',
      'a function that returns a socket cannot wait in JavaScript',
    ),
    row(
      'wrap_socket: server without a peer: each accept() wraps',
      '',
      'socket:wrapSocket',
      seed('a client that is not connected starts TLS at connect(); a listening server wraps each accept()'),
    ),
    row(
      'wrap_socket: a listening server survives a bad client',
      '',
      'socket:wrapSocket',
      seed('a bad client makes accept() reject, and the next one is served'),
    ),
    row('wrap_socket: Unix-domain sockets', '', 'socket:wrapSocket', [
      wrap('over a Unix-domain socket the seed’s function carries data'),
      rules('over a Unix-domain socket'),
    ]),
    row('wrap_socket: a paused or half-read socket with bytes waiting', '', 'socket:wrapSocket', [
      wrap('the seed’s function over a paused, half-read net.Socket loses no byte'),
      socket('conversation', 'bytes that wait in a paused, half-read net.Socket are not lost'),
    ]),
    row(
      'wrap_socket: something that is no socket',
      '',
      'socket:wrapSocket',
      [wrap('over a Duplex that is no socket the seed’s function carries data'), wrap('over a Duplex of single bytes')],
      'any stream.Duplex can be wrapped',
      'Node’s transports (proxies, tunnels, TLS in TLS, WebSocket streams) are Duplexes',
    ),
    row('wrap_socket: keyfile, certfile; the key before or behind the certificate', '', 'socket:wrapSocket', [
      wrap('the key may be before or behind the certificate in one file'),
      seed('the key may be in the certificate’s file; a server without certificate, a key without one are refused'),
    ]),
    row(
      'wrap_socket: server_side',
      '',
      'socket:wrapSocket',
      [wrap('over connected sockets'), wrap('values that cannot be are refused at once')],
      'anything but a boolean is refused',
      'truthiness hides mistakes',
    ),
    row('wrap_socket: cert_reqs CERT_NONE, as a client and as a server', '', 'socket:wrapSocket', [
      seed('CERT_NONE shows nothing unverified'),
      wrap('a server with CERT_NONE'),
    ]),
    row('wrap_socket: cert_reqs CERT_OPTIONAL, as a client and as a server', '', 'socket:wrapSocket', [
      seed('CERT_OPTIONAL verifies a server'),
      wrap('a server with CERT_OPTIONAL'),
    ]),
    row('wrap_socket: cert_reqs CERT_REQUIRED, as a client and as a server', '', 'socket:wrapSocket', [
      wrap('CERT_REQUIRED checks the chain and no name: the caller must'),
      wrap('a server with CERT_REQUIRED'),
    ]),
    row(
      'wrap_socket: cert_reqs without ca_certs: no error, the handshake fails',
      '',
      'socket:wrapSocket',
      wrap('CERT_REQUIRED without caCerts is accepted, and the handshake fails'),
    ),
    row(
      'wrap_socket: the default, CERT_NONE',
      '',
      'socket:wrapSocket',
      seed('an unverified client warns once per process, with a code'),
      'the first unverified client of a process causes a warning with code SSLKIT_UNVERIFIED',
      'the seed’s default lets anybody in, and says so only in its documentation',
    ),
    row('wrap_socket: ca_certs, concatenated PEM, the chain that matches', '', 'socket:wrapSocket', [
      wrap('caCerts may hold several authorities, in any order, with text between'),
      wrap('a self-signed certificate is trusted when it is in caCerts itself'),
    ]),
    row(
      'wrap_socket: ssl_version and its default',
      '',
      'socket:wrapSocket',
      wrap('sslVersion: the default negotiates the best, a version is kept to, an absent one is refused by name'),
      'the default is PROTOCOL_SSLv23 for both roles',
      noSslv3,
    ),
    row(
      'wrap_socket: the table client × server, SSLv2 row',
      '',
      'socket:wrapSocket',
      socket('protocols', 'SSLv2 client, '),
      'each pair is an SSLError that names the version of OpenSSL',
      'SSLv2 is gone from every living OpenSSL',
    ),
    row(
      'wrap_socket: the table client × server, SSLv3 row',
      '',
      'socket:wrapSocket',
      socket('protocols', 'SSLv3 client, '),
      'where OpenSSL has SSLv3 it works with SSLv3 and SSLv23 servers; “SSLv3 client, SSLv2 server: yes” is not so',
      'the seed’s cell is a slip that later documentation corrects',
    ),
    row(
      'wrap_socket: the table client × server, SSLv23 row',
      '',
      'socket:wrapSocket',
      socket('protocols', 'SSLv23 client, '),
      '“SSLv23 client, SSLv3 server: no” is not so where OpenSSL has SSLv3',
      'it was so while the hello was framed as SSLv2',
    ),
    row('wrap_socket: the table client × server, TLSv1 row', '', 'socket:wrapSocket', [
      socket('protocols', 'TLSv1 client, '),
      ...differential('protocols: PROTOCOL_TLSv1 client, PROTOCOL_TLSv1 server'),
    ]),
    row('wrap_socket: ciphers', '', 'socket:wrapSocket', [
      seed('a cipher list is used'),
      wrap('values that cannot be are refused at once'),
    ]),
    row('wrap_socket: do_handshake_on_connect=False', '', 'socket:wrapSocket', [
      wrap('doHandshakeOnConnect false: connect() and accept() leave the handshake to the caller'),
      rules('doHandshakeOnConnect false: nothing is sent before doHandshake(), which is idempotent'),
    ]),
    row(
      'wrap_socket: do_handshake_on_connect=True on a non-blocking socket: ValueError',
      '',
      'socket:wrapSocket',
      socket('waiting', 'an automatic handshake on a connected non-blocking Socket is refused, and the socket closed'),
    ),
    row(
      'wrap_socket: suppress_ragged_eofs, both ways, at every point where a peer can vanish',
      '',
      'socket:wrapSocket',
      [
        wrap('suppressRaggedEofs goes from the listening socket to each accepted one'),
        socket('eof', 'suppressed: data first, then the end, marked as truncated; writing fails'),
        socket('eof', 'not suppressed: data first, then SSLEOFError, again and again'),
        socket('vanish', 'a line that breaks'),
      ],
    ),
    row(
      'RAND_status()',
      'RAND_status',
      'context:randStatus()',
      context('random', 'the generator is seeded, takes more, and gives as many bytes as asked'),
    ),
    row(
      'RAND_egd(path): 256 bytes from an EGD socket',
      'RAND_egd',
      'context:randEgd(path)',
      context('random', 'the entropy gathering daemon gives 256 bytes'),
      'a promise, with a time-out and a signal; here in every build',
      'it waits for another process; the protocol is spoken by sslkit, as OpenSSL’s is gone',
    ),
    row('RAND_egd: too little, or no connection: SSLError', '', 'context:randEgd', [
      context('random', 'one that gives too little is an SSLError'),
      context('random', 'no daemon is an SSLError that names the path'),
      context('random', 'one that never answers is given up, by time or by signal'),
    ]),
    row('RAND_add(bytes, entropy): entropy is a float, 0.0 is allowed', 'RAND_add', 'context:randAdd(bytes, entropy)', [
      context('random', 'the generator is seeded, takes more, and gives as many bytes as asked'),
      ...differential('RAND_add("text",0)', 'RAND_add(5,0)'),
    ]),
    row('RAND_bytes(n): negative ValueError, 0 nothing', 'RAND_bytes', 'context:randBytes(n)', [
      context('random', 'the generator is seeded, takes more, and gives as many bytes as asked'),
      ...differential('RAND_bytes(-1)'),
    ]),
    row(
      'cert_time_to_seconds(timestring)',
      'cert_time_to_seconds',
      'pem:certTimeToSeconds(time)',
      [
        pem('test/python', 'cert_time_to_seconds, every part right and wrong'),
        pem('src/python', 'certTimeToSeconds May  9 00:00:00 2007 GMT is 1178668800'),
        ...differential('cert_time_to_seconds("May  9 00:00:00 2007 GMT")'),
      ],
      'an integer, in UTC',
      'the seed’s example value is a local-time slip; fixed in Python 3.5',
    ),
    row(
      'cert_time_to_seconds: ValueError for what is no time; “Feb 30” rolls over as in CPython 3.13',
      '',
      'pem:certTimeToSeconds',
      [table('helpers', 'cert_time_to_seconds('), pem('test/python', 'cert_time_to_seconds')],
    ),
    row(
      'get_server_certificate(addr, …) → PEM',
      'get_server_certificate',
      'socket:getServerCertificate(addr, options)',
      socket('peers', 'getServerCertificate with and without authorities, and by the name that was asked for'),
      'a promise; the host is sent as SNI',
      'later Pythons send it too; without it many servers show another certificate',
    ),
    row(
      'get_server_certificate: ca_certs validates the chain, nothing checks the name',
      '',
      'socket:getServerCertificate',
      [
        socket('peers', 'getServerCertificate with and without authorities'),
        certificate('stream channel the name is never checked, with authorities or without'),
        certificate('native channel the name is never checked, with authorities or without'),
      ],
    ),
    row(
      'get_server_certificate: ssl_version=PROTOCOL_SSLv3',
      '',
      'socket:getServerCertificate',
      [certificate('stream channel sslVersion is kept to'), certificate('native channel sslVersion is kept to')],
      'the default is PROTOCOL_TLS_CLIENT',
      noSslv3,
    ),
    row(
      'get_server_certificate: timeout (3.10)',
      '',
      'socket:getServerCertificate',
      socket('peers', 'getServerCertificate, without a server a time-out, a refusal and a bad address'),
      'milliseconds',
      'every time-out of an options object is in milliseconds',
    ),
    row('get_server_certificate: unreachable host, nobody there, no TLS there', '', 'socket:getServerCertificate', [
      certificate('stream channel a host that cannot be reached, and one that does not exist'),
      certificate('native channel a server that vanishes or speaks no TLS'),
      socket('peers', 'a time-out, a refusal and a bad address'),
    ]),
    row(
      'get_server_certificate: a server that sends no certificate',
      '',
      'socket:getServerCertificate',
      socket('peers', 'getServerCertificate, without a server a server that has no certificate to send'),
    ),
    row('DER_cert_to_PEM_cert(bytes)', 'DER_cert_to_PEM_cert', 'pem:derCertToPemCert(der)', [
      pem('test/python', 'DER_cert_to_PEM_cert, every length around a line and random bytes'),
      table('helpers', 'DER_cert_to_PEM_cert('),
    ]),
    row('PEM_cert_to_DER_cert(str)', 'PEM_cert_to_DER_cert', 'pem:pemCertToDerCert(pem)', [
      pem('test/python', 'PEM_cert_to_DER_cert, good, damaged and foreign text'),
      table('helpers', 'PEM_cert_to_DER_cert('),
    ]),
    row(
      'PEM_HEADER, PEM_FOOTER',
      'PEM_HEADER PEM_FOOTER',
      'pem:PEM_HEADER',
      pem('src/python', 'derCertToPemCert writes header, 64-column lines, footer and one newline'),
    ),
    row(
      'create_default_context(purpose, *, cafile, capath, cadata)',
      'create_default_context',
      'context:createDefaultContext(purpose, options)',
      [
        context('context', 'createDefaultContext has what Python 3.13 has'),
        context('parity_context', 'createDefaultContext() can be told a file, a folder or data'),
        context('trust', 'SSL_CERT_FILE is what createDefaultContext trusts'),
        ...differential(
          'create_default_context("SERVER_AUTH")',
          'create_default_context(null)',
          'create_default_context(1)',
        ),
      ],
    ),
    row(
      'get_default_verify_paths() → DefaultVerifyPaths',
      'get_default_verify_paths DefaultVerifyPaths',
      'context:getDefaultVerifyPaths()',
      [
        context('trust', 'default paths the environment is looked at on every call'),
        context('trust', 'what does not exist is null, and no well-known place is taken instead'),
      ],
      'DefaultVerifyPaths is a type, not a class',
      'a plain object has names as well, and is not a tuple',
    ),
    row('get_protocol_name(code)', 'get_protocol_name', 'context:getProtocolName(protocol)', [
      context('context', 'protocols have names'),
      table('helpers', 'get_protocol_name('),
    ]),
  ],
};
