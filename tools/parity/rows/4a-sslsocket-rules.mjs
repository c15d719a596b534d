import { row } from '../row.mjs';
import { bothVersions, context, socket } from '../tests.mjs';

const own = (name) => socket('parity_socket', name);
const rules = (name) => socket('ssl_context_wrap_socket', name);
const eof = (name) => socket('eof', name);
const unwrap = (name) => socket('unwrap', name);
const waits = 'a promise';
const network = 'what can wait on the network returns one, and takes { timeout, signal }';

export const section = {
  title: 'SSLSocket: when calls are allowed, and how connections end',
  intro: 'Section 2.b: “wrap_socket rules”, “Before a connection / after close or unwrap”, “EOF and close mapping”.',
  rows: [
    row(
      'sendto, recvfrom, recvfrom_into: ValueError; sendmsg, recvmsg, recvmsg_into: NotImplementedError',
      '',
      'socket:SSLSocket',
      own('flags do not exist, and are not swallowed'),
      'they do not exist',
      'a method that can only throw is better absent',
    ),
    row(
      'wrap_socket: not SOCK_STREAM: NotImplementedError',
      '',
      'socket:SSLContext.wrapSocket',
      rules('contradictions each is refused at once with Python’s meaning'),
      'a TypeError for what is no stream',
      'Node’s datagram sockets are no streams',
    ),
    row(
      'wrap_socket: server_side with server_hostname or session: ValueError',
      '',
      'socket:SSLContext.wrapSocket',
      rules('contradictions each is refused at once with Python’s meaning'),
    ),
    row(
      'wrap_socket: check_hostname without server_hostname: ValueError, whatever the role',
      '',
      'socket:SSLContext.wrapSocket',
      rules('contradictions each is refused at once with Python’s meaning'),
    ),
    row(
      'wrap_socket: the original socket is detached, its time-out moves',
      '',
      'socket:SSLContext.wrapSocket',
      rules('the socket that was wrapped is empty; its time-out moves'),
    ),
    row(
      'wrap_socket: closed before the handshake with data in the buffer (CVE-2023-40217)',
      '',
      'socket:SSLContext.wrapSocket',
      rules('a connection that is gone, with data left behind, is never read as protected (CVE-2023-40217)'),
    ),
    row(
      'wrap_socket: the handshake fails: the new socket is closed',
      '',
      'socket:SSLContext.wrapSocket',
      rules('an automatic handshake that fails closes the transport; every call tells why'),
    ),
    row(
      'before a connection: cipher … None, pending 0, getpeercert ENOTCONN, read and write ValueError, recv and send ENOTCONN',
      '',
      'socket:SSLSocket',
      rules('before a connection: null, ENOTCONN or Python’s words, as the table says'),
    ),
    row(
      'connected, no handshake yet: getpeercert ValueError, chains [], read and write start it',
      '',
      'socket:SSLSocket',
      [
        rules('doHandshakeOnConnect false: nothing is sent before doHandshake(), which is idempotent'),
        rules('read and write start the handshake by themselves'),
        ...bothVersions('state', 'before the handshake'),
      ],
    ),
    row(
      'after unwrap(): read and write ValueError, recv and send plain text',
      '',
      'socket:SSLSocket',
      unwrap('afterwards the SSLSocket is closed for everything, and leaks no plain text'),
      'all of them refuse; plain text is with the socket that unwrap() returned',
      'nobody sends in clear by mistake',
    ),
    row(
      'after close(): read and write ValueError, recv and send EBADF, cipher … None',
      '',
      'socket:SSLSocket',
      eof('close() refuses calls that wait, and later ones'),
      'getPeerCert and doHandshake: ENOTCONN',
      'CPython’s AttributeError is a wart',
    ),
    row('end: close_notify of the peer', '', 'socket:SSLSocket.read', [
      eof('close_notify of the peer reads as the end, again and again, and writing still works'),
      ...bothVersions('close', 'close_notify arrives'),
    ]),
    row(
      'end: both close_notify exchanged: SSLZeroReturnError',
      '',
      'context:SSLObject.read',
      bothVersions('close', 'both have closed', 'the answer to our close_notify'),
    ),
    row('end: we have sent ours: late data is read, write says PROTOCOL_IS_SHUTDOWN', '', 'socket:SSLSocket.read', [
      eof('after our own, writing says PROTOCOL_IS_SHUTDOWN and reading goes on'),
      ...bothVersions('close', 'late data behind our close_notify'),
    ]),
    row(
      'end: transport ended without close_notify: SSLEOFError, or b"" when suppressed',
      '',
      'socket:SSLSocket.read',
      [
        eof('suppressed: data first, then the end, marked as truncated; writing fails'),
        eof('not suppressed: data first, then SSLEOFError, again and again'),
        ...bothVersions('truncation', 'end of the transport', 'data, then the end of the transport'),
      ],
      'truncated tells a suppressed one from a real end',
      'otherwise nobody could know',
    ),
    row(
      'end: transport ended during the handshake: SSLEOFError, never suppressed',
      '',
      'socket:SSLSocket.doHandshake',
      [eof('during the handshake it is SSLEOFError'), ...bothVersions('truncation', 'during the handshake')],
    ),
    row(
      'end: RST: ConnectionResetError, not suppressed',
      '',
      'socket:SSLSocket.read',
      [
        eof('reset data that arrived before it is delivered, then ECONNRESET, not suppressed, which sticks'),
        eof('reset during the handshake it is ECONNRESET'),
      ],
      'a SocketError with code ECONNRESET',
      'Node’s words',
    ),
    row(
      'end: fatal alert from the peer: SSLError once, then b""',
      '',
      'socket:SSLSocket.read',
      [
        own('after a refusal by the peer the first error stays, in both directions'),
        context('handshake', 'a fatal alert is not followed by what looks like a clean end'),
      ],
      'the error stays',
      'Better than Python 4',
    ),
    row('end: a bad record: SSLError, the alert is sent', '', 'socket:SSLSocket.read', [
      eof('garbage behind good records'),
      ...bothVersions('garbage', 'a bad record on a good connection', 'plain text on a good connection'),
    ]),
    row('first record is no TLS: WRONG_VERSION_NUMBER; HTTP_REQUEST on a server', '', 'socket:SSLSocket.doHandshake', [
      socket('refused', 'a peer that speaks no TLS'),
      ...bothVersions('garbage', 'a client gets HTTP', 'a server gets an HTTP request', 'a server gets text'),
    ]),
    row('non-blocking read and write: SSLWantReadError, SSLWantWriteError', '', 'socket:SSLSocket.read', [
      socket('waiting', 'read says WANT_READ until there is something, the end reads as the end'),
      socket('waiting', 'write takes parts until it says WANT_WRITE; select tells when to go on'),
      ...bothVersions('data', 'nothing to read'),
    ]),
    row('select.select(r, w, x, timeout)', '', 'socket:select', socket('waiting', 'select '), waits, network),
    row(
      'a record read in parts; a handshake on a connected object',
      '',
      'context:SSLObject.doHandshake',
      bothVersions('data', 'a record read in parts', 'a handshake on a connected object'),
    ),
  ],
};
