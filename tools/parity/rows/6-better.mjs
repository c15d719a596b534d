import { row } from '../row.mjs';
import { context, contextUnit, differential, pem, socket } from '../tests.mjs';

const session = (name) => context('session', name);

export const section = {
  title: 'Better than Python',
  intro: 'The list of the API page: where sslkit is meant to differ, and why.',
  rows: [
    row(
      '1. resumption',
      '',
      'context:SSLSession',
      [
        session('a session for another name is left aside: a full handshake'),
        session('a session made without verification does not get around it later'),
        session('calls for a full handshake'),
      ],
      'a session is bound to the server name and the verification settings it was made under; otherwise a full handshake',
      'CPython compares the context only: a session made without verification gets around it later',
    ),
    row(
      '2. wrap_bio with check_hostname and no server_hostname',
      '',
      'context:SSLContext.wrapBio',
      [context('handshake', 'wrapBio refuses what is no MemoryBIO, unknown options, and a name that is missing')],
      'throws, as wrapSocket does',
      'CPython connects and verifies no name at all',
    ),
    row(
      '3. getpeercert and the chains after a change or a failure',
      '',
      'context:SSLObject.getPeerCert',
      [
        context('handshake', 'a connection keeps the settings it was made under'),
        context('handshake', 'chains are there after a good handshake and empty after a bad one'),
        context('engine', 'what was verified stays readable after a failure, and the version does not'),
      ],
      'getPeerCert answers from what was verified at the handshake; chains are empty after a failed verification',
      'a context that is changed later must not make an unverified certificate look verified',
    ),
    row(
      '4. reading after a fatal error',
      '',
      'socket:SSLSocket.read',
      [
        context('handshake', 'the first fatal error sticks: every later call throws the same one'),
        context('handshake', 'a fatal alert is not followed by what looks like a clean end'),
        socket('parity_socket', 'after a refusal by the peer the first error stays, in both directions'),
      ],
      'the first error sticks; a later read never looks like a clean end',
      'CPython’s second read gives b"", as if the peer had finished',
    ),
    row(
      '5. close()',
      '',
      'socket:SSLSocket.close',
      [
        socket('eof', 'close() sends one close_notify, does not wait for the peer, and can be called again'),
        socket('eof', 'close() is bounded in time when the peer takes nothing'),
        socket('eof', 'after our own, writing says PROTOCOL_IS_SHUTDOWN and reading goes on'),
      ],
      'sends close_notify once, bounded in time, without waiting for the peer’s; closeWrite() is a half-close',
      'CPython sends none, so its peers cannot tell the end from an attack',
    ),
    row(
      '6. a bad capath',
      '',
      'context:SSLContext.loadVerifyLocations',
      [context('parity_context', 'a capath that is no folder is an error, and trust is as before')],
      'an error',
      'CPython says nothing and trusts nothing',
    ),
    row(
      '6. an SNI callback that returns what is no fatal alert',
      '',
      'context:SSLContext.sniCallback',
      [
        context('sni_answers', 'an answer that it may not give is an error: close_notify'),
        context('sni_answers', 'an answer that it may not give is an error: a number that is no alert'),
      ],
      'internal_error for the client, and a TypeError as the cause of the server’s error',
      'CPython sends alert 0 as a fatal one, or leaves the client without any',
    ),
    row(
      '6. an async SNI callback',
      '',
      'context:SSLContext.sniCallback',
      [
        context('sni_answers', 'an async one: the handshake waits, with an error of its own until then'),
        socket('sni_suspended', 'many clients of a listener are suspended at once, and none holds up another'),
      ],
      'a promise suspends the handshake; SSLObject throws SSLWantCallbackError meanwhile',
      'certificates come from databases and over networks',
    ),
    row(
      '7. a certificate that Python cannot decode',
      '',
      'context:decodeCertificate',
      [
        context('parity_context', 'a name that is not UTF-8 is returned losslessly'),
        context('parity_context', 'a name that is not UTF-8 never matches'),
      ],
      'is returned losslessly and never matches by mistake',
      'one odd byte should not hide a whole certificate',
    ),
    row(
      '8. channel bindings',
      '',
      'context:SSLObject.getChannelBinding',
      [
        context('channel_binding', 'tls-unique exists below TLS 1.3 only'),
        context('channel_binding', 'tls-exporter: the same on both sides, and another on every connection'),
        context('channel_binding', 'tls-server-end-point: the hash of the server certificate, on both sides'),
      ],
      'tls-unique is refused on TLS 1.3; tls-exporter and tls-server-end-point are offered',
      'what CPython returns for tls-unique on TLS 1.3 binds nothing (gh-95341)',
    ),
    row(
      '9. certificates, keys and CAs from memory; errors that name file, step and cause',
      '',
      'context:SSLContext.loadCertChain',
      [
        context('cert_chain', 'from memory '),
        context('cert_chain', 'an error tells what is wrong where'),
        context('errors', 'hints, '),
        context('trust', 'a file that cannot be used says what is in it'),
      ],
      '{ pem }, { der }, cadata; path and hint on errors',
      '“[SSL] PEM lib” helps nobody',
    ),
    row(
      '10. host names',
      '',
      'context:SSLContext.wrapBio',
      [contextUnit('hostname', 'becomes an A-label by UTS #46'), ...differential('an internationalized name')],
      'UTS #46 (IDNA 2008)',
      'IDNA 2003 makes another host out of ß',
    ),
    row(
      '11. cert_time_to_seconds',
      '',
      'pem:certTimeToSeconds',
      [pem('src/python', 'certTimeToSeconds May  9 00:00:00 2007 GMT is 1178668800')],
      'UTC',
      'the seed’s example value, 1178694000, is a local-time slip',
    ),
    row(
      'misuse: unknown options',
      '',
      'socket:wrapSocket',
      [socket('wrap_socket', 'unknown and misspelt options are refused with a suggestion')],
      'refused with a suggestion',
      'a misspelt cert_reqs must not switch verification off',
    ),
  ],
};
