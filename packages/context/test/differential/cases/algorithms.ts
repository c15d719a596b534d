/** `set_ecdh_curve` and `load_dh_params`, by themselves and in handshakes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SceneFiles } from '@sslkit/testkit';
import { dhFile, temporaryDirectory } from '@sslkit/testkit';
import type { Case, Json, Step } from '../case.ts';
import { call, constant, contexts, handshake, load, trust, VERSIONS, wrapPair } from '../case.ts';

export function algorithmCases(files: SceneFiles): Case[] {
  return [...curveCases(), ...curveHandshakes(files), ...parameterCases(files), ...parameterHandshakes(files)];
}

const CURVES: readonly Json[] = [
  ...['prime256v1', 'secp384r1', 'secp521r1', 'X25519', 'X448', 'secp160k1', 'brainpoolP256r1', 'ffdhe2048'],
  ...['P-256', 'secp256r1', 'x25519', 'PRIME256V1', ' prime256v1', 'foo', '', 'gr\u00fcn', 'a\0b'],
  // Short names of objects that are no groups, and a long name.
  ...['SHA256', 'rsaEncryption', 'wap-wsg-idm-ecid-wtls1', 'undefined'],
  ...[null, 5, true, []],
];

function curveCases(): Case[] {
  return CURVES.map((name) => ({
    name: `set_ecdh_curve(${JSON.stringify(name)})`,
    steps: [{ do: 'context', as: 'x', protocol: constant('PROTOCOL_TLS_SERVER') }, call('x', 'set_ecdh_curve', name)],
  }));
}

/** An ECDSA certificate: in TLS 1.2 the client's curve must be the certificate's. */
function curveHandshakes({ caFile, combinedFile, combinedRsaFile }: SceneFiles): Case[] {
  const pairs: readonly (readonly [client: string | null, server: string | null])[] = [
    ['secp384r1', null],
    [null, 'secp384r1'],
    ['secp384r1', 'secp384r1'],
    ['X25519', 'secp384r1'],
    ['X25519', null],
  ];
  const certificates = { ECDSA: combinedFile, RSA: combinedRsaFile };
  return VERSIONS.flatMap((version) =>
    Object.entries(certificates).flatMap(([kind, file]) =>
      pairs.map(([client, server]) => ({
        name: `set_ecdh_curve: client ${client}, server ${server}, ${kind}, ${version}`,
        steps: [
          ...contexts({ version }),
          trust('cc', caFile),
          load('sc', file),
          ...(client === null ? [] : [call('cc', 'set_ecdh_curve', client)]),
          ...(server === null ? [] : [call('sc', 'set_ecdh_curve', server)]),
          ...wrapPair({ server_hostname: 'localhost' }),
          handshake,
          call('c', 'cipher'),
        ],
      })),
    ),
  );
}

const block = (contents: string, label = 'DH PARAMETERS'): string =>
  `-----BEGIN ${label}-----\n${contents}-----END ${label}-----\n`;

const TEXTS: Readonly<Record<string, string>> = {
  'text only': 'hello\n',
  'no end': '-----BEGIN DH PARAMETERS-----\nMAYC\n',
  'another end': '-----BEGIN DH PARAMETERS-----\nMAYC\n-----END CERTIFICATE-----\n',
  'no base64': block('!!!!\n'),
  'no DER': block('AAAA\n'),
  'no DER, X9.42': block('AAAA\n', 'X9.42 DH PARAMETERS'),
  'tiny numbers': block('MAYCAQACAQI=\n'),
  'another label': block('MAYCAQACAQI=\n', 'EC PARAMETERS'),
};

function parameterCases(files: SceneFiles): Case[] {
  const dir = temporaryDirectory('dh-cases-');
  const made = Object.entries(TEXTS).map(([what, text]) => {
    const path = join(dir, `${what.replaceAll(/\W/gu, '-')}.pem`);
    writeFileSync(path, text);
    return [what, path] as const;
  });
  const paths: readonly (readonly [string, Json])[] = [
    ...(['plain-2048', 'ffdhe3072', 'x942-2048', 'plain-1024', 'x942-1024'] as const).map(
      (name) => [name, dhFile(name)] as const,
    ),
    ...made,
    ['a missing file', files.missingFile],
    ['an empty file', files.emptyFile],
    ['a folder', files.dir],
    ['a certificate', files.certFile],
    ['a key', files.keyFile],
    ['null', null],
  ];
  return ['PROTOCOL_TLS_SERVER', 'PROTOCOL_TLS_CLIENT'].flatMap((protocol) =>
    paths.map(([what, path]) => ({
      name: `load_dh_params: ${what}, ${protocol}`,
      steps: [{ do: 'context', as: 'x', protocol: constant(protocol) }, call('x', 'load_dh_params', path)],
    })),
  );
}

function parameterHandshakes({ caFile, combinedRsaFile }: SceneFiles): Case[] {
  const weak: Step = call('sc', 'set_ciphers', 'DHE-RSA-AES256-GCM-SHA384:@SECLEVEL=0');
  const strict: Step = call('sc', 'set_ciphers', 'DHE-RSA-AES256-GCM-SHA384');
  const dhe = (steps: readonly Step[]): Step[] => [
    ...contexts({ version: 'TLSv1_2' }),
    trust('cc', caFile),
    load('sc', combinedRsaFile),
    call('cc', 'set_ciphers', 'DHE+AESGCM'),
    ...steps,
    ...wrapPair({ server_hostname: 'localhost' }),
    handshake,
    ...['c', 's'].flatMap((side) => [call(side, 'cipher'), call(side, 'version')]),
  ];
  const parameters = (name: Parameters<typeof dhFile>[0]): Step => call('sc', 'load_dh_params', dhFile(name));
  return [
    { name: 'DHE: without parameters', steps: dhe([strict]) },
    { name: 'DHE: plain parameters', steps: dhe([strict, parameters('plain-2048')]) },
    { name: 'DHE: X9.42 parameters', steps: dhe([strict, parameters('x942-2048')]) },
    { name: 'DHE: the last ones count', steps: dhe([weak, parameters('plain-1024'), parameters('ffdhe3072')]) },
    { name: 'DHE: too weak for the client', steps: dhe([weak, parameters('plain-1024')]) },
    {
      name: 'DHE: what fails leaves what was there',
      steps: dhe([strict, parameters('ffdhe3072'), parameters('plain-1024')]),
    },
  ];
}
