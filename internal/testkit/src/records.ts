/** A TLS record as it stands on the wire (RFC 8446 5.1): five bytes of header, then the fragment. */
export interface TlsRecord {
  /** 20 change_cipher_spec, 21 alert, 22 handshake, 23 application_data. */
  type: number;
  /** As on the wire: 0x0303 for TLS 1.2 and 1.3. */
  version: number;
  /** Offset of the header in what was parsed. */
  start: number;
  /** Offset behind the fragment. */
  end: number;
  fragment: Buffer;
}

export const RECORD_TYPE: Readonly<Record<'changeCipherSpec' | 'alert' | 'handshake' | 'applicationData', number>> = {
  changeCipherSpec: 20,
  alert: 21,
  handshake: 22,
  applicationData: 23,
};

const HEADER_LENGTH = 5;

/** The whole records at the start of `bytes`, and what is left: a part of a record, or nothing. */
export function recordsOf(bytes: Uint8Array): { records: TlsRecord[]; rest: Buffer } {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: TlsRecord[] = [];
  let start = 0;
  while (all.length - start >= HEADER_LENGTH) {
    const end = start + HEADER_LENGTH + all.readUInt16BE(start + 3);
    if (end > all.length) break;
    const fragment = all.subarray(start + HEADER_LENGTH, end);
    records.push({ type: all.readUInt8(start), version: all.readUInt16BE(start + 1), start, end, fragment });
    start = end;
  }
  return { records, rest: all.subarray(start) };
}
