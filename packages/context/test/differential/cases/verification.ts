/** What is verified and how a refusal is told: chains, times, purposes, and the matrix of host names. */
import type { Case, Json, Step } from '../case.ts';
import { call, constant, contexts, handshake, load, trust, VERSIONS, wrapPair } from '../case.ts';
import type { Material } from './material.ts';

const set = (on: string, name: string, value: Json): Step => ({ do: 'set', on, name, value });

export function verificationCases(material: Material): Case[] {
  return VERSIONS.flatMap((version) => [
    ...chainCases(material, version),
    ...nameCases(material, version),
    ...clientCertificateCases(material, version),
    ...stateCases(material, version),
  ]);
}

/** After the handshake: what both sides know. */
const INSPECT: Step[] = ['c', 's'].flatMap((side): Step[] => [
  call(side, 'getpeercert'),
  call(side, 'getpeercert', true),
  call(side, 'cipher'),
  call(side, 'version'),
  call(side, 'shared_ciphers'),
  call(side, 'compression'),
  call(side, 'selected_alpn_protocol'),
  call(side, 'pending'),
  { do: 'get', on: side, name: 'server_hostname' },
  { do: 'get', on: side, name: 'server_side' },
]);

interface Side {
  readonly server: string;
  readonly host?: string;
  readonly before?: readonly Step[];
  /** False: the client trusts nothing. */
  readonly trusts?: boolean;
  readonly inspect?: boolean;
}

function one(material: Material, version: string, name: string, side: Side): Case {
  const { server, host = 'localhost', before = [], trusts = true, inspect = true } = side;
  return {
    name: `verify ${version}: ${name}`,
    steps: [
      ...contexts({ version }),
      load('sc', material.servers[server]!),
      ...(trusts ? [trust('cc', material.files.caFile)] : []),
      ...before,
      ...wrapPair({ server_hostname: host }),
      handshake,
      ...(inspect ? INSPECT : []),
    ],
  };
}

function chainCases(material: Material, version: string): Case[] {
  const strict = set('cc', 'verify_flags', 0x88020);
  const noCheck = set('cc', 'check_hostname', false);
  const none = [noCheck, set('cc', 'verify_mode', 0)];
  const at = (name: string, side: Side): Case => one(material, version, name, side);
  const crl = (flags: number): Step[] => [set('cc', 'verify_flags', flags)];
  return [
    at('a good certificate', { server: 'good' }),
    at('a good RSA certificate', { server: 'rsa' }),
    at('a chain with an intermediate', { server: 'chained' }),
    at('a chain without its intermediate', { server: 'withoutIntermediate' }),
    at('no trust at all', { server: 'good', trusts: false }),
    at('another CA', { server: 'otherCa' }),
    at('self-signed', { server: 'selfSigned' }),
    at('self-signed root in the chain', { server: 'ownRoot' }),
    at('expired', { server: 'expired' }),
    at('not yet valid', { server: 'notYetValid' }),
    at('a client certificate on a server', { server: 'clientPurpose', host: 'www.example.org' }),
    at('strict: no authority key identifier', { server: 'noAuthorityKey', host: 'www.example.org', before: [strict] }),
    at('strict: a good certificate', { server: 'good', before: [strict] }),
    at('not strict: no authority key identifier', { server: 'noAuthorityKey', host: 'www.example.org' }),
    at('a leaf as trust anchor', {
      server: 'selfSigned',
      trusts: false,
      before: [trust('cc', material.servers.selfSigned!)],
    }),
    at('a leaf as trust anchor, partial chain', {
      server: 'good',
      trusts: false,
      before: [trust('cc', material.files.certFile), set('cc', 'verify_flags', 0x88000)],
    }),
    at('a leaf as trust anchor, no partial chain', {
      server: 'good',
      trusts: false,
      before: [trust('cc', material.files.certFile)],
    }),
    at('capath', {
      server: 'good',
      trusts: false,
      before: [
        { do: 'call', on: 'cc', name: 'load_verify_locations', kwargs: { capath: material.files.hashedCapath } },
      ],
    }),
    at('a CRL is missing (leaf)', { server: 'good', before: crl(0x8004) }),
    at('a CRL is missing (chain)', { server: 'good', before: crl(0x800c) }),
    at('revoked', { server: 'good', before: [...crl(0x8004), trust('cc', material.revokedCrlFile)] }),
    at('not revoked', {
      server: 'plain',
      host: 'www.example.org',
      before: [...crl(0x8004), trust('cc', material.revokedCrlFile)],
    }),
    at('revoked, and nobody asks', { server: 'good', before: [trust('cc', material.revokedCrlFile)] }),
    at('CERT_NONE takes anything', { server: 'selfSigned', trusts: false, before: none }),
    at('CERT_NONE and an expired certificate', { server: 'expired', before: none }),
    at('CERT_OPTIONAL on a client verifies', { server: 'otherCa', before: [set('cc', 'verify_mode', 1)] }),
    at('CERT_REQUIRED without a name check', { server: 'wildcard', before: [noCheck] }),
    at('a short key at security level 2', { server: 'weak' }),
  ];
}

const HOSTS = [
  'www.example.org',
  'WWW.example.ORG',
  'www.example.org.',
  'example.org',
  'a.b.example.org',
  'other.example.org',
  'under_score.example.org',
  'xn--bcher-kva.example',
  'xn--bcher-kva.example.org',
  '127.0.0.1',
  '127.1',
  '127.0.0.2',
  '2001:db8::1',
  '2001:DB8:0:0:0:0:0:1',
  '::1',
  '*.example.org',
  'w.example.org',
  'a.x.org',
  'org',
  'localhost',
];

const NAMED_SERVERS = [
  'plain',
  'wildcard',
  'star',
  'starTop',
  'partial',
  'inner',
  'twice',
  'idnPartial',
  'idn',
  'upper',
  'underscore',
  'address',
  'addressAsName',
  'commonName',
  'commonNameAndSan',
  'commonNameAndAddress',
  'commonNameAndEmail',
  'commonNameWildcard',
];

/** Every certificate against every name; without the common name as well, where there is one. */
function nameCases(material: Material, version: string): Case[] {
  if (version === 'TLSv1_2') return [];
  const pairs = NAMED_SERVERS.flatMap((server) => HOSTS.map((host) => ({ server, host })));
  const plain = pairs.map(({ server, host }) =>
    one(material, version, `name ${host} at ${server}`, { server, host, inspect: false }),
  );
  const never = set('cc', 'hostname_checks_common_name', false);
  const without = pairs
    .filter(({ server }) => server.startsWith('commonName'))
    .map(({ server, host }) =>
      one(material, version, `name ${host} at ${server}, no common name`, {
        server,
        host,
        before: [never],
        inspect: false,
      }),
    );
  return [...plain, ...without, ...badNameCases(version)];
}

function badNameCases(version: string): Case[] {
  const names = [
    '',
    '.example.org',
    'www.example.org\0.evil.example',
    'a..b',
    `${'a'.repeat(64)}.org`,
    `${'a'.repeat(60)}.`.repeat(5),
  ];
  const bad = names.map(
    (host): Case => ({
      name: `verify ${version}: bad name ${JSON.stringify(host)}`,
      steps: [...contexts({ version }), ...wrapPair({ server_hostname: host }).slice(0, 3)],
    }),
  );
  const roles: Case[] = [
    { name: 'a server context on the client side', steps: [...contexts(), ...roleSteps('sc', {})] },
    { name: 'a client context on the server side', steps: [...contexts(), ...roleSteps('cc', { server_side: true })] },
    { name: 'check_hostname without a name', steps: [...contexts(), ...roleSteps('cc', {})] },
    {
      name: 'a name on the server side',
      steps: [...contexts(), ...roleSteps('sc', { server_side: true, server_hostname: 'localhost' })],
    },
    {
      name: 'an internationalized name',
      steps: [
        ...contexts(),
        ...roleSteps('cc', { server_hostname: 'b\u00fccher.example' }),
        { do: 'get', on: 'x', name: 'server_hostname' },
      ],
    },
    {
      name: 'an internationalized name that IDNA 2008 treats differently',
      steps: [
        ...contexts(),
        ...roleSteps('cc', { server_hostname: 'stra\u00dfe.example' }),
        { do: 'get', on: 'x', name: 'server_hostname' },
      ],
    },
  ];
  return version === 'TLSv1_3' ? [...bad, ...roles] : bad;
}

const roleSteps = (on: string, kwargs: Record<string, Json>): Step[] => [
  { do: 'bio', as: 'i' },
  { do: 'bio', as: 'o' },
  { do: 'wrap', on, as: 'x', incoming: 'i', outgoing: 'o', kwargs },
];

/** Mutual TLS. On TLS 1.3 a client learns of the server's refusal only when it reads. */
function clientCertificateCases(material: Material, version: string): Case[] {
  const trustClients = trust('sc', material.files.caFile);
  const ask = (mode: number): Step[] => [trustClients, set('sc', 'verify_mode', mode)];
  const show = (cert: string): Step => load('cc', material.servers[cert]!);
  const at = (name: string, before: Step[], after: Step[] = []): Case => {
    const base = one(material, version, name, { server: 'good', before, inspect: false });
    return { ...base, steps: [...base.steps, call('c', 'read', 10), call('c', 'version'), ...after, ...INSPECT] };
  };
  return [
    at('required, shown and good', [...ask(2), show('client')]),
    at('required and not shown', ask(2)),
    at('required and untrusted', [...ask(2), show('otherCa')]),
    at('required and expired', [...ask(2), show('expired')]),
    at('required and for servers only', [...ask(2), show('good')]),
    at('optional and not shown', ask(1)),
    at('optional, shown and good', [...ask(1), show('client')]),
    at('optional and untrusted', [...ask(1), show('otherCa')]),
    at('not asked for and loaded', [show('client')]),
  ];
}

/** Failures that are no certificate's fault, and inspectors in every state. */
function stateCases(material: Material, version: string): Case[] {
  const good = load('sc', material.servers.good!);
  const trusted = trust('cc', material.files.caFile);
  const host = { server_hostname: 'localhost' };
  const failing = (name: string, ...before: Step[]): Case => ({
    name: `fail ${version}: ${name}`,
    steps: [
      ...contexts({ version }),
      ...before,
      ...wrapPair(host),
      handshake,
      call('c', 'version'),
      call('s', 'version'),
    ],
  });
  const cap = version === 'TLSv1_2' ? 0x303 : 0x304;
  return [
    failing('a server without a certificate', trusted),
    failing(
      'no cipher in common',
      trusted,
      good,
      call('cc', 'set_ciphers', 'AES128-SHA256'),
      call('sc', 'set_ciphers', 'AES256-SHA256'),
      set('cc', 'maximum_version', 0x303),
    ),
    failing(
      'versions apart',
      trusted,
      good,
      set('sc', version === 'TLSv1_2' ? 'minimum_version' : 'maximum_version', version === 'TLSv1_2' ? 0x304 : 0x303),
    ),
    failing(
      'every version switched off',
      trusted,
      good,
      set('cc', 'options', 0x82520050 + 0x4000000 + 0x10000000 + 0x8000000 + 0x20000000),
    ),
    failing(
      'minimum above maximum',
      trusted,
      good,
      set('cc', 'minimum_version', 0x304),
      set('cc', 'maximum_version', 0x303),
    ),
    {
      name: `state ${version}: before the handshake`,
      steps: [
        ...contexts({ version }),
        good,
        trusted,
        ...wrapPair(host),
        ...INSPECT,
        call('c', 'unwrap'),
        call('c', 'get_channel_binding'),
        call('c', 'get_channel_binding', 'nonsense'),
      ],
    },
    {
      name: `state ${version}: after a failed verification`,
      steps: [
        ...contexts({ version }),
        load('sc', material.servers.otherCa!),
        trusted,
        ...wrapPair(host),
        handshake,
        ...INSPECT,
      ],
    },
    {
      name: `state ${version}: ALPN`,
      steps: [
        ...contexts({ version }),
        good,
        trusted,
        call('cc', 'set_alpn_protocols', ['h2', 'http/1.1']),
        call('sc', 'set_alpn_protocols', ['http/1.1', 'h2']),
        ...wrapPair(host),
        handshake,
        ...INSPECT,
      ],
    },
    {
      name: `state ${version}: ALPN without agreement`,
      steps: [
        ...contexts({ version }),
        good,
        trusted,
        call('cc', 'set_alpn_protocols', ['h2']),
        call('sc', 'set_alpn_protocols', ['spdy/3']),
        ...wrapPair(host),
        handshake,
        ...INSPECT,
      ],
    },
    {
      name: `state ${version}: the context is changed after the handshake`,
      steps: [
        ...contexts({ version }),
        good,
        set('cc', 'check_hostname', false),
        set('cc', 'verify_mode', 0),
        ...wrapPair(host),
        handshake,
        call('c', 'getpeercert'),
        set('cc', 'verify_mode', 2),
        call('c', 'getpeercert'),
      ],
    },
    {
      name: `state ${version}: session statistics`,
      steps: [
        ...contexts({ version }),
        good,
        trusted,
        ...wrapPair(host),
        handshake,
        call('cc', 'session_stats'),
        call('sc', 'session_stats'),
      ],
    },
    ...(version === 'TLSv1_2'
      ? [oldProtocol('PROTOCOL_TLSv1', cap, material), oldProtocol('PROTOCOL_TLSv1_1', cap, material)]
      : []),
  ];
}

/** TLS 1.0 and 1.1 work at security level 0 and fail above. */
function oldProtocol(protocol: string, _cap: number, material: Material): Case {
  const both = (step: (on: string) => Step): Step[] => [step('cc'), step('sc')];
  const make = both((on) => ({ do: 'context', as: on, protocol: constant(protocol) }));
  return {
    name: `old: ${protocol}`,
    steps: [
      ...make,
      load('sc', material.servers.rsa!),
      ...wrapPair({ server_hostname: 'localhost' }),
      handshake,
      ...make,
      load('sc', material.servers.rsa!),
      ...both((on) => call(on, 'set_ciphers', 'ALL:@SECLEVEL=0')),
      ...wrapPair({ server_hostname: 'localhost' }),
      handshake,
      call('c', 'version'),
      call('c', 'cipher'),
    ],
  };
}
