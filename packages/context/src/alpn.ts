/** Protocol names for ALPN, in their wire form. @see RFC 7301 section 3.1 */
import { Buffer } from 'node:buffer';
import { describe, isAscii, typeMisuse, valueMisuse } from './arguments.ts';
import { SSLError } from './errors.ts';

const MAX_LIST_BYTES = 65_535;

/**
 * Length-prefixed names.
 * @throws TypeError for what is no list (a plain string is one protocol short of a bug) or no ASCII.
 * @throws SSLError for a name that is empty or longer than 255 bytes.
 */
export function alpnWire(protocols: unknown): Uint8Array {
  if (!Array.isArray(protocols)) {
    throw typeMisuse(`protocols must be an array of strings, not ${describe(protocols)}; for one protocol: ['h2']`);
  }
  const wire = Buffer.concat(protocols.map(entry));
  if (wire.length > MAX_LIST_BYTES) throw valueMisuse(`ALPN protocols take more than ${MAX_LIST_BYTES} bytes`);
  return wire;
}

/** What a client fails with that requires an agreed protocol; a server fails inside OpenSSL, with the alert. */
export function noApplicationProtocol(): SSLError {
  return new SSLError('[SSL: NO_APPLICATION_PROTOCOL] no application protocol', {
    errno: 1,
    library: 'SSL',
    reason: 'NO_APPLICATION_PROTOCOL',
    hint: 'ALPN is required here, and the server selected none of the protocols offered to it.',
  });
}

function entry(protocol: unknown): Buffer {
  if (typeof protocol !== 'string') throw typeMisuse(`an ALPN protocol must be a string, not ${describe(protocol)}`);
  if (!isAscii(protocol)) throw valueMisuse('an ALPN protocol must be ASCII');
  if (protocol.length === 0 || protocol.length > 255) throw new SSLError('ALPN protocols must be 1 to 255 in length');
  return Buffer.concat([Buffer.from([protocol.length]), Buffer.from(protocol, 'latin1')]);
}
