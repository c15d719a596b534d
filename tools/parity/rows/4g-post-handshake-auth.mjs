import { row } from '../row.mjs';
import { context, differential, socket } from '../tests.mjs';

const memory = (name) => context('post_handshake_auth', name);
const refused = (name) => context('post_handshake_auth_refused', name);
const own = (name) => socket('post_handshake_auth', name);
const ends = (name) => socket('post_handshake_auth_ends', name);
const peers = (name) => socket('post_handshake_auth_peers', name);
const pha = (...names) => differential(...names.map((name) => `pha: ${name}`));

export const section = {
  title: 'Post-handshake authentication',
  intro:
    'TLS 1.3 (RFC 8446 section 4.6.2). Sockets over both channels; with CPython, OpenSSL and GnuTLS at the other end.',
  rows: [
    row(
      'post_handshake_auth: on a client it is offered, on a server the handshake asks nobody',
      'SSLContext.post_handshake_auth',
      'context:SSLContext.postHandshakeAuth',
      [
        ...pha('the setting', 'an answer', 'the server asks in the handshake', 'not offered', 'TLS 1.2'),
        memory('the setting leaves verifyMode as it is, in either order'),
        memory('the setting of a connection is that of the moment when it was made'),
        memory('the setting takes a boolean, not 1'),
      ],
      'a boolean only',
      'CPython takes the truth of anything; what is no boolean is a mistake',
    ),
    row(
      'verify_client_post_handshake(): marks, the next I/O asks',
      'SSLObject.verify_client_post_handshake',
      'context:SSLObject.verifyClientPostHandshake()',
      [
        ...pha('an answer', 'asked twice', 'asked by read', 'asked by do_handshake', 'before the handshake'),
        ...pha('the client asks', 'not offered', 'the server does not verify', 'TLS 1.2'),
        memory('whoever cannot be asked twice: before the request has left, and before it is answered'),
      ],
      'each refusal has a hint; PROTOCOL_IS_SHUTDOWN after close_notify',
      'nothing may follow close_notify (RFC 8446 section 6.1)',
    ),
    row(
      'SSLSocket.verify_client_post_handshake()',
      'SSLSocket.verify_client_post_handshake',
      'socket:SSLSocket.verifyClientPostHandshake()',
      [
        own('request and answer travel by themselves over TCP'),
        own('what was written before the request arrives before it, what is written behind it after'),
        own('is not lost in data that flow both ways, again and again'),
        ends('a client cannot ask, and nobody can on TLS 1.2'),
        ends('before the handshake, after closeWrite() and after close() it is refused'),
        peers('asks us three times, and knows us'),
        peers('answers us when it reads, and is known then'),
        peers('openssl s_server asks us by its command “c”'),
        peers('openssl s_client -enable_pha answers us, again and again'),
        peers('gnutls-cli --post-handshake-auth answers us'),
      ],
      'the request is sent at once, and the answer taken as it arrives: a second call says REQUEST_SENT, not STILL_IN_INIT',
      'a server need not write for the request to leave, nor read for the answer to count',
    ),
    row(
      'getpeercert() and the chains while the client is asked, and after a request that failed',
      '',
      'context:SSLObject.getPeerCert',
      [
        ...pha('the request waits', 'CERT_REQUIRED, none', 'CERT_OPTIONAL, untrusted'),
        memory('a client that has a certificate has proven nothing until all of its answer is there'),
        refused('with a certificate that is not its own: the signature is wrong'),
        refused('without any proof: it stays nobody, however long the server waits'),
        own('a proof that comes in pieces holds up writes, loses none, and nobody is known by half of it'),
        peers('a client that answers without a certificate later is nobody again'),
      ],
      'what was proven before; a certificate counts from the moment when its proof is complete',
      'CPython raises “handshake not done yet” meanwhile, and after the failure; version() is None',
    ),
    row(
      'a client without a certificate, or with a bad one',
      '',
      'socket:SSLSocket.read',
      [
        ...pha('CERT_REQUIRED, none', 'CERT_REQUIRED, untrusted', 'CERT_OPTIONAL, none', 'CERT_OPTIONAL, expired'),
        ends('a client without a certificate ends the connection where one is required'),
        refused('trust with CRLs refuses what is revoked'),
      ],
      'the first error sticks, and has a hint',
      'number 4 of “Better than Python”',
    ),
    row(
      'a server that asks without end, and reads no answers',
      '',
      'context:SSLContext.postHandshakeAuth',
      [
        socket('post_handshake_auth_flood', 'is answered as far as it reads, and gets all answers when it does'),
        ends('a client that never answers is served, and can be asked once only'),
      ],
      'answers wait for the server to read, and no more requests are read meanwhile',
      'whatever a peer can make grow is bounded',
    ),
    row(
      'resumption: a session from before the request',
      '',
      'context:SSLSession',
      [
        memory('sessions of before the answer know nobody, those of after it know the client'),
        memory('sessions of before the answer do not get a client past a handshake that asks'),
      ],
      'is not resumed by a server whose post_handshake_auth was switched off since',
      'CPython resumes it, and so lets a client without a certificate past CERT_REQUIRED',
    ),
  ],
};
