/** One handshake, verified, and what both sides know after it. */
import type { Case, Json, Step } from '../case.ts';
import { call, contexts, handshake, load, trust, wrapPair } from '../case.ts';
import type { Material } from './material.ts';

export const set = (on: string, name: string, value: Json): Step => ({ do: 'set', on, name, value });

/** After the handshake: what both sides know. */
export const INSPECT: Step[] = ['c', 's'].flatMap((side): Step[] => [
  call(side, 'getpeercert'),
  call(side, 'getpeercert', true),
  call(side, 'get_verified_chain'),
  call(side, 'get_unverified_chain'),
  call(side, 'cipher'),
  call(side, 'version'),
  call(side, 'shared_ciphers'),
  call(side, 'compression'),
  call(side, 'selected_alpn_protocol'),
  call(side, 'pending'),
  { do: 'get', on: side, name: 'server_hostname' },
  { do: 'get', on: side, name: 'server_side' },
]);

export interface Side {
  readonly server: string;
  readonly host?: string;
  readonly before?: readonly Step[];
  /** False: the client trusts nothing. */
  readonly trusts?: boolean;
  readonly inspect?: boolean;
}

export function one(material: Material, version: string, name: string, side: Side): Case {
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
