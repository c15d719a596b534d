/** The SNI callback: what it is told, what its answers do on both sides, and what follows a context that it assigns. */
import type { Case, Json, Step } from '../case.ts';
import { call, constant, contexts, handshake, load, object, sni, trust, VERSIONS, wrapPair } from '../case.ts';
import type { Material } from './material.ts';
import { INSPECT, set } from './verification_case.ts';

export function sniCases(material: Material): Case[] {
  return [
    ...VERSIONS.flatMap((version) => [
      ...toldCases(material, version),
      ...answerCases(material, version),
      ...switchCases(material, version),
    ]),
    ...assignmentCases(),
  ];
}

interface Scenario {
  readonly callback: Json;
  readonly before?: readonly Step[];
  readonly client?: Record<string, Json>;
  readonly how?: (callback: Json) => Step;
}

const assigned = (callback: Json): Step => set('sc', 'sni_callback', callback);
const olderName = (callback: Json): Step => call('sc', 'set_servername_callback', callback);
const told: Step = { do: 'told' };

/** The client takes any certificate; `other` is a second server's context, with a certificate of its own. */
function one(material: Material, version: string, name: string, scenario: Scenario): Case {
  const { callback, before = [], client = { server_hostname: 'www.example.org' }, how = assigned } = scenario;
  return {
    name: `sni ${version}: ${name}`,
    steps: [
      ...contexts({ version }),
      { do: 'context', as: 'other', protocol: constant('PROTOCOL_TLS_SERVER') },
      load('sc', material.servers.good!),
      load('other', material.servers.plain!),
      trust('cc', material.files.caFile),
      set('cc', 'check_hostname', false),
      ...before,
      how(callback),
      ...wrapPair(client),
      handshake,
      told,
      ...INSPECT,
    ],
  };
}

function toldCases(material: Material, version: string): Case[] {
  const goes = (name: string, client: Record<string, Json>, how = assigned): Case =>
    one(material, version, name, { callback: sni({}), client, how });
  return [
    goes('a name', { server_hostname: 'www.example.org' }),
    goes('an upper-case name', { server_hostname: 'WWW.Example.org' }),
    goes('no name', {}),
    goes('an address', { server_hostname: '127.0.0.1' }),
    goes('an internationalized name', { server_hostname: 'bücher.example' }),
    goes('the older way, a name', { server_hostname: 'WWW.Example.org' }, olderName),
    goes('the older way, no name', {}, olderName),
    goes('the older way, an internationalized name', { server_hostname: 'bücher.example' }, olderName),
  ];
}

const ALERTS = ['HANDSHAKE_FAILURE', 'ACCESS_DENIED', 'INTERNAL_ERROR', 'UNRECOGNIZED_NAME', 'ILLEGAL_PARAMETER'];

function answerCases(material: Material, version: string): Case[] {
  const at = (name: string, callback: Json, how?: Scenario['how']): Case =>
    one(material, version, name, how ? { callback, how } : { callback });
  return [
    ...ALERTS.map((alert) => at(`refuses by ${alert}`, sni({ returns: constant(`ALERT_DESCRIPTION_${alert}`) }))),
    at('raises', sni({ raises: 'no' })),
    at('the older way, raises', sni({ raises: 'no' }), olderName),
    at('returns a text', sni({ returns: 'no' })),
    at('returns the context', sni({ returns: object('other') })),
    at('returns no alert: 0', sni({ returns: 0 })),
    at('returns no alert: 999', sni({ returns: 999 })),
    at('returns no alert: True', sni({ returns: true })),
    at('assigns what is no context', sni({ context: 5 })),
  ];
}

/** What follows the other context, and what stays with the first one. */
function switchCases(material: Material, version: string): Case[] {
  const to = (name: string, ...before: Step[]): Case =>
    one(material, version, name, { callback: sni({ context: object('other') }), before });
  const clientCertificate = load('cc', material.files.clientCombinedFile);
  const required = (on: string): Step => set(on, 'verify_mode', 2);
  const otherVersion = version === 'TLSv1_2' ? 0x304 : 0x303;
  return [
    to('another certificate'),
    to(
      'the other has its own ALPN',
      call('cc', 'set_alpn_protocols', ['a', 'b']),
      call('other', 'set_alpn_protocols', ['b']),
    ),
    to('the first one has ALPN', call('cc', 'set_alpn_protocols', ['a', 'b']), call('sc', 'set_alpn_protocols', ['b'])),
    to('the other has its own ciphers', call('other', 'set_ciphers', 'ECDHE-ECDSA-CHACHA20-POLY1305')),
    to(
      'the other has another version',
      set('other', 'minimum_version', otherVersion),
      set('other', 'maximum_version', otherVersion),
    ),
    to('the other requires a certificate', required('other'), trust('other', material.files.caFile)),
    to(
      'the other requires one, and the client has it',
      clientCertificate,
      required('other'),
      trust('other', material.files.caFile),
    ),
    to('the first one requires a certificate', required('sc'), trust('sc', material.files.caFile)),
    to(
      'the first one requires one, and the other does not trust it',
      clientCertificate,
      required('sc'),
      trust('sc', material.files.caFile),
    ),
    to(
      'the first one requires one, and only the other trusts it',
      clientCertificate,
      required('sc'),
      trust('other', material.files.caFile),
    ),
    to('an own callback of the other', set('other', 'sni_callback', sni({ returns: 49 }))),
  ];
}

function assignmentCases(): Case[] {
  const refused = (on: string, value: Json): Step[] => [
    set(on, 'sni_callback', value),
    call(on, 'set_servername_callback', value),
  ];
  return [
    {
      name: 'sni: what may be assigned',
      steps: [
        ...contexts(),
        ...refused('cc', null),
        ...refused('cc', sni({})),
        ...refused('sc', 4),
        ...refused('sc', ''),
        ...refused('sc', null),
        { do: 'get', on: 'sc', name: 'sni_callback' },
      ],
    },
  ];
}
