/** Reads the ServerHello, which TLS 1.3 sends in clear: what was negotiated, told by neither party (RFC 8446, 4.1.3). */

export interface ServerHello {
  protocol: string;
  cipher: string;
  group: string;
  resumed: boolean;
  /** A HelloRetryRequest came first: one more round trip than others have. */
  retried: boolean;
}

const RECORD_HANDSHAKE = 22;
const TYPE_SERVER_HELLO = 2;
const EXTENSION_PRE_SHARED_KEY = 41;
const EXTENSION_SUPPORTED_VERSIONS = 43;
const EXTENSION_KEY_SHARE = 51;
/** SHA-256 of "HelloRetryRequest", in the place of the server's random. */
const RETRY_RANDOM = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c';

const PROTOCOLS: ReadonlyMap<number, string> = new Map([
  [0x0303, 'TLSv1.2'],
  [0x0304, 'TLSv1.3'],
]);
const CIPHERS: ReadonlyMap<number, string> = new Map([
  [0x1301, 'TLS_AES_128_GCM_SHA256'],
  [0x1302, 'TLS_AES_256_GCM_SHA384'],
  [0x1303, 'TLS_CHACHA20_POLY1305_SHA256'],
]);
const GROUPS: ReadonlyMap<number, string> = new Map([
  [0x0017, 'P-256'],
  [0x0018, 'P-384'],
  [0x001d, 'X25519'],
  [0x11ec, 'X25519MLKEM768'],
]);

/** @returns null while the ServerHello is not complete. @throws Error when this is something else */
export function readServerHello(bytes: Uint8Array): ServerHello | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  let retried = false;
  while (at + 5 <= bytes.length) {
    const type = view.getUint8(at);
    const length = view.getUint16(at + 3);
    const body = at + 5;
    if (body + length > bytes.length) return null;
    at = body + length;
    if (type !== RECORD_HANDSHAKE) continue; // ChangeCipherSpec between a retry and the real one
    if (view.getUint8(body) !== TYPE_SERVER_HELLO) throw new Error('the server did not begin with a ServerHello');
    if (hex(bytes.subarray(body + 6, body + 38)) !== RETRY_RANDOM) return { ...parse(view, body + 4), retried };
    retried = true;
  }
  return null;
}

/** `at`: legacy_version. */
function parse(view: DataView, at: number): Omit<ServerHello, 'retried'> {
  const sessionIdLength = view.getUint8(at + 34);
  const cipher = view.getUint16(at + 35 + sessionIdLength);
  const extensions = at + 38 + sessionIdLength;
  const found = { protocol: view.getUint16(at), group: 0, resumed: false };
  const end = extensions + 2 + view.getUint16(extensions);
  for (let from = extensions + 2; from < end; from += 4 + view.getUint16(from + 2)) {
    const type = view.getUint16(from);
    if (type === EXTENSION_SUPPORTED_VERSIONS) found.protocol = view.getUint16(from + 4);
    if (type === EXTENSION_KEY_SHARE) found.group = view.getUint16(from + 4);
    if (type === EXTENSION_PRE_SHARED_KEY) found.resumed = true;
  }
  return {
    protocol: PROTOCOLS.get(found.protocol) ?? code(found.protocol),
    cipher: CIPHERS.get(cipher) ?? code(cipher),
    group: GROUPS.get(found.group) ?? code(found.group),
    resumed: found.resumed,
  };
}

const code = (value: number): string => `0x${value.toString(16).padStart(4, '0')}`;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
