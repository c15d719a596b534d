import { row } from '../row.mjs';
import { bothVersions, context, differential, table } from '../tests.mjs';

const inspectors =
  'SSLObject.cipher SSLObject.compression SSLObject.context SSLObject.get_unverified_chain SSLObject.get_verified_chain SSLObject.getpeercert SSLObject.pending SSLObject.selected_alpn_protocol SSLObject.server_hostname SSLObject.server_side SSLObject.shared_ciphers SSLObject.version';
const bio = (...names) => differential(...names.map((name) => `MemoryBIO: ${name}`));
const session = (name) => context('session', name);

export const section = {
  title: 'MemoryBIO, SSLObject, SSLSession',
  intro: 'Sections 2.c and 2.d.',
  rows: [
    row('MemoryBIO', 'MemoryBIO', 'context:MemoryBIO', [
      table('end of a connection', 'MemoryBIO: '),
      context('context', 'a MemoryBIO copies what is written'),
    ]),
    row(
      'MemoryBIO.read(n=-1)',
      'MemoryBIO.read',
      'context:MemoryBIO.read(n)',
      bio('empty', 'write and read', 'wrong types'),
    ),
    row(
      'MemoryBIO.write(buf)',
      'MemoryBIO.write',
      'context:MemoryBIO.write(data)',
      bio('write and read', 'wrong types', 'an empty write'),
    ),
    row(
      'MemoryBIO.write_eof(), eof, pending',
      'MemoryBIO.write_eof MemoryBIO.eof MemoryBIO.pending',
      'context:MemoryBIO.writeEof()',
      bio('end', 'write and read'),
    ),
    row('SSLObject: by wrap_bio only', 'SSLObject', 'context:SSLObject', [
      context('handshake', 'SSLObject has no public constructor'),
      context('parity_context', 'SSLObject has what Python’s has, and no socket'),
    ]),
    row('SSLObject.do_handshake()', 'SSLObject.do_handshake', 'context:SSLObject.doHandshake()', [
      context('handshake', 'two ends in memory agree, verify and exchange data both ways'),
      ...bothVersions('data', 'a handshake on a connected object'),
    ]),
    row(
      'SSLObject.read(len, buffer), write(data)',
      'SSLObject.read SSLObject.write',
      'context:SSLObject.read(nbytes, buffer)',
      [
        table('end of a connection', 'data TLSv1_'),
        context('handshake', 'reading and writing make the handshake by themselves'),
      ],
    ),
    row('SSLObject.unwrap() → None', 'SSLObject.unwrap', 'context:SSLObject.unwrap()', [
      table('end of a connection', 'close TLSv1_'),
      context('handshake', 'a close takes both sides, and a read after it says so'),
    ]),
    row('unwrap over unread data', '', 'context:SSLObject.unwrap', bothVersions('close', 'unwrap over unread data')),
    row('the inspectors of SSLSocket', inspectors, 'context:SSLObject.cipher()', [
      ...bothVersions('verify', 'a good certificate'),
      ...bothVersions('state', 'before the handshake'),
      context('parity_context', 'SSLObject has what Python’s has, and no socket'),
    ]),
    row(
      'SSLObject.get_channel_binding(cb_type)',
      'SSLObject.get_channel_binding',
      'context:SSLObject.getChannelBinding(type)',
      context('channel_binding', 'tls-unique exists below TLS 1.3 only'),
      'tls-unique is refused on TLS 1.3; tls-exporter and tls-server-end-point',
      'Better than Python 8',
    ),
    row(
      'SSLObject.session, session_reused',
      'SSLObject.session SSLObject.session_reused',
      'context:SSLObject.session',
      [
        session('before the handshake nothing was reused'),
        session('a session resumes, and the certificate stays readable'),
      ],
    ),
    row(
      'wrap_bio: check_hostname without a name is not rejected',
      '',
      'context:SSLContext.wrapBio',
      context('handshake', 'wrapBio refuses what is no MemoryBIO, unknown options, and a name that is missing'),
      'refused',
      'Better than Python 2',
    ),
    row(
      'SSLSession: id, time, timeout, ticket_lifetime_hint, has_ticket',
      'SSLSession SSLSession.id SSLSession.time SSLSession.timeout SSLSession.ticket_lifetime_hint SSLSession.has_ticket',
      'context:SSLSession',
      session('its attributes have their units'),
    ),
    row(
      'SSLSession: equality by id, no ordering',
      '',
      'context:SSLSession.equals',
      session('its attributes have their units'),
      'equals()',
      'JavaScript cannot overload ==',
    ),
    row(
      'session setter: not a session, another context, a server, after the handshake',
      '',
      'context:SSLObject.session',
      session('the setter refuses what Python refuses, in the same order'),
    ),
    row(
      'TLS 1.3: the session has its ticket after a read',
      '',
      'context:SSLObject.session',
      session('TLSv1.3 a session resumes, and the certificate stays readable'),
    ),
    row(
      'resumption verifies nothing: only the context is compared',
      '',
      'context:SSLObject.session',
      [
        session('a session for another name is left aside: a full handshake'),
        session('a session made without verification does not get around it later'),
        session('calls for a full handshake'),
        session('a server that has become stricter does not accept its old tickets'),
      ],
      'bound to the name and the verification settings',
      'Better than Python 1',
    ),
    row(
      '(sessions cannot be kept)',
      '',
      'context:SSLSession.serialize()',
      session('a session survives serialisation, with what it is bound to'),
      'serialize(), deserialize()',
      'to resume in another process',
    ),
  ],
};
