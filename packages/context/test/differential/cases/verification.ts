/** What is verified and how a refusal is told: chains, times, purposes, mutual TLS, and what is no certificate's fault. */
import type { Case, Step } from '../case.ts';
import { call, constant, contexts, handshake, load, trust, VERSIONS, wrapPair } from '../case.ts';
import type { Material } from './material.ts';
import { nameCases } from './names.ts';
import type { Side } from './verification_case.ts';
import { INSPECT, one, set } from './verification_case.ts';

export function verificationCases(material: Material): Case[] {
  return VERSIONS.flatMap((version) => [
    ...chainCases(material, version),
    ...nameCases(material, version),
    ...clientCertificateCases(material, version),
    ...stateCases(material, version),
  ]);
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
        { do: 'get', on: 'c', name: 'session' },
        { do: 'get', on: 'c', name: 'session_reused' },
        call('c', 'get_verified_chain'),
        call('c', 'get_unverified_chain'),
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
      ? [oldProtocol('PROTOCOL_TLSv1', material), oldProtocol('PROTOCOL_TLSv1_1', material)]
      : []),
  ];
}

/** TLS 1.0 and 1.1 work at security level 0 and fail above. */
function oldProtocol(protocol: string, material: Material): Case {
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
