/** Records of TLS 1.3 as a peer would send them that goes its own way after the handshake: what no implementation sends. */
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';

const SUITES: Readonly<Record<string, { hash: string; cipher: 'aes-256-gcm' | 'aes-128-gcm'; keyBytes: number }>> = {
  TLS_AES_256_GCM_SHA384: { hash: 'sha384', cipher: 'aes-256-gcm', keyBytes: 32 },
  TLS_AES_128_GCM_SHA256: { hash: 'sha256', cipher: 'aes-128-gcm', keyBytes: 16 },
};

const APPLICATION_DATA = 23;
const HEADER_BYTES = 5;
const TAG_BYTES = 16;

/** Encrypts in the place of one side, from its traffic secret on; or decrypts what it sends, with an object of its own. */
export class RecordForger {
  readonly #suite: (typeof SUITES)[string];
  readonly #key: Buffer;
  readonly #iv: Buffer;
  #sequence: bigint;

  /** `sequence`: how many records the side has sent under this secret. */
  constructor(suite: string, secret: Buffer, sequence = 0) {
    const known = SUITES[suite];
    if (known === undefined) throw new Error(`${suite} is not known here`);
    this.#suite = known;
    this.#key = expandLabel(known.hash, secret, 'key', known.keyBytes);
    this.#iv = expandLabel(known.hash, secret, 'iv', 12);
    this.#sequence = BigInt(sequence);
  }

  /** With the last secret of that side in the text of a key log. */
  static ofKeyLog(text: string, side: 'client' | 'server', suite: string, sequence = 0): RecordForger {
    const label = `${side.toUpperCase()}_TRAFFIC_SECRET_0`;
    const secret = [...text.matchAll(new RegExp(`^${label} \\w+ (\\w+)$`, 'gm'))].at(-1)?.[1];
    if (secret === undefined) throw new Error(`the key log has no ${label}`);
    return new RecordForger(suite, Buffer.from(secret, 'hex'), sequence);
  }

  /** One record; RFC 8446 section 5.2. */
  record(type: number, content: Uint8Array): Buffer {
    const length = content.length + 1 + TAG_BYTES;
    const header = Buffer.from([APPLICATION_DATA, 3, 3, length >> 8, length & 0xff]);
    const cipher = createCipheriv(this.#suite.cipher, this.#key, this.#nonce());
    cipher.setAAD(header);
    const inner = Buffer.concat([content, Buffer.from([type])]);
    return Buffer.concat([header, cipher.update(inner), cipher.final(), cipher.getAuthTag()]);
  }

  /** The type and the content of a record, header included; padding is not expected. */
  open(record: Uint8Array): { type: number; content: Buffer } {
    const decipher = createDecipheriv(this.#suite.cipher, this.#key, this.#nonce());
    decipher.setAAD(record.subarray(0, HEADER_BYTES));
    decipher.setAuthTag(record.subarray(-TAG_BYTES));
    const inner = Buffer.concat([decipher.update(record.subarray(HEADER_BYTES, -TAG_BYTES)), decipher.final()]);
    return { type: inner.at(-1) as number, content: inner.subarray(0, -1) };
  }

  #nonce(): Buffer {
    const nonce = Buffer.from(this.#iv);
    nonce.writeBigUInt64BE(nonce.readBigUInt64BE(4) ^ this.#sequence++, 4);
    return nonce;
  }
}

/** HKDF-Expand-Label of RFC 8446 section 7.1, for no more than one hash. */
function expandLabel(hash: string, secret: Buffer, label: string, length: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.from([length >> 8, length & 0xff, name.length]), name, Buffer.from([0, 1])]);
  return createHmac(hash, secret).update(info).digest().subarray(0, length);
}
