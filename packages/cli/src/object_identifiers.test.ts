import { expect, test } from 'vitest';
import { objectIdentifier, objectName } from './object_identifiers.ts';

test.each([
  ['2a864886f70d01010b', '1.2.840.113549.1.1.11'],
  ['550403', '2.5.4.3'],
  ['2b6570', '1.3.101.112'],
  ['00', '0.0'],
  ['27', '0.39'],
  // X.690 section 8.19.5: the second number is not below 40 when the first is 2.
  ['883703', '2.999.3'],
  // The largest UUID (X.667), as openssl asn1parse -genstr writes it: longer than a double.
  ['6983ffffffffffffffffffffffffffffffffff7f', '2.25.340282366920938463463374607431768211455'],
])('%s is %s', (hex, dotted) => expect(objectIdentifier(Buffer.from(hex, 'hex'))).toBe(dotted));

test('names are those of OpenSSL; what is not known has none', () => {
  expect(objectName('1.2.840.113549.1.1.11')).toBe('sha256WithRSAEncryption');
  expect(objectName('1.2.3')).toBeNull();
});
