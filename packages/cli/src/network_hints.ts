/** Likely causes of failures below TLS, for which the library has only the system's code. */
const HINTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there: check the port, and whether the service runs',
  ECONNRESET: 'the other side dropped the connection: a firewall, a full server, or a port that wants another protocol',
  EHOSTUNREACH: 'no route to the host: check the network and the address',
  ENETUNREACH: 'no route to the network: is this machine connected, and does it have IPv6?',
  ETIMEDOUT: 'no answer: a firewall may drop the packets, or the host is down',
  ERR_SOCKET_TIMEOUT: 'it accepts or ignores connections but does not answer in time; --timeout SECONDS waits longer',
  ENOTFOUND: 'the name does not exist: check its spelling',
  EAI_AGAIN: 'the name could not be looked up now: check the network and the name server',
};

/** A hint for the code of a system error; null when there is nothing to say. */
export function networkHint(code: string | null): string | null {
  return (code !== null && HINTS[code]) || null;
}
