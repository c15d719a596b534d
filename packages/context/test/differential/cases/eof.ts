/** How a connection ends: the table "EOF and close mapping", and reads and writes around it. */
import type { Case, Json, Step } from '../case.ts';
import { bytes, call, contexts, handshake, load, trust, VERSIONS, wrapPair } from '../case.ts';
import type { Material } from './material.ts';

export function eofCases(material: Material): Case[] {
  return VERSIONS.flatMap((version) => [
    ...closeCases(material, version),
    ...truncationCases(material, version),
    ...badRecordCases(material, version),
    ...dataCases(material, version),
  ]);
}

/** Connected, and on TLS 1.3 the tickets are read. */
function connected(material: Material, version: string): Step[] {
  return [
    ...contexts({ version }),
    load('sc', material.servers.good!),
    trust('cc', material.files.caFile),
    ...wrapPair({ server_hostname: 'localhost' }),
    handshake,
    call('s', 'write', bytes('hi')),
    call('c', 'read', 10),
  ];
}

const read = (on: string, n = 10): Step => call(on, 'read', n);
const readInto = (on: string): Step => ({ do: 'call_into', on, nbytes: 10, size: 10 });
const write = (on: string, text: string): Step => call(on, 'write', bytes(text));
const unwrap = (on: string): Step => call(on, 'unwrap');

function closeCases(material: Material, version: string): Case[] {
  const at = (name: string, ...steps: Step[]): Case => ({
    name: `close ${version}: ${name}`,
    steps: [...connected(material, version), ...steps],
  });
  return [
    at(
      'close_notify arrives',
      unwrap('s'),
      read('c'),
      readInto('c'),
      read('c'),
      write('c', 'half'),
      read('s'),
      unwrap('c'),
      unwrap('s'),
    ),
    at(
      'both have closed',
      unwrap('s'),
      unwrap('c'),
      unwrap('s'),
      read('c'),
      read('s'),
      readInto('c'),
      write('c', 'x'),
      unwrap('c'),
      unwrap('s'),
    ),
    at('late data behind our close_notify', unwrap('c'), write('s', 'late'), read('c'), write('c', 'x'), read('c')),
    at('the answer to our close_notify', unwrap('c'), read('s'), unwrap('s'), unwrap('c'), unwrap('c')),
    at('unwrap over unread data', write('s', 'unread'), unwrap('c'), read('c'), unwrap('c')),
    at('unwrap on both sides at once', unwrap('c'), unwrap('s'), unwrap('c'), unwrap('s')),
    at('data and then close_notify', write('s', 'last words'), unwrap('s'), read('c', 4), read('c', 100), read('c')),
  ];
}

function truncationCases(material: Material, version: string): Case[] {
  const eof = call('to_c', 'write_eof');
  const at = (name: string, ...steps: Step[]): Case => ({
    name: `truncation ${version}: ${name}`,
    steps: [...connected(material, version), ...steps],
  });
  return [
    at('end of the transport', eof, read('c'), read('c'), readInto('c'), write('c', 'x'), unwrap('c')),
    at('data, then the end of the transport', write('s', 'data'), eof, read('c'), read('c'), write('c', 'x')),
    at(
      'the end of the transport behind close_notify',
      unwrap('s'),
      eof,
      read('c'),
      read('c'),
      write('c', 'x'),
      unwrap('c'),
    ),
    at('the end of the transport after our close_notify', unwrap('c'), eof, unwrap('c'), read('c')),
    {
      name: `truncation ${version}: during the handshake`,
      steps: [
        ...contexts({ version }),
        ...wrapPair({ server_hostname: 'localhost' }),
        call('c', 'do_handshake'),
        eof,
        call('c', 'do_handshake'),
        call('c', 'do_handshake'),
        read('c'),
        write('c', 'x'),
        unwrap('c'),
        call('c', 'version'),
      ],
    },
  ];
}

function badRecordCases(material: Material, version: string): Case[] {
  const feed = (to: string, text: string): Step => call(to, 'write', bytes(text));
  const fresh = (name: string, to: 'to_c' | 'to_s', side: 'c' | 's', data: Json): Case => ({
    name: `garbage ${version}: ${name}`,
    steps: [
      ...contexts({ version }),
      load('sc', material.servers.good!),
      ...wrapPair({ server_hostname: 'localhost' }),
      ...(side === 'c' ? [call('c', 'do_handshake')] : []),
      call(to, 'write', data),
      call(side, 'do_handshake'),
      call(side, 'do_handshake'),
    ],
  });
  return [
    fresh('a client gets HTTP', 'to_c', 'c', bytes('HTTP/1.1 400 Bad Request\r\n\r\n')),
    fresh('a client gets SSH', 'to_c', 'c', bytes('SSH-2.0-OpenSSH_9.2\r\n')),
    fresh('a client gets text', 'to_c', 'c', bytes('220 mail.example ESMTP\r\n')),
    fresh('a server gets an HTTP request', 'to_s', 's', bytes('GET / HTTP/1.1\r\nHost: x\r\n\r\n')),
    fresh('a server gets a CONNECT request', 'to_s', 's', bytes('CONNECT example.org:443 HTTP/1.1\r\n\r\n')),
    fresh('a server gets text', 'to_s', 's', bytes('hello there, server\r\n')),
    fresh('a server gets zeros', 'to_s', 's', bytes(Buffer.alloc(64))),
    fresh('a client gets an alert', 'to_c', 'c', bytes(Buffer.from('15030100020228', 'hex'))),
    {
      name: `garbage ${version}: a bad record on a good connection`,
      steps: [
        ...connected(material, version),
        feed('to_c', '\x17\x03\x03\x00\x20'),
        call('to_c', 'write', bytes(Buffer.alloc(0x20, 7))),
        read('c'),
        write('c', 'x'),
        unwrap('c'),
        read('s'),
        read('s'),
      ],
    },
    {
      name: `garbage ${version}: plain text on a good connection`,
      steps: [...connected(material, version), feed('to_c', 'plain text is no record'), read('c')],
    },
  ];
}

function dataCases(material: Material, version: string): Case[] {
  const at = (name: string, ...steps: Step[]): Case => ({
    name: `data ${version}: ${name}`,
    steps: [...connected(material, version), ...steps],
  });
  return [
    at('nothing to read', read('c'), call('c', 'pending')),
    at('a read of zero bytes', write('s', 'x'), read('c', 0), call('c', 'pending'), read('c')),
    at(
      'a read of a negative size',
      call('c', 'read', -1),
      call('c', 'read', null),
      call('c', 'read', 'x'),
      call('c', 'read', 1.5),
    ),
    at(
      'a record read in parts',
      write('s', 'abcdef'),
      call('c', 'pending'),
      read('c', 2),
      call('c', 'pending'),
      read('c', 10),
      call('c', 'pending'),
    ),
    at('two records are two reads', write('s', 'one'), write('s', 'two'), read('c', 100), read('c', 100)),
    at(
      'a long write is several records',
      { do: 'call', on: 's', name: 'write', args: [bytes(Buffer.alloc(50_000, 1))] },
      ...[1, 2, 3, 4, 5].map(() => call('c', 'read', 60_000)),
    ),
    at('an empty write', write('s', ''), { do: 'get', on: 'to_c', name: 'pending' }, read('c')),
    at('a write of no bytes', call('s', 'write', 'text'), call('s', 'write', null), call('s', 'write', 5)),
    at(
      'a read into a buffer',
      write('s', 'abcdef'),
      { do: 'call_into', on: 'c', nbytes: 3, size: 10 },
      { do: 'call_into', on: 'c', nbytes: 0, size: 2 },
      { do: 'call_into', on: 'c', nbytes: -1, size: 10 },
    ),
    at(
      'a read into a buffer smaller than asked',
      write('s', 'abcdef'),
      { do: 'call_into', on: 'c', nbytes: 100, size: 2 },
      { do: 'call_into', on: 'c', nbytes: 100, size: 0 },
      read('c'),
    ),
    at('a handshake on a connected object', call('c', 'do_handshake'), call('s', 'do_handshake')),
    ...(version === 'TLSv1_3' ? bioCases() : []),
  ];
}

function bioCases(): Case[] {
  const b: Step = { do: 'bio', as: 'b' };
  const get = (name: string): Step => ({ do: 'get', on: 'b', name });
  const state = [get('pending'), get('eof')];
  return [
    { name: 'MemoryBIO: empty', steps: [b, call('b', 'read'), call('b', 'read', 0), ...state] },
    {
      name: 'MemoryBIO: write and read',
      steps: [
        b,
        call('b', 'write', bytes('abc')),
        ...state,
        call('b', 'read', 2),
        ...state,
        call('b', 'read', -1),
        call('b', 'read'),
      ],
    },
    {
      name: 'MemoryBIO: end',
      steps: [
        b,
        call('b', 'write', bytes('abc')),
        call('b', 'write_eof'),
        ...state,
        call('b', 'read'),
        ...state,
        call('b', 'write_eof'),
        call('b', 'write', bytes('x')),
      ],
    },
    {
      name: 'MemoryBIO: wrong types',
      steps: [
        b,
        call('b', 'write', 'text'),
        call('b', 'write', null),
        call('b', 'write', true),
        call('b', 'write', 1),
        call('b', 'read', 'x'),
        call('b', 'read', null),
      ],
    },
    { name: 'MemoryBIO: an empty write', steps: [b, call('b', 'write', bytes('')), ...state] },
  ];
}
