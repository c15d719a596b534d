import { row } from '../row.mjs';
import { bothVersions, context, differential, socket, table } from '../tests.mjs';

export const section = {
  title: 'SSLContext',
  intro: 'Sections 1.5 and 2.a.',
  rows: [
    row('SSLContext(protocol): mandatory; ValueError for anything else', 'SSLContext', 'context:SSLContext', [
      table('contexts', 'SSLContext('),
      table('contexts', 'defaults: '),
    ]),
    row('defaults of each protocol', '', 'context:SSLContext', table('contexts', 'defaults: PROTOCOL_')),
    row('a context of the wrong role: SSLError', '', 'socket:SSLContext.wrapSocket', [
      socket('refused', 'a context of the wrong role is refused before anything is sent'),
      ...differential('a server context on the client side', 'a client context on the server side'),
    ]),
    row(
      'set_ciphers(ciphers): SSLError when none can be selected',
      'SSLContext.set_ciphers',
      'context:SSLContext.setCiphers(ciphers)',
      table('contexts', 'set_ciphers('),
    ),
    row(
      'get_ciphers()',
      'SSLContext.get_ciphers',
      'context:SSLContext.getCiphers()',
      table('contexts', 'set_ciphers('),
    ),
    row(
      'set_ciphers has no effect on TLS 1.3',
      '',
      'context:SSLContext.setCiphersuites',
      context('context', 'setCiphersuites chooses among those of TLS 1.3'),
      'setCiphersuites() does it',
      'CPython has it from 3.15',
    ),
    row(
      'set_alpn_protocols(list)',
      'SSLContext.set_alpn_protocols',
      'context:SSLContext.setAlpnProtocols(protocols, { required })',
      [
        table('contexts', 'set_alpn_protocols('),
        context('handshake', 'ALPN: the order of the server decides'),
        context('handshake', 'ALPN without agreement: null, unless the client requires it'),
        ...bothVersions('state', 'ALPN', 'ALPN without agreement'),
      ],
      'required: true makes no agreement an error',
      'in CPython it is silent',
    ),
    row(
      'wrap_socket(sock, server_side, do_handshake_on_connect, suppress_ragged_eofs, server_hostname, session)',
      'SSLContext.wrap_socket',
      'socket:SSLContext.wrapSocket(sock, options)',
      [
        socket('wrap_socket', 'over an unconnected net.Socket and a listening net.Server'),
        socket('wrap_socket', 'over a net.Socket that is still connecting'),
        socket('wrap_socket', 'over a Unix-domain socket'),
      ],
    ),
    row(
      'wrap_bio(incoming, outgoing, …)',
      'SSLContext.wrap_bio',
      'context:SSLContext.wrapBio(incoming, outgoing, options)',
      [
        context('handshake', 'two ends in memory agree, verify and exchange data both ways'),
        context('handshake', 'wrapBio refuses what is no MemoryBIO, unknown options, and a name that is missing'),
      ],
    ),
    row(
      'options: OR-able, bits set and cleared',
      'SSLContext.options',
      'context:SSLContext.options',
      [
        context('context', 'options are joined, set and cleared as 64-bit numbers'),
        table('contexts', 'options = '),
        socket('protocols', 'OP_NO_* take versions away, one by one, and give them back'),
      ],
      'a bigint; no DeprecationWarning for OP_NO_TLSv1 …',
      'options are 64 bits wide; the seed recommends these options',
    ),
    row(
      'options: clearing bits with OpenSSL before 0.9.8m: ValueError',
      '',
      'context:SSLContext.options',
      context('context', 'options are joined, set and cleared as 64-bit numbers'),
      'always works',
      'no such OpenSSL is supported',
    ),
    row(
      'protocol is read-only',
      'SSLContext.protocol',
      'context:SSLContext.protocol',
      differential('protocol is read-only'),
    ),
    row(
      'verify_mode: one of CERT_*; ValueError, TypeError',
      'SSLContext.verify_mode',
      'context:SSLContext.verifyMode',
      table('contexts', 'verify_mode = '),
    ),
    row('verify_mode = CERT_REQUIRED without CAs: accepted, the handshake fails', '', 'context:SSLContext.verifyMode', [
      context('parity_context', 'a context that verifies and trusts nobody is accepted; the handshake refuses'),
      ...bothVersions('verify', 'no trust at all'),
    ]),
    row('check_hostname', 'SSLContext.check_hostname', 'context:SSLContext.checkHostname', [
      table('contexts', 'coupling: '),
      context('context', 'checkHostname takes booleans only'),
    ]),
    row(
      'coupling: CERT_NONE while check_hostname is on: ValueError',
      '',
      'context:SSLContext.checkHostname',
      differential('coupling: CERT_NONE while check_hostname is on'),
    ),
    row(
      'coupling: check_hostname = True makes CERT_NONE CERT_REQUIRED, leaves CERT_OPTIONAL',
      '',
      'context:SSLContext.checkHostname',
      differential(
        'coupling: check_hostname on makes CERT_NONE CERT_REQUIRED',
        'coupling: check_hostname on leaves CERT_OPTIONAL',
        'coupling: CERT_OPTIONAL while check_hostname is on',
      ),
    ),
    row(
      'coupling: check_hostname = False leaves verify_mode',
      '',
      'context:SSLContext.checkHostname',
      differential('coupling: check_hostname off leaves verify_mode', 'coupling: off, then CERT_NONE'),
    ),
    row(
      'verify_flags',
      'SSLContext.verify_flags',
      'context:SSLContext.verifyFlags',
      table('contexts', 'verify_flags = '),
    ),
    row(
      'minimum_version, maximum_version',
      'SSLContext.minimum_version SSLContext.maximum_version',
      'context:SSLContext.minimumVersion',
      [
        table('contexts', 'PROTOCOL_TLS_CLIENT.minimum_version'),
        table('contexts', 'PROTOCOL_TLS_CLIENT.maximum_version'),
        ...differential('minimum above maximum is accepted', 'PROTOCOL_TLSv1_2.minimum_version cannot be set'),
        ...bothVersions('fail', 'minimum above maximum', 'versions apart', 'every version switched off'),
      ],
    ),
    row(
      'security_level',
      'SSLContext.security_level',
      'context:SSLContext.securityLevel',
      differential('security_level is read-only', 'set_ciphers("@SECLEVEL=0:ALL")'),
    ),
    row(
      'hostname_checks_common_name',
      'SSLContext.hostname_checks_common_name',
      'context:SSLContext.hostnameChecksCommonName',
      [
        table('contexts', 'hostname_checks_common_name = '),
        ...bothVersions(
          'verify',
          'name www.example.org at commonName',
          'name www.example.org at commonName, no common name',
        ),
      ],
    ),
    row('num_tickets', 'SSLContext.num_tickets', 'context:SSLContext.numTickets', [
      table('contexts', 'num_tickets'),
      context('session', 'numTickets: none means that nothing can be resumed on TLS 1.3'),
    ]),
    row(
      'session_stats()',
      'SSLContext.session_stats',
      'context:SSLContext.sessionStats()',
      bothVersions('state', 'session statistics'),
    ),
    row(
      'sslsocket_class, sslobject_class',
      'SSLContext.sslsocket_class SSLContext.sslobject_class',
      'socket:SSLContext.wrapSocket',
      socket('parity_socket', 'its context can be subclassed in place of sslsocket_class'),
      'subclass SSLContext and override wrapSocket',
      'a factory that is an attribute has no type',
    ),
    row(
      '(verification time: not in CPython)',
      '',
      'context:SSLContext.verifyTime',
      [
        context('handshake', 'verifyTime judges certificates at another time, and null at the present'),
        context('context', 'verifyTime is a copy of a Date, or null'),
      ],
      'a Date, or null for now',
      'certificates can be judged at another time',
    ),
  ],
};
