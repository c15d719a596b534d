/** DER by hand, just enough to write certificates that no tool would make. */

/** One element: `tag`, its length, its contents. */
export function der(tag, ...contents) {
  const body = Buffer.concat(contents.map((part) => Buffer.from(part)));
  return Buffer.concat([Buffer.of(tag), length(body.length), body]);
}

export const sequence = (...parts) => der(0x30, ...parts);
/** DER orders the members of a SET OF by their encoding (X.690 11.6). */
export const setOf = (...parts) => der(0x31, ...parts.sort(Buffer.compare));
export const octets = (bytes) => der(0x04, bytes);
export const bits = (bytes, unused = 0) => der(0x03, [unused], bytes);
export const boolean = (value) => der(0x01, [value ? 0xff : 0]);
export const integer = (hex) => der(0x02, Buffer.from(hex, 'hex'));
export const utcTime = (text) => der(0x17, Buffer.from(text));
export const generalizedTime = (text) => der(0x18, Buffer.from(text));
/** Context-specific, primitive. */
export const implicit = (number, contents) => der(0x80 | number, contents);
/** Context-specific, constructed. */
export const explicit = (number, ...parts) => der(0xa0 | number, ...parts);

export const utf8 = (text) => der(0x0c, Buffer.from(text, 'utf8'));
export const numeric = (text) => der(0x12, Buffer.from(text));
export const printable = (text) => der(0x13, Buffer.from(text));
export const teletex = (bytes) => der(0x14, Buffer.from(bytes, 'latin1'));
export const ia5 = (text) => der(0x16, Buffer.from(text, 'latin1'));
export const visible = (text) => der(0x1a, Buffer.from(text));
export const universal = (text) => der(0x1c, Buffer.from([...text].flatMap((c) => uint32(c.codePointAt(0)))));
export const bmp = (text) => der(0x1e, Buffer.from(text, 'utf16le').swap16());

export function oid(dotted) {
  const [first, second, ...rest] = dotted.split('.').map(Number);
  return der(0x06, [first * 40 + second, ...rest].flatMap(base128));
}

export function pem(label, bytes) {
  const lines = bytes.toString('base64').match(/.{1,64}/g);
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

function length(count) {
  if (count < 0x80) return Buffer.of(count);
  const bytes = uint32(count);
  while (bytes[0] === 0) bytes.shift();
  return Buffer.of(0x80 | bytes.length, ...bytes);
}

function base128(value) {
  const digits = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift(0x80 | (rest % 128));
  return digits;
}

function uint32(value) {
  return [(value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}
