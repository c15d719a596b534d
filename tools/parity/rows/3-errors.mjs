import { row } from '../row.mjs';
import { bothVersions, context, differential, socket, table } from '../tests.mjs';

export const section = {
  title: 'Exceptions',
  intro:
    'Sections 1.3 and 2.e. Misuse is not in this family: it is a `TypeError` or `RangeError` with a stable `code`.',
  rows: [
    row(
      'SSLError(OSError): args[0] the number, args[1] the message',
      'SSLError',
      'context:SSLError',
      [
        context('parity_context', 'SSLError is a SocketError is an Error; errno and message are Python’s args'),
        ...bothVersions('verify', 'no trust at all'),
      ],
      'errno and message; a stable code and, where the cause can be told, a hint besides',
      'JavaScript’s errors have no args',
    ),
    row(
      'SSLError.library, SSLError.reason',
      '',
      'context:SSLError',
      [
        context('parity_context', 'SSLError is a SocketError is an Error; errno and message are Python’s args'),
        context('parity_context', 'an error that a user makes has neither library nor reason'),
        context('errors', 'a reason makes the code, and no reason makes ERR_SSL'),
      ],
      'null instead of a missing attribute',
      'one shape for all instances',
    ),
    row(
      'str(SSLError): “[LIB: REASON] text (_ssl.c:N)”',
      '',
      'context:SSLError',
      context('parity_context', 'errno and message are Python’s args'),
      'without the line number',
      'it is one of CPython’s source',
    ),
    row('errno of file and context errors: OpenSSL’s number', '', 'context:SSLError', table('load_cert_chain')),
    row(
      'SSLZeroReturnError, SSLWantReadError, SSLWantWriteError, SSLSyscallError, SSLEOFError',
      'SSLZeroReturnError SSLWantReadError SSLWantWriteError SSLSyscallError SSLEOFError',
      'context:SSLEOFError',
      [context('errors', 'the family '), socket('waiting', 'read says WANT_READ until there is something')],
    ),
    row(
      'SSLCertVerificationError (also a ValueError): verify_code, verify_message',
      'SSLCertVerificationError',
      'context:SSLCertVerificationError',
      [socket('refused', 'a certificate that is refused'), ...bothVersions('verify', 'expired', 'self-signed')],
      'not a TypeError or RangeError besides; peerCertificates has what the peer sent',
      'a class has one parent, and the certificate that was refused is what one wants to look at',
    ),
    row(
      'CertificateError',
      'CertificateError',
      'context:CertificateError',
      context('errors', 'CertificateError is an alias'),
    ),
    row(
      'OSError for files and sockets',
      '',
      'context:SocketError',
      [
        socket('refused', 'a refused connection is SocketError ECONNREFUSED'),
        context('cert_chain', 'a missing file: what the system says, and which file'),
      ],
      'SocketError, with Node’s code, errno, syscall and path',
      'OSError’s subclasses (FileNotFoundError, ConnectionResetError, TimeoutError) are codes in Node',
    ),
    row(
      'TimeoutError: “The read operation timed out”',
      '',
      'context:SocketError',
      [
        socket(
          'waiting',
          'a read is refused after its deadline with Python’s text, loses nothing, and may be repeated',
        ),
        socket('waiting', 'a handshake that gets no answer times out, and can still be completed'),
      ],
      'a SocketError with code ERR_SOCKET_TIMEOUT',
      'one class for failures of the transport',
    ),
    row(
      'ValueError, TypeError for wrong arguments',
      '',
      'context:SSLError',
      [table('contexts'), differential('verify_mode = 42')[0]],
      'TypeError or RangeError with code ERR_INVALID_ARG_VALUE, ERR_INVALID_ARG_TYPE or ERR_OUT_OF_RANGE',
      'Node’s words for both',
    ),
  ],
};
