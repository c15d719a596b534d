import { row } from '../row.mjs';
import { context, contextUnit, socket } from '../tests.mjs';

const hasPsk = context('psk', 'HAS_PSK and HAS_PSK_TLS13');

export const section = {
  title: 'SSLContext: pre-shared keys, messages',
  rows: [
    row(
      'set_psk_client_callback(cb): cb(hint or None) → (identity or None, key)',
      'SSLContext.set_psk_client_callback HAS_PSK',
      'context:SSLContext.setPskClientCallback(cb)',
      [
        context('psk', 'the callbacks are told the hint and the identity'),
        context('psk', 'both sides have the key: a connection without certificates'),
        context('psk', 'an empty key of the client offers none'),
        context('psk', 'an identity of null and one of no characters are the same'),
        hasPsk,
        contextUnit('psk', 'an OpenSSL without pre-shared keys'),
        socket('psk', 'CPython as server'),
        socket('psk', 'openssl s_server'),
        socket('psk', 'node:tls as server'),
      ],
    ),
    row(
      'set_psk_server_callback(cb, identity_hint): cb(identity or None) → key',
      'SSLContext.set_psk_server_callback',
      'context:SSLContext.setPskServerCallback(cb, { identityHint })',
      [
        context('psk', 'an empty key of the server refuses the client'),
        context('psk', 'another key fails, and no data pass'),
        context('psk_callbacks', 'a hint has at most 256 bytes and is a string'),
        context('psk', 'a server that requires certificates takes a client with a key'),
        socket('psk', 'CPython as client'),
        socket('psk', 'openssl s_client, and one with another key'),
        socket('psk', 'gnutls-cli'),
      ],
    ),
    row('3.15: HAS_PSK_TLS13', '', 'context:HAS_PSK_TLS13', hasPsk),
    row(
      'PSK: the wrong role is an SSLError, what is not callable a TypeError',
      '',
      'context:SSLContext.setPskServerCallback(cb)',
      [
        context('psk_callbacks', 'the wrong role is refused as in Python, for null too'),
        context('psk_callbacks', 'is no callback'),
        context('psk_callbacks', 'what is refused leaves the callback that was there'),
      ],
    ),
    row(
      'PSK: a callback that raises is reported out of band, and TLS 1.3 goes on with certificates',
      '',
      'context:SSLContext.setPskClientCallback(cb)',
      [
        context('psk_callbacks', 'fails the client at once, and is the cause of its error, the same at every call'),
        context('psk_callbacks', 'fails the server with a fatal alert'),
        context('psk_callbacks', 'is no answer'),
      ],
      'the handshake fails with a fatal alert, and the exception is the cause of its error; so does what is no answer',
      'a callback that fails must not choose another way to authenticate, and who handles the failure learns why',
    ),
    row(
      'PSK: an identity has at most 255 bytes',
      '',
      'context:SSLContext.setPskClientCallback(cb)',
      context('psk', 'an identity of 256 bytes'),
      '256',
      'OpenSSL’s own limit; CPython counts the NUL behind it',
    ),
    row(
      'PSK: a session is resumed whatever the callbacks are by then',
      '',
      'context:SSLContext.setPskServerCallback(cb)',
      [
        context('psk_sessions', 'are resumed while the callbacks are the same'),
        context('psk_sessions', 'are not resumed by a client whose callback was set again'),
        context('psk_sessions', 'are not resumed by a server whose callback was set again'),
        context('psk_sessions', 'that were written down are not resumed under the callbacks of another context'),
      ],
      'sessions are bound to the callback; setting one, or none, ends them',
      'resuming asks nobody: a key that is no longer known must not go on opening connections',
    ),
    row(
      'PSK and sni_callback: in TLS 1.3 the first context is asked, in TLS 1.2 the assigned one',
      '',
      'context:SSLContext.setPskServerCallback(cb)',
      [
        context('psk_callbacks', 'the context that the SNI callback chooses is asked, not the first one'),
        socket('psk', 'the SNI callback answers with a context whose callback is then asked, never on a thread'),
      ],
      'the assigned one in both',
      'the key of one tenant must not open another one’s',
    ),
    row(
      '_msg_callback: (conn, direction, version, content_type, msg_type, data)',
      '',
      'context:SSLContext.msgCallback',
      [
        context('messages', 'is told every message of a handshake, in order, on both sides'),
        context('messages', 'is told what Python’s is told'),
        context('messages', 'of a record it is told the header, never application data'),
        context('messages', 'is told the alert of a failed handshake'),
        context('messages', 'null ends it, and setting it is for connections that are made later'),
        context('messages', 'of the context that the SNI callback chooses follows that of the first one'),
        context('messages', 'is no message callback'),
        socket('messages', 'is told all of a connection, also of steps on threads'),
      ],
      'public; called when the step is over, not inside it; plain numbers in place of private enumerations',
      'it may then do what it likes, and the handshake may run on another thread',
    ),
    row(
      '_msg_callback: an exception is raised by a later successful call, which may lose what it has read',
      '',
      'context:SSLContext.msgCallback',
      [
        context('messages', 'ends the connection at the next operation, with what was thrown as the cause'),
        context('messages', 'does not take data that have arrived with it'),
        context('messages', 'does not hide the error of the connection'),
        socket('messages', 'that throws ends its connection alone'),
      ],
      'it ends the connection, and is the cause of the error that every later call throws',
      'no data are lost with it, and no exception is overlooked',
    ),
  ],
};
