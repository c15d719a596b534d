/** A certificate for the server of a handshake in memory: made on the spot, trusted by nobody, gone afterwards. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { formatPem } from '@sslkit/pem';

export interface Identity {
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** RFC 5280 section 4.1, with what must be there and no more: version 1, ECDSA over P-256, signed by itself. */
export function throwawayIdentity(): Identity {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const algorithm = sequence(ECDSA_WITH_SHA256);
  const name = sequence(element(SET, sequence(COMMON_NAME, element(UTF8_STRING, Buffer.from('sslkit')))));
  const validity = sequence(
    element(UTC_TIME, Buffer.from('000101000000Z')),
    // RFC 5280 section 4.1.2.5: it has no end that is known.
    element(GENERALIZED_TIME, Buffer.from('99991231235959Z')),
  );
  const serial = element(INTEGER, Buffer.from([1]));
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const signed = sequence(serial, algorithm, name, validity, name, spki);
  const signature = element(BIT_STRING, Buffer.from([0]), sign('sha256', signed, privateKey));
  return {
    certificatePem: formatPem({ label: 'CERTIFICATE', der: sequence(signed, algorithm, signature) }),
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return element(SEQUENCE, ...parts);
}

/** X.690 section 8.1; all that is written here is shorter than 2^16. */
function element(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const contents = Buffer.concat(parts);
  const { length } = contents;
  const header = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...header]), contents]);
}

const INTEGER = 0x02;
const BIT_STRING = 0x03;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30;
const SET = 0x31;
/** 1.2.840.10045.4.3.2. @see RFC 5758 section 3.2 */
const ECDSA_WITH_SHA256 = Buffer.from('06082a8648ce3d040302', 'hex');
/** 2.5.4.3 */
const COMMON_NAME = Buffer.from('0603550403', 'hex');
