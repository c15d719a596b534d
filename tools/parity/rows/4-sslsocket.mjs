import { row } from '../row.mjs';
import { bothVersions, context, socket } from '../tests.mjs';

const own = (name) => socket('parity_socket', name);
const rules = (name) => socket('ssl_context_wrap_socket', name);
const seed = (name) => socket('wrap_socket', name);
const eof = (name) => socket('eof', name);
const unwrap = (name) => socket('unwrap', name);
const waits = 'a promise';
const network = 'what can wait on the network returns one, and takes { timeout, signal }';

export const section = {
  title: 'SSLSocket',
  intro:
    'Sections 1.4 and 2.b. Every test about sockets runs over both channels (streams, native) with TLS 1.2 and TLS 1.3.',
  rows: [
    row('SSLSocket is a socket; its constructor is private', 'SSLSocket', 'socket:SSLSocket', [
      own('an SSLSocket is a Socket'),
      rules('contradictions each is refused at once with Python’s meaning'),
    ]),
    row(
      'read(nbytes=1024, buffer=None)',
      'SSLSocket.read',
      'socket:SSLSocket.read(nbytes, buffer)',
      rules('read(): sizes, buffers and their limits'),
      waits,
      network,
    ),
    row(
      'read: 0 gives b"", a negative size ValueError; into a buffer 0 or less means all of it',
      '',
      'socket:SSLSocket.read',
      [
        rules('read(): sizes, buffers and their limits'),
        ...bothVersions(
          'data',
          'a read of zero bytes',
          'a read of a negative size',
          'a read into a buffer',
          'a read into a buffer smaller than asked',
        ),
      ],
      '',
      '',
    ),
    row(
      'read(0): up to 1024 bytes at the seed',
      '',
      'socket:SSLSocket.read',
      rules('read(): sizes, buffers and their limits'),
      'nothing, as today',
      'the seed’s “len or 1024” was a slip',
    ),
    row(
      'read: the end is b"", again and again',
      '',
      'socket:SSLSocket.read',
      eof('close_notify of the peer reads as the end, again and again, and writing still works'),
    ),
    row(
      'read: at most what is there, one record at most',
      '',
      'socket:SSLSocket.read',
      [
        own('a read gives at most what was asked for and waits for no more than is there'),
        ...bothVersions('data', 'two records are two reads'),
      ],
      'records that have arrived together may be read together (of an SSLObject: one record)',
      'a chunk of ciphertext is decrypted at once',
    ),
    row(
      'write(data) → bytes written',
      'SSLSocket.write',
      'socket:SSLSocket.write(data)',
      rules('write(): nothing sends nothing, the count is the whole, other types are misuse'),
      waits,
      network,
    ),
    row(
      'write: b"" sends no record; 50000 bytes are several; str TypeError',
      '',
      'socket:SSLSocket.write',
      [
        rules('write(): nothing sends nothing, the count is the whole, other types are misuse'),
        ...bothVersions('data', 'an empty write', 'a long write is several records'),
        context('handshake', 'only whole records are sent for data'),
      ],
      'a string is sent as UTF-8',
      'as everywhere in Node',
    ),
    row(
      'do_handshake(), blocking',
      'SSLSocket.do_handshake',
      'socket:SSLSocket.doHandshake()',
      rules('doHandshakeOnConnect false: nothing is sent before doHandshake(), which is idempotent'),
      waits,
      network,
    ),
    row(
      'do_handshake(), non-blocking: WANT_READ/WANT_WRITE; the seed’s loop line for line',
      '',
      'socket:SSLSocket.doHandshake',
      socket('waiting', 'non-blocking the seed’s handshake loop'),
    ),
    row(
      'do_handshake_on_connect, suppress_ragged_eofs',
      'SSLSocket.do_handshake_on_connect SSLSocket.suppress_ragged_eofs',
      'socket:SSLSocket.suppressRaggedEofs',
      own('serverSide, serverHostname, context and the two flags are what was given'),
      'read-only',
      'changed later they would mean nothing',
    ),
    row(
      'getpeercert(): no certificate: None',
      'SSLSocket.getpeercert',
      'socket:SSLSocket.getPeerCert(binaryForm)',
      own('getPeerCert() in its four states: none, not validated, validated, binary'),
    ),
    row('getpeercert(): received, not validated: {}', '', 'socket:SSLSocket.getPeerCert', [
      own('getPeerCert() in its four states'),
      socket('refused', 'verification that is switched off lets anybody in, and says so in the certificate'),
    ]),
    row(
      'getpeercert(): validated: a dict',
      '',
      'socket:SSLSocket.getPeerCert',
      [
        own('getPeerCert() in its four states'),
        socket('peers', 'CPython both ends of CPython agree with ours about the same certificate'),
      ],
      'with issuer, notBefore, serialNumber, version …',
      'they came with Python 3.2 final and later',
    ),
    row(
      'getpeercert(True): DER or None, validated or not',
      '',
      'socket:SSLSocket.getPeerCert',
      own('getPeerCert() in its four states'),
    ),
    row(
      'cipher() → (name, protocol, bits); None without a connection',
      'SSLSocket.cipher',
      'socket:SSLSocket.cipher()',
      [
        seed('a client that is not connected starts TLS at connect()'),
        rules('before a connection: null, ENOTCONN or Python’s words, as the table says'),
        seed('a cipher list is used'),
      ],
    ),
    row(
      'unwrap(): both sides, then plain text both ways',
      'SSLSocket.unwrap',
      'socket:SSLSocket.unwrap()',
      [
        unwrap('both sides get the kind that they wrapped, ready for plain text'),
        socket('peers', 'CPython its server: talk, unwrap, plain text both ways'),
      ],
      'gives back what was wrapped (Python: the SSLSocket itself, now plain); the SSLSocket is closed',
      'an object that was protected once must not carry plain text',
    ),
    row('unwrap(): bytes right behind close_notify', '', 'socket:SSLSocket.unwrap', [
      unwrap('bytes right behind close_notify reach the returned socket, also when the transport has ended'),
      unwrap('close_notify, plain bytes and the end in one segment are all read, in any order of calls'),
    ]),
    row(
      'unwrap(): with unread data, or data in flight: APPLICATION_DATA_AFTER_CLOSE_NOTIFY',
      '',
      'socket:SSLSocket.unwrap',
      [
        unwrap('unread data refuses it and is not lost; after reading it works'),
        unwrap('data in flight refuses it too, stays readable, and a second call completes'),
      ],
      'nothing is lost, and a second call works',
      'CPython’s connection is unusable afterwards',
    ),
    row(
      'unwrap(): during the handshake: SHUTDOWN_WHILE_IN_INIT',
      '',
      'socket:SSLSocket.unwrap',
      unwrap('during the handshake it is refused and the handshake goes on'),
    ),
    row('unwrap(): one-sided', '', 'socket:SSLSocket.unwrap', unwrap('one-sided: ')),
    row(
      'unwrap(): non-blocking, in steps',
      '',
      'socket:SSLSocket.unwrap',
      socket('waiting', 'non-blocking unwrap completes in steps'),
    ),
    row(
      'context',
      'SSLSocket.context',
      'socket:SSLSocket.context',
      [
        own('serverSide, serverHostname, context and the two flags are what was given'),
        seed('a client that is not connected starts TLS at connect()'),
        socket('sni', 'is given the socket, the name and the context, and switches the certificate'),
        context('sni_answers', 'the context can be assigned only while the callback is asked'),
      ],
      'to be assigned by the SNI callback only',
      'later it would change what inspectors say and nothing else',
    ),
    row(
      'connect(addr)',
      'SSLSocket.connect',
      'socket:SSLSocket.connect(addr)',
      seed('a client that is not connected starts TLS at connect()'),
      waits,
      network,
    ),
    row(
      'connect(): already connected, or server side: ValueError',
      '',
      'socket:SSLSocket.connect',
      rules('connecting twice, or a server side, is refused'),
    ),
    row(
      'connect_ex(addr)',
      'SSLSocket.connect_ex',
      'socket:SSLSocket.connect',
      socket('refused', 'a refused connection is SocketError ECONNREFUSED'),
      'connect() rejects with the number in errno',
      'an error is thrown here, not returned',
    ),
    row(
      'accept(): same context and flags; a failed handshake is raised, the loop survives',
      'SSLSocket.accept',
      'socket:SSLSocket.accept()',
      [
        seed('a bad client makes accept() reject, and the next one is served'),
        socket('parity_wrap_socket', 'suppressRaggedEofs goes from the listening socket to each accepted one'),
      ],
      waits,
      network,
    ),
    row(
      'close() closes the socket underneath',
      'SSLSocket.close',
      'socket:SSLSocket.close()',
      own('close() closes the socket underneath as well'),
    ),
    row(
      'close() sends no close_notify',
      '',
      'socket:SSLSocket.close',
      [
        eof('close() sends one close_notify, does not wait for the peer, and can be called again'),
        eof('close() is bounded in time when the peer takes nothing'),
      ],
      'sends it once, bounded in time',
      'Better than Python 5: without it the peer cannot tell the end from an attack',
    ),
    row(
      'listen, bind, getpeername, getsockname, fileno, detach, settimeout, gettimeout, setblocking',
      '',
      'socket:SSLSocket.getPeerName',
      [
        socket('socket', 'connecting bind, listen, connect, accept: both know both addresses'),
        socket('waiting', 'setTimeout in seconds is the default of each call'),
        rules('over a Unix-domain socket'),
      ],
    ),
    row(
      'recv, recv_into, send, sendall, sendfile',
      'SSLSocket.recv SSLSocket.recv_into SSLSocket.send SSLSocket.sendall SSLSocket.sendfile',
      'socket:SSLSocket.recv',
      own('recv, recvInto, send, sendAll, sendFile and iteration carry TLS'),
      waits,
      network,
    ),
    row(
      'recv, send with flags: ValueError',
      '',
      'socket:SSLSocket.recv',
      own('flags do not exist, and are not swallowed'),
      'there is no such parameter',
      'no flag has a meaning for TLS',
    ),
    row(
      'shutdown(how)',
      'SSLSocket.shutdown',
      'socket:SSLSocket.shutdown(how)',
      own('shutdown() ends directions of TLS: nothing is ever read as it is on the wire'),
      'ends a direction of TLS',
      'CPython drops TLS and then reads raw ciphertext (gh-124618)',
    ),
    row(
      'pending()',
      'SSLSocket.pending',
      'socket:SSLSocket.pending()',
      [
        own('pending() counts what is decrypted and not read, before the first read too'),
        ...bothVersions('data', 'a record read in parts'),
      ],
      'counts bytes before the first read touches their record, and of several records',
      'what arrives is decrypted at once; an SSLObject’s pending() is exactly Python’s',
    ),
    row(
      'server_side, server_hostname',
      'SSLSocket.server_side SSLSocket.server_hostname',
      'socket:SSLSocket.serverHostname',
      [
        own('serverSide, serverHostname, context and the two flags are what was given'),
        context('parity_context', 'serverHostname holds the A-label, and an address as it was given'),
      ],
    ),
    row('session, session_reused', 'SSLSocket.session SSLSocket.session_reused', 'socket:SSLSocket.session', [
      rules('a session is resumed'),
      rules('before a connection: null, ENOTCONN or Python’s words, as the table says'),
    ]),
    row(
      'get_verified_chain(), get_unverified_chain()',
      'SSLSocket.get_verified_chain SSLSocket.get_unverified_chain',
      'socket:SSLSocket.getVerifiedChain()',
      rules('mutual TLS: both see each other’s certificate, and both chains'),
      'Buffers of DER',
      'Python’s bytes',
    ),
    row(
      'shared_ciphers(), compression()',
      'SSLSocket.shared_ciphers SSLSocket.compression',
      'socket:SSLSocket.sharedCiphers()',
      own('sharedCiphers() are the server’s to know; compression() is null'),
    ),
    row('version()', 'SSLSocket.version', 'socket:SSLSocket.version()', [
      rules('doHandshakeOnConnect false: nothing is sent before doHandshake(), which is idempotent'),
      own('whatever is asked while the handshake is under way is answered, on both sides'),
    ]),
    row(
      'selected_alpn_protocol()',
      'SSLSocket.selected_alpn_protocol',
      'socket:SSLSocket.selectedAlpnProtocol()',
      own('selectedAlpnProtocol() is what the server chose'),
    ),
    row(
      'selected_npn_protocol() is None',
      'SSLSocket.selected_npn_protocol',
      'socket:SSLSocket.selectedNpnProtocol()',
      rules('before a connection: null, ENOTCONN or Python’s words, as the table says'),
    ),
    row('get_channel_binding(cb_type)', 'SSLSocket.get_channel_binding', 'socket:SSLSocket.getChannelBinding(type)', [
      rules('channel bindings of both ends agree'),
      context('channel_binding', 'null before the handshake; an unknown type is refused at any time'),
    ]),
  ],
};
