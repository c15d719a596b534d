/**
 * `hint`: what the server said, null when nothing and in TLS 1.3. `hello`: it is asked for a ClientHello of TLS 1.3. The identity: up to 256 bytes without a zero, null for
 * none. The key: up to 512 bytes; empty: there is none.
 */
export type NativePskClientCallback = (
  hint: Buffer | null,
  hello: boolean,
) => readonly [identity: Uint8Array | null, key: Uint8Array];

/** In TLS 1.3 a part of a session ticket may come as an identity, too. */
export type NativePskServerCallback = (identity: Buffer | null) => Uint8Array;
