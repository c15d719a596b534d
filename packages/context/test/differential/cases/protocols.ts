/** The table "which client can talk to which server" of the seed, at security level 0, and what becomes of each pair. */
import type { Case, Step } from '../case.ts';
import { call, constant, handshake, load, wrapPair } from '../case.ts';
import type { Material } from './material.ts';

const PROTOCOLS = ['PROTOCOL_SSLv23', 'PROTOCOL_TLSv1', 'PROTOCOL_TLSv1_1', 'PROTOCOL_TLSv1_2'];
const TLSv1 = 0x301;

export function protocolCases(material: Material): Case[] {
  return PROTOCOLS.flatMap((client) => PROTOCOLS.map((server) => pair(client, server, material)));
}

function pair(client: string, server: string, material: Material): Case {
  return {
    name: `protocols: ${client} client, ${server} server`,
    steps: [
      ...weakened('cc', client),
      ...weakened('sc', server),
      load('sc', material.servers.rsa!),
      ...wrapPair(),
      handshake,
      ...['c', 's'].flatMap((side) => [call(side, 'version'), call(side, 'cipher')]),
    ],
  };
}

function weakened(as: string, protocol: string): Step[] {
  const made: Step[] = [
    { do: 'context', as, protocol: constant(protocol) },
    call(as, 'set_ciphers', 'ALL:@SECLEVEL=0'),
  ];
  return protocol === 'PROTOCOL_SSLv23'
    ? [...made, { do: 'set', on: as, name: 'minimum_version', value: TLSv1 }]
    : made;
}
