import { createDiffieHellman, createECDH, generateKeyPairSync, getDiffieHellman } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { DerError, identifyDer, iterateDer, readDer } from './index.ts';

const hex = (text: string) =>
  Uint8Array.from(text.replaceAll(' ', '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const code = (text: string, offset = 0) => {
  try {
    return readDer(hex(text), offset).end;
  } catch (error) {
    return error instanceof DerError ? `${error.code} ${error.offset}` : error;
  }
};

describe('readDer', () => {
  test('tells tag, class, form, header and contents', () => {
    expect(readDer(hex('30 03 02 01 05 ff'))).toEqual({
      tag: 16,
      class: 'universal',
      constructed: true,
      headerLength: 2,
      contents: hex('02 01 05'),
      end: 5,
    });
    expect(readDer(hex('00 00 bf 81 00 00'), 2)).toMatchObject({
      tag: 128,
      class: 'context',
      constructed: true,
      end: 6,
    });
    expect(readDer(hex('5f 1f 01 aa'))).toMatchObject({ tag: 31, class: 'application', headerLength: 3 });
    expect(readDer(hex('c0 00'))).toMatchObject({ tag: 0, class: 'private', constructed: false });
  });

  test('contents are a view, not a copy', () => {
    const der = hex('04 02 01 02');
    expect(readDer(der).contents.buffer).toBe(der.buffer);
  });

  test.each([
    ['', 'ERR_DER_TRUNCATED 0', 'nothing'],
    ['30', 'ERR_DER_TRUNCATED 0', 'no length'],
    ['30 05 02', 'ERR_DER_TRUNCATED 0', 'contents cut'],
    ['04 81', 'ERR_DER_TRUNCATED 0', 'a long length cut'],
    ['bf 81', 'ERR_DER_TRUNCATED 0', 'a long tag cut'],
    ['30 80 00 00', 'ERR_DER_INDEFINITE 0', 'an indefinite length'],
    ['04 81 7f', 'ERR_DER_LENGTH 0', '127 in two bytes'],
    ['04 82 00 ff', 'ERR_DER_LENGTH 0', '255 in three bytes'],
    ['04 84 00 ff ff ff', 'ERR_DER_LENGTH 0', 'a leading zero'],
    ['04 85 01 00 00 00 00', 'ERR_DER_LENGTH 0', 'more than 4 GiB'],
    ['04 ff', 'ERR_DER_LENGTH 0', 'the reserved length'],
    ['04 84 ff ff ff ff', 'ERR_DER_TRUNCATED 0', '4 GiB that are not there'],
    ['00 00', 'ERR_DER_TAG 0', 'end of contents'],
    ['1f 1e 00', 'ERR_DER_TAG 0', 'tag 30 in the long form'],
    ['1f 80 1f 00', 'ERR_DER_TAG 0', 'a tag with a leading zero'],
    ['1f ff ff ff ff 7f 00', 'ERR_DER_TAG 0', 'a tag of five bytes'],
    ['10 00', 'ERR_DER_TAG 0', 'a primitive SEQUENCE'],
    ['24 00', 'ERR_DER_TAG 0', 'a constructed OCTET STRING, as BER has'],
  ])('%s is %s (%s)', (text, expected) => {
    expect(code(text)).toBe(expected);
  });

  test('the offset of an error counts from the start', () => {
    expect(code('05 00 30 80', 2)).toBe('ERR_DER_INDEFINITE 2');
    expect(code('05 00', 2)).toBe('ERR_DER_TRUNCATED 2');
  });

  test('lengths at the borders of their forms', () => {
    for (const length of [0, 127, 128, 255, 256, 65_535, 65_536]) {
      const header =
        length < 128
          ? [length]
          : length < 256
            ? [0x81, length]
            : length < 65_536
              ? [0x82, length >> 8, length & 255]
              : [0x83, 1, 0, 0];
      const der = new Uint8Array(1 + header.length + length);
      der.set([4, ...header]);
      expect(readDer(der).contents).toHaveLength(length);
    }
  });

  test('wrong arguments are misuse', () => {
    expect(() => readDer('3000' as unknown as Uint8Array)).toThrow(TypeError);
    expect(() => readDer(hex('3000'), -1)).toThrow(RangeError);
  });
});

describe('iterateDer', () => {
  test('walks the elements, and stops at bytes that are none', () => {
    expect([...iterateDer(hex('02 01 05 05 00'))].map(({ tag }) => tag)).toEqual([2, 5]);
    expect([...iterateDer(hex(''))]).toEqual([]);
    // Its length is undefined, so it would be no element.
    expect(() => [...iterateDer(new ArrayBuffer(2) as unknown as Uint8Array)]).toThrow(TypeError);
    expect(() => [...iterateDer(hex('05 00 02'))]).toThrow(
      expect.objectContaining({ code: 'ERR_DER_TRUNCATED', offset: 2 }),
    );
  });
});

describe('identifyDer', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ed = generateKeyPairSync('ed25519');
  const password = { cipher: 'aes-256-cbc', passphrase: 'x' } as const;

  test("tells node:crypto's keys apart", () => {
    expect(identifyDer(rsa.privateKey.export({ format: 'der', type: 'pkcs8' }))).toBe('pkcs8');
    expect(identifyDer(ed.privateKey.export({ format: 'der', type: 'pkcs8' }))).toBe('pkcs8');
    expect(identifyDer(rsa.privateKey.export({ format: 'der', type: 'pkcs8', ...password }))).toBe('encrypted-pkcs8');
    expect(identifyDer(rsa.privateKey.export({ format: 'der', type: 'pkcs1' }))).toBe('pkcs1-private');
    expect(identifyDer(rsa.publicKey.export({ format: 'der', type: 'pkcs1' }))).toBe('pkcs1-public');
    expect(identifyDer(ec.privateKey.export({ format: 'der', type: 'sec1' }))).toBe('sec1');
    for (const { publicKey } of [rsa, ec, ed]) {
      expect(identifyDer(publicKey.export({ format: 'der', type: 'spki' }))).toBe('spki');
    }
  });

  const integer = (value: Uint8Array) => {
    const bytes = (value[0] ?? 0) > 127 ? [0, ...value] : [...value];
    return [2, ...length(bytes.length), ...bytes];
  };
  const length = (n: number) => (n < 128 ? [n] : n < 256 ? [0x81, n] : [0x82, n >> 8, n & 255]);
  const sequence = (...parts: number[][]) => Uint8Array.of(0x30, ...length(parts.flat().length), ...parts.flat());

  test('DH parameters, RSA keys, DSA parameters and ECDSA signatures are all INTEGERs', () => {
    const prime = integer(getDiffieHellman('modp14').getPrime());
    const large = integer(createDiffieHellman(getDiffieHellman('modp14').getPrime(), 3).generateKeys());
    const q = integer(new Uint8Array(32).fill(0x7f));
    expect(identifyDer(sequence(prime, integer(Uint8Array.of(2))))).toBe('dh-parameters');
    expect(identifyDer(sequence(prime, integer(Uint8Array.of(5)), integer(Uint8Array.of(1, 0))))).toBe('dh-parameters');
    expect(identifyDer(sequence(prime, large))).toBe('dh-parameters');
    expect(identifyDer(sequence(prime, large, q))).toBe('dh-parameters');
    expect(identifyDer(sequence(prime, q, large))).toBe('unknown');
    expect(identifyDer(sequence(prime, integer(Uint8Array.of(1, 0, 1))))).toBe('pkcs1-public');
    expect(identifyDer(sequence(q, q))).toBe('unknown');
  });

  test("is the same in Node's Buffers as in other arrays of bytes", () => {
    const contentInfo = hex('30 0f 06 09 2a 86 48 86 f7 0d 01 07 02 a0 02 05 00');
    const parameters = sequence(integer(getDiffieHellman('modp14').getPrime()), integer(Uint8Array.of(2)));
    for (const [der, kind] of [
      [contentInfo, 'pkcs7'],
      [parameters, 'dh-parameters'],
    ] as const) {
      expect(identifyDer(der)).toBe(kind);
      expect(identifyDer(Buffer.from(der))).toBe(kind);
    }
  });

  test('an OBJECT IDENTIFIER alone makes no PKCS#7', () => {
    expect(identifyDer(hex('30 0b 06 09 2a 86 48 86 f7 0d 01 01 0b'))).toBe('unknown');
  });

  test('what is cut, longer than it says, or no DER is unknown or told by readDer', () => {
    const key = ec.publicKey.export({ format: 'der', type: 'spki' });
    expect(identifyDer(key.subarray(0, 60))).toBe('unknown');
    expect(identifyDer(createECDH('prime256v1').generateKeys())).toBe('unknown');
    expect(identifyDer(new Uint8Array())).toBe('unknown');
    const trailing = Uint8Array.of(...key, 0);
    expect(identifyDer(trailing)).toBe('spki');
    expect(readDer(trailing).end).toBe(trailing.length - 1);
  });

  test('a million levels of nesting cost nothing', () => {
    const deep = new Uint8Array(2_000_000).fill(0x30);
    expect(identifyDer(deep)).toBe('unknown');
  });
});
