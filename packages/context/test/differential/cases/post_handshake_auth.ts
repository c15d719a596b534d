/** Post-handshake authentication: every state of a connection, and what both sides know and say after each step. */
import type { Case, Json, Step } from '../case.ts';
import { bytes, call, constant, contexts, handshake, load, trust, wrapPair } from '../case.ts';
import type { Material } from './material.ts';
import { set } from './verification_case.ts';

interface Setting {
  /** PEM of the client's own certificate. */
  readonly own?: string | undefined;
  readonly mode?: undefined | 'CERT_NONE' | 'CERT_OPTIONAL' | 'CERT_REQUIRED';
  readonly offers?: boolean;
  readonly leaves?: boolean;
  readonly version?: string;
}

const ASK = call('s', 'verify_client_post_handshake');
const write = (side: string): Step => call(side, 'write', bytes('abc'));
const read = (side: string): Step => call(side, 'read', 100);
const KNOWN: readonly Step[] = [call('s', 'getpeercert'), call('s', 'getpeercert', true), call('c', 'getpeercert')];
const CHAINS: readonly Step[] = [call('s', 'get_verified_chain'), call('s', 'get_unverified_chain')];
/** The request travels with data, and so does the answer. */
const TALK: readonly Step[] = [write('s'), read('c'), write('c'), read('s')];

export function postHandshakeAuthCases(material: Material): Case[] {
  const good = material.files.clientCombinedFile;
  const known = (name: string, setting: Setting, ...steps: Step[]): Case => one(material, name, setting, steps);
  const asked = [ASK, ...TALK, ...KNOWN];
  const bad = (mode: Setting['mode']): Case[] =>
    Object.entries({ none: undefined, untrusted: material.servers.otherCa!, expired: material.servers.expired! }).map(
      ([name, own]) => known(`${mode}, ${name}`, { own, mode }, ...asked, ...CHAINS, read('c'), ASK, read('s')),
    );
  return [
    settingCase(),
    known('an answer', { own: good }, ...KNOWN, ...asked, ...CHAINS, ...asked, ...CHAINS),
    known('an answer, optional', { own: good, mode: 'CERT_OPTIONAL' }, ...asked, ...CHAINS),
    ...bad('CERT_REQUIRED'),
    ...bad('CERT_OPTIONAL'),
    known('asked twice', { own: good }, ASK, ASK, write('s'), ASK, read('c'), read('s'), ...asked),
    known('the request waits', { own: good }, ASK, ...KNOWN, call('s', 'version'), ...TALK, ...KNOWN),
    known('asked by read', { own: good }, ASK, read('s'), read('c'), read('s'), ...KNOWN),
    known('asked by do_handshake', { own: good }, ASK, call('s', 'do_handshake'), read('c'), read('s'), ...KNOWN),
    known('unwrapped after it', { own: good }, ...asked, call('s', 'unwrap'), call('c', 'unwrap'), call('s', 'unwrap')),
    known('unwrapped before the request leaves', { own: good }, ASK, call('s', 'unwrap')),
    known('the client asks', { own: good }, call('c', 'verify_client_post_handshake'), ...TALK),
    known('not offered', { own: good, offers: false }, ASK, ...TALK),
    known('the server does not verify', { own: good, mode: 'CERT_NONE' }, ASK, ASK, ...TALK),
    known('the server asks in the handshake', { own: good, leaves: false }, ...KNOWN, ...asked),
    known('TLS 1.2', { own: good, version: 'TLSv1_2' }, ...KNOWN, ASK, ...TALK),
    known('TLS 1.2, nobody there', { version: 'TLSv1_2' }),
    known(
      'the contexts are changed after the handshake',
      { own: good },
      set('sc', 'post_handshake_auth', false),
      set('cc', 'post_handshake_auth', false),
      set('sc', 'verify_mode', constant('CERT_NONE')),
      ASK,
      ...TALK,
      call('s', 'getpeercert', true),
    ),
    {
      name: 'pha: before the handshake',
      steps: [
        ...contexts(),
        ...wrapPair({ server_hostname: 'localhost' }),
        ASK,
        call('c', 'verify_client_post_handshake'),
      ],
    },
  ];
}

function settingCase(): Case {
  const get = (on: string, name: string): Step => ({ do: 'get', on, name });
  const values: Json[] = [true, false, true];
  return {
    name: 'pha: the setting',
    steps: [
      ...contexts(),
      ...['cc', 'sc'].flatMap((on): Step[] => [
        get(on, 'post_handshake_auth'),
        ...values.flatMap((value) => [set(on, 'post_handshake_auth', value), get(on, 'post_handshake_auth')]),
        get(on, 'verify_mode'),
        set(on, 'verify_mode', constant('CERT_REQUIRED')),
        get(on, 'verify_mode'),
        get(on, 'post_handshake_auth'),
      ]),
    ],
  };
}

function one(material: Material, name: string, setting: Setting, steps: readonly Step[]): Case {
  const { own, mode = 'CERT_REQUIRED', offers = true, leaves = true, version = 'TLSv1_3' } = setting;
  return {
    name: `pha: ${name}`,
    steps: [
      ...contexts({ version }),
      load('sc', material.servers.good!),
      ...(own === undefined ? [] : [load('cc', own)]),
      trust('cc', material.files.caFile),
      trust('sc', material.files.caFile),
      set('cc', 'post_handshake_auth', offers),
      set('sc', 'verify_mode', constant(mode)),
      set('sc', 'post_handshake_auth', leaves),
      ...wrapPair({ server_hostname: 'localhost' }),
      handshake,
      ...steps,
    ],
  };
}
