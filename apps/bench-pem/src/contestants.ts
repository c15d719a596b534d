import 'reflect-metadata';
import { X509Certificate } from 'node:crypto';
import { promisify } from 'node:util';
import { PemConverter } from '@peculiar/x509';
import { parsePem, parsePemStream } from '@sslkit/pem';
import forge from 'node-forge';
import pem from 'pem';

/** A PEM text, and the base64 of each of its blocks for those that get it cut out already. */
export interface Input {
  name: string;
  text: string;
  bodies: string[];
  /** How often a round repeats it. */
  times: number;
}

export interface Contestant {
  name: string;
  /** What it does and does not do, for the table. */
  does: string;
  /** Whether it takes more than one certificate. */
  bundles: boolean;
  /** The number of bytes of DER it found: all must find the same, and none may be optimised away. */
  run(input: Input): number | Promise<number>;
}

const total = (blocks: readonly { length: number }[]): number => blocks.reduce((sum, { length }) => sum + length, 0);

const openssl = promisify((text: string, done: (error: Error | null) => void) => pem.readCertificateInfo(text, done));

export const contestants: readonly Contestant[] = [
  {
    name: 'Buffer.from (floor)',
    does: 'decodes the base64 of each block, cut out beforehand; checks nothing',
    bundles: true,
    run: ({ bodies }) => total(bodies.map((body) => Buffer.from(body, 'base64'))),
  },
  {
    name: '@sslkit/pem parsePem',
    does: 'all blocks: labels, headers, offsets, text between, DER; all checked',
    bundles: true,
    run: ({ text }) => total(parsePem(text).map(({ der }) => der)),
  },
  {
    name: '@sslkit/pem parsePemStream',
    does: 'the same from bytes in pieces of 64 kB',
    bundles: true,
    async run({ text }) {
      let sum = 0;
      for await (const { der } of parsePemStream(pieces(text))) sum += der.length;
      return sum;
    },
  },
  {
    name: 'node-forge pem.decode',
    does: 'all blocks: labels, headers, contents as a binary string',
    bundles: true,
    run: ({ text }) => total(forge.pem.decode(text).map(({ body }) => body)),
  },
  {
    name: '@peculiar/x509 PemConverter',
    does: 'all blocks: contents',
    bundles: true,
    run: ({ text }) => total(PemConverter.decode(text).map((der) => new Uint8Array(der))),
  },
  {
    name: 'node:crypto X509Certificate',
    does: 'each certificate, cut out beforehand; parses it whole, in C',
    bundles: true,
    run: ({ bodies }) => total(bodies.map((body) => new X509Certificate(`${BEGIN}${body}${END}`).raw)),
  },
  {
    name: 'pem readCertificateInfo',
    does: 'one certificate; starts the openssl program',
    bundles: false,
    async run({ text, bodies }) {
      await openssl(text);
      return total(bodies.map((body) => Buffer.from(body, 'base64')));
    },
  },
];

const BEGIN = '-----BEGIN CERTIFICATE-----\n';
const END = '-----END CERTIFICATE-----\n';

async function* pieces(text: string): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text, 'latin1');
  for (let i = 0; i < bytes.length; i += 65_536) yield bytes.subarray(i, i + 65_536);
}
