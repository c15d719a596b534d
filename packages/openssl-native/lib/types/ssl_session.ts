/** What a connection can be resumed with. @see SSL_SESSION_get_id(3) and its neighbours */
export interface SslSession {
  getId(): Buffer;
  /** Seconds since the epoch. */
  getTime(): number;
  /** Seconds. */
  getTimeout(): number;
  /** Seconds. */
  getTicketLifetimeHint(): number;
  hasTicket(): boolean;
  isResumable(): boolean;
  getProtocolVersion(): number;
  getHostname(): string | null;
  toDer(): Buffer;
}
