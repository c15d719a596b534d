/** The table of load_verify_locations, and what the store then holds. */
import { readFileSync } from 'node:fs';
import type { Minted, SceneFiles } from '@sslkit/testkit';
import type { Case, Json, Step } from '../case.ts';
import { bytes, call, constant, purpose } from '../case.ts';

const client: Step = { do: 'context', as: 'cc', protocol: constant('PROTOCOL_TLS_CLIENT') };

export interface TrustMaterial {
  readonly files: SceneFiles;
  readonly ca: Minted;
  readonly otherCa: Minted;
  readonly leaf: Minted;
  readonly crlPem: string;
  /** Paths of files made for this table. */
  readonly crlFile: string;
  readonly bundleFile: string;
  readonly brokenBundleFile: string;
  readonly truncatedFile: string;
}

export function verifyLocationsCases(material: TrustMaterial): Case[] {
  return [...argumentCases(material), ...fileCases(material), ...textCases(material), ...derCases(material)];
}

/** Loads, and then looks at what is there. */
function loads(what: string, kwargs: Record<string, Json>): Case {
  return {
    name: `load_verify_locations: ${what}`,
    steps: [
      client,
      { do: 'call', on: 'cc', name: 'load_verify_locations', kwargs },
      call('cc', 'cert_store_stats'),
      call('cc', 'get_ca_certs'),
      call('cc', 'get_ca_certs', true),
    ],
  };
}

function argumentCases({ files }: TrustMaterial): Case[] {
  return [
    loads('nothing', {}),
    loads('all None', { cafile: null, capath: null, cadata: null }),
    loads('cafile true', { cafile: true }),
    loads('cafile 5', { cafile: 5 }),
    loads('a good cafile and capath true', { cafile: files.caFile, capath: true }),
    loads('cadata 5', { cadata: 5 }),
    loads('cadata true', { cadata: true }),
    loads('cadata list', { cadata: [1, 2] }),
    loads('cadata empty str', { cadata: '' }),
    loads('cadata empty bytes', { cadata: bytes('') }),
    loads('cadata not ASCII', { cadata: 'gr\u00fcn' }),
    ...['', 'x'].map(
      (cadata): Case => ({
        name: `create_default_context: cadata ${JSON.stringify(cadata)}`,
        steps: [{ do: 'default_context', as: 'cc', args: [purpose('CLIENT_AUTH')], kwargs: { cadata } }],
      }),
    ),
  ];
}

function fileCases(material: TrustMaterial): Case[] {
  const { files } = material;
  return [
    loads('cafile', { cafile: files.caFile }),
    loads('cafile with a leaf certificate', { cafile: files.certFile }),
    loads('cafile with key and certificate', { cafile: files.combinedFile }),
    loads('cafile with a CRL', { cafile: material.crlFile }),
    loads('cafile with two CAs, a CRL and text', { cafile: material.bundleFile }),
    loads('cafile missing', { cafile: files.missingFile }),
    loads('cafile empty path', { cafile: '' }),
    loads('cafile directory', { cafile: files.dir }),
    loads('cafile broken PEM', { cafile: files.badCertFile }),
    loads('cafile good and then broken', { cafile: material.brokenBundleFile }),
    loads('cafile truncated', { cafile: material.truncatedFile }),
    loads('cafile empty', { cafile: files.emptyFile }),
    loads('cafile text', { cafile: files.garbageFile }),
    loads('cafile with a key only', { cafile: files.keyFile }),
    loads('capath', { capath: files.hashedCapath }),
    loads('capath without certificates', { capath: files.emptyCapath }),
    loads('capath missing', { capath: files.missingFile }),
    loads('capath is a file', { capath: files.caFile }),
    loads('cafile and capath', { cafile: files.otherCaFile, capath: files.hashedCapath }),
    loads('cafile missing and cadata good', { cafile: files.missingFile, cadata: material.ca.certPem }),
  ];
}

function textCases({ files, ca, otherCa, leaf, crlPem }: TrustMaterial): Case[] {
  const text = `before\n${ca.certPem}between\n${otherCa.certPem}after\n`;
  return [
    loads('cadata PEM', { cadata: ca.certPem }),
    loads('cadata PEM of two', { cadata: ca.certPem + otherCa.certPem }),
    loads('cadata PEM with text around and between', { cadata: text }),
    loads('cadata PEM twice the same', { cadata: ca.certPem + ca.certPem }),
    loads('cadata PEM of a leaf', { cadata: leaf.certPem }),
    loads('cadata PEM as bytes', { cadata: bytes(ca.certPem) }),
    loads('cadata truncated PEM', { cadata: ca.certPem.slice(0, ca.certPem.length / 2) }),
    loads('cadata good and then truncated PEM', { cadata: ca.certPem + otherCa.certPem.slice(0, 200) }),
    loads('cadata PEM of a CRL', { cadata: crlPem }),
    loads('cadata PEM of a key', { cadata: readFileSync(files.keyFile, 'latin1') }),
    loads('cadata text', { cadata: 'no certificate here' }),
  ];
}

function derCases({ ca, otherCa }: TrustMaterial): Case[] {
  const one = Buffer.from(ca.certDer);
  const other = Buffer.from(otherCa.certDer);
  return [
    loads('cadata DER', { cadata: bytes(one) }),
    loads('cadata DER of two', { cadata: bytes(Buffer.concat([one, other])) }),
    loads('cadata DER twice the same', { cadata: bytes(Buffer.concat([one, one])) }),
    loads('cadata DER and junk', { cadata: bytes(Buffer.concat([one, Buffer.from('junk at the end')])) }),
    loads('cadata DER and one byte', { cadata: bytes(Buffer.concat([one, Buffer.from([0x41])])) }),
    loads('cadata truncated DER', { cadata: bytes(one.subarray(0, 100)) }),
    loads('cadata DER and half another', { cadata: bytes(Buffer.concat([one, other.subarray(0, 100)])) }),
    loads('cadata bytes of text', { cadata: bytes('no certificate here') }),
    loads('cadata zero bytes', { cadata: bytes(Buffer.alloc(10)) }),
  ];
}
