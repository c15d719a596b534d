/** What was sent or received of the protocol itself. @see SSL_CTX_set_msg_callback(3) */
export interface ProtocolMessage {
  readonly sent: boolean;
  /** On the wire: 0x303 is TLS 1.2. */
  readonly version: number;
  /** SSL3_RT_* */
  readonly contentType: number;
  readonly data: Buffer;
}

/** `lost`: how many more there were than could be kept. */
export interface TakenMessages {
  readonly messages: readonly ProtocolMessage[];
  readonly lost: number;
}
