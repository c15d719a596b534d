/** Constructor, defaults, and every attribute of a context with its edge values. */
import type { Case, Json, Step } from '../case.ts';
import { call, constant, purpose } from '../case.ts';

const ATTRIBUTES = [
  'protocol',
  'verify_mode',
  'check_hostname',
  'options',
  'verify_flags',
  'minimum_version',
  'maximum_version',
  'security_level',
  'hostname_checks_common_name',
];

const PROTOCOLS = ['PROTOCOL_TLS_CLIENT', 'PROTOCOL_TLS_SERVER', 'PROTOCOL_TLS', 'PROTOCOL_SSLv23'];
const PINNED = ['PROTOCOL_TLSv1', 'PROTOCOL_TLSv1_1', 'PROTOCOL_TLSv1_2'];

const context = (protocol: Json): Step => ({ do: 'context', as: 'x', protocol });
const getAll: Step[] = ATTRIBUTES.map((name) => ({ do: 'get', on: 'x', name }));
const get = (name: string): Step => ({ do: 'get', on: 'x', name });
const set = (name: string, value: Json): Step => ({ do: 'set', on: 'x', name, value });

export function contextCases(): Case[] {
  return [
    ...defaultCases(),
    ...constructorCases(),
    ...couplingCases(),
    ...versionCases(),
    ...attributeCases(),
    ...cipherCases(),
  ];
}

function defaultCases(): Case[] {
  const names = [...PROTOCOLS, ...PINNED];
  const contexts = names.map(
    (name): Case => ({
      name: `defaults: ${name}`,
      steps: [
        context(constant(name)),
        ...getAll,
        call('x', 'cert_store_stats'),
        call('x', 'get_ca_certs'),
        call('x', 'session_stats'),
        get('num_tickets'),
      ],
    }),
  );
  const created = ['SERVER_AUTH', 'CLIENT_AUTH'].map(
    (name): Case => ({
      name: `defaults: create_default_context(${name})`,
      steps: [{ do: 'default_context', as: 'x', args: [purpose(name)] }, ...getAll],
    }),
  );
  return [...contexts, ...created];
}

function constructorCases(): Case[] {
  const values: Json[] = [-1, 42, 1, 0, 6, 15, 18, 'TLS', null, 2.5, [2]];
  const protocols = values.map(
    (value): Case => ({ name: `SSLContext(${JSON.stringify(value)})`, steps: [context(value)] }),
  );
  const purposes: Json[] = ['SERVER_AUTH', null, 1];
  return [
    ...protocols,
    ...purposes.map(
      (value): Case => ({
        name: `create_default_context(${JSON.stringify(value)})`,
        steps: [{ do: 'default_context', as: 'x', args: [value] }],
      }),
    ),
    { name: 'protocol is read-only', steps: [context(constant('PROTOCOL_TLS')), set('protocol', 3), get('protocol')] },
  ];
}

function couplingCases(): Case[] {
  const client = context(constant('PROTOCOL_TLS_CLIENT'));
  const neither = context(constant('PROTOCOL_TLS'));
  const both = [get('verify_mode'), get('check_hostname')];
  return [
    { name: 'coupling: CERT_NONE while check_hostname is on', steps: [client, set('verify_mode', 0), ...both] },
    { name: 'coupling: CERT_OPTIONAL while check_hostname is on', steps: [client, set('verify_mode', 1), ...both] },
    { name: 'coupling: check_hostname off leaves verify_mode', steps: [client, set('check_hostname', false), ...both] },
    {
      name: 'coupling: check_hostname on makes CERT_NONE CERT_REQUIRED',
      steps: [neither, set('check_hostname', true), ...both],
    },
    {
      name: 'coupling: check_hostname on leaves CERT_OPTIONAL',
      steps: [neither, set('verify_mode', 1), set('check_hostname', true), ...both],
    },
    {
      name: 'coupling: off, then CERT_NONE',
      steps: [client, set('check_hostname', false), set('verify_mode', 0), ...both],
    },
    ...([42, -1, 3, null, '1', 1.5] as Json[]).map(
      (value): Case => ({
        name: `verify_mode = ${JSON.stringify(value)}`,
        steps: [neither, set('verify_mode', value), get('verify_mode')],
      }),
    ),
    { name: 'verify_mode = true', steps: [neither, set('verify_mode', true), get('verify_mode')] },
  ];
}

function versionCases(): Case[] {
  const values: Json[] = [-2, -1, 0x300, 0x301, 0x302, 0x303, 0x304, 0x305, 0, 2, 0xfefd, 'TLSv1_2', null];
  const ends = ['minimum_version', 'maximum_version'];
  const read = [get('minimum_version'), get('maximum_version'), get('options')];
  const set1 = (name: string, protocol: string): Case[] =>
    values.map((value) => ({
      name: `${protocol}.${name} = ${JSON.stringify(value)}`,
      steps: [context(constant(protocol)), set(name, value), ...read],
    }));
  return [
    ...ends.flatMap((name) => set1(name, 'PROTOCOL_TLS_CLIENT')),
    ...ends.flatMap((name) =>
      [...PINNED].map(
        (protocol): Case => ({
          name: `${protocol}.${name} cannot be set`,
          steps: [context(constant(protocol)), set(name, 0x303), ...read],
        }),
      ),
    ),
    {
      name: 'minimum above maximum is accepted',
      steps: [context(constant('PROTOCOL_TLS')), set('maximum_version', 0x303), set('minimum_version', 0x304), ...read],
    },
  ];
}

function attributeCases(): Case[] {
  const x = context(constant('PROTOCOL_TLS_SERVER'));
  const values = (name: string, list: Json[], protocol: Step = x): Case[] =>
    list.map((value) => ({
      name: `${name} = ${JSON.stringify(value)}`,
      steps: [protocol, set(name, value), get(name)],
    }));
  return [
    ...values('options', [0, 0x80000050, 0x2000000, 0x20000000, 0x80 + 0x4000, -1, 'x', null, 1.5]),
    ...values('verify_flags', [0, 4, 0xc, 0x20, 0x8000, 0x80000, 0x88020, null, 'x']),
    ...values('hostname_checks_common_name', [true, false]),
    ...values('num_tickets', [0, 1, 2, 5, -1, null, 'x']),
    {
      name: 'num_tickets on a client',
      steps: [context(constant('PROTOCOL_TLS_CLIENT')), get('num_tickets'), set('num_tickets', 1)],
    },
    { name: 'security_level is read-only', steps: [x, set('security_level', 0), get('security_level')] },
  ];
}

function cipherCases(): Case[] {
  const x = context(constant('PROTOCOL_TLS'));
  const lists: Json[] = [
    'ALL',
    'DEFAULT',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'foo',
    '',
    'TLS_AES_128_GCM_SHA256',
    '@SECLEVEL=0:ALL',
    null,
    5,
  ];
  return [
    ...lists.map(
      (list): Case => ({
        name: `set_ciphers(${JSON.stringify(list)})`,
        steps: [x, call('x', 'set_ciphers', list), get('security_level'), call('x', 'get_ciphers')],
      }),
    ),
    ...(
      [['h2', 'http/1.1'], [], [''], ['a'.repeat(255)], ['a'.repeat(256)], ['gr\u00fcn'], [5], 'h2', null] as Json[]
    ).map(
      (list): Case => ({
        name: `set_alpn_protocols(${JSON.stringify(list)})`,
        steps: [x, call('x', 'set_alpn_protocols', list)],
      }),
    ),
  ];
}
