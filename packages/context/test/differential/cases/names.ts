/** The matrix of host names: every certificate against every name, and names that cannot be. */
import type { Case, Json, Step } from '../case.ts';
import { contexts, wrapPair } from '../case.ts';
import type { Material } from './material.ts';
import { one, set } from './verification_case.ts';

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
export function nameCases(material: Material, version: string): Case[] {
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
